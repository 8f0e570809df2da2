"""JSON objects out of a file, one after another: a line each, the elements of an array, or one document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson
import msgspec
import numpy as np
import pyarrow as pa

from filiation.core.record import MAX_RECORD_BYTES, Skipped
from filiation.formats.compressed import damaged, numbered_lines, open_bytes

Rows = Iterator[tuple[int, dict[str, Any]] | Skipped]
"""Objects with their 1-based line or element numbers, and what could not be read."""
READ_BYTES = 4 << 10
"""Little at a time: an array may nest this much deeper than `MAX_DEPTH` before it is noticed."""
MAX_DEPTH = 200
_STEP = np.zeros(256, np.int8)
_STEP[list(b"[{")], _STEP[list(b"]}")] = 1, -1


def lines(path: Path) -> Rows:
    """Yield the objects of a JSON Lines file."""
    decode = msgspec.json.Decoder(dict[str, Any]).decode
    for item in numbered_lines(path):
        if isinstance(item, Skipped):
            yield item
            continue
        number, line = item
        try:
            row = decode(line)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            yield Skipped(str(path), number, f"not a JSON object ({error})")
        else:
            yield number, row


def elements(path: Path) -> Rows:
    """Yield the objects in a JSON array; at damage, or at an element longer than a record may be, the reading ends."""
    number = 0
    try:
        with open_bytes(path) as stream:
            guard = _Guard(stream)
            for number, item in enumerate(ijson.items(guard, "item", use_float=True, buf_size=READ_BYTES), 1):
                guard.left = MAX_RECORD_BYTES
                if isinstance(item, dict):
                    yield number, item
                else:
                    yield Skipped(str(path), number, f"not a JSON object but {type(item).__name__}")
    except _UnboundedError as error:
        yield Skipped(str(path), number + 1, f"{error}, more than any record; what comes after it is not read")
    except (OSError, ijson.JSONError, ValueError, OverflowError, RecursionError) as error:
        yield damaged(path, number + 1, error)


def document(path: Path, limit: int = MAX_RECORD_BYTES) -> dict[str, Any]:
    """Return the one JSON object that the file is.

    Raises:
        ValueError: If it is longer than `limit` bytes, damaged, or not an object.
    """
    try:
        with open_bytes(path) as stream:
            text = stream.read(limit + 1)
        if len(text) > limit:
            raise ValueError(f"longer than {limit >> 20} MB")
        return msgspec.json.decode(text, type=dict[str, Any])
    except (OSError, RecursionError) as error:
        raise ValueError(f"damaged ({error})") from error


def nesting(text: bytes) -> int:
    """Return how deep the brackets of `text`, JSON or meant to be, stand in one another outside its strings."""
    parts = text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')
    steps = _STEP[np.frombuffer(b"".join(parts[::2]), np.uint8)]
    return int(np.cumsum(steps, dtype=np.int64).max(initial=0))


class _UnboundedError(Exception):
    """An element is longer or deeper than a record may be."""


class _Guard:
    """A stream that refuses once `left` bytes have been read, or where brackets nest deeper than `MAX_DEPTH`.

    Whoever reads it renews `left`. The depth is watched here because ijson holds a path for every level, so that its
    memory grows with the square of the depth. The refusal comes one read late: what went before can still be parsed.
    """

    def __init__(self, stream: pa.NativeFile) -> None:
        self.left = MAX_RECORD_BYTES
        self._stream = stream
        self._depth = self._deepest = 0
        self._in_string = 0
        self._escape = b""

    def read(self, size: int) -> bytes:
        if self.left < 0:
            raise _UnboundedError(f"longer than {MAX_RECORD_BYTES >> 20} MB")
        if self._deepest > MAX_DEPTH:
            raise _UnboundedError(f"nested more than {MAX_DEPTH} deep")
        self.left -= size
        block = self._stream.read(size)
        self._measure(self._escape + block)
        return block

    def _measure(self, text: bytes) -> None:
        """Follow the depth through `text`: brackets count outside strings only."""
        backslashes = len(text) - len(text.rstrip(b"\\"))
        self._escape = text[len(text) - backslashes % 2 :]
        text = text[: len(text) - backslashes % 2].replace(b"\\\\", b"").replace(b'\\"', b"")
        parts = text.split(b'"')
        outside = b"".join(parts[self._in_string :: 2])
        self._in_string ^= len(parts) - 1 & 1
        depths = self._depth + np.cumsum(_STEP[np.frombuffer(outside, np.uint8)], dtype=np.int64)
        if len(depths):
            self._depth, self._deepest = int(depths[-1]), int(depths.max())
