"""Every route answers what the command line would, and what is asked wrongly is refused in one sentence."""

from __future__ import annotations

import io
import json

import msgspec
import numpy as np
import pyarrow as pa
import pytest
from served_registry import HOSTILE, SCRIPT

from filiation.lineage.arrays import Lineage
from filiation.lineage.portrait import portrait
from filiation.lineage.questions import impact, reach, trace
from filiation.store.atlas import Atlas

QUESTIONS = (
    "info", "stats", "critical", "find?q=chat", "show/o/base", "trace/o/merge", "trace/o/base?down=true&depth=1",
    "impact/o/base", "place/o/base", "node/0", "trends", "overview", "overview?portfolio=ours", "overview/attention/models",
)  # fmt: skip


@pytest.fixture(scope="module")
def lineage(charted):
    return Lineage.load(charted)


def node_of(client, ref):
    return client.get(f"/api/v1/place/{ref}").json()["node"]


@pytest.mark.parametrize("question", QUESTIONS)
def test_answers_name_their_schema(client, question):
    answer = client.get(f"/api/v1/{question}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["schema"].startswith("filiation/")
    assert answer.text.startswith('{"schema":')


def test_portraits_from_memory_are_those_of_the_database(client, charted, lineage):
    with Atlas.open(charted) as atlas:
        expected = {lineage.ref(node): portrait(atlas.con, lineage, node) for node in range(lineage.size)}
    for node, (ref, slow) in enumerate(expected.items()):
        if "\x07" in ref or "\u202e" in ref or "?" in ref:
            continue  # no address spells these; they are reached by number
        answer = client.get(f"/api/v1/show/{ref}")
        assert answer.content == msgspec.json.encode(slow), (node, ref)


def test_trace_and_impact_are_those_of_the_command_line(client, lineage):
    for ref in ("o/base", "o/merge", "many/m001", "dataset:o/data"):
        node = node_of(client, ref)
        assert client.get(f"/api/v1/trace/{ref}").content == msgspec.json.encode(trace(lineage, node))
        assert client.get(f"/api/v1/trace/{ref}?down=1").content == msgspec.json.encode(trace(lineage, node, "down"))
        assert client.get(f"/api/v1/impact/{ref}?top=3").content == msgspec.json.encode(impact(lineage, node, 3))


@pytest.mark.parametrize("limit", [1, 2, 50, 121])
def test_a_bounded_trace_is_the_nearest_and_hangs_together(client, lineage, limit):
    whole = client.get("/api/v1/trace/dataset:o/data?down=true").json()
    cut = client.get(f"/api/v1/trace/dataset:o/data?down=true&limit={limit}").json()
    assert len(cut["nodes"]) == limit
    assert cut["total"] == whole["total"] == len(whole["nodes"])
    depths = sorted(node["depth"] for node in whole["nodes"])
    assert sorted(node["depth"] for node in cut["nodes"]) == depths[:limit]
    shown = {node["ref"] for node in cut["nodes"]} | {cut["ref"]}
    assert all(edge["child"] in shown and edge["parent"] in shown for edge in cut["edges"])
    assert {edge["child"] for edge in cut["edges"]} == shown - {cut["ref"]}
    assert all(edge in whole["edges"] for edge in cut["edges"])


@pytest.mark.parametrize("direction", ["up", "down"])
def test_reach_is_an_arrow_file(client, lineage, direction):
    for ref in ("o/base", "o/merge", "o/other", "many/m000"):
        node = node_of(client, ref)
        answer = client.get(f"/api/v1/reach/{node}.arrow?direction={direction}")
        table = pa.ipc.open_file(io.BytesIO(answer.content)).read_all()
        expected = reach(lineage, node, direction)
        assert table["node"].to_pylist() == expected.nodes.tolist()
        assert table["depth"].to_pylist() == expected.depth.tolist()
        types = {"node": "uint32", "depth": "uint16", "x": "float", "y": "float", "r": "float", "parent": "int32"}
        assert {name: str(table.schema.field(name).type) for name in types} == types
        assert str(table.schema.field("relation").type) == "uint8"
        reached = {node, *expected.nodes.tolist()}
        assert set(table["parent"].to_pylist()) <= reached
        assert all(value is not None for value in table["x"].to_pylist())
        assert table.schema.metadata[b"total"] == str(len(expected.nodes)).encode()


def test_places_are_those_of_the_map(client, charted, lineage):
    placed = client.get("/api/v1/place/o/chat").json()
    assert client.get(f"/api/v1/node/{placed['node']}").json() == placed
    hit = client.get("/api/v1/find?q=chat gguf").json()["hits"][0]
    there = client.get("/api/v1/place/o/chat-GGUF").json()
    assert {name: hit[name] for name in ("ref", "node", "x", "y", "r")} == {
        name: there[name] for name in ("ref", "node", "x", "y", "r")
    }
    assert there["parent"] == placed["node"]
    assert np.hypot(there["x"] - placed["x"], there["y"] - placed["y"]) <= placed["r"]


def test_tiles_hold_every_node_once(client, lineage):
    manifest = client.get("/map/manifest.json").json()
    seen = []
    for level, x, y, rows, size in manifest["tiles"]:
        answer = client.get(f"/map/tiles/{level}/{x}/{y}.arrow?t={manifest['token']}")
        assert len(answer.content) == size
        ids = pa.ipc.open_file(io.BytesIO(answer.content)).read_all()["id"].to_pylist()
        assert len(ids) == rows
        seen += ids
    assert sorted(seen) == list(range(lineage.size))


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/api/v1/show/o/bas", 404, "did you mean model:o/base"),
        ("/api/v1/show/nobody/knows", 404, "There is no model:nobody/knows"),
        ("/api/v1/impact/space:o/x", 400, "names no kind"),
        ("/api/v1/impact/a b", 400, "not a repository name"),
        ("/api/v1/node/999999", 404, "There is no node 999999"),
        ("/api/v1/node/-1", 404, "nothing at this address"),
        ("/api/v1/node/x", 404, "nothing at this address"),
        ("/api/v1/reach/999999.arrow", 404, "There is no node"),
        ("/api/v1/reach/0.arrow?direction=sideways", 400, "'direction'"),
        ("/api/v1/find", 400, "'q' is missing"),
        ("/api/v1/find?q=", 400, "'q' is missing"),
        ("/api/v1/find?q=a&limit=0", 400, "'limit'"),
        ("/api/v1/find?q=a&limit=101", 400, "'limit'"),
        ("/api/v1/find?q=a&limit=ten", 400, "'limit'"),
        ("/api/v1/find?q=" + "a" * 201, 400, "'q'"),
        ("/api/v1/find?q=a&lmit=1", 400, "no parameter 'lmit': this address takes q, limit"),
        ("/api/v1/find?q=bogus:x", 400, "before the colon may stand arch, size"),
        ("/api/v1/find?q=chat arch:", 400, "Nothing stands right behind 'arch:'"),
        ("/api/v1/info?x=1", 400, "takes none"),
        ("/api/v1/trace/o/base?depth=0", 400, "'depth'"),
        ("/api/v1/trace/o/base?down=perhaps", 400, "'down'"),
        ("/api/v1/trace/o/base?limit=99999999999999999999", 400, "'limit'"),
        ("/api/v1/critical?top=1001", 400, "'top'"),
        ("/api/v1/trends/nothing.csv", 404, "no chart 'nothing'"),
        ("/api/v1/trends/growth/models?series=model&x=1999-01", 404, "no point"),
        ("/api/v1/trends/growth/models?series=model", 400, "'x' is missing"),
        ("/api/v1/overview?portfolio=theirs", 404, "no portfolio 'theirs'"),
        ("/api/v1/overview/nothing/models", 404, "no figure"),
        ("/api/v1/nothing", 404, "/openapi.json"),
        ("/map/tiles/40/0/0.arrow", 404, "no tile"),
        ("/map/tiles/1/7/7.arrow", 404, "no tile"),
        ("/map/manifest.json?t=another", 404, "drawn anew"),
        ("/map/tiles/0/0/0.arrow?t=another", 404, "drawn anew"),
        ("/" + "a" * 1001, 414, "too long"),
        ("/api/v1/find?q=" + "a" * 2001, 414, "too long"),
    ],
)
def test_what_is_asked_wrongly(client, path, status, words):
    answer = client.get(path)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert words in told["detail"]
    assert told["detail"].endswith((".", "?"))
    assert "Traceback" not in answer.text


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_nothing_can_be_changed(client, method):
    for path in ("/", "/api/v1/info", "/map/manifest.json", "/nothing"):
        assert client.request(method, path).status_code == 405


