"""What a reviewer decides holds: for the repository, for what descends from it, for a use."""

from __future__ import annotations

import json

import pytest

from filiation.core.errors import FiliationError
from filiation.ledger.store import open_ledger
from filiation.licenses.decided import check_value

MODELS = [
    {"id": "o/silent", "tags": []},
    {"id": "o/child", "tags": ["base_model:finetune:o/silent", "license:apache-2.0"]},
    {"id": "o/strict", "tags": ["license:cc-by-nc-4.0"]},
]


@pytest.fixture
def atlas(tmp_path, chart, dump):
    return chart(tmp_path / "a.atlas", dump(tmp_path / "models.jsonl", MODELS))


@pytest.fixture
def ledger(atlas):
    return open_ledger(atlas / "ledger.db", create=True)


def ask(run, atlas, *words):
    done = run("license", *words, "--json", atlas=atlas)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def test_a_decided_license_reaches_what_descends(run, atlas, ledger):
    ledger.override("model:o/silent", "license", "cc-by-nc-4.0", "ann", "reviewer", "The publisher wrote to us.")
    before = ask(run, atlas, "o/silent")[1]
    assert (before["declared"]["state"], len(before["decisions"])) == ("undeclared", 1)
    assert run("build", atlas=atlas).returncode == 0
    after = ask(run, atlas, "o/silent")[1]
    assert (after["declared"]["state"], after["declared"]["expression"]) == ("decided", "cc-by-nc-4.0")
    child = ask(run, atlas, "o/child")[1]
    assert "non-commercial" in [term["term"] for term in child["inherited"]]
    assert "license-restriction-dropped" in [finding["check"] for finding in child["conflicts"]]
    rows = run("build", "--json", atlas=atlas)
    assert json.loads(rows.stdout)["stages"] == []  # nothing new was decided: nothing to do


def test_a_decision_that_ended_is_taken_back(run, atlas, ledger):
    item = ledger.override("model:o/silent", "license", "mit", "ann", "reviewer", "As told.")
    assert run("build", atlas=atlas).returncode == 0
    assert ask(run, atlas, "o/silent")[1]["declared"]["state"] == "decided"
    ledger.decide(item.id, "reopen", "ann", "reviewer", "They took it back.")
    assert run("build", atlas=atlas).returncode == 0
    assert ask(run, atlas, "o/silent")[1]["declared"]["state"] == "undeclared"


def test_a_decided_use_is_the_answer_for_that_use_and_for_less(run, atlas, ledger):
    asked = ("o/strict", "--for", "commercial product, hosted")
    assert ask(run, atlas, *asked)[1]["verdict"]["answer"] == "no"
    ledger.override("model:o/strict", "license-use", "yes: commercial product, hosted", "ann", "reviewer", "A contract.")
    status, told = ask(run, atlas, *asked)
    assert (status, told["verdict"]["answer"], told["verdict"]["decided"]["who"]) == (0, "yes", "ann")
    assert told["verdict"]["reasons"]  # what the license says is still there to read
    wider = ask(run, atlas, "o/strict", "--for", "commercial product, hosted, redistributed")[1]["verdict"]
    assert (wider["answer"], wider["decided"]) == ("no", None)
    assert "Decided by ann" in run("license", *asked, atlas=atlas).stdout


def test_a_forbidden_use_is_forbidden_with_more(run, atlas, ledger):
    ledger.override("model:o/strict", "license-use", "no: hosted", "ann", "reviewer", "Not here.")
    told = ask(run, atlas, "o/strict", "--for", "research, hosted")[1]["verdict"]
    assert told["answer"] == "no"
    assert told["decided"]["value"] == "no: hosted"


@pytest.mark.parametrize(
    ("predicate", "value", "words"),
    [
        ("license", "apache-2.0 AND AND", "no license expression"),
        ("license", "my-own", "no license that we know"),
        ("license-use", "maybe: hosted", "no answer"),
        ("license-use", "yes: flying", "says nothing about a use"),
    ],
)
def test_what_could_not_be_understood_is_refused(predicate, value, words):
    with pytest.raises(FiliationError, match=words):
        check_value(predicate, value)
