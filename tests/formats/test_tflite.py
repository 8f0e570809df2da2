from __future__ import annotations

import struct

import numpy as np
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, whole
from made_tflite import Number, flat, model, tensor

from filiation.core.errors import WeightsError
from filiation.core.tensor import Content
from filiation.formats import flatbuffer, tflite
from filiation.formats.local_file import LocalFile
from filiation.formats.tensor_formats import format_of
from filiation.formats.tflite import TENSORS

F32, F16, I32, U8, I64, STRING, C64, I8, I4 = 0, 1, 2, 3, 4, 5, 8, 9, 17
CONV, DENSE, ADD, RESHAPE = 3, 9, 0, 22
ROW = np.arange(12, dtype="<f4")


def raw(*values: float, code: str = "<f4") -> bytes:
    return np.array(values, code).tobytes()


def read(tensors: list, buffers: list, operators: list | None = None):
    return whole(TENSORS, Held(model(tensors, [b"", *buffers], operators or [(CONV, tuple(range(len(tensors))))])))


def test_tensors_with_values_are_read_in_place():
    index, values = read([tensor("x", (1, 4), F32, 0), tensor("w", (3, 4), F32, 1)], [ROW.tobytes()])
    [found] = index.tensors
    assert (found.name, found.shape, found.dtype, found.content) == ("w", (3, 4), "F32", Content.WEIGHT)
    assert np.array_equal(values["w"], ROW.reshape(3, 4))
    assert index.metadata == {"description": "by hand"}


def test_quantised_by_tensor_and_by_channel():
    codes = np.arange(-6, 6, dtype="i1").reshape(3, 4)
    tensors = [
        tensor("one", (3, 4), I8, 1, scales=(0.5,), zeros=(-1,)),
        tensor("rows", (3, 4), I8, 1, scales=(1.0, 2.0, 4.0), zeros=(0, 0, 0)),
        tensor("columns", (3, 4), I8, 1, scales=(1.0, 2.0, 4.0, 8.0), zeros=(0, 1, 2, 3), axis=1),
        tensor("bias", (2,), I32, 2, scales=(0.25,)),
        tensor("four bits", (3,), I4, 3, scales=(2.0,)),
    ]
    index, values = read(tensors, [codes.tobytes(), raw(8, -4, code="<i4"), b"\x2f\x08"])
    assert [t.quantization.scheme for t in index.tensors[:3]] == ["int8-per-tensor", "int8-per-channel", "int8-per-channel"]
    assert np.array_equal(values["one"], (codes + 1.0) * 0.5)
    assert np.array_equal(values["rows"], codes * np.float32([[1], [2], [4]]))
    assert np.array_equal(values["columns"], (codes - np.float32([0, 1, 2, 3])) * np.float32([1, 2, 4, 8]))
    assert values["bias"].tolist() == [2, -1]
    assert values["four bits"].tolist() == [-2, 4, -16]
    assert {t.content for t in index.tensors} == {Content.WEIGHT}


def test_other_types():
    tensors = [tensor("half", (2,), F16, 1), tensor("long", (1,), I64, 2), tensor("pairs", (1,), C64, 3)]
    index, values = read(tensors, [raw(0.5, -2, code="<f2"), raw(7, code="<i8"), raw(1, 2)])
    assert values["half"].tolist() == [0.5, -2]
    assert values["pairs"].tolist() == [[1, 2]]
    assert [t.content for t in index.tensors] == [Content.WEIGHT, Content.BUFFER, Content.WEIGHT]


def test_constants_are_told_by_who_takes_them_in():
    tensors = [
        tensor("shape", (2,), I32, 1),
        tensor("half", (), F32, 2),
        tensor("bias", (3,), F32, 3),
        tensor("pads", (3,), F32, 3),
        tensor("w", (3,), F32, 3),
    ]
    operators = [(RESHAPE, (0, 3)), (ADD, (1, 2)), (DENSE, (4, -1))]
    index, _ = read(tensors, [raw(1, 2, code="<i4"), raw(0.5), raw(1, 2, 3)], operators)
    contents = {t.name: t.content for t in index.tensors}
    assert contents == {
        "shape": Content.CONSTANT, "half": Content.CONSTANT, "pads": Content.CONSTANT,
        "bias": Content.WEIGHT, "w": Content.WEIGHT,
    }  # fmt: skip


def test_values_behind_the_tables():
    file = model([tensor("w", (3,), F32, 1)], [b"", {1: Number("Q", 4096), 2: Number("Q", 12)}], [(DENSE, (0,))])
    content = file.ljust(4096, b"\0") + raw(1, 2, 3)
    _, values = whole(TENSORS, Held(content))
    assert values["w"].tolist() == [1, 2, 3]
    with pytest.raises(WeightsError, match="outside"):
        TENSORS.index(Held(content[:-1]))


