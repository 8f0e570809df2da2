"""The server as a process: traversal as bytes on the wire, writers, new lineages, many readers, the ways to start it."""

from __future__ import annotations

import http.client
import json
import shutil
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from filiation.pipeline import build, observe
from filiation.server.app import create_app
from filiation.store.atlas import Atlas

LATER = datetime(2024, 7, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
HOLD = """
import sys
from pathlib import Path
from filiation.store.atlas import Atlas
with Atlas.open(Path(sys.argv[1]), "write"):
    print("held", flush=True)
    sys.stdin.read()
"""
TRAVERSAL = (
    b"/../../../../etc/passwd",
    b"/assets/../../../../../../etc/passwd",
    b"/%2e%2e/%2e%2e/etc/passwd",
    b"/..%2f..%2f..%2fetc/passwd",
    b"/map/tiles/0/0/../../manifest.json",
    b"/map/tiles/0/0/%2e%2e%2f%2e%2e%2fmanifest.json",
    b"/map/tiles/0/0/0.arrow%00",
    b"/map/../atlas.duckdb",
    b"/map/tiles/..%5c..%5c/0/0.arrow",
    b"/map/tiles/0/0/" + b"9" * 900 + b".arrow",
    b"/api/v1/node/" + b"9" * 900,
    b"//etc/passwd",
    b"/api/v1/show/..%2f..%2f..%2fetc%2fpasswd",
)


def get(address):
    where = urlsplit(address)
    with closing(http.client.HTTPConnection(where.hostname, where.port, timeout=60)) as connection:
        connection.request("GET", f"{where.path}?{where.query}")
        return json.load(connection.getresponse())


def pour(connection):
    """Send 200 MB."""
    for _ in range(3200):
        connection.sendall(b"a" * 65_536)


def raw(base, target, host=b"localhost"):
    """Ask with the target as it stands, and return the status and the body."""
    where = urlsplit(base)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(b"GET " + target + b" HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n")
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, answer.read()


def test_no_address_leaves_the_folder(charted, served):
    with served(charted) as base:
        for target in TRAVERSAL:
            status, body = raw(base, target)
            assert status in {400, 404, 414}, (target, status)
            assert b"root:" not in body
            assert b"lands" not in body


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ", b"GET /", b"POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n"]
)
def test_a_request_without_end_is_cut_off(charted, served, start):
    with served(charted) as base:
        where = urlsplit(base)
        with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
            connection.sendall(start)
            with pytest.raises(OSError, match=r"reset|[Bb]roken pipe"):
                pour(connection)
        assert raw(base, b"/api/v1/node/0")[0] == 200


def test_many_readers_at_once(charted, served):
    paths = ["info", "stats", "critical", "find?q=chat", "show/o/base", "trace/o/merge", "impact/o/base", "trends", "overview"]
    with served(charted) as base, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda i: (i % 9, get(f"{base}/api/v1/{paths[i % 9]}")), range(180)))
    first = dict(answers)
    assert all(answer == first[number] for number, answer in answers)


def test_while_the_atlas_is_written(own):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(own)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "held\n"
        client = TestClient(create_app(own), raise_server_exceptions=False)
        for path in ("find?q=chat", "trace/o/merge", "impact/o/base", "place/o/base", "critical", "node/0"):
            assert client.get(f"/api/v1/{path}").status_code == 200, path
        assert client.get("/map/manifest.json").status_code == 200
        for path in ("show/o/base", "info", "stats", "trends", "overview"):
            answer = client.get(f"/api/v1/{path}")
            assert answer.status_code == 503, path
            assert answer.headers["retry-after"]
            assert f"is being written by process {writer.pid}" in answer.json()["detail"]
        writer.stdin.close()
        writer.wait(timeout=20)
    assert client.get("/api/v1/show/o/base").status_code == 200


def test_what_was_read_is_still_told_while_the_atlas_is_written(own):
    client = TestClient(create_app(own), raise_server_exceptions=False)
    before = client.get("/api/v1/show/o/base").content
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(own)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout.readline() == "held\n"
        assert client.get("/api/v1/show/o/base").content == before
        assert client.get("/api/v1/show/o/chat").status_code == 200
        writer.stdin.close()


