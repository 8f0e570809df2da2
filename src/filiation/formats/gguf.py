"""GGUF, the format of llama.cpp: its header, and its tensors with their values.

Source:
    https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Quantization, Tensor, TensorIndex
from filiation.formats.gguf_blocks import block_types, block_values
from filiation.formats.local_file import LocalFile
from filiation.formats.stored_values import checked_size, plain_values, take

if TYPE_CHECKING:
    import numpy as np

MAX_HEADER_BYTES = 32 << 20
MAX_KEYS = 65_536
MAX_KEY_BYTES = 65_535
MAX_NESTING = 3
MAX_ARRAYS = 100_000
MAX_LISTED = 64
"""Elements of an array that are kept; a longer one is told by its length and type."""
MAX_TENSORS = 200_000
MAX_TENSOR_DIMENSIONS = 8
MAX_ALIGNMENT = 1 << 20
VERSIONS = (2, 3)
STRING, ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_NAMES = ("u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64")
_AHEAD, _MAX_AHEAD = 64 << 10, 8 << 20


class GgufError(WeightsError, ValueError):
    """The header is damaged, or lies about its lengths, or is of a version that we do not know."""


class Gguf:
    """How to recognise a GGUF file, read its metadata, its tensors and their values."""

    name = "gguf"
    suffixes = (".gguf",)
    magic = b"GGUF"

    def metadata(self, path: Path) -> dict[str, Any]:
        """Return the keys and values of the header, in file order, after those that tell of the header itself.

        These are spelled as the gguf package spells them: ``GGUF.version``, ``GGUF.tensor_count``, ``GGUF.kv_count``.
        An array of more than `MAX_LISTED` elements comes as ``{"length", "type"}``; bytes that are not UTF-8 are
        replaced.

        Raises:
            GgufError: If the header is not well formed, or is longer than `MAX_HEADER_BYTES`.
            OSError: If the file cannot be read.
        """
        with LocalFile(path) as file:
            return _metadata(_Reader(file))

    def metadata_of(self, file: Bytes) -> dict[str, Any]:
        """Return the same of a file that is open; raises as `metadata`."""
        return _metadata(_Reader(file))

    def recognises(self, file: Bytes) -> bool:
        """Return whether the file begins with the letters GGUF."""
        return file.size_bytes >= 4 and take(file, 0, 4) == self.magic

    def index(self, file: Bytes) -> TensorIndex:
        """Return the tensors in file order; see `core.tensor.TensorFormat`.

        The metadata has the header's keys, each value as JSON unless it is a text.
        """
        reader = _Reader(file)
        try:
            found = _metadata(reader)
            tensors, skipped = _tensors(reader, file, found)
        except GgufError as error:
            raise WeightsError(f"{file.name}: {error}") from error
        except OSError as error:
            raise WeightsError(f"{file.name} cannot be read: {error}") from error
        told = {key: value if isinstance(value, str) else _json(value) for key, value in found.items()}
        return TensorIndex(self.name, tensors, told, skipped)

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values, dequantised; see `core.tensor.TensorFormat`."""
        if tensor.quantization is not None:
            return block_values(file, tensor)
        return plain_values(file, tensor, _byte_order(take(file, 4, 6)))


FORMAT = TENSORS = Gguf()


def _metadata(reader: _Reader) -> dict[str, Any]:
    if reader.take(4) != Gguf.magic:
        raise GgufError("not a GGUF file")
    reader.find_byte_order()
    version = reader.scalar("I")
    if version not in VERSIONS:
        raise GgufError(f"GGUF version {version}; versions 2 and 3 are known")
    tensors, keys = reader.scalar("Q"), reader.scalar("Q")
    if keys > MAX_KEYS:
        raise GgufError(f"{keys:,} keys, more than {MAX_KEYS:,}")
    found: dict[str, Any] = {"GGUF.version": version, "GGUF.tensor_count": tensors, "GGUF.kv_count": keys}
    for _ in range(keys):
        key = reader.string(MAX_KEY_BYTES)
        if key in found:
            raise GgufError(f"the key {key[:80]!r} stands twice")
        found[key] = reader.value(reader.scalar("I"), 0)
    return found


def _tensors(reader: _Reader, file: Bytes, metadata: dict[str, Any]) -> tuple[tuple[Tensor, ...], tuple[Skipped, ...]]:
    """Return the tensors that follow the metadata, each after the one before, as llama.cpp asks too."""
    count, alignment = metadata["GGUF.tensor_count"], metadata.get("general.alignment", 32)
    if count > MAX_TENSORS:
        raise GgufError(f"{count:,} tensors, more than {MAX_TENSORS:,}")
    if type(alignment) is not int or not 0 < alignment <= MAX_ALIGNMENT or alignment & (alignment - 1):
        raise GgufError(f"an alignment of {alignment!r}"[:80])
    entries = [_entry(reader) for _ in range(count)]
    if len({entry[0] for entry in entries}) < count:
        raise GgufError("two tensors have the same name")
    begin = _aligned(reader.at, alignment)
    at = 0
    found = []
    for name, shape, number, offset in entries:
        if offset != at:
            raise GgufError(f"the tensor {name[:80]!r} begins at {offset:,} where {at:,} is its place")
        tensor = _tensor(file.name, name, shape, number, begin + offset)
        if tensor.stop > file.size_bytes:
            raise GgufError(f"the tensor {name[:80]!r} ends at byte {tensor.stop:,} of {file.size_bytes:,}")
        if tensor.quantization is not None and reader.order == ">":
            raise GgufError("quantised blocks with the high byte first, which are not read")
        found.append(tensor)
        at = _aligned(tensor.stop - begin, alignment)
    over = file.size_bytes - begin - at
    skipped = (Skipped(file.name, 0, f"{over:,} bytes follow the last tensor"),) if over > alignment else ()
    return tuple(found), skipped


