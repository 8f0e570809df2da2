"""What nobody declared is told by a route of its own: what names say, and what neighbours tell, as on the command line."""

from __future__ import annotations

import pytest
from served_registry import datasets, kin, models
from starlette.testclient import TestClient

from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction.answer import prediction
from filiation.names import Context, parse
from filiation.server.app import create_app
from filiation.store.atlas import Atlas


@pytest.fixture(scope="module")
def family(tmp_path_factory, dump, chart):
    """An atlas in which neighbours tell."""
    folder = tmp_path_factory.mktemp("kin")
    return chart(folder / "a", dump(folder / "models.jsonl", kin()), audited=True)


def told(client, ref):
    answer = client.get(f"/api/v1/undeclared/{ref}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_a_name_says(client):
    name = told(client, "o/chat-GGUF")["name"]
    said = parse("chat-GGUF", Context(None))
    assert [(part["text"], part["element"], part["value"]) for part in name["elements"]] == [
        (part.text, part.kind, part.value) for part in said.elements
    ]
    assert name["convention"] in {"I", "IA", "IT", "AT", "O"}
    assert told(client, "dataset:o/data") == {
        "schema": "filiation/undeclared/v1", "ref": "dataset:o/data", "name": None, "predicted": [],
    }  # fmt: skip


def test_predictions_are_those_of_the_command_line(family):
    client, lineage = TestClient(create_app(family)), Lineage.load(family)
    with Atlas.open(family) as atlas:
        expected = [prediction(atlas.con, lineage.ref(node), node) for node in range(lineage.size)]
    some = 0
    for answer in expected:
        found = {item["attribute"]: item for item in told(client, answer.ref)["predicted"]}
        assert list(found) == list(answer.attributes)
        for attribute, of in answer.attributes.items():
            assert (found[attribute]["value"], found[attribute]["confidence"]) == (of.value, of.confidence)
            assert [reason["en"] for reason in found[attribute]["because"]] == [reason.text() for reason in of.because]
            assert all("件のうち" in reason["ja"] for reason in found[attribute]["because"])
            some += 1
    assert some > 1


def test_what_is_declared_is_not_told(client):
    for ref in ("o/base", "o/chat"):
        assert "license" not in {item["attribute"] for item in told(client, ref)["predicted"]}


def test_what_was_not_predicted_yet_is_null(tmp_path, dump, chart):
    atlas = chart(tmp_path / "a", dump(tmp_path / "models.jsonl", models()[:8]), dump(tmp_path / "datasets.jsonl", datasets()))
    answer = told(TestClient(create_app(atlas)), "o/chat-GGUF")
    assert answer["predicted"] is None
    assert answer["name"]["elements"]


@pytest.mark.parametrize("ref", ["o/bas", "nobody/knows"])
def test_unknown_names_are_refused(client, ref):
    assert client.get(f"/api/v1/undeclared/{ref}").status_code == 404
