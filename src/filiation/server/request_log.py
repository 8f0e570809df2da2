"""What was asked and how it went, a JSON line each: of whom, or after what they asked, nothing."""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from filiation.core.errors import FiliationError

STANDARD_OUTPUT = "-"
WRITE_SECONDS = 0.2
"""Lines are written together after so long: no request waits for a disk."""
MAX_WAITING = 20_000
"""So many lines wait for a disk, or a pipe, that does not take them; how many were left out then is written after."""
_encode = msgspec.json.Encoder().encode


class Line(msgspec.Struct, frozen=True, omit_defaults=True):
    """One request.

    Attributes:
        at: When it was answered, UTC.
        method: GET, HEAD, POST, or OTHER.
        route: The pattern of the address, without what was put into it; None where it was refused before that was looked at.
        status: Of the answer; None where whoever asked went away, or nothing could be sent.
        ms: How long it took until the last byte was handed over, in milliseconds.
        bytes: Of the answer's body, as sent.
        worker: The process that answered.
    """

    at: str
    method: str
    route: str | None
    status: int | None
    ms: float
    bytes: int
    worker: int


class LeftOut(msgspec.Struct, frozen=True):
    """So many lines that could not be written."""

    left_out: int


class RequestLog:
    """A file of lines, which may be moved away while it is written: a new one is begun then.

    Several processes may write one file; each line stays whole.

    Args:
        place: The file, to which is added, or `STANDARD_OUTPUT`.

    Raises:
        FiliationError: If it cannot be written.
    """

    def __init__(self, place: str) -> None:
        self._path = None if place == STANDARD_OUTPUT else Path(place)
        self._waiting: deque[bytes] = deque()
        self._left_out = 0
        self._handle = 1 if self._path is None else _opened(self._path)
        self._worker = os.getpid()
        self._stopping = threading.Event()
        self._writer = threading.Thread(target=self._write_on, daemon=True, name="request-log")
        self._writer.start()

    def add(self, method: str, route: str | None, status: int | None, seconds: float, size: int) -> None:
        """Take down one request; it is written soon."""
        if len(self._waiting) >= MAX_WAITING:
            self._left_out += 1
            return
        moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        line = Line(moment, method, route, status, round(seconds * 1000, 1), size, self._worker)
        self._waiting.append(_encode(line) + b"\n")

    def close(self) -> None:
        """Write what waits, and end."""
        self._stopping.set()
        self._writer.join(timeout=WRITE_SECONDS * 10)

    def _write_on(self) -> None:
        while not self._stopping.wait(WRITE_SECONDS):
            self._write()
        self._write()
        if self._path is not None:
            os.close(self._handle)

    def _write(self) -> None:
        lines = [self._waiting.popleft() for _ in range(len(self._waiting))]
        left_out, self._left_out = self._left_out, 0
        if left_out:
            lines.append(_encode(LeftOut(left_out)) + b"\n")
        if not lines:
            return
        try:
            self._follow()
            _write_whole(self._handle, b"".join(lines))
        except OSError:  # a full disk, or a reader that went away: answering matters more
            self._left_out += left_out + len(lines) - bool(left_out)

    def _follow(self) -> None:
        """Begin a new file where the one before was moved away."""
        if self._path is None:
            return
        with contextlib.suppress(FileNotFoundError):
            there, ours = self._path.stat(), os.fstat(self._handle)
            if (there.st_dev, there.st_ino) == (ours.st_dev, ours.st_ino):
                return
        before, self._handle = self._handle, os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
        os.close(before)


def require_writable(place: str) -> None:
    """Refuse a log that cannot be written.

    Raises:
        FiliationError: If it cannot.
    """
    if place != STANDARD_OUTPUT:
        os.close(_opened(Path(place)))


def _opened(path: Path) -> int:
    try:
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o640)
    except OSError as error:
        raise FiliationError(
            f"The log {path} cannot be written ({error.strerror}): name another file, or - to print it."
        ) from error


def _write_whole(handle: int, content: bytes) -> None:
    """Write in one call where the system takes it so, which keeps the lines of several processes apart."""
    view = memoryview(content)
    while view:
        view = view[os.write(handle, view) :]
