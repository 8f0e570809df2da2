"""JSON objects out of a file, one after another: a line each, the elements of an array, or one document."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ijson
import msgspec
import pyarrow as pa

from filiation.core.record import MAX_RECORD_BYTES, Skipped
from filiation.formats.compressed import damaged, numbered_lines, open_bytes

Rows = Iterator[tuple[int, dict[str, Any]] | Skipped]
"""Objects with their 1-based line or element numbers, and what could not be read."""
READ_BYTES = 64 << 10


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
            budget = _Budget(stream)
            for number, item in enumerate(ijson.items(budget, "item", use_float=True, buf_size=READ_BYTES), 1):
                budget.left = MAX_RECORD_BYTES
                if isinstance(item, dict):
                    yield number, item
                else:
                    yield Skipped(str(path), number, f"not a JSON object but {type(item).__name__}")
    except _TooLongError:
        reason = f"longer than {MAX_RECORD_BYTES >> 20} MB, more than any record; what comes after it is not read"
        yield Skipped(str(path), number + 1, reason)
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


class _TooLongError(Exception):
    """An element ran past its budget."""


class _Budget:
    """A stream that refuses once `left` bytes have been read; whoever reads it renews `left`."""

    def __init__(self, stream: pa.NativeFile) -> None:
        self.left = MAX_RECORD_BYTES
        self._stream = stream

    def read(self, size: int) -> bytes:
        if self.left < 0:
            raise _TooLongError
        self.left -= size
        return self._stream.read(size)
