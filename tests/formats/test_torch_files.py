from __future__ import annotations

import struct
import zipfile

import numpy as np
import pytest
from file_of_bytes import Held, peak_bytes, refused_or_read, whole
from hypothesis import given, settings
from hypothesis import strategies as st
from made_torch import (
    MAGIC,
    call,
    legacy_of,
    mapping,
    named,
    number,
    numbers,
    ordered,
    row,
    steps,
    storage,
    tensor,
    text,
    whole_pickle,
    zip_of,
)

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK, Content
from filiation.formats import pickle_opcodes, torch_legacy, torch_objects, torch_tensors, torch_zip
from filiation.formats.tensor_formats import format_of

ZIP, LEGACY = torch_zip.TENSORS, torch_legacy.TENSORS
ROW = np.arange(24, dtype="<f4")
LINEAR = {"fc.weight": tensor(storage("0", 24), (4, 6)), "fc.bias": tensor(storage("1", 4), (4,))}
STORED = {"0": ROW.tobytes(), "1": np.ones(4, "<f4").tobytes()}
PARAMETER = named("torch._utils", "_rebuild_parameter")


def both(body: bytes, storages: dict[str, bytes], item: int = 4) -> list[tuple]:
    """Return index and values of the same objects, as new torch and as old torch would write them."""
    old = {key: (len(raw) // item, raw) for key, raw in storages.items()}
    return [whole(ZIP, Held(zip_of(body, storages))), whole(LEGACY, Held(legacy_of(body, old)))]


def told(body: bytes, storages: dict[str, bytes] = STORED, **more: bytes | str):
    return ZIP.index(Held(zip_of(body, storages, **more)))


def test_a_state_dict_is_read_in_place():
    for index, values in both(ordered(LINEAR), STORED):
        assert [(t.name, t.shape, t.dtype, t.content) for t in index.tensors] == [
            ("fc.weight", (4, 6), "F32", Content.WEIGHT),
            ("fc.bias", (4,), "F32", Content.WEIGHT),
        ]
        assert all(t.start >= 0 for t in index.tensors)
        assert np.array_equal(values["fc.weight"], ROW.reshape(4, 6))
        assert not index.skipped


@given(
    st.lists(st.integers(1, 4), min_size=1, max_size=4).flatmap(
        lambda shape: st.tuples(st.just(tuple(shape)), st.permutations(range(len(shape))), st.integers(0, 5))
    )
)
@settings(max_examples=40)
def test_views_of_any_order_are_what_numpy_makes_of_them(drawn):
    shape, order, offset = drawn
    whole_row = np.arange(np.prod(shape) + offset, dtype="<f4")
    view = whole_row[offset:].reshape(shape).transpose(order)
    strides = tuple(step // 4 for step in view.strides)
    body = mapping({"v": tensor(storage("0", whole_row.size), view.shape, strides, offset)})
    for _, values in both(body, {"0": whole_row.tobytes()}):
        assert np.array_equal(values["v"], view)


def test_types_of_values():
    kinds = {"HalfStorage": "<f2", "DoubleStorage": "<f8", "IntStorage": "<i4", "ByteStorage": "u1", "BoolStorage": "?"}
    for kind, code in kinds.items():
        raw = np.array([0, 1, 1, 0], code).tobytes()
        for _, values in both(mapping({"a": tensor(storage("0", 4, kind), (4,))}), {"0": raw}, np.dtype(code).itemsize):
            assert values["a"].tolist() == [0, 1, 1, 0]
    new = call(
        named("torch._utils", "_rebuild_tensor_v3"),
        storage("0", 4, "UntypedStorage"), number(0), numbers(4), numbers(1), b"\x89", ordered({}),
        named("torch", "float8_e5m2"),
    )  # fmt: skip
    for index, values in both(mapping({"a": new}), {"0": bytes([0x3C, 0x40, 0xBC, 0])}, 1):
        assert index.tensors[0].dtype == "F8_E5M2"
        assert values["a"].tolist() == [1, 2, -1, 0]
    pair = tensor(storage("0", 2, "ComplexFloatStorage"), (2,))
    for index, values in both(mapping({"a": pair}), {"0": np.array([1 + 2j, 3], "<c8").tobytes()}, 8):
        assert index.tensors[0].shape == (2, 2)
        assert values["a"].tolist() == [[1, 2], [3, 0]]


def test_quantised_tensors_are_dequantised():
    stored = storage("0", 6, "QInt8Storage")
    common = stored, number(0), numbers(2, 3), numbers(3, 1)
    make = named("torch._utils", "_rebuild_qtensor")
    scales = tensor(storage("1", 2, "DoubleStorage"), (2,)), tensor(storage("2", 2, "LongStorage"), (2,))
    one = call(
        make, *common, row(named("torch", "per_tensor_affine"), b"G" + struct.pack(">d", 0.5), number(1)), b"\x89", ordered({})
    )
    each = call(make, *common, row(named("torch", "per_channel_affine"), *scales, number(0)), b"\x89", ordered({}))
    raw = np.array([1, 2, 3, -1, -2, -3], "i1").tobytes()
    storages = {"0": raw, "1": np.array([0.5, 2.0]).tobytes(), "2": np.array([0, 1], "<i8").tobytes()}
    index, values = whole(ZIP, Held(zip_of(mapping({"one": one, "each": each}), storages)))
    assert [t.quantization.scheme for t in index.tensors] == ["int8-per-tensor", "int8-per-channel"]
    assert values["one"].tolist() == [[0, 0.5, 1], [-1, -1.5, -2]]
    assert values["each"].tolist() == [[0.5, 1, 1.5], [-4, -6, -8]]


def test_what_training_keeps_is_set_apart_and_what_wraps_the_model_is_left_out():
    moment = {"exp_avg": tensor(storage("0", 24), (24,))}
    adam = mapping({"state": b"}(" + number(0) + mapping(moment) + b"u", "param_groups": b"]"})
    body = mapping({"state_dict": ordered(LINEAR), "epoch": number(3), "adam": adam, "optimizer": mapping(moment)})
    index = told(body)
    assert [(t.name, t.content) for t in index.tensors] == [
        ("fc.weight", Content.WEIGHT),
        ("fc.bias", Content.WEIGHT),
        ("adam.state.0.exp_avg", Content.OPTIMIZER),
        ("optimizer.exp_avg", Content.OPTIMIZER),
    ]


def test_two_models_in_one_file_keep_their_names_apart():
    index = told(mapping({"model": ordered(LINEAR), "ema": ordered(LINEAR)}))
    assert [t.name for t in index.tensors] == ["model.fc.weight", "model.fc.bias", "ema.fc.weight", "ema.fc.bias"]
    assert index.tensors[0].start == index.tensors[2].start


def module(parameters: dict, buffers: dict, modules: dict, name: str = "Net", **more: bytes) -> bytes:
    """Return a whole module, as ``torch.save(model)`` writes one of a class that only its author has."""
    state = mapping({"_parameters": ordered(parameters), "_buffers": ordered(buffers), "_modules": ordered(modules), **more})
    return named("their.code", name) + b")\x81" + state + b"b"


def test_a_whole_module_is_read_without_its_class():
    weight = call(PARAMETER, LINEAR["fc.weight"], b"\x88", ordered({}))
    norm = module({}, {"seen": LINEAR["fc.bias"]}, {})
    index = told(
        mapping({"model": module({}, {}, {"0": module({"weight": weight}, {}, {}), "1": norm}, grid=LINEAR["fc.bias"])})
    )
    assert [(t.name, t.content) for t in index.tensors] == [
        ("0.weight", Content.WEIGHT),
        ("1.seen", Content.BUFFER),
        ("grid", Content.CONSTANT),
    ]


CODE = """class Net(Module):
  __parameters__ = ["weight", ]
  __buffers__ = ["mean", ]
  weight : Tensor
"""


def scripted(state: dict[str, bytes], constants: bytes, **more: bytes | str) -> bytes:
    body = named("__torch__.a.b", "Net") + b")\x81" + mapping(state) + b"b"
    files = {"code/__torch__/a/b.py": CODE, "constants.pkl": whole_pickle(constants), "constants/0": ROW.tobytes(), **more}
    return zip_of(body, STORED, **files)


def test_torchscript_tells_parameters_buffers_and_constants_apart():
    state = {"weight": LINEAR["fc.weight"], "mean": LINEAR["fc.bias"], "other": LINEAR["fc.bias"]}
    index, values = whole(ZIP, Held(scripted(state, row(tensor(storage("0", 24), (24,), (1,))))))
    assert [(t.name, t.content) for t in index.tensors] == [
        ("weight", Content.WEIGHT),
        ("mean", Content.BUFFER),
        ("other", Content.CONSTANT),
        ("CONSTANTS.c0", Content.CONSTANT),
    ]
    assert np.array_equal(values["CONSTANTS.c0"], ROW)


def test_constants_of_a_frozen_archive_are_its_weights():
    [constant] = ZIP.index(Held(scripted({}, row(tensor(storage("0", 24), (24,)))))).tensors
    assert constant.content is Content.WEIGHT


def test_an_archive_of_torch_costs_few_requests():
    body = mapping({f"w{n}": tensor(storage(str(n), 4000), (4000,)) for n in range(40)})
    storages = {str(n): np.full(4000, n, "<f4").tobytes() for n in range(40)}
    file = Held(zip_of(body, storages, align=True))
    index, values = whole(ZIP, file)
    assert all(np.all(values[f"w{n}"] == n) for n in range(40))
    assert all(t.start % 64 == 0 for t in index.tensors)
    again = Held(file.content)
    assert ZIP.recognises(again)
    assert len(ZIP.index(again).tensors) == 40
    assert again.requests <= 8


def test_packed_storages_are_unpacked_tensor_by_tensor():
    size = 100_000
    body = mapping({"a": tensor(storage("0", size), (size,)), "b": tensor(storage("0", size), (3,), (1,), 5)})
    file = Held(zip_of(body, {"0": np.arange(size, dtype="<f4").tobytes()}, zipfile.ZIP_DEFLATED))
    index, values = whole(ZIP, file)
    assert [t.start for t in index.tensors] == [-1, -1]
    assert values["b"].tolist() == [5, 6, 7]
    assert np.array_equal(values["a"], np.arange(size, dtype="f4"))


def test_a_large_tensor_comes_in_blocks():
    size = 2 * BLOCK + 3
    file = Held(zip_of(mapping({"a": tensor(storage("0", size, "HalfStorage"), (size,))}), {"0": bytes(2 * size)}))
    [found] = ZIP.index(file).tensors
    assert [len(block) for block in ZIP.values(file, found)] == [BLOCK, BLOCK, 3]
    assert peak_bytes(lambda: [None for _ in ZIP.values(file, found)]) < 8 * 4 * BLOCK


def test_old_views_of_a_storage():
    view = row(text("0:5"), number(5), number(6))
    index, values = whole(
        LEGACY,
        Held(legacy_of(mapping({"a": tensor(storage("0", 24, "FloatStorage", view), (6,))}), {"0": (24, ROW.tobytes())})),
    )
    assert values["a"].tolist() == list(range(5, 11))
    assert index.format == "torch-legacy"


UNREAD = {
    "sparse": call(named("torch._utils", "_rebuild_sparse_tensor"), number(1), row()),
    "turned": tensor(storage("0", 24), (4,), None, 0, mapping({"neg": b"\x88"})),
    "unknown storage": tensor(storage("0", 24, "OddStorage"), (4,)),
    "no storage": tensor(storage("9", 24), (4,)),
    "a value over and over": tensor(storage("0", 24), (1 << 20, 1 << 10), (0, 0)),
    "far apart": tensor(storage("0", 24), (2,), (23,)),
}


@pytest.mark.parametrize("body", UNREAD.values(), ids=UNREAD)
def test_what_is_not_read_is_said(body, monkeypatch):
    monkeypatch.setattr(torch_tensors, "SMALL_BYTES", 16)
    index = told(mapping({"odd": body}))
    assert not index.tensors
    [skipped] = index.skipped
    assert skipped.reason.startswith("odd: ")


BAD_TENSORS = {
    "beyond its storage": tensor(storage("0", 24), (5, 6)),
    "offset beyond": tensor(storage("0", 24), (1,), None, 24),
    "strides beyond": tensor(storage("0", 24), (4, 6), (7, 1)),
    "a petabyte": tensor(storage("0", 24), (1 << 40, 1 << 10)),
    "more than counts": tensor(storage("0", 24), (1 << 62, 1 << 62)),
    "below zero": tensor(storage("0", 24), (-4,), (1,)),
    "backwards": tensor(storage("0", 24), (4,), (-1,), 4),
    "unlike lengths": tensor(storage("0", 24), (4, 6), (1,)),
    "many dimensions": tensor(storage("0", 24), (1,) * 40),
    "storage larger than the file": tensor(storage("0", 25), (4,)),
    "storage of a petabyte": tensor(storage("0", 1 << 60), (4,)),
    "storage below zero": tensor(storage("0", -1), (4,)),
    "no storage at all": tensor(number(3), (4,)) + b"0" + tensor(text("x") + b"Q", (4,)),
    "text for a shape": call(named("torch._utils", "_rebuild_tensor_v2"), storage("0", 24), number(0), text("ab"), text("ab")),
    "nothing": call(named("torch._utils", "_rebuild_tensor_v2"), storage("0", 24)),
}


@pytest.mark.parametrize("body", BAD_TENSORS.values(), ids=BAD_TENSORS)
def test_a_tensor_that_lies_is_refused(body):
    with pytest.raises(WeightsError):
        told(mapping({"a": body}))
    with pytest.raises(WeightsError):
        LEGACY.index(Held(legacy_of(mapping({"a": body}), {"0": (24, STORED["0"])})))


BAD_PICKLES = {
    "empty": b"",
    "no end": b"\x80\x02}",
    "stack empty": b"\x80\x020.",
    "mark missing": b"t.",
    "memo missing": b"h\x07.",
    "unknown opcode": b"\xff.",
    "text of a petabyte": b"\x8d" + struct.pack("<Q", 1 << 50),
    "text without an end": b"V" + b"x" * 200_000,
    "number without an end": b"I" + b"9" * 5_000 + b"\n.",
    "number too long": b"\x8b" + struct.pack("<i", -1) + b".",
    "marks": b"(" * 5_000 + b".",
    "nested lists": b"]" * 300 + b"a" * 299 + b".",
    "nested dictionaries": b"}" + b"K\1}" * 300 + b"s" * 300 + b".",
    "itself": b"]q\x00h\x00a.",
}  # fmt: skip


def test_a_pickle_of_many_instructions(monkeypatch):
    monkeypatch.setattr(pickle_opcodes, "MAX_OPCODES", 1_000)
    with pytest.raises(WeightsError, match="instructions"):
        told(b"N0" * 600)
    with pytest.raises(WeightsError, match="over and over"):
        told(b"](" + b"K\1" * 60 + b"eq\x00" + (named("collections", "OrderedDict") + b"(h\x00tR") * 60)


def test_a_structure_that_holds_one_thing_in_many_places(monkeypatch):
    monkeypatch.setattr(torch_objects, "MAX_STEPS", 1_000)
    monkeypatch.setattr(torch_objects, "MAX_TENSORS", 500)
    twice = b"".join(b"](h" + bytes([n]) + b"h" + bytes([n]) + b"eq" + bytes([n + 1]) for n in range(60))
    with pytest.raises(WeightsError):
        told(LINEAR["fc.bias"] + b"q\x00" + twice)
    assert not told(b"]q\x00" + twice).tensors


@pytest.mark.parametrize("raw", BAD_PICKLES.values(), ids=BAD_PICKLES)
def test_a_pickle_that_makes_no_sense_is_refused(raw):
    legacy = legacy_of(b"", {}).replace(whole_pickle(b""), raw, 1) if raw else MAGIC
    with pytest.raises(WeightsError):
        LEGACY.index(Held(legacy))
    archive = zip_of(b"", {})
    if len(raw) < 1_000:
        with pytest.raises(WeightsError):
            ZIP.index(Held(archive.replace(b"\x80\x02.", raw.ljust(3, b"\xff")[:3], 1)))


def test_nothing_is_imported_or_called(tmp_path):
    told_off = tmp_path / "ran"
    body = call(named("os", "system"), text(f"touch {told_off}"))
    index = told(mapping({"a": LINEAR["fc.weight"], "b": body, "c": named("builtins", "exec")}))
    assert [t.name for t in index.tensors] == ["a"]
    assert not told_off.exists()


def test_a_bomb_is_not_unpacked():
    size = 1 << 23
    views = {f"w{n}": tensor(storage("0", size // 4), (n + 1, 3)) for n in range(400)}
    bomb = Held(zip_of(mapping(views), {"0": bytes(size)}, zipfile.ZIP_DEFLATED))
    with pytest.raises(WeightsError, match="unpacks to"):
        ZIP.index(bomb)


def test_tensors_that_count_the_same_bytes_over_and_over():
    views = {f"w{n}": tensor(storage("0", 10_000), (n + 1, 100)) for n in range(100)}
    with pytest.raises(WeightsError, match="overlap"):
        told(mapping(views), {"0": bytes(40_000)})


def cut(archive: bytes, at: bytes, layout: str, *values: int, place: int) -> bytes:
    """Return an archive with other numbers in the first record that begins with `at`."""
    start = archive.index(at) + place
    raw = struct.pack(layout, *values)
    return archive[:start] + raw + archive[start + len(raw) :]


ARCHIVE = zip_of(ordered(LINEAR), STORED)
ARCHIVES = {
    "no directory": ARCHIVE[: ARCHIVE.index(b"PK\1\2")],
    "directory elsewhere": cut(ARCHIVE, b"PK\5\6", "<I", 1 << 30, place=16),
    "directory of a gigabyte": cut(ARCHIVE, b"PK\5\6", "<I", 1 << 30, place=12),
    "more entries than there are": cut(ARCHIVE, b"PK\5\6", "<H", 999, place=10),
    "lengths that differ": cut(ARCHIVE, b"PK\1\2", "<I", 7, place=24),
    "beyond the end": cut(ARCHIVE, b"PK\1\2", "<II", 1 << 20, 1 << 20, place=20),
    "header elsewhere": cut(ARCHIVE, b"PK\1\2", "<I", 3, place=42),
    "encrypted": cut(ARCHIVE, b"PK\1\2", "<H", 1, place=8),
    "packed in an odd way": cut(ARCHIVE, b"PK\1\2", "<H", 99, place=10),
    "two of one name": ARCHIVE.replace(b"archive/data/1", b"archive/data/0"),
    "no pickle": ARCHIVE.replace(b"archive/data.pkl", b"archive/data.pkx"),
    "high byte first": zip_of(ordered(LINEAR), STORED, byteorder=b"big"),
    "code without end": zip_of(ordered(LINEAR), STORED, **{"code/a.py": bytes(17 << 20)}),
}


@pytest.mark.parametrize("content", ARCHIVES.values(), ids=ARCHIVES)
def test_an_archive_that_lies_is_refused(content):
    with pytest.raises(WeightsError):
        ZIP.index(Held(content))


def test_old_files_that_lie_are_refused():
    for keys in (row(text("0")), b"](" + text("0") * 2 + b"e", b"](" + text("0") + text("9") + b"e", b"N"):
        with pytest.raises(WeightsError):
            LEGACY.index(Held(legacy_of(mapping({"a": LINEAR["fc.weight"]}), {"0": (24, STORED["0"])}, keys)[:-1]))
    short = legacy_of(mapping({"a": LINEAR["fc.weight"]}), {"0": (23, STORED["0"])})
    with pytest.raises(WeightsError, match="not as long"):
        LEGACY.index(Held(short))
    big = legacy_of(ordered(LINEAR), {}).replace(b"\x88u", b"\x89u", 1)
    with pytest.raises(WeightsError, match="high byte first"):
        LEGACY.index(Held(big))


def test_formats_are_known_by_their_bytes():
    assert format_of(Held(ARCHIVE, "pytorch_model.bin")) is ZIP
    assert format_of(Held(legacy_of(b"}", {}), "pytorch_model.bin")) is LEGACY
    for content in (b"", b"PK", b"PK\3\4" + bytes(60), b"\x80\x02}."):
        assert not ZIP.recognises(Held(content))
        assert not LEGACY.recognises(Held(content))


WHOLE = {
    "zip": (ZIP, zip_of(mapping({"state_dict": ordered(LINEAR)}), STORED)),
    "script": (ZIP, scripted({"weight": LINEAR["fc.weight"]}, row(tensor(storage("0", 24), (4, 6), (1, 4))))),
    "legacy": (LEGACY, legacy_of(ordered(LINEAR), {"0": (24, STORED["0"]), "1": (4, STORED["1"])})),
}  # fmt: skip


@pytest.mark.parametrize("kind", WHOLE)
@given(st.data())
@settings(max_examples=40)
def test_bytes_changed_anywhere_are_refused_or_read(kind, data):
    form, content = WHOLE[kind]
    changed = bytearray(content)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        new = data.draw(st.binary(min_size=1, max_size=8) | st.just(b"\xff" * 8))
        changed[at : at + data.draw(st.sampled_from([0, len(new)]))] = new
    refused_or_read(form, bytes(changed))


@given(st.lists(st.sampled_from([bytes([code]) for code in range(256)]) | st.binary(max_size=6), max_size=60))
@settings(max_examples=50)
def test_any_opcodes_in_any_order_are_refused_or_read(parts):
    refused_or_read(LEGACY, MAGIC + b"\x80\x02M\xe9\x03.N." + b"".join(parts) + b".](e.")


def test_steps_are_those_of_numpy():
    assert steps((2, 3, 4)) == (12, 4, 1)
