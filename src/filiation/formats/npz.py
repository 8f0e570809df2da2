"""NumPy's own files: one array (``.npy``), or an archive of them (``.npz``).

Source:
    https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import BLOCK, Bytes, Tensor, TensorIndex
from filiation.formats.laid_out import in_order
from filiation.formats.stored_values import BITS, decoder, plain_values, size_bytes, take
from filiation.formats.zip_entries import STORED, Entry, entries, pieces

if TYPE_CHECKING:
    import numpy as np

MAGIC = b"\x93NUMPY"
SUFFIX = ".npy"
MAX_HEADER_BYTES = 10_000
"""As long a header as NumPy itself reads."""
MAX_ARRAYS = 100_000
MAX_TURNED_BYTES = 8 << 30
"""An array whose first dimension runs fastest is read whole before it is turned; a longer one is refused."""
_HEADER = re.compile(
    rb"""\{\s*'descr':\s*'(?P<order>[<>|=]?)(?P<type>[a-zA-Z]\d{0,3})',\s*'fortran_order':\s*(?P<turned>True|False),
    \s*'shape':\s*\((?P<shape>(?:\d{1,19}+L?+\s*+(?:,\s*+|(?=\)))){0,32}+)\),?\s*\}\s*""",
    re.VERBOSE,
)
TYPES = {"f8": "F64", "f4": "F32", "f2": "F16", "i8": "I64", "i4": "I32", "i2": "I16", "i1": "I8", "b1": "BOOL"} | {
    "u8": "U64", "u4": "U32", "u2": "U16", "u1": "U8", "c8": "F32", "c16": "F64", "V2": "BF16"
}  # fmt: skip
_COMPLEX = frozenset({"c8", "c16"})
"""Pairs of real numbers: the tensor gets one more dimension, of 2. What NumPy calls V2 is what JAX writes for bfloat16."""


class _Array(NamedTuple):
    """What a header says: where the values start after it, which way round their bytes are, and whether columns come first."""

    dtype: str
    shape: tuple[int, ...]
    offset: int
    order: str
    turned: bool
    paired: bool


class Npz:
    """How to read arrays that NumPy saved; arrays of objects are pickles and are left alone."""

    name = "npz"
    suffixes = (".npz", SUFFIX)

    def recognises(self, file: Bytes) -> bool:
        """Return whether an array comes first, or an archive whose first file is one."""
        start = take(file, 0, min(file.size_bytes, 512))
        if start.startswith(MAGIC):
            return True
        return start[:4] == b"PK\x03\x04" and start[30 : 30 + int.from_bytes(start[26:28], "little")].endswith(SUFFIX.encode())

    def index(self, file: Bytes) -> TensorIndex:
        """Return the arrays in the order of their bytes; see `core.tensor.TensorFormat`."""
        found = _entries(file)
        if len(found) > MAX_ARRAYS:
            raise WeightsError(f"{file.name} holds more than {MAX_ARRAYS:,} arrays")
        tensors, skipped = [], []
        for name, entry in found.items():
            try:
                tensors.append(_tensor(file, name, entry))
            except _UnreadError as error:
                skipped.append(Skipped(file.name, 0, f"{name[-80:]}: {error}"))
        return TensorIndex(self.name, tuple(tensors), skipped=tuple(skipped))

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values, unpacked; see `core.tensor.TensorFormat`."""
        if tensor.start >= 0:
            return plain_values(file, tensor)
        entry = _entries(file)[tensor.name]
        array = _array(file, entry)
        return _turned(file, entry, array) if array.turned else _unpacked(file, entry, array)


TENSORS = Npz()


class _UnreadError(WeightsError):
    """This array is not read, from which the others of its archive are not to suffer."""


def _entries(file: Bytes) -> dict[str, Entry]:
    """Return the arrays by name: those of the archive, or the one that the whole file is."""
    if take(file, 0, min(file.size_bytes, len(MAGIC))) == MAGIC:
        name = file.name.rpartition("/")[2].removesuffix(SUFFIX)
        return {name: Entry(name, STORED, file.size_bytes, file.size_bytes, 0, 0, 0)}
    return {name.removesuffix(SUFFIX): entry for name, entry in entries(file).items()}


def _tensor(file: Bytes, name: str, entry: Entry) -> Tensor:
    array = _array(file, entry)
    if entry.method != STORED or array.turned or array.order == ">":
        return Tensor(name, array.shape, array.dtype, file.name, -1, -1)
    return Tensor(name, array.shape, array.dtype, file.name, entry.start + array.offset, entry.start + entry.size_bytes)


def _array(file: Bytes, entry: Entry) -> _Array:
    """Return what the header of an array says.

    Raises:
        WeightsError: If it is damaged, or does not fit the array's bytes.
        _UnreadError: If it is no array, or one of a type that is not read.
    """
    head = next(pieces(file, entry, MAX_HEADER_BYTES), b"")[:MAX_HEADER_BYTES]
    if head[:6] != MAGIC:
        raise _UnreadError("not an array")
    begin = 10 if head[6:7] == b"\1" else 12
    length = int.from_bytes(head[8:begin], "little")
    told = head[begin : begin + length]
    if head[6:7] not in {b"\1", b"\2", b"\3"} or len(told) < length:
        raise WeightsError(f"{file.name} holds an array whose header is damaged, or longer than {MAX_HEADER_BYTES:,} bytes")
    found = _HEADER.fullmatch(told)
    kind = found["type"].decode() if found else ""
    if found is None or kind not in TYPES:
        raise _UnreadError("an array of objects, texts or records, which are not read")
    shape = tuple(int(part) for part in re.findall(rb"\d+", found["shape"]))
    turned = found["turned"] == b"True" and len(shape) > 1
    shape += (2,) if kind in _COMPLEX else ()
    if begin + length + size_bytes(TYPES[kind], shape) != entry.size_bytes:
        raise WeightsError(f"{file.name} holds an array whose length is not that of its shape")
    return _Array(TYPES[kind], shape, begin + length, ">" if found["order"] == b">" else "<", turned, kind in _COMPLEX)


def _unpacked(file: Bytes, entry: Entry, array: _Array) -> Iterator[np.ndarray]:
    """Yield the values in the order in which they are stored."""
    decode = decoder(array.dtype, array.order)
    block_bytes = BLOCK * BITS[array.dtype] // 8
    held = bytearray()
    left_out = array.offset
    for piece in pieces(file, entry):
        held += piece[left_out:]
        left_out = max(0, left_out - len(piece))
        while len(held) >= block_bytes:
            yield decode(bytes(held[:block_bytes]))
            del held[:block_bytes]
    if held:
        yield decode(bytes(held))


def _turned(file: Bytes, entry: Entry, array: _Array) -> Iterator[np.ndarray]:
    """Yield the values in row-major order where the columns are stored one after another."""
    import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

    if entry.size_bytes > MAX_TURNED_BYTES:
        raise WeightsError(f"{file.name} holds an array by columns of more than {MAX_TURNED_BYTES >> 30} GB")
    values = np.concatenate([*_unpacked(file, entry, array), np.zeros(0, np.float32)])
    dimensions = array.shape[:-1] if array.paired else array.shape
    stored = values.reshape(*dimensions[::-1], -1) if values.size else values.reshape(*dimensions[::-1], 0)
    return in_order(stored.transpose(*range(len(dimensions))[::-1], len(dimensions)))
