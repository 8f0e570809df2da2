"""The whole path of one model, with files as libraries write them: from selection to watching, and what is quoted."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from click.testing import CliRunner
from made_models import classifier
from starlette.testclient import TestClient
from test_pilot_project import filled

from filiation.cli import filiation, module_of
from filiation.governance.pilot.needs import needs
from filiation.ledger.person import Role
from filiation.ledger.store import open_ledger
from filiation.server.app import create_app

BASE = {"id": "o/base", "tags": ["license:apache-2.0"], "cardData": {"license": "apache-2.0"}, "siblings": [{"rfilename": "x"}]}
MODEL = {
    "id": "o/a", "sha": "abc", "tags": ["license:apache-2.0", "base_model:finetune:o/base"],
    "cardData": {"license": "apache-2.0", "base_model": "o/base"}, "siblings": [{"rfilename": "model.safetensors"}],
}  # fmt: skip


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, dump, chart) -> Path:
    folder = tmp_path_factory.mktemp("pilot")
    return chart(folder / "a.atlas", dump(folder / "p.models.jsonl", [BASE, MODEL]))


SEEN: set[str] = set()
"""Verbs whose answer was held against its schema: once is enough."""


def _require_valid(verb: str, told: Any) -> None:
    if verb not in SEEN:
        SEEN.add(verb)
        module, name = module_of(verb).ANSWER.split(":")
        jsonschema.validate(told, msgspec.json.schema(getattr(import_module(module), name)))


@pytest.fixture
def pilot(atlas, tmp_path):
    """Run a verb over the atlas with a ledger of the test's own; return the exit code and the document."""
    ledger = tmp_path / "ledger.db"
    open_ledger(ledger, create=True)

    def run(*words: Any, json_: bool = True) -> tuple[int, Any]:
        given = [str(word) for word in words] + ["--atlas", str(atlas), "--ledger", str(ledger)]
        done = CliRunner().invoke(filiation, given + ["--json"] * json_, standalone_mode=False, catch_exceptions=False)
        if not json_:
            return done.return_value or 0, done.stdout
        told = json.loads(done.stdout)
        _require_valid(" ".join(words[:2]), told)
        return done.return_value or 0, told

    return run


def answers(path: Path, stage: str, ref: str = "model:o/a") -> Path:
    """Write a file that answers everything which a stage asks of people."""
    rows = [f'kind = "pilot"\nref = "{ref}"\nwho = "bea"\n']
    rows += [f'[[answer]]\nquestion = "{need.id}"\nvalue = "yes"\nwhy = "looked"\n' for need in needs() if need.stage == stage]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def test_from_selection_to_watching(pilot, tmp_path):
    model, project = classifier(tmp_path / "m"), tmp_path / "p"
    samples = tmp_path / "s.csv"
    samples.write_text("text,label\n" + "".join(f"good {a}{b},POSITIVE\n" for a in "abcdefgh" for b in "xyz"), encoding="utf-8")
    done = CliRunner().invoke(filiation, ["pilot", "new", str(project), "--model", "o/a@abc", "--files", str(model), "--json"])
    assert json.loads(done.stdout)["files"] == ["pilot.toml", "policy.toml", "suite.toml", "README.md", "schema.json"]

    code, told = pilot("pilot", "adopt", "o/a@abc", "--owner", "ada")
    assert [need["id"] for need in told["models"][0]["next"]] == ["select.purpose", "select.license"]
    code, told = pilot("pilot", "advance", "o/a", "evaluate", "--why", "hurry")
    assert (code, told["models"][0]["stage"]) == (1, "select")

    assert pilot("pilot", "check", project, "--keep")[0] == 1
    filled(project)
    assert pilot("pilot", "check", project, "--keep")[0] == 0
    pilot("assess", "pilot", "o/a", "--answers", answers(tmp_path / "a.toml", "select"), "--keep")
    code, told = pilot("pilot", "advance", "o/a", "evaluate", "--why", "license read")
    assert (code, told["models"][0]["stage"], told["models"][0]["missing"]) == (0, "evaluate", [])

    into = project / "suite.jsonl"
    code, told = pilot("pilot", "check-data", samples, "--model", model, "--into", into, "--keep", "o/a")
    assert (code, told["verdict"], len(into.read_text(encoding="utf-8").splitlines())) == (0, "fits", 24)
    told = pilot("pilot", "list")[1]["models"][0]
    assert [need["id"] for need in told["next"]] == ["evaluate.scores", "evaluate.files"]
    code, told = pilot("pilot", "advance", "o/a", "pilot", "--why", "measured elsewhere", "--despite")
    assert told["models"][0]["missing"] == ["evaluate.scores", "evaluate.files"]

    told = pilot("pilot", "register", "o/a", "--failure", "texts in capitals are judged alike", "--where", "run 7")[1]
    number = told["lessons"][0]["number"]
    pilot("assess", "pilot", "o/a", "--answers", answers(tmp_path / "b.toml", "pilot"), "--keep")
    results = {item["id"]: item for item in pilot("assess", "pilot", "o/a")[1]["results"]}
    assert results["pilot.next"]["value"] == "ready"  # a person's answer stands before what was found
    pilot("pilot", "register", "--answer", number, "--with", "they are lowered first")
    assert pilot("pilot", "advance", "o/a", "deploy", "--why", "two agreed")[0] == 0
    pilot("assess", "pilot", "o/a", "--answers", answers(tmp_path / "c.toml", "deploy"), "--keep")
    code, told = pilot("pilot", "advance", "o/a", "watch", "--why", "rolled out", "--due", "2999-01-01")
    assert (told["models"][0]["stage"], told["models"][0]["is_due"], told["models"][0]["open_failures"]) == ("watch", False, 0)
    code, told = pilot("pilot", "advance", "o/a", "evaluate", "--why", "upstream changed")
    assert (code, told["models"][0]["stage"]) == (0, "evaluate")


