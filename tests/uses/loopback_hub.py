"""A Hub on this machine, as far as its own client asks for files: a branch, a commit, headers that name it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from threading import Thread

from served_file import Handler


class _Hub(Handler):
    """Answers with the commit and the digest that the client asks for."""

    commit: str

    def do_HEAD(self) -> None:  # noqa: N802  # as the server calls it
        self.do_GET()

    def give(self, status: int, body: bytes, headers: dict[str, str], length: int | None = None) -> None:
        told = {"X-Repo-Commit": self.commit, "ETag": f'"{hashlib.sha1(body, usedforsecurity=False).hexdigest()}"'}
        only_head = self.command == "HEAD"
        whole = status == 206 and "Range" not in self.headers
        super().give(
            200 if whole else status, b"" if only_head else body, told | headers, len(body) if length is None else length
        )


@contextmanager
def hub(repositories: dict[str, dict[str, bytes]], commit: str) -> Iterator[tuple[str, list]]:
    """Serve files by repository, as ``o/m`` or ``datasets/o/d``, on the branch main; give the address, and what is asked."""
    files: dict[str, bytes] = {}
    for name, held in repositories.items():
        kind = "datasets" if name.startswith("datasets/") else "models"
        listing = {"id": name.removeprefix("datasets/"), "sha": commit, "siblings": [{"rfilename": file} for file in held]}
        for revision in ("main", commit):
            files |= {f"/{name}/resolve/{revision}/{file}": content for file, content in held.items()}
            files[f"/api/{kind}/{name.removeprefix('datasets/')}/revision/{revision}"] = json.dumps(listing).encode()
    seen: list = []
    made = type("Made", (_Hub,), {"files": files, "odd": staticmethod(lambda _: False), "seen": seen, "commit": commit})
    server = ThreadingHTTPServer(("127.0.0.1", 0), made)
    server.daemon_threads = True
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", seen
    finally:
        server.shutdown()
        server.server_close()
