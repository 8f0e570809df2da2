"""Tables of a FlatBuffers file, read in place: each field is found by its number, and nothing is unpacked that nobody asks for.

Source:
    https://flatbuffers.dev/internals/
"""

from __future__ import annotations

import struct

from filiation.core.errors import WeightsError
from filiation.formats.pages import Pages

MAX_LOOKS = 3_000_000
"""So many numbers are read of one file: a structure may be told to hold itself."""
_U2, _I4, _U4 = (struct.Struct(code) for code in ("<H", "<i", "<I"))


class Flatbuffer:
    """A file of tables.

    Args:
        pages: Of the file.
    """

    def __init__(self, pages: Pages) -> None:
        self.pages = pages
        self._left = MAX_LOOKS

    def number(self, layout: struct.Struct, at: int) -> int:
        """Return the number at the position `at`.

        Raises:
            WeightsError: If it lies outside of the file, or `MAX_LOOKS` have been read.
        """
        self.spend(1)
        return self.pages.unpacked(layout, at)[0]

    def spend(self, count: int) -> None:
        """Count so many numbers as read; raises as `number`."""
        self._left -= count
        if self._left < 0:
            raise WeightsError(f"{self.pages.file.name} holds more than {MAX_LOOKS:,} numbers beside its values")

    def root(self) -> Table:
        """Return the outermost table."""
        return Table(self, self.number(_U4, 0))


class Table:
    """One table: its fields are asked for by their numbers, and are absent where the file leaves them out."""

    __slots__ = ("_at", "_fields", "_flat", "_length")

    def __init__(self, flat: Flatbuffer, at: int) -> None:
        self._flat = flat
        self._at = at
        self._fields = at - flat.number(_I4, at)
        self._length = flat.number(_U2, self._fields)

    def _where(self, field: int) -> int:
        """Return where a field stands; 0 where it is absent."""
        slot = 4 + 2 * field
        if slot + 2 > self._length:
            return 0
        offset = self._flat.number(_U2, self._fields + slot)
        return self._at + offset if offset else 0

    def number(self, field: int, code: str, default: int = 0) -> int:
        """Return a number, of the type that `code` tells as in `struct`."""
        at = self._where(field)
        return self._flat.number(struct.Struct("<" + code), at) if at else default

    def table(self, field: int) -> Table | None:
        """Return a table."""
        at = self._where(field)
        return Table(self._flat, at + self._flat.number(_U4, at)) if at else None

    def span(self, field: int, item_bytes: int) -> tuple[int, int]:
        """Return where the elements of a list start, and how many there are; (0, 0) where it is absent.

        Raises:
            WeightsError: If they do not all lie in the file.
        """
        at = self._where(field)
        if not at:
            return 0, 0
        at += self._flat.number(_U4, at)
        count = self._flat.number(_U4, at)
        if at + 4 + count * item_bytes > self._flat.pages.size_bytes:
            raise WeightsError(f"{self._flat.pages.file.name} speaks of {count:,} things in a list that ends before them")
        return at + 4, count

    def numbers(self, field: int, code: str, limit: int = 1 << 20) -> tuple[int, ...]:
        """Return a list of numbers, of the type that `code` tells.

        Raises:
            WeightsError: If there are more than `limit`.
        """
        size = struct.calcsize("<" + code)
        at, count = self.span(field, size)
        if count > limit:
            raise WeightsError(f"{self._flat.pages.file.name} lists {count:,} numbers where at most {limit:,} are read")
        self._flat.spend(count)
        return struct.unpack(f"<{count}{code}", self._flat.pages.read(at, at + count * size))

    def tables(self, field: int, limit: int = 1 << 20) -> list[Table]:
        """Return a list of tables; raises as `numbers`."""
        offsets = self.numbers(field, "I", limit)
        at = self.span(field, 4)[0]
        return [Table(self._flat, at + 4 * number + offset) for number, offset in enumerate(offsets)]

    def text(self, field: int, limit: int = 4_096) -> str:
        """Return a text, its first `limit` bytes."""
        at, count = self.span(field, 1)
        return self._flat.pages.read(at, at + min(count, limit)).decode("utf-8", "replace")
