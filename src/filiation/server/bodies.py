"""Answers as bytes: encoded and compressed once, kept while there is room."""

from __future__ import annotations

import gzip
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import PurePosixPath

WORTH_BYTES = 1000
"""Shorter answers are not compressed."""
LEVEL = 5
KEPT_SHARE = 16
"""No answer takes more than this part of the room."""
JSON = "application/json"
ARROW = "application/vnd.apache.arrow.file"
CSV = "text/csv; charset=utf-8"
HTML = "text/html; charset=utf-8"
MEDIA_TYPES = {
    ".html": HTML, ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
    ".svg": "image/svg+xml", ".png": "image/png", ".ico": "image/x-icon", ".json": JSON, ".map": JSON, ".woff2": "font/woff2",
    ".txt": "text/plain; charset=utf-8", ".webmanifest": "application/manifest+json", ".wasm": "application/wasm",
}  # fmt: skip


@dataclass(frozen=True)
class Body:
    """A whole answer; `gzipped` is None where that would save nothing; `etag` and `cache` are header values."""

    content: bytes
    gzipped: bytes | None
    media_type: str
    etag: str
    cache: str = "no-cache"
    attachment: str | None = None

    @property
    def size(self) -> int:
        """How much memory it takes, in bytes."""
        return len(self.content) + len(self.gzipped or b"") + 500


def packed(content: bytes, media_type: str, etag: str, cache: str = "no-cache", *, attachment: str | None = None) -> Body:
    """Return `content` with a compressed twin where that is worth it."""
    squeezed = gzip.compress(content, LEVEL, mtime=0) if len(content) >= WORTH_BYTES else None
    if squeezed is not None and len(squeezed) > 0.95 * len(content):
        squeezed = None
    return Body(content, squeezed, media_type, etag, cache, attachment)


def media_type_of(name: str) -> str:
    """Return the media type of a file by its ending."""
    return MEDIA_TYPES.get(PurePosixPath(name).suffix, "application/octet-stream")


class Bodies:
    """The answers that were asked for last, within `room` bytes; for one thread."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._used = 0
        self._kept: OrderedDict[str, Body] = OrderedDict()

    def get(self, key: str) -> Body | None:
        """Return what is kept under `key`."""
        body = self._kept.get(key)
        if body is not None:
            self._kept.move_to_end(key)
        return body

    def keep(self, key: str, body: Body) -> None:
        """Keep `body`, and forget what was not asked for the longest."""
        if body.size > self._room // KEPT_SHARE or key in self._kept:
            return
        self._kept[key] = body
        self._used += body.size
        while self._used > self._room:
            _, oldest = self._kept.popitem(last=False)
            self._used -= oldest.size
