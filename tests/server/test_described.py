"""What the description of the server allows, and what it does not, is no internal error: a few requests to all that takes most.

``bench/described.py`` asks every address, hundreds of times.
"""

from __future__ import annotations

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode

from filiation.server.acts import ACTS
from filiation.server.openapi import description

ASKED = {act.path for act in ACTS} | {
    "/api/v1/find",
    "/api/v1/trace/{ref}",
    "/api/v1/overview/{figure}/models",
    "/api/v1/trends/{chart}/models",
    "/api/v1/review",
    "/api/v1/assess/{kind}/{ref}",
}
THERE = {"ref": ["o/base", "dataset:o/data"], "figure": ["attention"], "chart": ["growth"], "item": [5], "kind": ["openness"]}


@pytest.fixture(scope="module")
def operations():
    found = [result.ok() for result in schemathesis.openapi.from_dict(description(login=True)).get_all_operations()]
    assert {operation.path for operation in found} >= ASKED
    return [operation for operation in found if operation.path in ASKED]


def statuses(client, operation) -> list[tuple[int, str]]:
    """Ask one address a few times; return each answer's status and what was asked."""
    found: list[tuple[int, str]] = []
    cases = st.sampled_from(list(GenerationMode)).flatmap(lambda mode: operation.as_strategy(generation_mode=mode))
    places = st.none() | st.fixed_dictionaries({name: st.sampled_from(values) for name, values in THERE.items()})

    @settings(max_examples=3, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(case=cases, there=places)
    def ask(case, there):
        case.headers = {}
        if there:
            case.path_parameters = {name: there[name] for name in case.path_parameters or {}}
        asked = case.as_transport_kwargs(base_url="http://testserver")
        sent = {name: asked[name] for name in ("params", "json", "data") if asked.get(name) is not None}
        if isinstance(sent.get("data"), (bytes, str)):
            sent["content"] = sent.pop("data")
        answer = client.request(asked["method"], asked["url"], **sent)
        found.append((answer.status_code, f"{asked['method']} {asked['url']} {sent} {answer.text[:200]}"))

    ask()
    return found


def test_nothing_that_is_asked_is_an_internal_error(at_desk, operations):
    client, wrong = at_desk("administrator"), {}
    for operation in operations:
        described = {int(status) for status in operation.definition.raw["responses"]}
        wrong |= {said: status for status, said in statuses(client, operation) if status not in described}
    assert wrong == {}
