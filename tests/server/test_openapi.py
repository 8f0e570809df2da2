"""The description names every address, and every answer is as it says."""

from __future__ import annotations

import jsonschema
import pytest

from filiation.server.routes import QUESTIONS

EXAMPLES = {
    "ref": ("o/base", "o/hostile", "o/merge", "dataset:o/data"),
    "node": ("0", "3"),
    "chart": ("growth", "depth-by-modality"),
    "figure": ("attention", "license-missing"),
}
QUERIES = {
    "/api/v1/find": "?q=chat",
    "/api/v1/trends/{chart}/models": None,
}


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def test_every_route_is_described(document):
    from filiation.server.app import PAGES

    described = set(document["paths"])
    assert described == {
        *(question.path for question in QUESTIONS),
        *PAGES,
        "/map/manifest.json",
        "/map/tiles/{level}/{x}/{y}.arrow",
        "/openapi.json",
    }
    assert document["openapi"] == "3.1.0"


def test_the_contract_of_the_map_is_kept(document):
    from pathlib import Path

    contract = (Path(__file__).parents[2] / "docs" / "map.md").read_text().split("## HTTP")[1]
    for path in document["paths"]:
        stem = path.split("{")[0].rstrip("/") or "/"
        assert stem in contract, path


def valid(document, answer, schema):
    jsonschema.Draft202012Validator({**schema, "components": document["components"]}).validate(answer)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.path)
def test_answers_are_as_described(client, document, question):
    described = document["paths"][question.path]["get"]
    shape = described["responses"]["200"]["content"][question.media_type]["schema"]
    query = QUERIES.get(question.path, "")
    if query is None:
        query = "?series=model&x=2024-01"
    for value in EXAMPLES.get(question.parameter, ("",)):
        if question.path.endswith("/models") and value == "depth-by-modality":
            continue
        path = question.path.replace(f"{{{question.parameter}}}", value)
        answer = client.get(path + query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == question.media_type
        if shape:
            valid(document, answer.json(), shape)


def test_problems_are_as_described(client, document):
    described = document["paths"]["/api/v1/show/{ref}"]["get"]["responses"]["404"]
    shape = described["content"]["application/problem+json"]["schema"]
    valid(document, client.get("/api/v1/show/o/bas").json(), shape)
    valid(document, client.get("/api/v1/show/nobody/there").json(), shape)


def test_parameters_are_described(document):
    parameters = {item["name"]: item for item in document["paths"]["/api/v1/find"]["get"]["parameters"]}
    assert parameters["q"]["required"]
    assert not parameters["limit"]["required"]
    assert parameters["limit"]["schema"]["maximum"] == 100