def test_suggestions_are_data_too(client):
    assert client.get("/api/v1/place/o/bas").json()["suggestions"][0] == "model:o/base"


def test_hostile_names_stay_inert(client):
    for path in ("show/o/hostile", "trace/o/hostile", "stats", "overview", "overview/license-missing/models", "trends"):
        answer = client.get(f"/api/v1/{path}")
        assert answer.headers["content-type"] == "application/json"
        assert answer.headers["x-content-type-options"] == "nosniff"
        json.loads(answer.text)
        assert "\x07" not in answer.text
    claims = client.get("/api/v1/show/o/hostile").json()["claims"]
    assert {name for name in HOSTILE if name != "o/a"} <= {claim["value"] for claim in claims}
    assert SCRIPT in {claim["value"] for claim in claims}
    refused = client.get("/api/v1/show/%3Cscript%3E%00")
    assert refused.status_code == 400
    assert refused.headers["content-type"] == "application/problem+json"


def test_nodes_whose_names_no_repository_has_are_found(client, lineage):
    odd = [node for node in range(lineage.size) if lineage.name(node) == SCRIPT]
    assert odd
    assert client.get(f"/api/v1/node/{odd[0]}").json()["ref"] == f"model:{SCRIPT}"
    assert client.get("/api/v1/show/model:%3Cscript%3Ealert(1)%3C/script%3E").json()["state"] == "malformed"
