"""The small parts of a large file: headers that lie scattered, read a page at a time within a budget."""

from __future__ import annotations

import struct
from collections import OrderedDict

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.file_part import FilePart
from filiation.formats.stored_values import take

PAGE_BYTES = 1 << 16
KEPT_PAGES = 256
MAX_HEADER_BYTES = 512 << 20
"""So much is read of one file, at most, to learn what it holds; the values of its tensors are not counted."""
MAX_AT_ONCE_BYTES = 64 << 20
"""So much of it is asked for in one piece."""


class Pages:
    """Reads parts of a file by position and keeps the pages last read, `KEPT_PAGES` of them.

    Args:
        file: Where the bytes come from.
        budget_bytes: So many bytes are fetched before it refuses to go on.
    """

    def __init__(self, file: Bytes, budget_bytes: int = MAX_HEADER_BYTES) -> None:
        self.file = file
        self.size_bytes = file.size_bytes
        self._left = budget_bytes
        self._kept: OrderedDict[int, bytes] = OrderedDict()
        self._number = -1
        self._page = b""

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, all of them.

        Raises:
            WeightsError: If they are not all in the file, are more than `MAX_AT_ONCE_BYTES`, or the budget is spent.
        """
        number = start >> 16
        at = start & 0xFFFF
        if number == self._number and 0 <= start <= stop and at + stop - start <= len(self._page):
            return self._page[at : at + stop - start]
        if not 0 <= start <= stop <= self.size_bytes:
            raise WeightsError(f"{self.file.name} says that something stands at bytes {start:,} to {stop:,}, outside of it")
        if stop - start > MAX_AT_ONCE_BYTES:
            raise WeightsError(f"{self.file.name} has a header of {stop - start:,} bytes, more than is read at once")
        if stop - start > PAGE_BYTES:
            return self._fetched(start, stop)
        if stop <= (number + 1) << 16:
            return self._turned_to(number)[at : at + stop - start]
        first = self._turned_to(number)[at:]
        return first + self._turned_to(number + 1)[: stop - start - len(first)]

    def unpacked(self, layout: struct.Struct, at: int) -> tuple[int, ...]:
        """Return the numbers that `layout` finds at the position `at`.

        Raises:
            WeightsError: As `read`.
        """
        return layout.unpack(self.read(at, at + layout.size))

    def _turned_to(self, number: int) -> bytes:
        if number == self._number:
            return self._page
        page = self._kept.get(number)
        if page is None:
            page = self._fetched(number << 16, min((number + 1) << 16, self.size_bytes))
            self._kept[number] = page
            if len(self._kept) > KEPT_PAGES:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(number)
        self._number, self._page = number, page
        return page

    def _fetched(self, start: int, stop: int) -> bytes:
        self._left -= stop - start
        if self._left < 0:
            raise WeightsError(f"{self.file.name} scatters what it says of its tensors over more bytes than are read for that")
        return take(self.file, start, stop)


class PagedFile(FilePart):
    """A file whose small neighbouring parts are fetched together, for those who ask for one after another.

    Args:
        file: Where the bytes come from.
        budget_bytes: As of `Pages`.
    """

    def __init__(self, file: Bytes, budget_bytes: int = MAX_HEADER_BYTES) -> None:
        super().__init__(file)
        self._pages = Pages(file, budget_bytes)

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`; raises as `Pages.read`."""
        return self._pages.read(start, stop)
