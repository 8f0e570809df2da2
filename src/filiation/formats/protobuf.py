"""Fields of a Protocol Buffers message, read in place: what a field holds is passed over unless somebody asks.

Source:
    https://protobuf.dev/programming-guides/encoding/
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from filiation.core.errors import WeightsError
from filiation.formats.pages import Pages

MAX_FIELDS = 3_000_000
MAX_KEPT = 500_000
"""So many things that a message tells of are kept."""
VARINT, FIXED64, LENGTH, FIXED32 = 0, 1, 2, 5
_VARINT_BYTES = 10
_FIXED = {FIXED64: 8, FIXED32: 4}


class Field(NamedTuple):
    """One field: its number, its kind, and the bytes that its content takes; `value` where that is a number."""

    number: int
    kind: int
    start: int
    stop: int
    value: int = 0


class Protobuf:
    """A file that is one message.

    Args:
        pages: Of the file.
    """

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self._left = MAX_FIELDS
        self._kept = 0

    def fields(self, start: int, stop: int) -> Iterator[Field]:
        """Yield the fields of the message at the bytes from `start` up to `stop`, in order.

        Raises:
            WeightsError: If they are not well formed, reach outside of it, or are more than `MAX_FIELDS` in the whole file.
        """
        at = start
        while at < stop:
            self._left -= 1
            if self._left < 0:
                raise WeightsError(f"{self.pages.file.name} has more than {MAX_FIELDS:,} fields")
            tag, at = self._varint(at, stop)
            number, kind = tag >> 3, tag & 7
            if kind == VARINT:
                value, end = self._varint(at, stop)
                yield Field(number, kind, at, end, value)
            else:
                size, at = self._varint(at, stop) if kind == LENGTH else (_FIXED.get(kind, -1), at)
                end = at + size
                if size < 0 or end > stop or not number:
                    raise WeightsError(f"{self.pages.file.name} has a field at byte {at:,} that is not well formed")
                yield Field(number, kind, at, end)
            at = end

    def keep(self) -> None:
        """Count one thing that is kept.

        Raises:
            WeightsError: If there are more than `MAX_KEPT`.
        """
        self._kept += 1
        if self._kept > MAX_KEPT:
            raise WeightsError(f"{self.pages.file.name} tells of more than {MAX_KEPT:,} things")

    def text(self, field: Field, limit: int = 4_096) -> str:
        """Return the text that a field holds, its first `limit` bytes."""
        return self.pages.read(field.start, min(field.stop, field.start + limit)).decode("utf-8", "replace")

    def numbers(self, field: Field, limit: int = 1 << 20) -> list[int]:
        """Return the whole numbers of a repeated field, packed or one by one.

        Raises:
            WeightsError: If there are more than `limit` of them.
        """
        if field.kind == VARINT:
            return [signed(field.value)]
        found = []
        at = field.start
        while at < field.stop:
            value, at = self._varint(at, field.stop)
            found.append(signed(value))
            if len(found) > limit:
                raise WeightsError(f"{self.pages.file.name} lists more than {limit:,} numbers in a field")
        return found

    def _varint(self, at: int, stop: int) -> tuple[int, int]:
        """Return a number and the position behind it."""
        raw = self.pages.read(at, min(at + _VARINT_BYTES, stop))
        value = 0
        for count, byte in enumerate(raw):
            value |= (byte & 0x7F) << 7 * count
            if byte < 0x80:
                return value & 0xFFFFFFFFFFFFFFFF, at + count + 1
        raise WeightsError(f"{self.pages.file.name} has a number at byte {at:,} that does not end")


def signed(value: int) -> int:
    """Return the number of 64 bits that `value` is, if its highest bit is the sign."""
    return value - (1 << 64) if value >> 63 else value
