"""What is hidden is nowhere: every address, asked by somebody who may not see it, answers as if it had never been."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyarrow as pa
import pytest
from click.testing import CliRunner, Result
from hidden_registry import RULES, SECRET, WORD, hidden, morning, write_about
from served_registry import datasets, models
from starlette.testclient import TestClient

from filiation.access.rules import load
from filiation.access.views import Making, build_views, folder_of
from filiation.cli import filiation
from filiation.server.acts import ACTS
from filiation.server.app import create_app
from filiation.server.entry import Entry
from filiation.server.routes import QUESTIONS

CLOCKS = {"seconds", "started_at", "ingested_at", "path", "created_at"}
"""What two builds of the same never share."""
NUMBERED = ("/api/v1/review", "/api/v1/ledger", "/api/v1/pilots", "/api/v1/assess")
"""What quotes entries of the ledger by number; their numbers have gaps."""
FINDS = (WORD, "chat", "o", "base", f"{WORD}lib", "license:mit", "arch:bert", "7b", "quant:gguf", "acme", "names-it")


class Pair(NamedTuple):
    """Two servers: over an atlas that hides something, and over one that never had it; as somebody, or nobody."""

    hiding: Callable[[str | None], TestClient]
    never: TestClient
    view: Path
    plain: Path


@pytest.fixture(scope="module")
def pair(tmp_path_factory, charted, dump, chart) -> Pair:
    folder = tmp_path_factory.mktemp("leaks")
    public, private = models(), hidden()
    mixed = [*private[:2], *public[:5], *private[2:], *public[5:]]
    data = dump(folder / "datasets.jsonl", datasets())
    uses = folder / "uses.json"
    uses.write_text(json.dumps({"schema": "filiation/uses/v1", "path": f"{WORD}-desk", "uses": [{"ref": f"model:{SECRET}"}]}))
    (folder / WORD).mkdir()
    whole = chart(folder / "whole", dump(folder / WORD / "models.jsonl", mixed), uses, data, audited=True, draw=True)
    (folder / "access.toml").write_text(RULES)
    access = load(folder / "access.toml")
    tokens = write_about(folder / "ledger.db", morning, secrets=True)
    write_about(folder / "never.db", morning, secrets=False)
    made = build_views(whole, access, Making(lambda *_: None))
    assert [(view.records, view.hidden, view.mentions) for view in made] == [(129, 3, {"hub": 1, "application:uses": 1})]

    def hiding(who: str | None) -> TestClient:
        headers = {"authorization": f"Bearer {tokens[who]}"} if who else {}
        app = create_app(whole, ledger=folder / "ledger.db", clock=morning, entry=Entry(access))
        return TestClient(app, raise_server_exceptions=False, headers=headers)

    ours = {"ours": ("o/chat", "dataset:o/data", "not/there", "..")}
    plain = TestClient(create_app(charted, ours, ledger=folder / "never.db", clock=morning), raise_server_exceptions=False)
    return Pair(hiding, plain, folder_of(whole, made[0].digest), charted)


def addresses() -> Iterator[str]:
    """Yield every address that reads, filled with what is there, what is hidden, and what is nowhere."""
    refs = (
        "o/base",
        "o/chat",
        "dataset:o/data",
        "o/merge",
        SECRET,
        f"{SECRET}-GGUF",
        "many/names-it",
        "acme/nowhere",
        "o/chta",
    )
    filled = {
        "ref": refs,
        "node": [str(n) for n in (0, 9, 99)],
        "chart": ("growth", "depth-by-modality", "licenses-along-edges", "influence", "license-changes"),
        "figure": ("attention", "license-missing", "base-model-missing"),
        "item": ("3", "5", "8"),
        "kind": ("openness",),
    }
    for question in QUESTIONS:
        if question.role is not None:
            continue
        paths = [question.path]
        is_long = question.path.startswith(("/api/v1/report", "/api/v1/assess"))
        for name in question.parameters:
            values = refs[1::3] if is_long and name == "ref" else filled[name]
            paths = [path.replace(f"{{{name}}}", value) for path in paths for value in values]
        for path in paths:
            yield from (path + more for more in queries(question.path))


def queries(path: str) -> Iterator[str]:
    if path == "/api/v1/find":
        yield from (f"?q={text}&limit=50" for text in FINDS)
    elif path.endswith("{chart}/models"):
        yield from (
            f"?series={series}&x={x}" for series in ("model", f"{WORD}-task", "mit") for x in ("2024-01", "2019-01", "0")
        )
    elif path.startswith("/api/v1/overview"):
        yield from ("", "?portfolio=ours", f"?portfolio={WORD}-plans")
    elif path == "/api/v1/trace/{ref}":
        yield from ("", "?down=true")
    elif path.startswith("/api/v1/reach"):
        yield from ("", "?direction=up")
    else:
        yield ""


def told(address: str, content: bytes, kind: str) -> Any:
    """Return an answer without what no two builds share."""
    if "arrow" in kind:
        return pa.ipc.open_file(io.BytesIO(content)).read_all().to_pydict()
    if "json" not in kind:
        return re.sub(rb"\d{4}-\d\d-\d\d[T ][\d:.]+(Z|\+00:00)?", b"", content)
    answer = json.loads(content)
    return scrubbed(answer, {*CLOCKS, *({"number", "entry", "id", "digest", "item"} if address.startswith(NUMBERED) else ())})


def scrubbed(value: Any, names: set[str]) -> Any:
    if isinstance(value, dict):
        return {name: scrubbed(inner, names) for name, inner in value.items() if name not in names or isinstance(inner, dict)}
    return [scrubbed(inner, names) for inner in value] if isinstance(value, list) else value


def test_every_address_answers_as_if_it_had_never_been(pair):
    hiding, odd = pair.hiding(None), {}
    for address in addresses():
        one, other = hiding.get(address), pair.never.get(address)
        if WORD in address and WORD.encode() in other.content:
            assert one.text == other.text  # only what was asked for
        elif WORD.encode() in one.content.lower() or any(WORD in value for value in one.headers.values()):
            odd[address] = "leaks"
        if address.startswith("/api/v1/review/"):
            continue  # items have other numbers there
        kind = one.headers["content-type"]
        if one.status_code != other.status_code or told(address, one.content, kind) != told(address, other.content, kind):
            odd.setdefault(address, f"{one.status_code} {one.text[:200]} is not {other.status_code} {other.text[:200]}")
    assert odd == {}


def test_who_is_in_no_group_sees_what_nobody_sees(pair):
    nobody, eve = pair.hiding(None), pair.hiding("eve")
    for address in (
        "/api/v1/review", "/api/v1/ledger", "/api/v1/pilots", "/api/v1/find?q=7b", "/api/v1/stats", "/api/v1/overview"
    ):  # fmt: skip
        assert nobody.get(address).content == eve.get(address).content


def test_whoever_may_sees_it_everywhere(pair):
    """The search above finds the word where it is: else it would prove nothing."""
    client = pair.hiding("ann")
    for address in (
        *(f"/api/v1/{verb}/{SECRET}" for verb in ("show", "trace", "impact", "audit", "license", "place", "undeclared")),
        "/api/v1/find?q=7b",
        "/api/v1/stats",
        "/api/v1/critical",
        "/api/v1/trends",
        "/api/v1/overview",
        "/api/v1/applications",
        "/api/v1/risk",
        "/api/v1/review",
        "/api/v1/ledger",
        "/api/v1/pilots",
        "/api/v1/pilots/register",
        "/api/v1/info",
    ):
        assert WORD in client.get(address).text, address
    assert client.get("/api/v1/me").json()["groups"] == ["lab"]


def test_the_map_is_that_of_an_atlas_without_it(pair):
    one, other = pair.hiding(None), pair.never
    manifest = one.get("/map/manifest.json").json()
    assert scrubbed(manifest, CLOCKS) == scrubbed(other.get("/map/manifest.json").json(), CLOCKS)
    for level, x, y, *_ in manifest["tiles"]:
        address = f"/map/tiles/{level}/{x}/{y}.arrow"
        assert one.get(address).content == other.get(address).content
        assert WORD.encode() not in one.get(address).content


def test_reviews_are_those_of_what_is_seen(pair):
    eve, ann = pair.hiding("eve"), pair.hiding("ann")
    hidden_ones = {item["item"]["id"] for item in ann.get("/api/v1/review").json()["items"]} - {
        item["item"]["id"] for item in eve.get("/api/v1/review").json()["items"]
    }
    assert hidden_ones
    for number in (*hidden_ones, 999):
        assert eve.get(f"/api/v1/review/{number}").status_code == 404
        assert eve.post(f"/api/v1/review/{number}/comment", json={"text": "hm"}).status_code == 404
    log = eve.get("/api/v1/ledger").json()
    assert log["entries"] == pair.never.get("/api/v1/ledger").json()["entries"] == len(log["log"])
    assert eve.get("/api/v1/ledger/verified").status_code == 403  # the count of entries is of what she may not see too


def test_who_writes_about_what_is_hidden_is_told_what_they_are_told_of_nothing(pair):
    eve = pair.hiding("eve")
    before = pair.hiding("ann").get("/api/v1/ledger").json()["entries"]
    bodies = {
        "/api/v1/review": {"subject": "{}", "check": "license-missing"},
        "/api/v1/pilots/adopt": {"ref": "{}", "why": "to see"},
        "/api/v1/pilots/advance": {"ref": "{}", "stage": "stopped", "why": "to see"},
        "/api/v1/pilots/learnt": {"ref": "{}", "learnt": "failure", "what": "to see"},
        "/api/v1/assess/openness/{}": {"question": "weights", "value": "yes", "why": "to see"},
    }
    assert set(bodies) - {"/api/v1/assess/openness/{}"} < {act.path for act in ACTS}
    for path, body in bodies.items():
        answers = [
            eve.post(path.format(name), json={key: value.replace("{}", name) for key, value in body.items()})
            for name in (SECRET, "acme/nothing-x")
        ]
        assert [answer.status_code for answer in answers] == [404, 404], path
        first, second = (answer.json() for answer in answers)
        assert first["detail"].replace(SECRET, "") == second["detail"].replace("acme/nothing-x", ""), path
    assert pair.hiding("ann").get("/api/v1/ledger").json()["entries"] == before


def test_nobody_on_the_way_keeps_what_one_person_was_told(pair):
    eve, ann = pair.hiding("eve"), pair.hiding("ann")
    for address in ("/api/v1/stats", "/map/manifest.json", "/api/v1/find?q=chat"):
        mine, hers = ann.get(address), eve.get(address)
        assert mine.headers["etag"] != hers.headers["etag"]
        for answer in (mine, hers, eve.get(address, headers={"if-none-match": hers.headers["etag"]})):
            assert answer.headers["cache-control"] == "private, no-cache"
            assert "authorization, cookie" in answer.headers["vary"]
        assert eve.get(address, headers={"if-none-match": mine.headers["etag"]}).status_code == 200


def test_commands_read_a_view_as_any_atlas(pair):
    """Bills of materials have no address: they are made of the view's folder."""

    def bill(ref: str, atlas: Path) -> Result:
        return CliRunner().invoke(filiation, ["export", "cyclonedx", ref, "--atlas", str(atlas)], standalone_mode=False)

    one, other = (bill("o/merge", atlas) for atlas in (pair.view, pair.plain))
    assert WORD not in one.stdout
    first, second = json.loads(one.stdout), json.loads(other.stdout)
    assert (first["components"], first["dependencies"]) == (second["components"], second["dependencies"])
    one, other = (bill(SECRET, atlas) for atlas in (pair.view, pair.plain))
    assert str(one.exception).replace(str(pair.view), "") == str(other.exception).replace(str(pair.plain), "")
    assert f"There is no model:{SECRET}" in str(one.exception)
