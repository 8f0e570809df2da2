"""The description names every address, and every answer is as it says."""

from __future__ import annotations

import itertools

import jsonschema
import pytest

from filiation.server.acts import ACTS
from filiation.server.page import PAGES
from filiation.server.routes import QUESTIONS

EXAMPLES = {
    "ref": ("o/base", "o/hostile", "o/merge", "dataset:o/data"),
    "node": ("0", "3"),
    "chart": ("growth", "depth-by-modality"),
    "figure": ("attention", "license-missing"),
    "item": ("5",),
    "kind": ("openness",),
}
QUERIES = {
    "/api/v1/find": "?q=chat",
    "/api/v1/trends/{chart}/models": None,
}


@pytest.fixture(scope="module")
def document(client):
    return client.get("/openapi.json").json()


def test_every_route_is_described(document):
    described = set(document["paths"])
    assert described == {
        *(question.path for question in QUESTIONS),
        *(act.path for act in ACTS),
        *PAGES,
        "/api/v1/door",
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
    for values in itertools.product(*(EXAMPLES[name] for name in question.parameters)):
        if question.path.endswith("/models") and "depth-by-modality" in values:
            continue
        if "{kind}" in question.path and "dataset:o/data" in values:  # only models are assessed
            continue
        path = question.path
        for name, value in zip(question.parameters, values, strict=True):
            path = path.replace(f"{{{name}}}", value)
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


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.path)
def test_what_writes_is_described_with_its_body_and_role(document, act):
    described = document["paths"][act.path]["post"]
    assert described["x-role"] == act.role
    assert described["security"] == [{"token": [act.role]}]
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    schema = described["requestBody"]["content"]["application/json"]["schema"]
    body = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    assert set(body["properties"]) == set(act.body.__struct_fields__)
    assert body["additionalProperties"] is False
    assert {"400", "401", "403", "413", "415", "503", str(act.status)} <= set(described["responses"])


def test_reading_says_where_it_takes_a_role(document):
    for question in QUESTIONS:
        described = document["paths"][question.path]["get"]
        assert described.get("x-role") == question.role
        assert ("401" in described["responses"]) is (question.role is not None)
