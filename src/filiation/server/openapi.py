"""The description of all addresses, made from the same table that answers them."""

from __future__ import annotations

from typing import Any

import msgspec

from filiation import __version__
from filiation.ledger.person import Role
from filiation.server.access import MAX_BODY_BYTES
from filiation.server.acts import ACTS, Act
from filiation.server.answers import Nothing, TokenQuery
from filiation.server.bodies import ARROW
from filiation.server.login import CALLBACK, LOGIN, LOGOUT
from filiation.server.page import PAGES
from filiation.server.problems import MEDIA_TYPE, Problem
from filiation.server.review_shapes import Door
from filiation.server.routes import QUESTIONS, V1, Question

_REF = "#/components/schemas/{name}"
_PARAMETERS = {
    "ref": ({"type": "string", "maxLength": 300}, "owner/name, model:owner/name or dataset:owner/name; slashes stay"),
    "node": ({"type": "integer", "minimum": 0}, "a node's number"),
    "chart": ({"type": "string"}, "the id of a chart"),
    "figure": ({"type": "string"}, "the id of a figure, or attention"),
    "kind": ({"type": "string", "maxLength": 40}, "a kind of assessment, as /api/v1/assess names them"),
    "item": ({"type": "integer", "minimum": 1}, "a review item's number"),
    "level": ({"type": "integer", "minimum": 0, "maximum": 30}, "of the quadtree, 0 is one tile"),
    "x": ({"type": "integer", "minimum": 0}, "column, from the left"),
    "y": ({"type": "integer", "minimum": 0}, "row, from the top"),
}  # fmt: skip
_TOKEN = {
    "type": "http",
    "scheme": "bearer",
    "description": (
        "A token of the ledger, made by an administrator: reader, reviewer or administrator, each of whom may what those"
        " before may. Reading takes none, unless the server was started with --private; then it takes one everywhere but for"
        " the page itself."
    ),
}


def description(*, login: bool = False) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document; with `login`, of a server that people log in to with a browser."""
    types = [*_answers(), *dict.fromkeys(act.body for act in ACTS), Problem, Door]
    schemas, components = msgspec.json.schema_components(types, ref_template=_REF)
    schema_of = dict(zip(types, schemas, strict=True))
    paths = {question.path: _path(question, schema_of) for question in QUESTIONS}
    for act in ACTS:
        paths.setdefault(act.path, {})["post"] = _post(act, schema_of)
    paths["/map/manifest.json"] = _get("The map's manifest", _query(TokenQuery), "application/json", {"type": "object"})
    tile = [_in_path(name) for name in ("level", "x", "y")]
    binary: dict[str, Any] = {}
    paths["/map/tiles/{level}/{x}/{y}.arrow"] = _get("A tile of the map", [*tile, *_query(TokenQuery)], ARROW, binary)
    paths[f"{V1}/door"] = _get("How one comes in here, and who has come", [], "application/json", schema_of[Door])
    paths |= _login() if login else {}
    paths["/openapi.json"] = _get("This document", [], "application/json", {"type": "object"})
    for page in PAGES:
        paths[page] = _get("The page", [], "text/html", {"type": "string"})
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "filiation",
            "version": __version__,
            "description": (
                "Questions to an atlas of a model registry, which nothing here changes; reviews in a ledger, written by those"
                " whose token allows it."
            ),
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": {"token": _TOKEN}},
    }


def _login() -> dict[str, Any]:
    """Return the descriptions of the addresses that browsers log in and out by."""

    def of(summary: str, *names: str) -> dict[str, Any]:
        asked = [{"name": name, "in": "query", "required": False, "schema": {"type": "string"}} for name in names]
        responses = {
            "303": {"description": "where the browser goes on"},
            "401": {"description": "this is no login that was begun here, or the provider's answer is not right"} | _problem(),
            "414": {"description": "the address is too long"} | _problem(),
            "429": _too_often(),
            "503": {"description": "the provider does not answer"} | _problem(),
        }
        return {"get": {"summary": summary, "parameters": asked, "responses": responses}}

    left = {"204": {"description": "done"}, "403": {"description": "a page of another origin asks"} | _problem()}
    return {
        LOGIN: of("To the provider, to log in", "to"),
        CALLBACK: of("Back from the provider", "state", "code"),
        LOGOUT: {"post": {"summary": "Forget the login", "responses": left}},
    }


def _answers() -> list[type]:
    answers = [question.answer for question in QUESTIONS] + [act.answer for act in ACTS]
    return list(dict.fromkeys(answer for answer in answers if answer is not None))


def _path(question: Question, schema_of: dict[type, dict[str, Any]]) -> dict[str, Any]:
    parameters = [*map(_in_path, question.parameters), *_query(question.query)]
    schema = {} if question.answer is None else schema_of[question.answer]
    described = _get(question.summary, parameters, question.media_type, schema)
    if question.role is not None:
        described["get"] |= {"security": _security(question.role), "x-role": question.role}
        described["get"]["responses"] |= _refusals()
    return described


def _post(act: Act, schema_of: dict[type, dict[str, Any]]) -> dict[str, Any]:
    """Return the description of an address that writes."""
    responses = {
        str(act.status): {"description": "done", "content": {"application/json": {"schema": schema_of[act.answer]}}},
        "400": {"description": "the body, or what it asks for, is not right"} | _problem(),
        **_refusals(),
        "404": {"description": "there is no such item, or no ledger"} | _problem(),
        "405": {"description": "a number in the path is none, and there is no such address to write to"} | _problem(),
        "413": {"description": f"the body is over {MAX_BODY_BYTES:,} bytes"} | _problem(),
        "414": {"description": "the address is too long"} | _problem(),
        "415": {"description": "the body is not said to be JSON"} | _problem(),
        "429": _too_often(),
        "503": {"description": "the ledger cannot be written now; try again"} | _problem(),
    }
    return {
        "summary": act.summary,
        "parameters": [*map(_in_path, act.parameters)],
        "security": _security(act.role),
        "x-role": act.role,
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema_of[act.body]}}},
        "responses": responses,
    }


def _security(role: Role) -> list[dict[str, list[str]]]:
    return [{"token": [role]}]


def _refusals() -> dict[str, Any]:
    return {
        "401": {"description": "there is no token, or it is not valid"} | _problem(),
        "403": {"description": "the role of the token is too low, or a page of another origin asks"} | _problem(),
    }


def _too_often() -> dict[str, Any]:
    return {"description": "this caller asks too often; Retry-After says when they may again"} | _problem()


def _problem() -> dict[str, Any]:
    return {"content": {MEDIA_TYPE: {"schema": {"$ref": _REF.format(name="Problem")}}}}


def _get(summary: str, parameters: list[dict[str, Any]], media_type: str, schema: dict[str, Any]) -> dict[str, Any]:
    problem = _problem()
    responses = {
        "200": {"description": "the answer", "content": {media_type: {"schema": schema}}},
        "304": {"description": "what If-None-Match named still stands"},
        "400": {"description": "a parameter is not right"} | problem,
        "404": {"description": "there is no such thing; the nearest names"} | problem,
        "414": {"description": "the address is too long"} | problem,
        "429": _too_often(),
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
