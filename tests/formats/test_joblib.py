from __future__ import annotations

import zlib

import numpy as np
import pyarrow as pa
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, refused_or_read, whole
from made_torch import call, mapping, named, number, numbers, row, text, whole_pickle

from filiation.core.errors import WeightsError
from filiation.core.tensor import Content
from filiation.formats import joblib
from filiation.formats.joblib import TENSORS
from filiation.formats.tensor_formats import format_of

W = np.arange(12, dtype="<f4").reshape(3, 4)


def dtype(code: str, order: str = "<") -> bytes:
    told = row(number(3), text(order), b"N", b"N", b"N", number(-1), number(-1), number(0))
    return call(named("numpy", "dtype"), text(code), b"\x89", b"\x88") + told + b"b"


def described(shape: bytes, kind: bytes, order: str = "C", **more: bytes) -> bytes:
    """Return what stands before an array's values, as joblib writes it."""
    told = {"subclass": named("numpy", "ndarray"), "shape": shape, "order": text(order), "dtype": kind} | more
    return named("joblib.numpy_pickle", "NumpyArrayWrapper") + b")\x81" + mapping(told) + b"b"


def array(values: np.ndarray, order: str = "C", padding: int | None = 3) -> bytes:
    kind = dtype(values.dtype.str[1:], values.dtype.str[0])
    aligned = {} if padding is None else {"numpy_array_alignment_bytes": number(16)}
    pad = b"" if padding is None else bytes([padding]) + b"\xff" * padding
    raw = values.tobytes("A" if order == "F" else "C")
    return described(numbers(*values.shape), kind, order, **aligned) + pad + raw


def made(name: str, state: dict[str, bytes]) -> bytes:
    return named("sklearn.linear_model", name) + b")\x81" + mapping(state) + b"b"


MODEL = whole_pickle(
    made(
        "Pipeline",
        {
            "coef_": array(W),
            "old": array(np.ones(3), padding=None),
            "turned": array(np.asfortranarray(W), "F"),
            "big": array(np.arange(3, dtype=">i2")),
            "names": described(numbers(2), dtype("O8", "|")) + whole_pickle(row(text("a"), text("b"))),
            "words": array(np.array(["ab", "c"])),
            "steps": row(made("Step", {"coef_": array(-W)}), text("last")),
        },
    )
)
PACKED = {"zlib": zlib.compress(MODEL), "lz4": pa.Codec("lz4").compress(MODEL, asbytes=True)}


def check(index, values) -> None:
    assert np.array_equal(values["coef_"], W)
    assert np.array_equal(values["old"], np.ones(3))
    assert np.array_equal(values["turned"], W)
    assert values["big"].tolist() == [0, 1, 2]
    assert np.array_equal(values["steps.0.coef_"], -W)
    assert {skipped.reason.partition(":")[0] for skipped in index.skipped} == {"names", "words"}


def test_the_arrays_of_a_dump_are_read_in_place():
    file = Held(MODEL, "model.joblib")
    index, values = whole(TENSORS, file)
    check(index, values)
    by_name = {tensor.name: tensor for tensor in index.tensors}
    assert file.content[by_name["coef_"].start : by_name["coef_"].stop] == W.tobytes()
    assert by_name["turned"].start == by_name["big"].start == -1
    assert by_name["coef_"].content is Content.WEIGHT
    assert by_name["big"].content is Content.BUFFER


@pytest.mark.parametrize("content", PACKED.values(), ids=PACKED)
def test_a_packed_dump_is_unpacked(content, monkeypatch):
    assert format_of(Held(content, "pnet.lz4")) is TENSORS
    index, values = whole(TENSORS, Held(content))
    check(index, values)
    assert {tensor.start for tensor in index.tensors} == {-1}
    monkeypatch.setattr(joblib, "MAX_PACKED_BYTES", len(MODEL) - 1)
    with pytest.raises(WeightsError, match="more than"):
        TENSORS.index(Held(content))


def test_nothing_is_imported_or_called(tmp_path):
    ran = tmp_path / "ran"
    body = mapping({"a": array(W), "b": call(named("os", "system"), text(f"touch {ran}"))})
    assert [t.name for t in TENSORS.index(Held(whole_pickle(body))).tensors] == ["a"]
    assert not ran.exists()


def test_one_array_and_a_list_of_them():
    assert [t.name for t in TENSORS.index(Held(whole_pickle(array(W)))).tensors] == ["array"]
    listed = whole_pickle(b"](" + array(W) + array(W) + b"e")
    assert [t.name for t in TENSORS.index(Held(listed)).tensors] == ["0", "1"]


def lying(shape: bytes = numbers(3, 4), kind: bytes = b"", values: bytes = bytes(48)) -> bytes:
    return whole_pickle(described(shape, kind or dtype("f4")) + values)


LIES = {
    "a petabyte": lying(numbers(1 << 40, 1 << 10)),
    "overflow": lying(numbers(1 << 62, 1 << 62)),
    "below zero": lying(numbers(-3, 4)),
    "both below zero": lying(numbers(-3, -4)),
    "many dimensions": lying(numbers(*[1] * 40)),
    "a shape of texts": lying(row(text("a"))),
    "no shape": lying(b"N"),
    "no type": lying(kind=text("f4")),
    "a type without a length": lying(kind=dtype("f")),
    "a length below zero": lying(kind=dtype("f-4")),
    "cut off": lying(values=bytes(20))[:-1],
    "nested": whole_pickle(b"(" * 200 + array(W) + b"t" * 200),
    "damaged zlib": PACKED["zlib"][:40] + bytes(20) + PACKED["zlib"][60:],
    "damaged lz4": PACKED["lz4"][:40] + b"\xff" * 20 + PACKED["lz4"][60:],
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_dump_that_lies_is_refused(content):
    assert not refused_or_read(TENSORS, content)


def test_budgets(monkeypatch):
    monkeypatch.setattr(joblib, "MAX_ARRAYS", 2)
    with pytest.raises(WeightsError, match="arrays"):
        TENSORS.index(Held(MODEL))
    monkeypatch.undo()
    monkeypatch.setattr(joblib, "MAX_STEPS", 5)
    with pytest.raises(WeightsError, match="things"):
        TENSORS.index(Held(MODEL))


def test_other_files_are_not_recognised():
    for content in (b"", b"\x80\x04]", whole_pickle(mapping({})), zlib.compress(b"x" * 99), b"\x04\x22\x4d\x18" + bytes(30)):
        assert not TENSORS.recognises(Held(content))


GOOD = [MODEL, *PACKED.values()]
test_bytes_changed_anywhere = when_bytes_change(*GOOD)