def test_a_schema_as_a_document(tmp_path):
    done = CliRunner().invoke(filiation, ["pilot", "schema", str(classifier(tmp_path)), "--json"])
    _require_valid("pilot schema", json.loads(done.stdout))


def test_every_assessment_quotes_what_was_learnt_also_with_the_base(pilot):
    pilot("pilot", "register", "o/base", "--failure", "broke on long texts")
    pilot("pilot", "register", "o/a", "--success", "42 of 50 right")
    for kind, ref, rows in (("openness", "o/a", 2), ("pilot", "o/a", 2), ("openness", "o/base", 1)):
        told = pilot("assess", kind, ref)[1]
        (table,) = [table for table in told["tables"] if table["id"] == "register"]
        assert len(table["rows"]) == rows
        assert table["flagged"] == [rows - 1]
    _, text = pilot("assess", "pilot", "o/a", "--lang", "ja", json_=False)
    assert "成功と失敗の台帳" in text
    assert "42 of 50 right" in text


def test_what_verbs_print(pilot, tmp_path):
    assert "No model is on the way" in pilot("pilot", "list", json_=False)[1]
    pilot("pilot", "adopt", "o/a")
    pilot("pilot", "adopt", "x/private")
    listed = pilot("pilot", "list", json_=False)[1]
    assert "model:x/private" in listed
    assert "open needs" in listed
    assert "The register is empty" in pilot("pilot", "register", json_=False)[1]
    model = classifier(tmp_path / "m")
    done = CliRunner().invoke(filiation, ["pilot", "schema", str(model)])
    assert "16 (config.json /max_position_embeddings); but tokenizer_config.json /model_max_length says 512" in done.stdout


def test_over_http(atlas, tmp_path):
    ledger = open_ledger(tmp_path / "l.db", create=True)
    tokens = {str(role): ledger.add_token(str(role), role, "root", Role.ADMINISTRATOR) for role in Role}
    client = TestClient(create_app(atlas, ledger=tmp_path / "l.db"), base_url="http://localhost")

    def post(act, role="reviewer", **body):
        return client.post(f"/api/v1/pilots/{act}", json=body, headers={"Authorization": f"Bearer {tokens[role]}"})

    assert client.get("/api/v1/pilots").json()["models"] == []
    assert post("adopt", "reader", ref="o/a", why="x").status_code == 403
    assert post("adopt", ref="o/a@abc", why="to search").status_code == 201
    refused = post("advance", ref="o/a", stage="evaluate", why="hurry")
    assert "open are select.purpose, select.license" in refused.json()["detail"]
    assert post("advance", ref="o/a", stage="evaluate", why="hurry", despite=True).status_code == 403
    moved = post("advance", "administrator", ref="o/a", stage="evaluate", why="hurry", despite=True)
    assert moved.json()["models"][0]["missing"] == ["select.purpose", "select.license"]
    number = post("learnt", ref="o/a", learnt="failure", what="it broke").json()["lessons"][0]["number"]
    assert post("answered", number=number, what="mended").json()["lessons"][0]["answered"] == "mended"
    (way,) = client.get("/api/v1/pilots?lang=ja").json()["models"]
    assert (way["stage"], way["revision"], way["failures"], way["open_failures"]) == ("evaluate", "abc", 1, 0)
    assert client.get("/api/v1/pilots/register").json()["lessons"][0]["what"] == "it broke"
    told = client.get("/api/v1/assess/pilot/o/a").json()
    assert told["results"][0]["value"] == "evaluate"
