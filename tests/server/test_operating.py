"""What operators want around the application: limits, a log that knows nobody, figures, health."""

from __future__ import annotations

import json
import subprocess
import sys
import tarfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from filiation.cli.serving import LOOPBACK, _hosts, _require_readable
from filiation.core.errors import AtlasError, FiliationError
from filiation.server import operating as around
from filiation.server import rates as limits
from filiation.server import request_log
from filiation.server.access import CALLER
from filiation.server.app import create_app
from filiation.server.entry import Entry
from filiation.server.operating import Operated, Operating
from filiation.server.rates import Rates
from filiation.server.request_log import RequestLog, require_writable

SECRETS = ("o/base", "o%2Fbase", "chat", "testclient", "203.0.113", "administrator", "Bearer", "cookie", "agent")
"""What nothing that is kept of a request may speak of."""
COUNT = """
import sys
from filiation.server.metrics import Metrics
told = Metrics()
for _ in range(3):
    told.begin()
told.end("GET", "/api/v1/info", 200, 0.2, 1000)
print(__import__("os").getpid())
"""
TELL = """
import sys
from filiation.server.metrics import Metrics, forget_worker
told = Metrics()
for ended in sys.argv[1:]:
    forget_worker(int(ended))
print(told.told().decode())
"""


@pytest.fixture(scope="module")
def inner(charted, office):
    return create_app(charted, ledger=office.path, clock=office.clock)


@pytest.fixture
def around_it(inner):
    """Ask the application with what an operator asked for around it."""

    @contextmanager
    def around_it(**options):
        operated = Operated(inner, Operating(**options))
        yield TestClient(operated, raise_server_exceptions=False)
        if operated._log is not None:
            operated._log.close()

    return around_it


def asked(place="203.0.113.7", headers=(), caller=None):
    scope = {"client": (place, 1), "headers": list(headers)}
    return scope if caller is None else scope | {CALLER: caller}


TOKEN = ((b"authorization", b"Bearer filiation_x"),)


class Time:
    def __init__(self):
        self.at = 1000.0

    def __call__(self):
        return self.at


def test_a_bucket_empties_and_fills():
    clock = Time()
    rates = Rates(2.0, 3, clock)
    assert [rates.wait(asked()) for _ in range(4)] == [0, 0, 0, 0.5]
    assert rates.wait(asked("203.0.113.8")) == 0
    clock.at += 0.5
    assert rates.wait(asked()) == 0
    assert rates.wait(asked()) == 0.5
    clock.at += 1000
    assert [rates.wait(asked()) for _ in range(4)] == [0, 0, 0, 0.5]


def test_asking_while_refused_does_not_make_it_longer():
    rates = Rates(1.0, 1, Time())
    assert rates.wait(asked()) == 0
    assert {rates.wait(asked()) for _ in range(50)} == {1.0}


def test_addresses_of_one_network_are_one_caller():
    rates = Rates(1.0, 1, Time())
    assert rates.wait(asked("2001:db8:1:2::1")) == 0
    assert rates.wait(asked("2001:db8:1:2:ffff::9")) > 0
    assert rates.wait(asked("2001:db8:1:3::1")) == 0
    assert rates.wait(asked("::ffff:203.0.113.7")) == 0
    assert rates.wait(asked("203.0.113.7")) > 0


def test_a_token_that_nobody_knows_is_counted_with_its_address():
    rates = Rates(1.0, 2, Time())
    waits = []
    for number in range(4):
        scope = asked(headers=[(b"authorization", b"Bearer made-up-%d" % number)])
        waits.append(rates.wait(scope))
        rates.learn(scope)
    assert waits == [0, 0, 1, 1]


def test_whoever_is_known_is_one_caller_from_everywhere():
    rates = Rates(1.0, 1, Time())
    assert rates.wait(asked(headers=TOKEN)) == 0
    rates.learn(asked(headers=TOKEN, caller="ann"))
    assert rates.wait(asked(headers=TOKEN)) == 0, "her own bucket, though that of the address is empty"
    assert rates.wait(asked("198.51.100.1", headers=TOKEN)) > 0
    assert rates.wait(asked("198.51.100.1")) == 0