def test_a_reader_does_not_stand_in_a_writers_way(own):
    client = TestClient(create_app(own), raise_server_exceptions=False)
    for path in ("show/o/base", "stats", "trends", "overview", "info"):
        assert client.get(f"/api/v1/{path}").status_code == 200
    done = subprocess.run([sys.executable, "-c", HOLD, str(own)], input="", capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_new_lineage_is_taken_up(own, dump, tmp_path, monkeypatch):
    monkeypatch.setattr("filiation.server.standing.LOOK_SECONDS", 0.0)
    client = TestClient(create_app(own), raise_server_exceptions=False)
    first = client.get("/api/v1/impact/o/base")
    assert client.get("/api/v1/show/o/newcomer").status_code == 404
    before = client.get("/map/manifest.json").json()
    newcomer = {"id": "o/newcomer", "tags": ["base_model:o/base"]}
    with Atlas.open(own, "write") as atlas:
        observe(atlas, [dump(tmp_path / "models_later.jsonl", [newcomer])], LATER, None, lambda *_: None)
        build(atlas, lambda *_: None)
    again = client.get("/api/v1/impact/o/base", headers={"if-none-match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.json()["descendants"] == first.json()["descendants"] + 1
    after = client.get("/map/manifest.json").json()
    assert after["nodes"] == before["nodes"] + 1
    assert after["token"] != before["token"]
    assert client.get(f"/map/tiles/0/0/0.arrow?t={before['token']}").status_code == 404
    assert client.get(f"/map/tiles/0/0/0.arrow?t={after['token']}").status_code == 200
    assert client.get("/api/v1/show/o/newcomer").json()["parents"][0]["ref"] == "model:o/base"
    assert client.get("/api/v1/find?q=newcomer").json()["hits"][0]["ref"] == "model:o/newcomer"


def test_the_old_lineage_is_served_until_the_new_one_is_whole(own, monkeypatch):
    monkeypatch.setattr("filiation.server.standing.LOOK_SECONDS", 0.0)
    client = TestClient(create_app(own), raise_server_exceptions=False)
    token = (own / "lineage" / "CURRENT").read_text()
    shutil.copytree(own / "lineage" / token, own / "lineage" / "later")
    (own / "lineage" / "CURRENT").write_text("later")
    assert client.get("/map/manifest.json").json()["token"].startswith(f"{token}-")
    assert client.get("/api/v1/find?q=chat").json()["hits"]
    assert client.get("/api/v1/place/o/base").json()["x"] is not None


def test_a_map_drawn_anew_has_another_token(own, monkeypatch):
    monkeypatch.setattr("filiation.server.standing.LOOK_SECONDS", 0.0)
    client = TestClient(create_app(own), raise_server_exceptions=False)
    before = client.get("/map/manifest.json").json()
    with Atlas.open(own, "write") as atlas:
        assert [stage.name for stage in build(atlas, lambda *_: None, size="count")] == ["map"]
        assert build(atlas, lambda *_: None) == []
    after = client.get("/map/manifest.json").json()
    assert (before["size"], after["size"]) == ("downloads", "count")
    assert client.get(f"/map/tiles/0/0/0.arrow?t={before['token']}").status_code == 404
    assert client.get(f"/map/tiles/0/0/0.arrow?t={after['token']}").status_code == 200


def test_without_a_map_the_questions_are_answered(own):
    shutil.rmtree(own / "map")
    client = TestClient(create_app(own), raise_server_exceptions=False)
    assert client.get("/map/manifest.json").status_code == 404
    assert client.get("/api/v1/place/o/base").json()["x"] is None
    assert client.get("/api/v1/find?q=chat").json()["hits"][0]["x"] is None
    assert client.get("/api/v1/reach/0.arrow").status_code == 200


def test_a_damaged_map_is_as_none(own):
    token = (own / "map" / "CURRENT").read_text()
    (own / "map" / token / "layout.npz").write_bytes(b"not an archive")
    client = TestClient(create_app(own), raise_server_exceptions=False)
    assert client.get("/map/manifest.json").status_code == 404
    assert client.get("/api/v1/impact/o/base").status_code == 200


def test_portfolios_are_read_from_files(charted, served, tmp_path):
    (tmp_path / "ours.txt").write_text("# what we run\no/chat\n\nno/such # gone\n")
    with served(charted, "--portfolio", f"ours={tmp_path / 'ours.txt'}") as base:
        overview = get(f"{base}/api/v1/overview?portfolio=ours")
    assert overview["nodes"] == 1
    assert overview["unknown"] == ["no/such"]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--portfolio", "ours"), "write --portfolio NAME=FILE"),
        (("--portfolio", "ours=/no/such"), "cannot be read"),
        (("--host", "203.0.113.1"), "Nothing can listen at"),
    ],
)
def test_it_says_why_it_cannot_start(charted, run, words, sentence):
    done = run("serve", "--port", "0", *words, atlas=charted)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_port_that_is_taken(charted, run):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = run("serve", "--port", taken.getsockname()[1], atlas=charted)
    assert done.returncode == 2
    assert "name another --port" in done.stderr


def test_an_atlas_that_is_not_there(tmp_path, run):
    done = run("serve", "--port", "0", atlas=tmp_path / "none")
    assert done.returncode == 2
    assert "filiation chart" in done.stderr


def test_other_machines_are_let_in_only_when_told(charted, served):
    with served(charted) as base:
        assert urlsplit(base).hostname == "127.0.0.1"
        assert raw(base, b"/api/v1/node/0")[0] == 200
        assert raw(base, b"/api/v1/node/0", b"evil.example")[0] == 421
        started = time.monotonic()
    assert time.monotonic() - started < 20


def test_bodies_end_somewhere_on_the_wire_too(charted, tmp_path, command, served):
    ledger = tmp_path / "ledger.db"
    told = subprocess.run(
        [*command, "ledger", "init", "--ledger", ledger, "--name", "boss", "--json"], capture_output=True, check=True
    )
    token = next(word for word in told.stdout.decode().replace('"', " ").split() if word.startswith("filiation_"))
    with served(charted, "--ledger", str(ledger)) as base:
        where = urlsplit(base)

        def post(content: bytes) -> int:
            with closing(http.client.HTTPConnection(where.hostname, where.port, timeout=60)) as connection:
                headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
                connection.request("POST", "/api/v1/review", content, headers)
                return connection.getresponse().status

        assert post(b'{"subject": "model:o/base", "check": "a-rumour"}') == 201
        assert post(b" " * 70_000) == 413
        with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
            connection.sendall(b"POST /api/v1/review HTTP/1.1\r\nHost: localhost\r\nContent-Length: 209715200\r\n\r\n")
            with pytest.raises(OSError):  # noqa: PT011  # closed by peer, or reset: as the system says it
                pour(connection)
        assert get(f"{base}/api/v1/review")["total"] == 1
