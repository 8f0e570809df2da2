from __future__ import annotations

import json
import math
import struct

import numpy as np
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, peak_bytes, refused_or_read, whole
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors import SafetensorError, deserialize
from safetensors.numpy import save

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK
from filiation.formats import safetensors
from filiation.formats.safetensors import MAX_HEADER_BYTES, TENSORS
from filiation.formats.stored_values import BITS, decoder

ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def made(header: dict | str | bytes, body: bytes = b"", length: int | None = None) -> Held:
    text = header if isinstance(header, bytes) else (header if isinstance(header, str) else json.dumps(header)).encode()
    return Held(struct.pack("<Q", len(text) if length is None else length) + text + body)


TWO = {"a": ENTRY, "b": {"dtype": "F32", "shape": [1], "data_offsets": [8, 12]}}
GOOD = made(TWO | {"__metadata__": {"format": "pt"}}, bytes(range(12))).content


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "?"])
def test_what_the_package_wrote_is_read(dtype):
    rng = np.random.default_rng(0)
    tensors = {
        "m": (rng.standard_normal((3, 5)) * 50).astype(dtype),
        "scalar": np.array(1, dtype),
        "empty": np.zeros((0, 4), dtype),
    }
    index, values = whole(TENSORS, Held(save(tensors, {"format": "np"})))
    assert index.metadata == {"format": "np"}
    assert {name: array.shape for name, array in values.items()} == {name: array.shape for name, array in tensors.items()}
    assert all(np.array_equal(values[name], array.astype("f4")) for name, array in tensors.items())


@pytest.mark.parametrize(
    ("dtype", "exponent", "bias", "special"),
    [("F8_E4M3", 4, 7, "nan"), ("F8_E5M2", 5, 15, "ieee"), ("F8_E4M3FNUZ", 4, 8, "fnuz"), ("F8_E5M2FNUZ", 5, 16, "fnuz")],
)
def test_floats_of_a_byte_are_what_their_bits_say(dtype, exponent, bias, special):
    def slow(code: int) -> float:
        fraction_bits = 7 - exponent
        power, fraction = (code >> fraction_bits) & (2**exponent - 1), code & (2**fraction_bits - 1)
        sign = -1 if code & 128 else 1
        if special == "fnuz" and code == 0x80:
            return math.nan
        if special == "nan" and code & 127 == 127:
            return math.nan
        if special == "ieee" and power == 31:
            return math.nan if fraction else sign * math.inf
        share = fraction / 2**fraction_bits
        return sign * (2.0 ** (1 - bias) * share if power == 0 else 2.0 ** (power - bias) * (1 + share))

    assert np.array_equal(
        decoder(dtype)(bytes(range(256))), np.array([slow(code) for code in range(256)], "f4"), equal_nan=True
    )


def test_other_small_floats():
    assert decoder("F4")(bytes([0x10, 0x32, 0x54, 0x76, 0xF8])).tolist() == [0, 0.5, 1, 1.5, 2, 3, 4, 6, 0, -6]
    scales = decoder("F8_E8M0")(bytes([0, 126, 127, 128, 254, 255]))
    assert scales.tolist()[:5] == [2.0**-127, 0.5, 1, 2, 2.0**127]
    assert np.isnan(scales[5])
    assert decoder("BF16")(bytes([0x80, 0x3F, 0x49, 0xC0])).tolist() == [1, -3.140625]
    assert decoder("BF16", ">")(bytes([0x3F, 0x80])).tolist() == [1]
    with pytest.raises(WeightsError, match="packing"):
        decoder("F6_E2M3")


@pytest.mark.parametrize("dtype", ["F32", "BF16", "I64"])
def test_half_a_value_is_none(dtype):
    with pytest.raises(WeightsError, match="whole number"):
        decoder(dtype)(bytes(9))