def test_only_so_many_callers_are_kept(monkeypatch):
    monkeypatch.setattr(limits, "MAX_CALLERS", 10)
    rates = Rates(1.0, 1, Time())
    for number in range(50):
        rates.wait(asked(f"198.51.100.{number}", headers=TOKEN))
        rates.learn(asked(headers=[(b"cookie", b"%d" % number)], caller="ann"))
    assert len(rates._buckets) == len(rates._known) == 10


def test_too_often_is_said_with_when_to_come_back(around_it):
    with around_it(rate=0.01, burst=2) as client:
        assert [client.get("/api/v1/node/0").status_code for _ in range(3)] == [200, 200, 429]
        refused = client.get("/api/v1/node/0")
        assert 98 <= int(refused.headers["retry-after"]) <= 100
        assert refused.json()["status"] == 429
        assert refused.headers["x-content-type-options"] == "nosniff"
        assert refused.headers["cache-control"] == "no-store"
        assert client.get("/health/live").json() == {"status": "live"}
        assert client.get("/health/ready").json() == {"status": "ready"}


def test_a_person_has_a_bucket_of_their_own(around_it, office):
    with around_it(rate=0.01, burst=1) as client:
        assert client.get("/api/v1/tokens", headers=office.headers("administrator")).status_code == 200
        assert client.get("/api/v1/node/0").status_code == 429
        assert client.get("/api/v1/node/0", headers=office.headers("administrator")).status_code == 200
        assert client.get("/api/v1/node/0", headers={"authorization": "Bearer made-up"}).status_code == 429


def _ask_all(client, office):
    told = office.headers("administrator") | {"x-forwarded-for": "203.0.113.9", "user-agent": "an agent", "cookie": "a=cookie"}
    client.get("/api/v1/show/o/base", headers=told)
    client.get("/api/v1/find?q=chat", headers=told)
    client.head("/api/v1/show/o/base", headers=told)
    client.get("/o/base?chat", headers=told)
    client.request("CHAT", "/api/v1/show/o/base", headers=told)
    client.get("/" + "chat" * 300, headers=told)
    client.post("/api/v1/review", json={"subject": "model:o/base", "check": "chat"})


def test_the_log_knows_what_was_asked_and_not_of_whom_or_by_whom(around_it, office, tmp_path):
    path = tmp_path / "requests.log"
    with around_it(log=str(path)) as client:
        _ask_all(client, office)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("GET", "/api/v1/show/{ref}", 200),
        ("GET", "/api/v1/find", 200),
        ("HEAD", "/api/v1/show/{ref}", 200),
        ("GET", "/{path}", 404),
        ("OTHER", "/api/v1/show/{ref}", 405),
        ("GET", None, 414),
        ("POST", "/api/v1/review", 401),
    ]
    assert set(lines[0]) == {"at", "method", "route", "status", "ms", "bytes", "worker"}
    assert lines[0]["bytes"] > 0
    assert lines[2]["bytes"] == 0
    assert not [word for word in (*SECRETS, *office.tokens.values()) if word in path.read_text()]
    assert path.stat().st_mode & 0o007 == 0


def test_a_log_that_is_moved_away_is_begun_anew(tmp_path):
    path = tmp_path / "requests.log"
    log = RequestLog(str(path))
    log.add("GET", "/a", 200, 0.1, 1)
    log._write()
    path.rename(tmp_path / "requests.log.1")
    log.add("GET", "/b", 200, 0.1, 1)
    log.close()
    assert '"/a"' in (tmp_path / "requests.log.1").read_text()
    assert '"/b"' in path.read_text()


