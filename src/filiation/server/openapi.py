"""The description of all addresses, made from the same table that answers them."""

from __future__ import annotations

from typing import Any

import msgspec

from filiation import __version__
from filiation.server.answers import Nothing, TokenQuery
from filiation.server.bodies import ARROW
from filiation.server.problems import MEDIA_TYPE, Problem
from filiation.server.routes import QUESTIONS, Question

_REF = "#/components/schemas/{name}"
_PARAMETERS = {
    "ref": ({"type": "string", "maxLength": 300}, "owner/name, model:owner/name or dataset:owner/name; slashes stay"),
    "node": ({"type": "integer", "minimum": 0}, "a node's number"),
    "chart": ({"type": "string"}, "the id of a chart"),
    "figure": ({"type": "string"}, "the id of a figure, or attention"),
    "level": ({"type": "integer", "minimum": 0, "maximum": 30}, "of the quadtree, 0 is one tile"),
    "x": ({"type": "integer", "minimum": 0}, "column, from the left"),
    "y": ({"type": "integer", "minimum": 0}, "row, from the top"),
}  # fmt: skip


def description() -> dict[str, Any]:
    """Return the OpenAPI 3.1 document."""
    schemas, components = msgspec.json.schema_components([*_answers(), Problem], ref_template=_REF)
    schema_of = dict(zip([*_answers(), Problem], schemas, strict=True))
    paths = {question.path: _path(question, schema_of) for question in QUESTIONS}
    paths["/map/manifest.json"] = _get("The map's manifest", _query(TokenQuery), "application/json", {"type": "object"})
    tile = [_in_path(name) for name in ("level", "x", "y")]
    binary: dict[str, Any] = {}
    paths["/map/tiles/{level}/{x}/{y}.arrow"] = _get("A tile of the map", [*tile, *_query(TokenQuery)], ARROW, binary)
    paths["/openapi.json"] = _get("This document", [], "application/json", {"type": "object"})
    for page in ("/", "/trends", "/overview"):
        paths[page] = _get("The page", [], "text/html", {"type": "string"})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "filiation",
            "version": __version__,
            "description": "Questions to an atlas of a model registry. Reading only; nothing here changes the atlas.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": components},
    }


def _answers() -> list[type]:
    return list(dict.fromkeys(question.answer for question in QUESTIONS if question.answer is not None))


def _path(question: Question, schema_of: dict[type, dict[str, Any]]) -> dict[str, Any]:
    parameters = ([_in_path(question.parameter)] if question.parameter else []) + _query(question.query)
    schema = {} if question.answer is None else schema_of[question.answer]
    return _get(question.summary, parameters, question.media_type, schema)


def _get(summary: str, parameters: list[dict[str, Any]], media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    problem = {"content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}}}
    responses = {
        "200": {"description": "the answer", "content": {media_type: {"schema": schema}}},
        "304": {"description": "what If-None-Match named still stands"},
        "400": {"description": "a parameter is not right"} | problem,
        "404": {"description": "there is no such thing; the nearest names"} | problem,
        "414": {"description": "the address is too long"} | problem,
        "503": {"description": "the atlas is being written, or too much is asked at once; try again"} | problem,
    }
    return {"get": {"summary": summary, "parameters": parameters, "responses": responses}}


def _in_path(name: str) -> dict[str, Any]:
    schema, text = _PARAMETERS[name]
    return {"name": name, "in": "path", "required": True, "schema": schema, "description": text}


def _query(query: type) -> list[dict[str, Any]]:
    if query is Nothing:
        return []
    (_,), components = msgspec.json.schema_components([query])
    schema = components[query.__name__]
    required = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in required, "schema": shape}
        for name, shape in schema["properties"].items()
    ]