@pytest.mark.parametrize("dtype", [*BITS, "C64"])
def test_every_type_is_one_that_the_package_knows(dtype):
    size = BITS.get(dtype, 64)
    file = made({"t": {"dtype": dtype, "shape": [8], "data_offsets": [0, size]}}, bytes(size))
    assert TENSORS.index(file).tensors[0].stop == len(file.content)
    [(_, told)] = deserialize(file.content)
    assert told["dtype"] == dtype


def test_complex_numbers_are_pairs():
    pair = {"c": {"dtype": "C64", "shape": [2], "data_offsets": [0, 16]}}
    _, values = whole(TENSORS, made(pair, np.array([1 + 2j, 3 - 4j], "c8").tobytes()))
    assert values["c"].tolist() == [[1, 2], [3, -4]]


def test_values_beyond_float32_become_infinite():
    _, values = whole(TENSORS, Held(save({"t": np.array([1e300, -1e300, np.nan])})))
    assert values["t"][:2].tolist() == [math.inf, -math.inf]


def test_a_large_tensor_comes_in_blocks_and_never_whole():
    size = 3 * BLOCK + 5
    header = json.dumps({"t": {"dtype": "BF16", "shape": [size], "data_offsets": [0, 2 * size]}}).encode()
    file = Held(struct.pack("<Q", len(header)) + header + bytes(2 * size))
    [tensor] = TENSORS.index(file).tensors
    assert [len(block) for block in TENSORS.values(file, tensor)] == [BLOCK] * 3 + [5]
    assert peak_bytes(lambda: [None for _ in TENSORS.values(file, tensor)]) < 8 * 4 * BLOCK


