from __future__ import annotations

import json
import struct
from contextlib import contextmanager
from functools import cache
from ssl import SSLContext

import httpx2
import pytest
from served_file import Sparse, served

from filiation.core.errors import WeightsError
from filiation.registry.byte_ranges import AHEAD_BYTES, ATTEMPTS, MAX_WHOLE_BYTES, Link, RangeError
from filiation.weights.checkpoint import open_checkpoint

LONG = bytes(i * 7 % 251 for i in range(300_000))


@cache
def trusted() -> SSLContext:
    """Return what is made once for all tests, because it takes long to make."""
    return httpx2.create_ssl_context()


@contextmanager
def linked(files, odd=lambda _: False, **options):
    """Give a link to a server of `files`, the requests that it saw, and the pauses that were taken."""
    pauses = []
    with served(files, odd) as (address, seen), httpx2.Client(trust_env=False, timeout=5, verify=trusted()) as client:
        yield Link(address, client=client, sleep=pauses.append, **options), seen, pauses


def once(answer):
    """Answer the first request oddly, and leave the others to the server."""
    left = [answer]

    def odd(handler):
        return bool(left) and left.pop()(handler) is not False

    return odd


def test_parts_are_read_and_the_head_only_once():
    with linked({"/x": LONG}) as (link, seen, _):
        file = link.file(link.endpoint + "/x")
        assert (file.name, file.size_bytes) == ("x", len(LONG))
        assert file.read(0, 9) == LONG[:9]
        assert file.read(50, AHEAD_BYTES) == LONG[50:AHEAD_BYTES]
        assert len(seen) == file.requests == link.requests == 1
        assert file.read(AHEAD_BYTES - 5, AHEAD_BYTES + 5) == LONG[AHEAD_BYTES - 5 : AHEAD_BYTES + 5]
        assert file.read(200_000, 300_000) == LONG[200_000:]
        assert file.read(0, len(LONG)) == LONG
        assert file.read(7, 7) == b""
        assert file.bytes_read == link.bytes_read == AHEAD_BYTES + 5 + 100_000 + len(LONG) - AHEAD_BYTES
        assert seen[0][1]["Accept-Encoding"] == "identity"


def test_a_length_that_a_listing_told_costs_no_request():
    with linked({"/x": LONG}) as (link, seen, _):
        file = link.file(link.endpoint + "/x", size_bytes=len(LONG))
        assert file.size_bytes == len(LONG)
        assert not seen
        assert file.read(0, 200_000) == LONG[:200_000]
        assert len(seen) == 1


@pytest.mark.parametrize("told", [len(LONG) - 1, len(LONG) + 1])
def test_a_listing_that_lies_about_the_length_is_found_out(told):
    with linked({"/x": LONG}) as (link, _, _), pytest.raises(RangeError, match="holds"):
        link.file(link.endpoint + "/x", size_bytes=told).read(0, 10)


def test_beyond_the_end_there_is_nothing():
    with linked({"/x": LONG, "/empty": b""}) as (link, _, _):
        with pytest.raises(ValueError, match="holds 300,000 bytes"):
            link.file(link.endpoint + "/x").read(0, len(LONG) + 1)
        empty = link.file(link.endpoint + "/empty")
        assert empty.size_bytes == 0
        assert empty.read(0, 0) == b""


def test_a_redirect_is_kept_and_asked_for_anew_when_it_has_expired():
    signed = ["/cdn?sig=1", "/cdn?sig=2"]

    def odd(handler):
        if handler.path == "/x":
            handler.give(302, b"elsewhere", {"Location": signed.pop(0)})
            return True
        if handler.path == "/cdn?sig=1" and "200000" in handler.headers["Range"]:
            handler.give(403, b"expired", {})
            return True
        return False

    with linked({"/cdn": LONG}, odd) as (link, seen, _):
        file = link.file(link.endpoint + "/x")
        assert file.read(0, 5) == LONG[:5]
        assert file.read(150_000, 150_005) == LONG[150_000:150_005]
        assert file.read(200_000, 200_005) == LONG[200_000:200_005]
        paths = [path for path, _ in seen]
        assert paths == ["/x", "/cdn?sig=1", "/cdn?sig=1", "/cdn?sig=1", "/x", "/cdn?sig=2"]


def moved(to):
    def odd(handler):
        handler.give(302, b"", {"Location": to})
        return True

    return odd


