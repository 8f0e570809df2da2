"""Bytes read from the front to the back, with a position; what is passed over is not read."""

from __future__ import annotations

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.stored_values import take

AHEAD_BYTES = 64 << 10
MAX_LINE_BYTES = 1 << 16


class BrokenError(WeightsError):
    """What is read makes no sense from here on, or ends."""


class Forward:
    """Takes bytes one after another.

    Args:
        file: Where they come from.
        position: Of the first.
    """

    def __init__(self, file: Bytes, position: int = 0) -> None:
        self.file = file
        self._begin = position
        self._at = 0
        self._held = b""

    @property
    def position(self) -> int:
        """Of the byte that comes next."""
        return self._begin + self._at

    @property
    def left(self) -> int:
        """How many bytes are left."""
        return self.file.size_bytes - self.position

    def take(self, size: int) -> bytes:
        """Return the next `size` bytes.

        Raises:
            BrokenError: If there are fewer.
        """
        stop = self._at + size
        if stop > len(self._held):
            self._gather(size)
            stop = size
        taken = self._held[self._at : stop]
        self._at = stop
        return taken

    def byte(self) -> int:
        """Return the next byte as a number; raises as `take`."""
        if self._at >= len(self._held):
            self._gather(1)
        code = self._held[self._at]
        self._at += 1
        return code

    def line(self) -> bytes:
        """Return the bytes up to the next line feed, which is passed over; raises as `take`."""
        while (stop := self._held.find(b"\n", self._at)) < 0:
            held = len(self._held) - self._at
            if held > MAX_LINE_BYTES:
                raise BrokenError("a line that does not end")
            self._gather(held + 1)
        taken = self._held[self._at : stop]
        self._at = stop + 1
        return taken

    def skip(self, size: int) -> None:
        """Pass over `size` bytes; raises as `take`."""
        if size > self.left:
            raise BrokenError("the end comes too early")
        if self._at + size <= len(self._held):
            self._at += size
        else:
            self._begin, self._at, self._held = self.position + size, 0, b""

    def go_to(self, position: int) -> None:
        """Continue at a position."""
        self._begin, self._at, self._held = position, 0, b""

    def _gather(self, size: int) -> None:
        start = self.position
        if start + size > self.file.size_bytes:
            raise BrokenError("the end comes too early")
        stop = min(max(start + size, start + AHEAD_BYTES), self.file.size_bytes)
        self._held = take(self.file, start, stop)
        self._begin, self._at = start, 0
