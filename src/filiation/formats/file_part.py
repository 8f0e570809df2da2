"""A part of a file, read as a file of its own."""

from __future__ import annotations

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats.stored_values import take


class FilePart:
    """The bytes of `file` from `start` on; see `core.tensor.Bytes`.

    Args:
        file: Where the bytes come from.
        start: First byte.
        size_bytes: How many; all that follow, without.
    """

    def __init__(self, file: Bytes, start: int = 0, size_bytes: int | None = None) -> None:
        self.name = file.name
        self.start = start
        self.size_bytes = file.size_bytes - start if size_bytes is None else size_bytes
        self._file = file

    @property
    def bytes_read(self) -> int:
        """Bytes that the file itself gave so far."""
        return self._file.bytes_read

    @property
    def requests(self) -> int:
        """Times that the file itself was asked so far."""
        return self._file.requests

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, counted from where the part begins.

        Raises:
            WeightsError: If they are not all in the part, or cannot be had.
        """
        if not 0 <= start <= stop <= self.size_bytes:
            raise WeightsError(f"{self.name} says that something stands at bytes {start:,} to {stop:,}, outside of it")
        return take(self._file, self.start + start, self.start + stop)
