"""Several files whose bytes, one file after another, are one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate

from filiation.core.tensor import Bytes


class JoinedFile:
    """Reads across the borders of `parts`; see `core.tensor.Bytes`.

    Args:
        name: What the whole is called.
        parts: In order; at least one.
    """

    def __init__(self, name: str, parts: Sequence[Bytes]) -> None:
        self.name = name
        self.names = tuple(part.name for part in parts)
        self._parts = parts
        self._ends = list(accumulate(part.size_bytes for part in parts))
        self.size_bytes = self._ends[-1]

    @property
    def bytes_read(self) -> int:
        """Bytes that the parts gave so far."""
        return sum(part.bytes_read for part in self._parts)

    @property
    def requests(self) -> int:
        """Times that the parts were asked so far."""
        return sum(part.requests for part in self._parts)

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`."""
        if not 0 <= start <= stop <= self.size_bytes:
            raise ValueError(f"{self.name} holds {self.size_bytes:,} bytes, not {start:,} to {stop:,}")
        found = []
        at = start
        while at < stop:
            number = bisect_right(self._ends, at)
            begin = self._ends[number] - self._parts[number].size_bytes
            end = min(stop, self._ends[number])
            found.append(self._parts[number].read(at - begin, end - begin))
            at = end
        return b"".join(found)
