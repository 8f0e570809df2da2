from __future__ import annotations

import io
import pickle
import struct
import zipfile

import numpy as np
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held, whole

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK
from filiation.formats.npz import TENSORS

RNG = np.random.default_rng(0)
ARRAYS = {
    "layer/0/kernel": RNG.standard_normal((5, 7)).astype("f4"),
    "half": RNG.standard_normal(6).astype("f2"),
    "double": np.array([1e300, -1.5]),
    "big_endian": np.arange(4, dtype=">f4"),
    "turned": np.asfortranarray(RNG.standard_normal((3, 4, 2)).astype("f4")),
    "scalar": np.array(3, "i8"),
    "empty": np.zeros((0, 3), "f4"),
    "empty_turned": np.asfortranarray(np.zeros((2, 0), "f4")),
    "truth": np.array([True, False]),
    "bytes": np.arange(200, dtype="u1"),
}
PAIRS = {"pairs": np.array([[1 + 2j, 3], [4j, -5], [0, 1]], "c8"), "wide": np.array([1 - 1j], "c16")}


def saved(arrays, save=np.savez) -> bytes:
    stream = io.BytesIO()
    save(stream, **arrays)
    return stream.getvalue()


def one(array, **options) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array, **options)
    return stream.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_what_numpy_saved_is_read(save):
    file = Held(saved(ARRAYS, save))
    assert TENSORS.recognises(file)
    index, values = whole(TENSORS, file)
    with np.errstate(over="ignore"):
        assert all(np.array_equal(values[name], array.astype("f4")) for name, array in ARRAYS.items())
    assert {name: array.shape for name, array in values.items()} == {name: array.shape for name, array in ARRAYS.items()}
    by_name = {tensor.name: tensor for tensor in index.tensors}
    in_place = by_name["layer/0/kernel"]
    if save is np.savez:
        assert file.content[in_place.start : in_place.stop] == ARRAYS["layer/0/kernel"].tobytes()
        assert by_name["turned"].start == by_name["big_endian"].start == -1
    else:
        assert {tensor.start for tensor in index.tensors} == {-1}


@pytest.mark.parametrize("turn", [np.ascontiguousarray, np.asfortranarray])
def test_complex_numbers_are_pairs(turn):
    _, values = whole(TENSORS, Held(saved({name: turn(array) for name, array in PAIRS.items()})))
    assert all(
        np.array_equal(values[name], np.stack([array.real, array.imag], -1).astype("f4")) for name, array in PAIRS.items()
    )


@pytest.mark.parametrize("version", [(1, 0), (2, 0), (3, 0)])
@pytest.mark.parametrize("turn", [np.ascontiguousarray, np.asfortranarray])
def test_one_array_is_a_file(version, turn):
    array = turn(ARRAYS["layer/0/kernel"])
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array, version=version)
    file = Held(stream.getvalue(), "some/where.npy")
    assert TENSORS.recognises(file)
    _, values = whole(TENSORS, file)
    assert np.array_equal(values["where"], array)


def test_any_blank_may_stand_in_a_header():
    _, values = whole(TENSORS, Held(one(np.ones((2, 3))).replace(b" (2, 3)", b" (2,\x0c3)"), "x.npy"))
    assert values["x"].shape == (2, 3)


def test_what_jax_calls_a_void_is_bfloat16():
    _, values = whole(TENSORS, Held(one(np.array([0x3F80, 0xC000], "<u2").view("V2")), "x.npy"))
    assert values["x"].tolist() == [1, -2]


class Explosive:
    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def test_objects_are_never_unpickled_and_the_others_are_read():
    content = saved({"objects": np.array([Explosive()], object), "texts": np.array(["a"]), "fine": np.ones(2)})
    index, values = whole(TENSORS, Held(content))
    assert list(values) == ["fine"]
    assert [skipped.reason.partition(":")[0] for skipped in index.skipped] == ["objects", "texts"]
    assert pickle.dumps(Explosive())[:1] == b"\x80"


def test_large_arrays_come_in_blocks():
    file = Held(saved({"t": np.zeros(BLOCK + 3, "u1")}, np.savez_compressed))
    [tensor] = TENSORS.index(file).tensors
    assert [len(block) for block in TENSORS.values(file, tensor)] == [BLOCK, 3]


def archive(**files: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name + ".npy", content)
    return stream.getvalue()


def header(text: bytes, body: bytes = b"") -> bytes:
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + body


ARRAY = one(np.arange(6, dtype="f4").reshape(2, 3))
PLAIN = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }"
LIES = {
    "a shape that does not fit": ARRAY.replace(b"(2, 3)", b"(2, 4)"),
    "a petabyte": ARRAY.replace(b"(2, 3), }", b"(9999999999999, 100), }"),
    "a shape that overflows": header(PLAIN % b"4294967296, 4294967296, 4294967296", bytes(24)),
    "a shape below zero": header(PLAIN % b"-2, -3", bytes(24)),
    "code for a shape": header(PLAIN % b"__import__('os').system('x')", bytes(24)),
    "nested": header(b"{'descr': " + b"(" * 9_000),
    "digits that could be cut in many ways": header(PLAIN[:-4].replace(b")", b"") % (b"4294967296, " * 20) + b"!"),
    "numbers without a comma": ARRAY.replace(b"(2, 3)", b"(2  3)"),
    "many dimensions": header(PLAIN % (b"1," * 40), bytes(4)),
    "header beyond the end": b"\x93NUMPY\1\0\xff\xff" + bytes(20),
    "a header of 4 GB": b"\x93NUMPY\2\0\xff\xff\xff\xff" + bytes(20),
    "version 9": b"\x93NUMPY\x09\0" + ARRAY[8:],
    "cut off": ARRAY[:-1],
    "more than it says": ARRAY + b"x",
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_an_array_that_lies_is_refused_or_left_out(content):
    for file in (Held(archive(a=content)), Held(content, "x.npy")):
        try:
            assert not TENSORS.index(file).tensors
        except WeightsError:
            continue


def test_an_archive_that_says_less_than_it_unpacks_to_is_refused():
    content = bytearray(archive(a=ARRAY + bytes(1 << 20)))
    at = content.rindex(b"PK\1\2")
    content[at + 24 : at + 28] = struct.pack("<I", len(ARRAY))
    with pytest.raises(WeightsError, match="length"):
        TENSORS.index(Held(bytes(content)))


@pytest.mark.parametrize(
    "content",
    [b"", b"PK\3\4", b"\x93NUMPX", b"PK\3\4" + bytes(60), archive(a=b"")[:20]],
    ids=["nothing", "two letters", "another array", "no name", "cut off"],  # an archive holds the time of its making
)
def test_other_files_are_not_recognised(content):
    assert not TENSORS.recognises(Held(content))


GOOD = [saved({"a": np.arange(6, dtype="f4"), "b": np.ones((2, 2))}), archive(a=ARRAY), ARRAY]


test_bytes_changed_anywhere = when_bytes_change(*GOOD)