NOWHERE = """http://example.org/x https://127.0.0.1/x https://10.0.0.1/x https://[::1]/x https://localhost/x ftp://example.org/x
file:///etc/passwd https://169.254.169.254/x http://[bad/x https://metadata.internal/"""


@pytest.mark.parametrize("to", NOWHERE.split())
def test_redirects_lead_nowhere_private_and_nowhere_in_the_clear(to):
    with linked({}, moved(to)) as (link, seen, _), pytest.raises(RangeError, match=r"is no|not at"):
        link.file(link.endpoint + "/x").read(0, 5)
    assert len(seen) == 1


def test_redirects_in_a_circle_end():
    with linked({}, moved("/x")) as (link, _, _), pytest.raises(RangeError, match="redirects more than"):
        link.file(link.endpoint + "/x").read(0, 5)


def test_the_token_is_shown_to_the_endpoint_only():
    def elsewhere(request):
        return httpx2.Response(206, stream=httpx2.ByteStream(LONG[:10]), headers={"Content-Range": "bytes 0-9/10"})

    shown = []

    def answer(request):
        shown.append((request.url.host, request.headers.get("authorization")))
        if request.url.host == "hub.example":
            return httpx2.Response(302, headers={"Location": "https://cdn.example/x?signature=s"})
        return elsewhere(request)

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as client:
        link = Link("https://hub.example", "secret", client)
        assert link.file("https://hub.example/x").read(0, 10) == LONG[:10]
    assert shown == [("hub.example", "Bearer secret"), ("cdn.example", None)]


def test_an_address_elsewhere_is_not_asked_at_all():
    link = Link("https://hub.example")
    for url in (
        "https://other.example/x",
        "http://hub.example/x",
        "https://hub.example:444/x",
        "https://hub.example@o.example/x",
    ):
        with pytest.raises(RangeError, match="is not at"):
            link.file(url)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_busy_server_is_asked_again_as_late_as_it_says(status):
    odd = once(lambda handler: handler.give(status, b"later", {"Retry-After": "7"}))
    with linked({"/x": LONG}, odd) as (link, seen, pauses):
        assert link.file(link.endpoint + "/x").read(0, 5) == LONG[:5]
    assert (len(seen), pauses) == (2, [7])


@pytest.mark.parametrize(("told", "pause"), [("86400", 30), ("nonsense", 0.5), ("Wed, 21 Oct 2015 07:28:00 GMT", 0)])
def test_a_pause_is_bounded(told, pause):
    odd = once(lambda handler: handler.give(503, b"", {"Retry-After": told}))
    with linked({"/x": LONG}, odd) as (link, _, pauses):
        link.file(link.endpoint + "/x").read(0, 5)
    assert pauses == [pause]


def test_a_server_that_stays_busy_is_given_up():
    def odd(handler):
        handler.give(503, b"", {})
        return True

    with linked({}, odd) as (link, seen, pauses), pytest.raises(RangeError, match=f"after {ATTEMPTS} attempts"):
        link.file(link.endpoint + "/x").read(0, 5)
    assert len(seen) == ATTEMPTS
    assert pauses == [0.5, 1, 2, 4]


def test_what_is_cut_off_is_gone_on_with():
    def cut(handler):
        handler.give(206, LONG[:1000], {"Content-Range": f"bytes 0-{AHEAD_BYTES - 1}/{len(LONG)}"}, length=AHEAD_BYTES)
        handler.close_connection = True

    with linked({"/x": LONG}, once(cut)) as (link, seen, _):
        assert link.file(link.endpoint + "/x").read(0, 5000) == LONG[:5000]
    assert [headers["Range"] for _, headers in seen] == [f"bytes=0-{AHEAD_BYTES - 1}", f"bytes=1000-{AHEAD_BYTES - 1}"]


def test_less_than_was_asked_for_is_asked_for_again():
    def short(handler):
        handler.give(206, LONG[:100], {"Content-Range": f"bytes 0-99/{len(LONG)}"})

    with linked({"/x": LONG}, once(short)) as (link, seen, pauses):
        assert link.file(link.endpoint + "/x").read(0, 5000) == LONG[:5000]
    assert (len(seen), pauses) == (2, [])