PETABYTE = 10**15
LIES = {
    "too short": b"\1\2",
    "header beyond the end": made({}, length=900).content,
    "header of a petabyte": made({}, length=PETABYTE).content,
    "header of 2^64 - 1": made({}, length=2**64 - 1).content,
    "no JSON": made("{'a': 1}").content,
    "a list": made("[]").content,
    "no text": made(b'{"\xff\xfe": 1}').content,
    "nested": made('{"a":' * 100_000).content,
    "nested lists": made('{"a":' + "[" * 100_000).content,
    "unknown type": made({"a": ENTRY | {"dtype": "F31"}}, bytes(8)).content,
    "unknown field": made({"a": ENTRY | {"extra": 1}}, bytes(8)).content,
    "shape that does not fit": made({"a": ENTRY | {"shape": [3]}}, bytes(8)).content,
    "shape below zero": made({"a": ENTRY | {"shape": [-1, -2]}}, bytes(8)).content,
    "shape that overflows": made({"a": ENTRY | {"shape": [2**32, 2**32, 2]}}, bytes(8)).content,
    "a petabyte": made({"a": ENTRY | {"shape": [PETABYTE // 4], "data_offsets": [0, PETABYTE]}}, bytes(8)).content,
    "offset beyond 64 bits": made(f'{{"a":{{"dtype":"U8","shape":[0],"data_offsets":[{2**70},{2**70}]}}}}').content,
    "offsets backwards": made({"a": ENTRY | {"data_offsets": [8, 0]}}, bytes(8)).content,
    "offset below zero": made({"a": ENTRY | {"data_offsets": [-8, 0]}}, bytes(8)).content,
    "many dimensions": made({"a": ENTRY | {"shape": [2] + [1] * 100}}, bytes(8)).content,
    "overlap": made({"a": ENTRY, "b": ENTRY}, bytes(8)).content,
    "half an overlap": made({"a": ENTRY, "b": ENTRY | {"data_offsets": [4, 12]}}, bytes(12)).content,
    "gap": made({"a": ENTRY, "b": ENTRY | {"data_offsets": [12, 20]}}, bytes(20)).content,
    "more than the header says": made({"a": ENTRY}, bytes(9)).content,
    "less than the header says": made({"a": ENTRY}, bytes(7)).content,
    "a name twice": made(f'{{"a":{json.dumps(ENTRY)},"a":{json.dumps(ENTRY)}}}', bytes(8)).content,
    "a name twice, spelled otherwise": made(f'{{"a":{json.dumps(ENTRY)},"\\u0061":{json.dumps(ENTRY)}}}', bytes(8)).content,
    "a field twice": made('{"a":{"dtype":"F64","dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)).content,
    "metadata twice": made('{"__metadata__":{"a":"b"},"__metadata__":{"a":"c"}}').content,
    "a key of metadata twice": made('{"__metadata__":{"a":"b","a":"c"}}').content,
    "metadata that is no text": made({"__metadata__": {"a": 1}}).content,
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_header_that_lies_is_refused(content):
    with pytest.raises(WeightsError):
        TENSORS.index(Held(content))


TAKEN_BY_THE_PACKAGE = {
    "many dimensions",
    "unknown field",
    "a name twice",
    "a name twice, spelled otherwise",
    "a key of metadata twice",
}


@pytest.mark.parametrize("name", LIES)
def test_the_package_refuses_most_of_them_too(name):
    if name in TAKEN_BY_THE_PACKAGE:
        deserialize(LIES[name])
    else:
        with pytest.raises(SafetensorError):
            deserialize(LIES[name])


def test_a_header_over_the_budget_is_not_read():
    file = Held(struct.pack("<Q", MAX_HEADER_BYTES + 1), claims=1 << 40)
    with pytest.raises(WeightsError, match="claims a header"):
        TENSORS.index(file)
    assert file.bytes_read == 8


def test_more_tensors_or_metadata_than_any_model_has_are_refused(monkeypatch):
    many = made({f"t{i}": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]} for i in range(6)})
    assert len(TENSORS.index(many).tensors) == 6
    monkeypatch.setattr(safetensors, "MAX_TENSORS", 5)
    with pytest.raises(WeightsError, match="more than 5 tensors"):
        TENSORS.index(many)
    monkeypatch.setattr(safetensors, "MAX_METADATA_BYTES", 20)
    with pytest.raises(WeightsError, match="metadata"):
        TENSORS.index(made({"__metadata__": {"a": "x" * 20}}))


def test_a_name_with_colons_and_quotes_is_no_second_name():
    odd = 'a:"\\":{}:b'
    [tensor] = TENSORS.index(made({odd: ENTRY, "__metadata__": {"x:y": "::"}}, bytes(8))).tensors
    assert tensor.name == odd


def test_a_file_that_shrinks_while_it_is_read():
    file = Held(GOOD[:-4], claims=len(GOOD))
    index = TENSORS.index(file)
    with pytest.raises(WeightsError, match="ended"):
        list(TENSORS.values(file, index.tensors[1]))


@pytest.mark.parametrize("content", [b"", b"{", b"\0" * 7, b"PK\3\4" + bytes(30), b"GGUF" + bytes(30)])
def test_other_files_are_not_recognised(content):
    assert not TENSORS.recognises(Held(content))


def test_its_own_are_recognised():
    assert TENSORS.recognises(Held(GOOD))


test_bytes_changed_anywhere = when_bytes_change(GOOD)


NUMBERS = st.integers(-2, 20) | st.sampled_from([2**31, 2**63, 2**64, 2**70, 1.5, None, "1", []])
ENTRIES = st.fixed_dictionaries(
    {
        "dtype": st.sampled_from([*BITS, "C64", "", None, 3]),
        "shape": st.lists(NUMBERS, max_size=3),
        "data_offsets": st.lists(NUMBERS, min_size=1, max_size=3),
    }
)


@settings(max_examples=50)
@given(st.dictionaries(st.sampled_from(["a", "b", "__metadata__"]), ENTRIES))
def test_entries_of_any_numbers_are_refused_or_read(header):
    refused_or_read(TENSORS, made(json.dumps(header), bytes(8)).content)