def _entry(reader: _Reader) -> tuple[str, tuple[int, ...], int, int]:
    """Return a tensor's name, shape with the outermost dimension first, type and offset."""
    name, dimensions = reader.string(MAX_KEY_BYTES), reader.scalar("I")
    if dimensions > MAX_TENSOR_DIMENSIONS:
        raise GgufError(f"a tensor of {dimensions:,} dimensions")
    shape = tuple(reader.scalar("Q") for _ in range(dimensions))
    return name, shape[::-1], reader.scalar("I"), reader.scalar("Q")


def _tensor(file: str, name: str, shape: tuple[int, ...], number: int, start: int) -> Tensor:
    kind = block_types().get(number)
    if kind is None:
        raise GgufError(f"the tensor {name[:80]!r} has the unknown type {number}")
    try:
        size = checked_size(shape)
    except WeightsError as error:
        raise GgufError(f"{name[:80]!r}: {error}") from error
    if (shape[-1] if shape else 1) % kind.values:
        raise GgufError(f"the rows of {name[:80]!r} are no whole number of blocks of {kind.values}")
    stop = start + size // kind.values * kind.bytes
    scheme = None if kind.stored else Quantization(kind.name, 8 * kind.bytes / kind.values)
    return Tensor(name, shape, kind.stored or kind.name, file, start, stop, quantization=scheme)


def _aligned(at: int, alignment: int) -> int:
    return (at + alignment - 1) // alignment * alignment


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _byte_order(version: bytes) -> str:
    """Return ``>`` of a big-endian file: the version, a small number, then has its first half empty."""
    return ">" if version == b"\0\0" else "<"


class _Reader:
    """Reads forward, never past the end of the file nor past the budget; ever larger parts at a time."""

    def __init__(self, file: Bytes) -> None:
        self._file = file
        self._held = b""
        self._begin = 0
        self._ahead = _AHEAD
        self._short = file.size_bytes <= MAX_HEADER_BYTES
        self._end = min(file.size_bytes, MAX_HEADER_BYTES)
        self._arrays = 0
        self.at = 0
        self.order = "<"

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        start = self.at
        self.skip(size)
        if not self._begin <= start <= self.at <= self._begin + len(self._held):
            self._begin = start
            self._held = self._file.read(start, min(max(self.at, start + self._ahead), self._end))
            self._ahead = min(self._ahead * 2, _MAX_AHEAD)
        return self._held[start - self._begin : self.at - self._begin]

    def skip(self, size: int) -> None:
        """Pass over the next `size` bytes."""
        if size > self._end - self.at:
            over_budget = f"a header of more than {MAX_HEADER_BYTES >> 20} MB"
            raise GgufError("the file ends inside the header" if self._short else over_budget)
        self.at += size

    def find_byte_order(self) -> None:
        """Settle whether the numbers are big-endian."""
        self.order = _byte_order(self.take(2))
        self.at -= 2

    def scalar(self, code: str) -> Any:
        size = struct.calcsize(self.order + code)
        return struct.unpack(self.order + code, self.take(size))[0]

    def string(self, limit: int = MAX_HEADER_BYTES) -> str:
        length = self.scalar("Q")
        if length > limit:
            raise GgufError(f"a text of {length:,} bytes")
        return self.take(length).decode(errors="replace")

    def value(self, kind: int, depth: int) -> Any:
        if kind == STRING:
            return self.string()
        if kind == ARRAY:
            return self._array(depth + 1)
        if kind not in _SCALARS:
            raise GgufError(f"a value of unknown type {kind}")
        return self.scalar(_SCALARS[kind])

    def _array(self, depth: int) -> list[Any] | dict[str, Any]:
        if depth > MAX_NESTING:
            raise GgufError(f"arrays nested more than {MAX_NESTING} deep")
        self._arrays += 1
        if self._arrays > MAX_ARRAYS:
            raise GgufError(f"more than {MAX_ARRAYS:,} arrays")
        kind, length = self.scalar("I"), self.scalar("Q")
        if kind not in _SCALARS and kind not in (STRING, ARRAY):
            raise GgufError(f"an array of unknown type {kind}")
        if length <= MAX_LISTED:
            return [self.value(kind, depth) for _ in range(length)]
        self._pass_over(kind, length, depth)
        return {"length": length, "type": _NAMES[kind]}

    def _pass_over(self, kind: int, length: int, depth: int) -> None:
        if kind in _SCALARS:
            self.skip(length * struct.calcsize(self.order + _SCALARS[kind]))
            return
        if kind == STRING:
            self._pass_over_texts(length)
            return
        for _ in range(length):
            self._array(depth + 1)

    def _pass_over_texts(self, count: int) -> None:
        """Pass over texts, a vocabulary of 100,000 for instance: all that are held in one go."""
        length = struct.Struct(self.order + "Q").unpack_from
        while count > 0:
            self.skip(self.scalar("Q"))
            count -= 1
            at, last = self.at - self._begin, len(self._held) - 8
            while count > 0 and at <= last:
                at += 8 + length(self._held, at)[0]
                count -= 1
            self.skip(at + self._begin - self.at)