def test_a_log_that_takes_nothing_keeps_nobody_waiting(tmp_path, monkeypatch):
    monkeypatch.setattr(request_log, "MAX_WAITING", 5)
    monkeypatch.setattr(request_log, "WRITE_SECONDS", 30.0)
    path = tmp_path / "requests.log"
    log = RequestLog(str(path))
    start = time.perf_counter()
    for _ in range(1000):
        log.add("GET", "/a", 200, 0.1, 1)
    assert time.perf_counter() - start < 5
    log.close()
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert len(lines) == 6
    assert lines[-1] == {"left_out": 995}


def test_a_log_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(FiliationError, match="cannot be written"):
        require_writable(str(tmp_path / "none" / "requests.log"))
    require_writable("-")


def test_figures_are_by_route_and_tell_nothing_of_models(around_it, office):
    with around_it(metrics=True) as client:
        _ask_all(client, office)
        told = client.get("/metrics")
        text = told.text
    assert told.headers["content-type"].startswith("text/plain")
    assert 'filiation_requests_total{method="GET",route="/api/v1/show/{ref}",status="200"} 1.0' in text
    assert 'filiation_requests_total{method="GET",route="none",status="414"} 1.0' in text
    assert 'filiation_request_seconds_count{route="/api/v1/show/{ref}"} 3.0' in text
    assert "filiation_requests_open 1.0" in text
    assert not [word for word in (*SECRETS, *office.tokens.values()) if word in text]


def test_there_are_no_figures_unless_asked_for(around_it):
    with around_it() as client:
        assert client.get("/metrics").status_code == 404


def test_workers_count_together_those_that_ended_too(tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))

    def ran(program, *words):
        return subprocess.run([sys.executable, "-c", program, *words], check=True, capture_output=True, text=True).stdout

    ended = [ran(COUNT).strip() for _ in range(2)]
    text = ran(TELL, *ended)
    assert 'filiation_requests_total{method="GET",route="/api/v1/info",status="200"} 2.0' in text
    assert "filiation_worker_starts_total 3.0" in text
    assert "filiation_requests_open 0.0" in text, "what a killed worker had open is open no more"


def test_it_is_not_ready_where_nothing_is_answered(inner, monkeypatch):
    async def silent(scope, receive, send):
        await around.anyio.sleep(30)

    async def failing(scope, receive, send):
        await send({"type": "http.response.start", "status": 503, "headers": []})

    monkeypatch.setattr(around, "PROBE_SECONDS", 0.05)
    for broken in (silent, failing):
        operated = Operated(inner, Operating())
        operated._app = broken
        client = TestClient(operated, raise_server_exceptions=False)
        answer = client.get("/health/ready")
        assert answer.status_code == 503
        assert answer.headers["retry-after"]
        assert client.get("/health/live").status_code == 200


def test_it_goes_by_the_names_of_its_proxy():
    assert _hosts("127.0.0.1", (), Entry()) == {*LOOPBACK, "127.0.0.1"}
    assert _hosts("127.0.0.1", ("atlas.example.org",), Entry()) == {*LOOPBACK, "127.0.0.1", "atlas.example.org"}
    assert _hosts("0.0.0.0", (), Entry()) is None  # noqa: S104  # it is about being let in from everywhere
    assert "atlas.example.org" in _hosts("0.0.0.0", ("atlas.example.org",), Entry())  # noqa: S104


def test_an_atlas_of_another_version_is_not_half_served(charted, tmp_path):
    with tarfile.open(Path(__file__).parents[1] / "store" / "old" / "schema-1.tar.xz") as archive:
        archive.extractall(tmp_path, filter="data")
    with pytest.raises(AtlasError, match="filiation build"):
        _require_readable(tmp_path / "old.atlas")
    _require_readable(charted)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--proxy", "nginx"), "no address"),
        (("--name", "https://atlas.example.org/"), "no host name"),
        (("--burst", "3"), "give both"),
        (("--log", "/no/such/folder/log"), "cannot be written"),
    ],
)
def test_options_that_are_not_right(charted, run, words, sentence):
    done = run("serve", "--port", "0", *words, atlas=charted)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
