"""Bytes that are nested in a file: held in memory where they are few, unpacked again and again where they are many."""

from __future__ import annotations

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.held import Held
from filiation.formats.stored_values import take
from filiation.scan.limits import Budget, BudgetError

CHUNK_BYTES = 64 << 10
SMALL_BYTES = 4 << 20
"""What unpacks to no more than this is kept in memory."""
MAX_WINDOW_BYTES = 4 << 20


class Unpacked:
    """What a compressed part unpacks to, read forward; to go back it starts again, which the budget counts.

    Args:
        name: Of the file.
        size_bytes: How many bytes that is.
        again: Gives its pieces from the start.
        budget: Is charged for every pass.
    """

    def __init__(self, name: str, size_bytes: int, again: Callable[[], Iterator[bytes]], budget: Budget) -> None:
        self.name = name
        self.size_bytes = size_bytes
        self.bytes_read = self.requests = 0
        self._again, self._budget = again, budget
        self._restart()

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`; raises a `WeightsError` where they are not there."""
        if not 0 <= start <= stop <= self.size_bytes or stop - start > MAX_WINDOW_BYTES * 16:
            raise WeightsError(f"{self.name} has no bytes {start:,} to {stop:,} that can be read")
        if start < self._from:
            self._restart()
        while self._from + len(self._held) < stop:
            self._forward(start)
        return bytes(self._held[start - self._from : stop - self._from])

    def _restart(self) -> None:
        self._pieces = self._again()
        self._held = bytearray()
        self._from = 0

    def _forward(self, needed: int) -> None:
        piece = next(self._pieces, None)
        if piece is None:
            raise WeightsError(f"{self.name} is shorter than it says")
        self._budget.spend_unpacked(len(piece))
        self._held += piece
        surplus = min(len(self._held) - MAX_WINDOW_BYTES, needed - self._from)
        if surplus > 0:
            del self._held[:surplus]
            self._from += surplus


def unpacked(name: str, again: Callable[[], Iterator[bytes]], budget: Budget) -> tuple[Bytes, str]:
    """Return what the pieces come to as bytes that can be read anywhere, and why it broke off; empty where it did not.

    Args:
        name: Of the file.
        again: Gives its pieces from the start; may raise `WeightsError` where they are damaged.
        budget: Is charged.

    Raises:
        BudgetError: If they are more than the budget has.
    """
    parts, size, problem = [], 0, ""
    try:
        for piece in again():
            budget.spend_unpacked(len(piece))
            size += len(piece)
            if size <= min(SMALL_BYTES, budget.held):
                parts.append(piece)
            else:
                parts.clear()
    except BudgetError:
        raise
    except _DAMAGE as error:
        problem = str(error) or type(error).__name__
    if size <= min(SMALL_BYTES, budget.held):
        budget.held -= size
        return Held(name, b"".join(parts)), problem
    return Unpacked(name, size, lambda: _whole(again), budget), problem


def release(file: Bytes, budget: Budget) -> None:
    """Say that what `unpacked` returned is needed no longer."""
    if isinstance(file, Held):
        budget.held += file.size_bytes


def _whole(again: Callable[[], Iterator[bytes]]) -> Iterator[bytes]:
    try:
        yield from again()
    except BudgetError:
        raise
    except _DAMAGE:
        return


_DAMAGE = (WeightsError, OSError, ValueError, EOFError, zlib.error, lzma.LZMAError)
_MAGICS = (
    (b"\x1f\x8b\x08", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"\x5d\x00\x00", "lzma"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"ZF0x", "zfile"),
    (b"\x78\x01", "zlib"),
    (b"\x78\x5e", "zlib"),
    (b"\x78\x9c", "zlib"),
    (b"\x78\xda", "zlib"),
)
_ZFILE_BYTES = 21
"""Of the header that joblib wrote before version 0.10: two letters, then the length in hexadecimal."""


def compression(start: bytes) -> str:
    """Return how a file that begins so is packed; empty where it is not."""
    found = next((name for magic, name in _MAGICS if start.startswith(magic)), "")
    if found == "bzip2" and not (start[3:4].isdigit() and start[4:10] == b"1AY&SY"):
        return ""
    if found == "gzip" and start[3:4] and start[3] > 31:
        return ""
    return found


def pieces(file: Bytes, kind: str, start: int = 0, stop: int | None = None) -> Iterator[bytes]:
    """Yield what a packed file unpacks to, in pieces of at most about 64 kB.

    Args:
        file: Its bytes.
        kind: As `compression` names it; ``stored`` and ``deflate`` as well.
        start: First byte.
        stop: The byte after the last; all, without.

    Raises:
        WeightsError: If it is damaged, or packed in a way that is not read.
    """
    stop = file.size_bytes if stop is None else stop
    if kind == "zfile":
        start += _ZFILE_BYTES
        start += take(file, start, min(start + 1, stop)) == b" "  # joblib 0.8 under Python 2 wrote one more
    raw = (take(file, at, min(at + CHUNK_BYTES, stop)) for at in range(start, stop, CHUNK_BYTES))
    if kind == "stored":
        yield from raw
    elif kind in {"lz4", "zstd"}:
        yield from _by_arrow(file, kind, start, stop)
    else:
        yield from _by_python(raw, kind, file.name)


def _by_python(raw: Iterator[bytes], kind: str, name: str) -> Iterator[bytes]:
    unpacker = _unpacker(kind)
    for piece in raw:
        packed = piece
        while packed:
            if unpacker.eof:  # another stream may follow, as gzip and its like allow
                if not packed.strip(b"\0"):
                    return
                unpacker = _unpacker(kind)
            try:
                yield from _steps(unpacker, packed)
            except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
                raise WeightsError(f"{name} is damaged where it is packed ({error})") from error
            packed = unpacker.unused_data if unpacker.eof else b""
            if unpacker.eof and kind == "deflate":
                return
    if not unpacker.eof:
        raise WeightsError(f"{name} ends before what is packed in it")


def _steps(unpacker: Any, packed: bytes) -> Iterator[bytes]:
    """Yield what `packed` adds, never much more than a chunk at once: the ratio may be a thousand."""
    if hasattr(unpacker, "unconsumed_tail"):
        while packed and not unpacker.eof:
            yield unpacker.decompress(packed, CHUNK_BYTES)
            packed = unpacker.unconsumed_tail
        return
    yield unpacker.decompress(packed, CHUNK_BYTES)
    while not unpacker.needs_input and not unpacker.eof:
        yield unpacker.decompress(b"", CHUNK_BYTES)


def _unpacker(kind: str) -> Any:
    if kind == "bzip2":
        return bz2.BZ2Decompressor()
    if kind in {"xz", "lzma"}:
        return lzma.LZMADecompressor(memlimit=64 << 20)
    return zlib.decompressobj({"gzip": 31, "deflate": -15}.get(kind, 15))


def _by_arrow(file: Bytes, kind: str, start: int, stop: int) -> Iterator[bytes]:
    import pyarrow as pa  # noqa: PLC0415  # 0.2 s, that only a file packed so pays

    try:
        stream = pa.input_stream(pa.PythonFile(_Reading(file, start, stop), mode="r"), compression=kind)
        while piece := stream.read(CHUNK_BYTES):
            yield piece
    except (OSError, ValueError) as error:
        raise WeightsError(f"{file.name} is damaged where it is packed ({error})") from error


class _Reading:
    """A file object over bytes, as much as Arrow asks of one."""

    def __init__(self, file: Bytes, start: int, stop: int) -> None:
        self.closed = False
        self._file, self._at, self._stop = file, start, stop

    def read(self, size: int = -1) -> bytes:
        size = self._stop - self._at if size < 0 else size
        stop = min(self._at + size, self._stop)
        taken = take(self._file, self._at, stop)
        self._at = stop
        return taken

    def close(self) -> None:
        self.closed = True

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def seekable(self) -> bool:
        return False
