"""What a ZIP archive holds, also where it lies: what its directory says, what stands before each file, and what neither lists.

Readers differ: one asks the directory, another what stands before the file, one refuses a wrong checksum that another takes.
Whoever wants to hide a file from a scanner uses that. Here both are read, and each difference is told.

Source:
    PKWARE APPNOTE.TXT 6.3.10, sections 4.3 and 4.5.3 (ZIP64).
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.stored_values import take
from filiation.formats.zip_layout import ELSEWHERE, ENCRYPTED, END, END_64, ENTRY, FOLLOWED, LOCAL, LOCATOR, widened

TAIL_BYTES = (1 << 16) + 22
MAX_DIRECTORY_BYTES = 64 << 20
MAX_ENTRIES = 200_000
MAX_GAP_BYTES = 1 << 20
METHODS = {0: "stored", 8: "deflate", 12: "bzip2", 14: "lzma", 93: "zstd", 95: "xz"}
_LINK = 0o120000


class Member(msgspec.Struct):
    """A file of the archive: `start` is its first byte, packed or not; `lies` are what is told of it in two ways."""

    name: str
    method: str
    size_bytes: int
    packed_bytes: int
    crc: int
    start: int
    is_link: bool = False
    is_encrypted: bool = False
    is_listed: bool = True
    lies: tuple[str, ...] = ()


class _Listed(msgspec.Struct):
    """A file as the directory tells of it."""

    name: str
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    header: int


def end_of(file: Bytes) -> int:
    """Return where the record stands that ends an archive; -1 where there is none that makes sense."""
    start = max(0, file.size_bytes - TAIL_BYTES)
    tail = take(file, start, file.size_bytes)
    at = len(tail)
    while (at := tail.rfind(b"PK\x05\x06", 0, at)) >= 0:
        if at + END.size <= len(tail):
            *_, count, size, offset, _ = END.unpack_from(tail, at)
            wide = offset == ELSEWHERE or count == 0xFFFF
            end = start + at
            begins = (end - size, end - size - END_64.size - LOCATOR.size, offset)
            if wide or (count and size >= ENTRY.size and any(_is_entry(file, begin) for begin in begins)):
                return start + at
    return -1


def _is_entry(file: Bytes, at: int) -> bool:
    return 0 <= at <= file.size_bytes - 4 and take(file, at, at + 4) == b"PK\x01\x02"


def members(file: Bytes) -> Iterator[Member]:
    """Yield the files of an archive, those too that its directory does not list.

    Raises:
        WeightsError: If it has no directory that can be read.
    """
    listed, shift, directory = _directory(file)
    listed.sort(key=lambda item: item.header)
    after = min((item.header + shift for item in listed), default=0)
    for item in listed:
        begin = item.header + shift
        yield from _hidden(file, after, begin)
        found = _member(file, item, begin)
        if begin < after:
            found.lies = (*found.lies, "it overlaps the file before it")
        after = max(after, found.start + found.packed_bytes)
        yield found
    if listed:
        yield from _hidden(file, after, min(directory, after + MAX_GAP_BYTES))


def _directory(file: Bytes) -> tuple[list[_Listed], int, int]:
    """Return what the directory lists, by how much all its offsets are off, and where it begins."""
    end = end_of(file)
    if end < 0:
        raise WeightsError("an archive without a directory")
    *_, count, size, offset, _ = END.unpack(take(file, end, end + END.size))
    stop = end
    if end >= LOCATOR.size and take(file, end - LOCATOR.size, end - LOCATOR.size + 4) == b"PK\x06\x07":
        where = LOCATOR.unpack(take(file, end - LOCATOR.size, end))[2]
        if where + END_64.size <= file.size_bytes and take(file, where, where + 4) == b"PK\x06\x06":
            count, size, offset = END_64.unpack(take(file, where, where + END_64.size))[-3:]
            stop = where
    if size > MAX_DIRECTORY_BYTES or count > MAX_ENTRIES or size > stop:
        raise WeightsError("an archive with a directory that is longer than is read")
    begin = stop - size
    if take(file, begin, min(begin + 4, file.size_bytes)) != b"PK\x01\x02" and offset + size <= file.size_bytes:
        begin = offset
    listed = list(_entries(take(file, begin, begin + size)))
    return listed, begin - offset if begin >= offset else 0, begin


def _entries(directory: bytes) -> Iterator[_Listed]:
    at = 0
    while at + ENTRY.size <= len(directory) and directory[at : at + 4] == b"PK\x01\x02":
        _, _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes, comment, _, _, outside, header = (
            ENTRY.unpack_from(directory, at)
        )
        begin = at + ENTRY.size
        extra = directory[begin + name_bytes : begin + name_bytes + extra_bytes]
        size, packed, header = widened(extra, size, packed, header)
        name = directory[begin : begin + name_bytes].decode("utf-8", "replace")
        yield _Listed(name, flags, method, crc, packed, size, outside >> 16, header)
        at = begin + name_bytes + extra_bytes + comment


def _member(file: Bytes, item: _Listed, begin: int) -> Member:
    found = Member(item.name, METHODS.get(item.method, ""), item.size, item.packed, item.crc, -1)
    found.is_link = item.mode & 0o170000 == _LINK
    found.is_encrypted = bool(item.flags & ENCRYPTED)
    if not 0 <= begin <= file.size_bytes - LOCAL.size or take(file, begin, begin + 4) != b"PK\x03\x04":
        found.lies = ("it is not where the directory says",)
        return found
    _, _, flags, method, _, _, crc, packed, size, name_bytes, extra_bytes = LOCAL.unpack(take(file, begin, begin + LOCAL.size))
    found.start = begin + LOCAL.size + name_bytes + extra_bytes
    name = take(file, begin + LOCAL.size, min(begin + LOCAL.size + name_bytes, file.size_bytes)).decode("utf-8", "replace")
    found.lies = tuple(_lies(item, name, flags, method, crc, packed, size))
    if found.start + found.packed_bytes > file.size_bytes:
        found.lies = (*found.lies, "it is longer than the archive")
        found.packed_bytes = max(0, file.size_bytes - found.start)
    if found.is_encrypted != bool(flags & ENCRYPTED) or found.method != METHODS.get(method, ""):
        found.is_encrypted = False
    return found


def _lies(item: _Listed, name: str, flags: int, method: int, crc: int, packed: int, size: int) -> Iterator[str]:
    """Yield what the directory and the file's own header say differently; sizes may stand after the file instead."""
    if name != item.name:
        yield f"it is called {name[:60]!r} as well"
    if (flags ^ item.flags) & ENCRYPTED:
        yield "only one of two places says that it is encrypted"
    if method != item.method:
        yield "it is said to be packed in two ways"
    told_here = not flags & FOLLOWED
    if told_here and (packed not in {item.packed, ELSEWHERE} or size not in {item.size, ELSEWHERE}):
        yield "two lengths are told of it"
    if told_here and crc not in {0, item.crc}:
        yield "two checksums are told of it"
    if item.method == 0 and item.packed != item.size and not item.flags & ENCRYPTED:
        yield "its length packed and unpacked differ though it is not packed"


def _hidden(file: Bytes, start: int, stop: int) -> Iterator[Member]:
    """Yield files between two positions that the directory does not list."""
    gap = take(file, start, min(stop, start + MAX_GAP_BYTES)) if start < stop else b""
    at = gap.find(b"PK\x03\x04")
    while at >= 0 and at + LOCAL.size <= len(gap):
        _, _, _, method, _, _, crc, packed, size, name_bytes, extra_bytes = LOCAL.unpack_from(gap, at)
        begin = start + at + LOCAL.size + name_bytes + extra_bytes
        name = gap[at + LOCAL.size : at + LOCAL.size + name_bytes].decode("utf-8", "replace")
        if method in METHODS and begin + packed <= file.size_bytes:
            length = packed or max(0, stop - begin)
            yield Member(name, METHODS[method], size or length, length, crc, begin, is_listed=False)
        at = gap.find(b"PK\x03\x04", at + 4)
