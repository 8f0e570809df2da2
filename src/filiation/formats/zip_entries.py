"""What a ZIP archive holds and where, from its directory alone: nothing is unpacked that nobody asked for.

Source:
    PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (ZIP64).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from itertools import pairwise
from weakref import WeakKeyDictionary

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.stored_values import take
from filiation.formats.zip_layout import ENCRYPTED, END, END_64, ENTRY, FOLLOWED, LOCAL, LOCATOR, widened

MAX_DIRECTORY_BYTES = 64 << 20
MAX_ENTRIES = 500_000
MAX_HEADERS = 20_000
"""So many files of an archive are looked up one by one, where their places do not follow from one another."""
TAIL_BYTES = 1 << 16
"""Read first: the end record stands in it, and of most archives the whole directory."""
STORED, DEFLATED = 0, 8
_ALIGNMENT = 64
_PADDING_BYTES = 128


class Entry(msgspec.Struct):
    """One file of the archive: `start` is its first byte, compressed or not; it takes `packed_bytes` there."""

    name: str
    method: int
    size_bytes: int
    packed_bytes: int
    header: int
    flags: int
    start: int = -1


_DIRECTORIES: WeakKeyDictionary[Bytes, dict[str, Entry]] = WeakKeyDictionary()
"""Of files that are open: several formats are archives, and each asks."""


def entries(file: Bytes) -> dict[str, Entry]:
    """Return the files of an archive by name, in the order of their bytes, with where each starts.

    The header before each file says how much padding follows. Where the distances between them leave no doubt (PyTorch
    starts each file at a multiple of 64 bytes), only the first and the last are read, else all: one request each.

    Raises:
        WeightsError: If it is no archive, or its directory is damaged, overlaps, names one file twice or is too long.
    """
    if (known := _DIRECTORIES.get(file)) is not None:
        return known
    found = _directory(file)
    found.sort(key=lambda entry: entry.header)
    _place(file, found)
    by_name = {entry.name: entry for entry in found}
    if len(by_name) < len(found):
        raise WeightsError(f"{file.name} is an archive that holds two files of one name")
    _DIRECTORIES[file] = by_name
    return by_name


def content(file: Bytes, entry: Entry, limit_bytes: int) -> bytes:
    """Return a whole file of the archive, unpacked.

    Raises:
        WeightsError: If it is longer than `limit_bytes`, or not what the directory says.
    """
    if entry.size_bytes > limit_bytes:
        raise WeightsError(
            f"{file.name} holds {entry.name[-80:]} of {entry.size_bytes:,} bytes, more than the {limit_bytes:,} read"
        )
    return b"".join(pieces(file, entry))


def pieces(file: Bytes, entry: Entry, piece_bytes: int = 1 << 20) -> Iterator[bytes]:
    """Yield a file of the archive in order, unpacked, in pieces of about `piece_bytes`; never more than the directory says.

    Raises:
        WeightsError: If it is encrypted, packed in a way that is not read, damaged, or shorter or longer than it says.
    """
    if entry.flags & ENCRYPTED or entry.method not in {STORED, DEFLATED}:
        raise WeightsError(f"{file.name} holds {entry.name[-80:]} encrypted, or packed in a way that is not read")
    got = 0
    for piece in _unpacked(file, entry, piece_bytes):
        got += len(piece)
        if got > entry.size_bytes:
            break
        yield piece
    if got != entry.size_bytes:
        raise WeightsError(f"{file.name} holds {entry.name[-80:]}, whose length is not what the archive says")


def _unpacked(file: Bytes, entry: Entry, piece_bytes: int) -> Iterator[bytes]:
    stop = entry.start + entry.packed_bytes
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    for at in range(entry.start, stop, piece_bytes):
        packed = take(file, at, min(at + piece_bytes, stop))
        if entry.method == STORED:
            yield packed
            continue
        while packed and not unpacker.eof:
            try:
                yield unpacker.decompress(packed, piece_bytes)
            except zlib.error:
                raise WeightsError(f"{file.name} holds {entry.name[-80:]}, which is damaged") from None
            packed = unpacker.unconsumed_tail


def _directory(file: Bytes) -> list[Entry]:
    tail_start = max(file.size_bytes - TAIL_BYTES, 0)
    tail = take(file, tail_start, file.size_bytes)
    start, size, count = _end_record(file, tail, tail_start)
    if size > MAX_DIRECTORY_BYTES or count > MAX_ENTRIES or not 0 <= start <= start + size <= file.size_bytes:
        raise WeightsError(f"{file.name} is an archive whose directory is damaged, or longer than is read")
    listed = tail[start - tail_start :][:size] if start >= tail_start else take(file, start, start + size)
    found = []
    at = 0
    for _ in range(count):
        entry, at = _entry(file, listed, at)
        if entry.header + LOCAL.size + entry.packed_bytes > start:
            raise WeightsError(f"{file.name} is an archive with a file that reaches into its directory")
        found.append(entry)
    return [entry for entry in found if not entry.name.endswith("/")]


def _end_record(file: Bytes, tail: bytes, tail_start: int) -> tuple[int, int, int]:
    """Return where the directory starts, its length in bytes and in entries."""
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + END.size > len(tail):
        raise WeightsError(f"{file.name} is no archive: it has no directory at its end")
    _, _, _, _, count, size, start, _ = END.unpack_from(tail, at)
    locator = at - LOCATOR.size
    if locator >= 0 and tail[locator : locator + 4] == b"PK\x06\x07":
        where = LOCATOR.unpack_from(tail, locator)[2]
        if where + END_64.size > file.size_bytes:
            raise WeightsError(f"{file.name} is an archive whose end is damaged")
        whole = tail[where - tail_start :] if where >= tail_start else take(file, where, where + END_64.size)
        if whole[:4] != b"PK\x06\x06" or len(whole) < END_64.size:
            raise WeightsError(f"{file.name} is an archive whose end is damaged")
        count, size, start = END_64.unpack_from(whole)[-3:]
    return start, size, count


def _entry(file: Bytes, listed: bytes, at: int) -> tuple[Entry, int]:
    if at + ENTRY.size > len(listed) or listed[at : at + 4] != b"PK\x01\x02":
        raise WeightsError(f"{file.name} is an archive whose directory is damaged")
    _, _, _, flags, method, _, _, _, packed, size, name_size, extra_size, comment_size, _, _, _, header = ENTRY.unpack_from(
        listed, at
    )
    name_start = at + ENTRY.size
    extra_start = name_start + name_size
    stop = extra_start + extra_size + comment_size
    if stop > len(listed):
        raise WeightsError(f"{file.name} is an archive whose directory is damaged")
    size, packed, header = widened(listed[extra_start : extra_start + extra_size], size, packed, header)
    name = listed[name_start:extra_start].decode(errors="replace")
    if method == STORED and size != packed:
        raise WeightsError(f"{file.name} holds {name[-80:]}, whose length is not what the archive says")
    return Entry(name, method, size, packed, header, flags), stop


def _place(file: Bytes, found: list[Entry]) -> None:
    """Settle where the bytes of each entry start, and that no two overlap."""
    guessed = [_guess(entry, after) for entry, after in pairwise(found)]
    first = next((number for number, entry in enumerate(found[:-1]) if entry.packed_bytes), None)
    is_known = all(start >= 0 for start in guessed) and first is not None and guessed[first] == _start(file, found[first])
    if not is_known and len(found) > MAX_HEADERS:
        raise WeightsError(f"{file.name} is an archive of {len(found):,} files whose places are not told")
    for number, entry in enumerate(found):
        entry.start = guessed[number] if is_known and number < len(guessed) else _start(file, entry)
    for entry, after in pairwise(found):
        if entry.start + entry.packed_bytes > after.header:
            raise WeightsError(f"{file.name} is an archive with files that overlap")


def _guess(entry: Entry, after: Entry) -> int:
    """Return where an entry of PyTorch's starts, by where the next one does; -1 where that is not certain."""
    first = entry.header + LOCAL.size + len(entry.name.encode())
    if not entry.packed_bytes:
        return first
    for trailer in (16, 24) if entry.flags & FOLLOWED else (0,):
        start = after.header - trailer - entry.packed_bytes
        if start % _ALIGNMENT == 0 and 0 <= start - first <= _PADDING_BYTES:
            return start
    return -1


def _start(file: Bytes, entry: Entry) -> int:
    stop = entry.header + LOCAL.size
    if stop > file.size_bytes:
        raise WeightsError(f"{file.name} is an archive with a file outside of it")
    header = LOCAL.unpack(take(file, entry.header, stop))
    start = stop + header[-2] + header[-1]
    if header[0] != b"PK\x03\x04" or start + entry.packed_bytes > file.size_bytes:
        raise WeightsError(f"{file.name} is an archive with a file outside of it")
    return start
