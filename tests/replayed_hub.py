"""A Hub on this machine that replays records: it pages, expands, redirects, serves ranges, and misbehaves as it is told.

Its words are those of the Hub's API (https://huggingface.co/docs/hub/api), as far as its own client reads them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from urllib.parse import parse_qs, unquote, urlsplit

ALWAYS = ("_id", "id")
PLAIN = (
    *ALWAYS,
    "modelId",
    "likes",
    "trendingScore",
    "private",
    "downloads",
    "tags",
    "pipeline_tag",
    "library_name",
    "createdAt",
)
LARGE_BYTES = 10_000


def record(name: str, day: int, **fields: object) -> dict:
    """Return a repository that was made and last modified on a day of June."""
    made = f"2024-06-{day:02}T08:00:00.000Z"
    return {"id": name, "createdAt": made, "sha": f"{day:040x}", "tags": [], "private": False, **fields}


@dataclass
class Faults:
    """How it misbehaves: shares of requests, and a cut at each `cut_every`th; first what is `due`."""

    throttled: float = 0.0
    failed: float = 0.0
    cut_every: int = 0
    retry_after: str = "0"
    seed: int = 0
    due: list[str] = field(default_factory=list)
    asked: int = 0
    given: Counter = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)  # noqa: S311  # no secret
        self._lock = Lock()

    def next(self) -> str:
        """Return what befalls the next request."""
        with self._lock:
            self.asked += 1
            draw = self._chance.random()
            kind = "cut" if self.cut_every and self.asked % self.cut_every == 0 else ""
            if self.due:
                kind = self.due.pop(0)
            elif not kind and draw < self.throttled + self.failed:
                kind = "throttled" if draw < self.throttled else "failed"
            self.given[kind] += 1
            return kind


class Hub:
    """What it holds, and what it was asked; may be changed while it serves.

    Args:
        models: Full records of models; datasets likewise.
        files: Content by repository, ``datasets/`` before those of datasets, and path.
        page: Longest page that it gives.
    """

    def __init__(
        self, models: list[dict], datasets: list[dict] | None = None, files: dict | None = None, page: int = 1000
    ) -> None:
        self.held: dict[str, dict[str, dict]] = {"models": {}, "datasets": {}}
        self.files: dict[str, dict[str, bytes]] = files or {}
        self.page = page
        self.gone: dict[str, tuple[int, dict[str, str]]] = {}
        self.moved: dict[str, str] = {}
        self.faults = Faults()
        self.token = ""
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.stale_cursors = False
        self._encoded: dict[tuple[str, str, tuple[str, ...]], bytes] = {}
        for kind, records in (("models", models), ("datasets", datasets or [])):
            for record in records:
                self.put(kind, record)

    def put(self, kind: str, record: dict) -> None:
        """Hold a record, or another one in its place."""
        number = hashlib.sha1(record["id"].encode(), usedforsecurity=False).hexdigest()[:24]
        self.held[kind][record["id"]] = {"_id": number, "lastModified": record.get("createdAt", "")} | record
        self._encoded = {}
        self._order: dict[tuple[str, str], list[dict]] = {}

    def rename(self, kind: str, old: str, new: str) -> None:
        """Give a repository another name; the old one leads to it."""
        record = self.held[kind].pop(old)
        self.moved[old] = new
        self.put(kind, record | {"id": new})

    def drop(self, kind: str, name: str, status: int = 401, **headers: str) -> None:
        """Hold a repository no more, and say so in a way of its own."""
        self.held[kind].pop(name)
        self.gone[name] = (status, {key.replace("_", "-"): value for key, value in headers.items()})

    def listing(self, kind: str, asked: dict[str, list[str]]) -> tuple[bytes, str]:
        """Return a page, and the cursor of the next one."""
        sort = asked.get("sort", ["createdAt"])[0]
        fields = tuple(part for item in asked.get("expand", []) for part in item.split(",")) or PLAIN
        limit = min(int(asked.get("limit", ["1000"])[0]), self.page)
        rows = self._sorted(kind, sort)
        if cursor := asked.get("cursor", [""])[0]:
            before = tuple(json.loads(base64.urlsafe_b64decode(cursor)))
            rows = rows[: bisect_left(rows, before, key=lambda record: _place(record, sort))]
        rows = rows[-limit - 1 :][::-1]
        part, more = rows[:limit], len(rows) > limit
        text = b"[" + b",".join(self._told(kind, record, fields) for record in part) + b"]"
        at = json.dumps([str(part[-1].get(sort, "")), part[-1]["_id"]]).encode() if more else b""
        return text, base64.urlsafe_b64encode(at).decode()

    def _sorted(self, kind: str, sort: str) -> list[dict]:
        known = self._order.get((kind, sort))
        if known is None or len(known) != len(self.held[kind]):
            known = self._order[kind, sort] = sorted(self.held[kind].values(), key=lambda record: _place(record, sort))
        return known

    def _told(self, kind: str, record: dict, fields: tuple[str, ...]) -> bytes:
        key = (kind, record["id"], fields)
        if key not in self._encoded:
            told = {name: record[name] for name in (*ALWAYS, *fields) if name in record}
            if "siblings" in told:
                told["siblings"] = [{"rfilename": item["rfilename"]} for item in told["siblings"]]
            self._encoded[key] = json.dumps(told, separators=(",", ":")).encode()
        return self._encoded[key]


def _place(record: dict, sort: str) -> tuple[str, str]:
    return str(record.get(sort, "")), record["_id"]


class Handler(BaseHTTPRequestHandler):
    """Answers in the Hub's words."""

    protocol_version = "HTTP/1.1"
    hub: Hub

    def do_GET(self) -> None:
        self.hub.seen.append((self.path, dict(self.headers)))
        faults = self.hub.faults
        fault = faults.next()
        if fault == "throttled":
            self.give(429, b"", {"Retry-After": faults.retry_after})
        elif fault == "failed":
            self.give(503, b"upstream connect error", {})
        else:
            self.answer(cut=fault == "cut")

    do_HEAD = do_GET  # noqa: N815  # as the server calls it

    def answer(self, *, cut: bool) -> None:
        said = self.headers.get("Authorization", "")
        if said and said != f"Bearer {self.hub.token}":
            words = "Invalid credentials in Authorization header"
            self.give(401, json.dumps({"error": words}).encode(), {"X-Error-Message": words}, cut)
            return
        parts = urlsplit(self.path)
        path, asked = unquote(parts.path), parse_qs(parts.query)
        if listed := re.fullmatch(r"/api/(models|datasets)", path):
            self.list(listed[1], asked, cut)
        elif found := re.fullmatch(r"/api/(models|datasets)/(.+?)(?:/revision/.+)?", path):
            self.tell(found[1], found[2], asked, cut)
        elif found := re.fullmatch(r"/(datasets/)?([^/]+(?:/[^/]+)?)/resolve/([^/]+)/(.+)", path):
            self.resolve(f"{found[1] or ''}{found[2]}", found[3], found[4], cut)
        elif found := re.fullmatch(r"/cdn/([0-9a-f]{40})", path):
            contents = {
                hashlib.sha1(item, usedforsecurity=False).hexdigest(): item
                for held in self.hub.files.values()
                for item in held.values()
            }
            self.send_range(contents[found[1]], cut)
        else:
            self.give(404, b"", {})

    def list(self, kind: str, asked: dict[str, list[str]], cut: bool) -> None:
        if "cursor" in asked and self.hub.stale_cursors:
            self.hub.stale_cursors = False
            self.give(400, b'{"error":"Invalid cursor"}', {}, cut)
            return
        text, cursor = self.hub.listing(kind, asked)
        base = f"http://{self.headers['Host']}{urlsplit(self.path).path}"
        query = re.sub(r"&?cursor=[^&]*", "", urlsplit(self.path).query)
        headers = {"Link": f'<{base}?{query}&cursor={cursor}>; rel="next"'} if cursor else {}
        self.give(200, text, {"Content-Type": "application/json"} | headers, cut)

    def tell(self, kind: str, name: str, asked: dict[str, list[str]], cut: bool) -> None:
        if name in self.hub.moved:
            target = f"/api/{kind}/{self.hub.moved[name]}" + (f"?{urlsplit(self.path).query}" if asked else "")
            self.give(307, b"", {"Location": target}, cut)
        elif name in self.hub.gone:
            status, headers = self.hub.gone[name]
            self.give(status, b'{"error":"no"}', headers, cut)
        elif name not in self.hub.held[kind]:
            self.give(401, b'{"error":"Repository not found"}', {"X-Error-Code": "RepoNotFound"}, cut)
        else:
            record = self.hub.held[kind][name]
            held = self.hub.files.get(name if kind == "models" else f"datasets/{name}", {})
            if "blobs" in asked:
                siblings = [
                    {
                        "rfilename": path,
                        "size": len(content),
                        "lfs": {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)},
                    }
                    for path, content in held.items()
                ]
                record = record | ({"siblings": siblings} if held else {})
            self.give(200, json.dumps(record).encode(), {"Content-Type": "application/json"}, cut)

    def resolve(self, name: str, revision: str, path: str, cut: bool) -> None:
        kind = "datasets" if name.startswith("datasets/") else "models"
        record = self.hub.held[kind].get(name.removeprefix("datasets/"), {})
        content = self.hub.files.get(name, {}).get(path)
        if record.get("gated") and not self.hub.token:
            self.give(401, b"", {"X-Error-Code": "GatedRepo"}, cut)
        elif content is None or revision not in ("main", record.get("sha")):
            self.give(404, b"", {"X-Error-Code": "EntryNotFound"}, cut)
        elif len(content) > LARGE_BYTES:
            digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
            self.give(
                302, b"", {"Location": f"http://{self.headers['Host']}/cdn/{digest}", "X-Repo-Commit": record["sha"]}, cut
            )
        else:
            self.send_range(content, cut)

    def send_range(self, content: bytes, cut: bool) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        if not asked:
            self.give(200, content, {}, cut)
            return
        start, stop = int(asked[1]), min(int(asked[2] or len(content)) + 1, len(content))
        if start >= len(content):
            self.give(416, b"", {"Content-Range": f"bytes */{len(content)}"}, cut)
        else:
            self.give(206, content[start:stop], {"Content-Range": f"bytes {start}-{stop - 1}/{len(content)}"}, cut)

    def give(self, status: int, body: bytes, headers: dict[str, str], cut: bool = False) -> None:
        self.send_response(status)
        for name, value in ({"Content-Length": str(len(body))} | headers).items():
            self.send_header(name, value)
        self.end_headers()
        try:
            self.wfile.write(body[: len(body) // 2] if cut else b"" if self.command == "HEAD" else body)
        except ConnectionError:  # whoever asked was killed
            cut = True
        self.close_connection = self.close_connection or cut

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of connections whose other end was killed."""


@contextmanager
def replayed(hub: Hub) -> Iterator[str]:
    """Serve `hub`; give its address."""
    handler = type("Made", (Handler,), {"hub": hub})
    server = _Server(("127.0.0.1", 0), handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