LIES = {
    "another part": (206, LONG[:10], "bytes 5-14/300000"),
    "more than was asked": (206, LONG[: AHEAD_BYTES + 1], f"bytes 0-{AHEAD_BYTES}/300000"),
    "beyond its own end": (206, LONG[:10], "bytes 0-9/5"),
    "a length unknown": (206, LONG[:10], "bytes 0-9/*"),
    "no range": (206, LONG[:10], ""),
    "a longer body than the range": (206, LONG[:11], "bytes 0-9/300000"),
    "numbers without end": (206, LONG[:10], f"bytes 0-9/{'9' * 5000}"),
    "refuses what it has": (416, b"", "bytes */300000"),
    "not there": (404, b"", ""),
    "forbidden": (401, b"", ""),
    "nothing": (204, b"", ""),
}


@pytest.mark.parametrize(("status", "body", "told"), LIES.values(), ids=LIES)
def test_a_server_that_lies_is_refused(status, body, told):
    def odd(handler):
        handler.give(status, body, {"Content-Range": told} if told else {})
        return True

    with linked({}, odd) as (link, _, _), pytest.raises(WeightsError):
        link.file(link.endpoint + "/x").read(0, 5)


def test_a_file_that_changes_is_refused():
    tags = iter(["one", "two"])

    def odd(handler):
        start, last = (int(part) for part in handler.headers["Range"][6:].split("-"))
        told = {"Content-Range": f"bytes {start}-{last}/{len(LONG)}", "ETag": f'"{next(tags)}"'}
        handler.give(206, LONG[start : last + 1], told)
        return True

    with linked({}, odd) as (link, _, _):
        file = link.file(link.endpoint + "/x")
        file.read(0, 5)
        with pytest.raises(RangeError, match="changed"):
            file.read(200_000, 200_005)


def test_a_server_without_ranges_gives_small_files_only():
    def odd(handler):
        content = {"/small": LONG, "/large": bytes(MAX_WHOLE_BYTES + 1)}[handler.path]
        handler.give(200, content, {})
        return True

    with linked({}, odd) as (link, _, _):
        small = link.file(link.endpoint + "/small")
        assert small.read(150_000, 150_005) == LONG[150_000:150_005]
        assert small.read(0, len(LONG)) == LONG
        assert small.requests == 1
        with pytest.raises(RangeError, match="comes only whole"):
            link.file(link.endpoint + "/large").read(0, 5)


def test_what_comes_compressed_is_refused():
    def odd(handler):
        handler.give(206, LONG[:10], {"Content-Range": "bytes 0-9/10", "Content-Encoding": "gzip"})
        return True

    with linked({}, odd) as (link, _, _), pytest.raises(RangeError, match="compressed"):
        link.file(link.endpoint + "/x").read(0, 5)


def test_the_budget_ends_it():
    with linked({"/x": LONG}, budget_bytes=150_000) as (link, _, _):
        file = link.file(link.endpoint + "/x")
        file.read(0, 5)
        with pytest.raises(RangeError, match="more than the 150,000 bytes"):
            file.read(100_000, 300_000)


def test_a_server_that_is_not_there():
    link = Link("http://127.0.0.1:9", client=httpx2.Client(trust_env=False), sleep=lambda _: None)
    with pytest.raises(RangeError, match="given up after 5 attempts"):
        link.file("http://127.0.0.1:9/x").read(0, 5)


def test_the_index_of_a_sharded_model_costs_one_request_a_shard():
    shards, tensors = 4, {}
    files = {}
    for number in range(1, shards + 1):
        entries = {f"layers.{number}.{i}": {"dtype": "BF16", "shape": [8192, 8192], "data_offsets": [i << 27, i + 1 << 27]}
                   for i in range(20)}  # fmt: skip
        head = json.dumps(entries).encode()
        name = f"model-{number:05}-of-{shards:05}.safetensors"
        files[f"/{name}"] = Sparse(struct.pack("<Q", len(head)) + head, 8 + len(head) + (20 << 27))
        tensors |= dict.fromkeys(entries, name)
    files |= {"/model.safetensors.index.json": json.dumps({"weight_map": tensors}).encode(), "/config.json": b"{}"}
    with linked(files) as (link, seen, _):
        remote = [link.file(link.endpoint + path, path[1:]) for path in files]
        with open_checkpoint(remote) as checkpoint:
            assert len(checkpoint.tensors) == 20 * shards
            assert len(seen) == checkpoint.requests == shards + 2
            assert checkpoint.bytes_read < 500_000
            assert checkpoint.config == {}
            block = next(checkpoint.values(checkpoint.tensors[-1]))
            assert not block.any()
