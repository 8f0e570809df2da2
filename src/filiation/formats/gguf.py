"""GGUF, the format of llama.cpp: what its header says of the model, without the tensors.

Source:
    https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, BinaryIO

MAX_HEADER_BYTES = 32 << 20
MAX_KEYS = 65_536
MAX_KEY_BYTES = 65_535
MAX_NESTING = 3
MAX_LISTED = 64
"""Elements of an array that are kept; a longer one is told by its length and type."""
VERSIONS = (2, 3)
STRING, ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_NAMES = ("u8", "i8", "u16", "i16", "u32", "i32", "f32", "bool", "string", "array", "u64", "i64", "f64")


class GgufError(ValueError):
    """The header is damaged, or lies about its lengths, or is of a version that we do not know."""


class Gguf:
    """How to recognise a GGUF file and read its metadata."""

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
        with path.open("rb") as stream:
            return _metadata(stream, path.stat().st_size)


FORMAT = Gguf()


def _metadata(stream: BinaryIO, size_bytes: int) -> dict[str, Any]:
    reader = _Reader(stream, size_bytes)
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


class _Reader:
    """Reads forward, never past the end of the file nor past the budget."""

    def __init__(self, stream: BinaryIO, size_bytes: int) -> None:
        self._stream = stream
        self._left = min(size_bytes, MAX_HEADER_BYTES)
        self._short = size_bytes <= MAX_HEADER_BYTES
        self._order = "<"

    def take(self, size: int) -> bytes:
        self._spend(size)
        content = self._stream.read(size)
        if len(content) != size:
            raise GgufError("the file ends inside the header")
        return content

    def skip(self, size: int) -> None:
        self._spend(size)
        self._stream.seek(size, 1)

    def find_byte_order(self) -> None:
        """Settle whether the numbers are big-endian: the version, a small number, then has its low half empty."""
        low = self._stream.read(4)[:2]
        self._stream.seek(-4 if len(low) == 2 else 0, 1)
        self._order = ">" if low == b"\0\0" else "<"

    def scalar(self, code: str) -> Any:
        size = struct.calcsize(self._order + code)
        return struct.unpack(self._order + code, self.take(size))[0]

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
        kind, length = self.scalar("I"), self.scalar("Q")
        if kind not in _SCALARS and kind not in (STRING, ARRAY):
            raise GgufError(f"an array of unknown type {kind}")
        if length <= MAX_LISTED:
            return [self.value(kind, depth) for _ in range(length)]
        self._pass_over(kind, length, depth)
        return {"length": length, "type": _NAMES[kind]}

    def _pass_over(self, kind: int, length: int, depth: int) -> None:
        if kind in _SCALARS:
            self.skip(length * struct.calcsize(self._order + _SCALARS[kind]))
            return
        for _ in range(length):  # each costs at least the 8 bytes of its length, so the budget ends this
            if kind == STRING:
                self.skip(self.scalar("Q"))
            else:
                self._array(depth + 1)

    def _spend(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            over_budget = f"a header of more than {MAX_HEADER_BYTES >> 20} MB"
            raise GgufError("the file ends inside the header" if self._short else over_budget)
