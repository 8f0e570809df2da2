"""Bytes in memory, as a source of bytes."""

from __future__ import annotations


class Held:
    """What was unpacked, or is short; see `core.tensor.Bytes`."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        self.size_bytes = len(content)
        self.bytes_read = self.requests = 0
        self._content = content

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`."""
        return self._content[start:stop]
