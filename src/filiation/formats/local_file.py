"""A file on disk, as a source of bytes."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import Self


class LocalFile:
    """Reads parts of a file; several threads may.

    Args:
        path: Of the file.
        name: What it is called within its checkpoint; the file's own name without.

    Raises:
        OSError: If it cannot be opened.
    """

    def __init__(self, path: Path, name: str | None = None) -> None:
        self.name = name or path.name
        self._handle = os.open(path, os.O_RDONLY)
        self.size_bytes = os.fstat(self._handle).st_size
        self.bytes_read = 0
        self.requests = 0

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`; see `core.tensor.Bytes`."""
        if not 0 <= start <= stop <= self.size_bytes:
            raise ValueError(f"{self.name} holds {self.size_bytes:,} bytes, not {start:,} to {stop:,}")
        parts = []
        at = start
        while at < stop:  # the system gives at most 2 GB at once
            part = os.pread(self._handle, stop - at, at)
            if not part:
                raise OSError(f"{self.name} ended at byte {at:,} while it was being read")
            parts.append(part)
            at += len(part)
        self.bytes_read += stop - start
        self.requests += 1
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def close(self) -> None:
        """Let go of the file."""
        os.close(self._handle)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
