"""Caching, compression, and what keeps a browser from doing harm."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from filiation.server.app import create_app

PATHS = ("/", "/nothing", "/api/v1/info", "/api/v1/show/o/base", "/map/tiles/0/0/0.arrow", "/openapi.json", "/api/v1/node/x")


@pytest.mark.parametrize("path", [*PATHS, "/" + "a" * 2000])
def test_every_answer_carries_the_security_headers(client, path):
    headers = client.get(path).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == "'self'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    assert headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/api/v1/info", "/api/v1/show/o/base", "/api/v1/trends", "/map/manifest.json", "/openapi.json"]
)
def test_what_is_known_is_not_sent_again(client, path):
    first = client.get(path)
    assert first.headers["cache-control"] == "no-cache"
    again = client.get(path, headers={"if-none-match": f'"other", {first.headers["etag"]}'})
    assert again.status_code == 304
    assert again.content == b""
    assert again.headers["etag"] == first.headers["etag"]
    assert client.get(path, headers={"if-none-match": '"other"'}).status_code == 200


def test_tiles_under_their_token_are_kept_for_good(client):
    token = client.get("/map/manifest.json").json()["token"]
    assert "immutable" in client.get(f"/map/tiles/0/0/0.arrow?t={token}").headers["cache-control"]
    assert client.get("/map/tiles/0/0/0.arrow").headers["cache-control"] == "no-cache"


def test_problems_are_not_kept(client):
    assert client.get("/api/v1/show/o/bas").headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [("gzip", True), ("br, gzip;q=0.5", True), ("gzip;q=0", False), ("gzip;q=0.0", False), ("identity", False), ("", False)],
)
def test_compression_is_agreed_on(client, accepted, compressed):
    answer = client.get("/api/v1/overview", headers={"accept-encoding": accepted})
    assert ("content-encoding" in answer.headers) is compressed
    assert answer.headers["vary"] == "accept-encoding"
    assert answer.json()["schema"] == "filiation/overview/v1"


def test_head_says_what_get_would(client):
    for path in ("/api/v1/show/o/base", "/map/manifest.json"):
        assert client.head(path).headers["content-length"] == str(
            len(client.get(path, headers={"accept-encoding": ""}).content)
        ) or (client.head(path).headers.get("content-encoding") == "gzip")


def test_only_its_own_names_are_answered(charted):
    app = create_app(charted, hosts=("localhost", "127.0.0.1", "[::1]"))
    asked = TestClient(app, raise_server_exceptions=False)
    for host in ("localhost", "localhost:8808", "127.0.0.1:1", "[::1]", "[::1]:8808", "LOCALHOST:8808"):
        assert asked.get("/api/v1/node/0", headers={"host": host}).status_code == 200, host
    for host in ("evil.example", "evil.example:8808", "localhost.evil.example", "", "127.0.0.1.nip.io:8808", "[::1].evil"):
        assert asked.get("/api/v1/node/0", headers={"host": host}).status_code == 421, host
