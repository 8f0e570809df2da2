"""A web server on this machine that serves one set of files in ranges, and misbehaves as it is told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

Answer = Callable[["Handler"], bool]
"""Answers a request itself and says so, or leaves it to the server."""


class Handler(BaseHTTPRequestHandler):
    """Serves `files`; each request is noted in `seen` and first offered to `odd`."""

    protocol_version = "HTTP/1.1"
    files: dict[str, bytes | Sparse]
    odd: Answer
    seen: list[tuple[str, dict[str, str]]]

    def do_GET(self) -> None:
        self.seen.append((self.path, dict(self.headers)))
        if type(self).odd(self):
            return
        content = self.files.get(self.path.partition("?")[0])
        if content is None:
            self.give(404, b"", {})
            return
        asked = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        start, stop = (int(asked[1]), min(int(asked[2]) + 1, len(content))) if asked else (0, len(content))
        if start >= len(content):
            self.give(416, b"", {"Content-Range": f"bytes */{len(content)}"})
        else:
            self.give(206, content[start:stop], {"Content-Range": f"bytes {start}-{stop - 1}/{len(content)}"})

    def give(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body) if length is None else length)} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


class Sparse:
    """A long file of which only the beginning is anything but zeros, and which is never held."""

    def __init__(self, head: bytes, size: int) -> None:
        self._head = head
        self._size = size

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        found = self._head[part]
        return found + bytes(min(part.stop, self._size) - part.start - len(found))


@contextmanager
def served(files: dict[str, bytes | Sparse], odd: Answer = lambda _: False) -> Iterator[tuple[str, list]]:
    """Give the server's address and the requests that it saw."""
    seen: list = []
    handler = type("Made", (Handler,), {"files": files, "odd": staticmethod(odd), "seen": seen})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
