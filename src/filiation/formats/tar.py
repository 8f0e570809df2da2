"""The members of a tar archive in one pass: names and contents, nothing unpacked.

Python's tarfile takes three times as long, keeps every header it has seen, and reads a header extension into memory
whatever its length. This reads ustar with the two extensions that long names come in: GNU's and pax's.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

BLOCK = 512
MAGIC = b"ustar"
MAGIC_OFFSET = 257
READ_BYTES = 64 << 10
MAX_EXTENSION_BYTES = 1 << 16
SEEK_BYTES = 1 << 20
"""More than this is jumped over, where the stream can."""
_HEADER = struct.Struct("<100s24x12s12x8s1s100s6s82x155s12x")
_GNU_LONG_NAME, _GNU_LONG_LINK = b"L", b"K"
_PAX, _PAX_GLOBAL = b"x", b"g"
_REGULAR = frozenset({b"0", b"\0", b"7"})
_LINKS, _DEVICES = frozenset({b"1", b"2"}), frozenset({b"3", b"4", b"6"})


class TarError(ValueError):
    """The archive is damaged, or no sane program wrote it."""


class Member:
    """One entry; `read` gives its content, until the next member is asked for.

    It starts at the byte `start` of the archive; `link` is what it leads to where it is a link.
    """

    def __init__(self, archive: _Stream, name: str, size_bytes: int, kind: bytes, link: str) -> None:
        self.name = name
        self.size_bytes = size_bytes
        self.start = archive.position
        self.is_regular = kind in _REGULAR
        self.is_device = kind in _DEVICES
        self.link = link if kind in _LINKS else ""
        self._archive = archive

    def read(self) -> bytes:
        """Return the content whole, once; the caller looks at `size_bytes` first.

        Raises:
            TarError: If the archive ends before the content does.
        """
        return self._archive.take(self.size_bytes)


def members(stream: BinaryIO) -> Iterator[Member]:
    """Yield the members of the archive that `stream` reads, in order.

    Raises:
        TarError: If a header is damaged, or the archive ends early; what came before has been yielded.
        OSError: If the stream is damaged.
    """
    archive = _Stream(stream)
    long_name: str | None = None
    long_link: str | None = None
    while True:
        header = archive.take(BLOCK, may_end=True)
        if not header.strip(b"\0"):
            return
        name, size, checksum, kind, target, magic, prefix = _HEADER.unpack(header)
        if sum(header) - sum(header[148:156]) + 8 * ord(" ") != _number(checksum):
            raise TarError("a header whose checksum does not match")
        size_bytes = _number(size)
        end = archive.position + size_bytes
        if kind in (_GNU_LONG_NAME, _GNU_LONG_LINK, _PAX, _PAX_GLOBAL):
            content = _extension(archive, size_bytes)
            if kind == _GNU_LONG_NAME:
                long_name = _text(content)
            elif kind == _GNU_LONG_LINK:
                long_link = _text(content)
            elif kind == _PAX:
                long_name = _pax_path(content) or long_name
                long_link = _pax_path(content, b"linkpath") or long_link
        else:
            directory = _text(prefix) if magic == b"ustar\0" else ""
            short = f"{directory}/{_text(name)}" if directory else _text(name)
            yield Member(archive, long_name or short, size_bytes, kind, long_link or _text(target))
            long_name = long_link = None
        archive.skip_to(end + -end % BLOCK)


class _Stream:
    """A forward reader that knows where it is."""

    def __init__(self, stream: BinaryIO) -> None:
        self.position = 0
        self._stream = stream
        self._can_seek = stream.seekable() and not stream.tell()
        self._held = b""
        self._at = 0

    def take(self, size: int, *, may_end: bool = False) -> bytes:
        """Return the next `size` bytes; nothing at a clean end, where that may be."""
        at = self._at
        if len(self._held) - at < size:
            self._held = self._held[at:] + self._stream.read(max(size, READ_BYTES))
            self._at = at = 0
        content = self._held[at : at + size]
        if len(content) < size and not (may_end and not content):
            raise TarError("the archive ends in the middle of a member")
        self._at += len(content)
        self.position += len(content)
        return content

    def skip_to(self, position: int) -> None:
        """Move forward, holding one block at a time; a stream that can go anywhere is told to."""
        if position - self.position > SEEK_BYTES and self._can_seek:
            self._stream.seek(position)
            self._held, self._at, self.position = b"", 0, position
        while self.position < position:
            ahead = len(self._held) - self._at or READ_BYTES
            self.take(min(position - self.position, ahead))


def _number(field: bytes) -> int:
    """Return the octal digits of `field` as a number; GNU writes those of 8 GB and more in base 256."""
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    try:
        return int(field.strip(b"\0 ") or b"0", 8)
    except ValueError:
        raise TarError("a header with a number that is none") from None


def _text(field: bytes) -> str:
    return field.split(b"\0", 1)[0].decode(errors="replace")


def _extension(archive: _Stream, size_bytes: int) -> bytes:
    if size_bytes > MAX_EXTENSION_BYTES:
        raise TarError(f"a header extension of {size_bytes:,} bytes")
    return archive.take(size_bytes)


def _pax_path(content: bytes, wanted: bytes = b"path") -> str | None:
    """Return the ``path``, or another key, that a pax extension gives; its lines are ``<length> <key>=<value>``."""
    if b" size=" in content:
        raise TarError("a member of 8 GB or more")
    for line in content.split(b"\n"):
        key, _, value = line.partition(b" ")[2].partition(b"=")
        if key == wanted:
            return _text(value)
    return None