def test_what_is_not_read_is_said():
    index, _ = read([tensor("text", (1,), STRING, 1), tensor("gaps", (3,), F32, 2, sparse=True)], [b"abc", raw(1, 2, 3)])
    assert not index.tensors
    assert [s.reason for s in index.skipped] == [
        "text: values of a type that is no number",
        "gaps: values that are stored sparsely",
    ]


def test_names_that_come_twice():
    index, _ = read([tensor("w", (3,), F32, 1), tensor("w", (3,), F32, 1), tensor("", (3,), F32, 1)], [raw(1, 2, 3)])
    assert [t.name for t in index.tensors] == ["w", "0/1/w", "tensor#2"]


LIES = {
    "too few values": ([tensor("w", (4,), F32, 1)], [raw(1, 2, 3)]),
    "too many values": ([tensor("w", (2,), F32, 1)], [raw(1, 2, 3)]),
    "a petabyte": ([tensor("w", (1 << 30, 1 << 20), F32, 1)], [raw(1)]),
    "below zero": ([tensor("w", (-3,), F32, 1)], [raw(1, 2, 3)]),
    "many dimensions": ([tensor("w", (1,) * 70, F32, 1)], [raw(1)]),
    "no such buffer": ([tensor("w", (3,), F32, 9)], [raw(1, 2, 3)]),
    "scales that do not fit": ([tensor("w", (3,), I8, 1, scales=(1.0, 2.0))], [b"abc"]),
    "zero points that do not fit": ([tensor("w", (3,), I8, 1, scales=(1.0,), zeros=(1, 2))], [b"abc"]),
    "scales that are no numbers": ([tensor("w", (3,), I8, 1, scales=(float("nan"),))], [b"abc"]),
    "bytes over and over": ([tensor(f"w{n}", (n + 1, 300), F32, n + 1) for n in range(1)] + [
        tensor(f"v{n}", (1,) * n + (9_000,), F32, 2) for n in range(1, 30)
    ], [raw(*range(300)), bytes(36_000)]),
}  # fmt: skip


@pytest.mark.parametrize(("tensors", "buffers"), LIES.values(), ids=LIES)
def test_a_model_that_lies_is_refused(tensors, buffers):
    with pytest.raises(WeightsError):
        read(tensors, buffers)


GOOD = model(
    [tensor("w", (3, 4), I8, 1, scales=(1.0, 2.0, 3.0)), tensor("b", (3,), F32, 2)],
    [b"", bytes(12), raw(1, 2, 3)],
    [(DENSE, (0, 1))],
)


@pytest.mark.parametrize(
    "content",
    [b"", GOOD[:7], GOOD[:40], b"\xff" * 4 + GOOD[4:], struct.pack("<I", len(GOOD)) + GOOD[4:], flat({2: [{}] * 2_000})],
)
def test_a_file_that_is_damaged_is_refused(content):
    with pytest.raises(WeightsError):
        TENSORS.index(Held(content))


def test_budgets(monkeypatch):
    monkeypatch.setattr(flatbuffer, "MAX_LOOKS", 50)
    with pytest.raises(WeightsError, match="numbers beside"):
        TENSORS.index(Held(GOOD))
    monkeypatch.undo()
    monkeypatch.setattr(tflite, "MAX_TENSORS", 1)
    with pytest.raises(WeightsError):
        TENSORS.index(Held(GOOD))


def test_models_are_known_by_their_bytes():
    assert format_of(Held(GOOD, "m.bin")) is TENSORS
    assert not TENSORS.recognises(Held(b"TFL3"))


test_bytes_changed_anywhere = when_bytes_change(GOOD)


def values_of(folder, name: str) -> dict[str, np.ndarray]:
    with LocalFile(folder / name) as file:
        form = format_of(file)
        return {
            t.name: np.concatenate(list(form.values(file, t))) for t in form.index(file).tensors if t.content is Content.WEIGHT
        }


@pytest.mark.shared
@pytest.mark.parametrize(
    ("floats", "integers"),
    [
        ("kws_ref_model_float32", "kws_ref_model"),
        ("pretrainedResnet", "pretrainedResnet_quant"),
        ("vww_96_float", "vww_96_int8"),
    ],
)
def test_quantised_models_of_mlperf_are_close_to_what_they_came_from(shared, floats, integers):
    folder = shared / "weights" / "mlperf-tiny"
    if not folder.is_dir():
        pytest.skip(f"no MLPerf Tiny models at {folder}")
    before, after = (values_of(folder, f"{name}.tflite") for name in (floats, integers))
    assert before.keys() == after.keys()
    for name, values in before.items():
        a, b = values.astype("f8"), after[name].astype("f8")
        assert a @ b > 0.99 * np.sqrt((a @ a) * (b @ b)), name
