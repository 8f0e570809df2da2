"""A file's bytes, whether or not it is compressed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from filiation.core.record import MAX_RECORD_BYTES, Skipped

COMPRESSION = {".gz": "gzip", ".tgz": "gzip", ".zst": "zstd"}
BLOCK_BYTES = 64 << 10
"""What is read at a time, and lost where a compressed file breaks off."""
PEEK_BYTES = 8 << 10


def inner_suffix(path: Path) -> str:
    """Return the suffix beneath the compression, in lower case: ``.csv`` of ``edges.csv.gz``; maybe empty."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if suffixes and suffixes[-1] in (".gz", ".zst"):
        suffixes.pop()
    return suffixes[-1] if suffixes else ""


def open_bytes(path: Path) -> pa.NativeFile:
    """Open `path` for reading from the start, decompressed as its suffix says.

    Raises:
        OSError: If it cannot be opened; reading it raises the same where it is damaged or ends early.
    """
    return pa.input_stream(str(path), compression=COMPRESSION.get(path.suffix.lower()))


def peek(path: Path, size: int = PEEK_BYTES) -> bytes:
    """Return the first `size` bytes, decompressed; empty for anything but a readable regular file."""
    if not path.is_file():
        return b""
    try:
        with open_bytes(path) as stream:
            return stream.read(size)
    except OSError:
        return b""


def numbered_lines(path: Path) -> Iterator[tuple[int, bytes] | Skipped]:
    """Yield each line that is not blank, without its newline, after its 1-based number.

    A line longer than a record may be is passed over without being held; damage ends the reading with a `Skipped`.
    """
    pieces, number, overlong = [b""], 0, False
    try:
        with open_bytes(path) as stream:
            while block := stream.read(BLOCK_BYTES):
                first, newline, others = block.partition(b"\n")
                pieces.append(first)
                if not newline and not overlong and sum(map(len, pieces)) > MAX_RECORD_BYTES:
                    yield _too_long(path, number + 1)
                    overlong = True
                if overlong:
                    pieces = [b""]
                if not newline:
                    continue
                lines = [b"".join(pieces), *others.split(b"\n")]
                pieces, overlong = [lines.pop()], False
                for line in lines:
                    number += 1
                    if line.strip():
                        yield number, line
    except OSError as error:
        yield damaged(path, number + 1, error)
        return
    if (rest := b"".join(pieces)).strip() and not overlong:
        yield number + 1, rest


def damaged(path: Path, line: int, error: Exception) -> Skipped:
    """Return what to say of a file that stops making sense at `line`."""
    return Skipped(str(path), line, f"the file ends early or is damaged ({error}); what came before is kept")


def _too_long(path: Path, line: int) -> Skipped:
    return Skipped(str(path), line, f"longer than {MAX_RECORD_BYTES >> 20} MB, more than any record")
