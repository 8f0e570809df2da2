from __future__ import annotations

import struct
import zipfile

import numpy as np
import pytest
from file_of_bytes import Held, peak_bytes, whole
from hypothesis import given, settings
from hypothesis import strategies as st
from made_torch import (
    LINEAR,
    ROW,
    STORED,
    call,
    legacy_of,
    mapping,
    named,
    number,
    numbers,
    ordered,
    row,
    scripted,
    steps,
    storage,
    tensor,
    text,
    zip_of,
)

from filiation.core.tensor import BLOCK, Content
from filiation.formats import torch_legacy, torch_tensors, torch_zip
from filiation.formats.tensor_formats import format_of

ZIP, LEGACY = torch_zip.TENSORS, torch_legacy.TENSORS
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


def test_formats_are_known_by_their_bytes():
    assert format_of(Held(zip_of(ordered(LINEAR), STORED), "pytorch_model.bin")) is ZIP
    assert format_of(Held(legacy_of(b"}", {}), "pytorch_model.bin")) is LEGACY
    for content in (b"", b"PK", b"PK\3\4" + bytes(60), b"\x80\x02}."):
        assert not ZIP.recognises(Held(content))
        assert not LEGACY.recognises(Held(content))


def test_steps_are_those_of_numpy():
    assert steps((2, 3, 4)) == (12, 4, 1)
