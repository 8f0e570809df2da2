"""The project of a pilot: what is written, what it leaves open, and what its answers settle."""

from __future__ import annotations

from datetime import datetime

import pytest
import tomli
from made_models import classifier, embedder

from filiation.core.adoption import Stage
from filiation.core.decision import Given
from filiation.core.errors import FiliationError
from filiation.governance.pilot.found import Known
from filiation.governance.pilot.keeping import replies_of_project
from filiation.governance.pilot.needs import ids, needs, questions
from filiation.governance.pilot.project import Open, ProjectCheck, check_project, points, read_project
from filiation.governance.pilot.template import new_project
from filiation.interface.read import schema_of
from filiation.knowledge import load
from filiation.measure.suite import read_suite
from filiation.policy.listing import checked_files

NOW = datetime(2026, 11, 22)  # noqa: DTZ001  # the ledger keeps naive UTC
PARTS = {"roles": "who", "contract": "note", "insurance": "note"}


def filled(folder):
    """Answer everything that a new project asks."""
    path = folder / "pilot.toml"
    text = path.read_text(encoding="utf-8")
    text = text.replace('= ""', '= "said"').replace("# least = 0.9", "least = 0.9").replace("# samples = 200", "samples = 200")
    path.write_text(text, encoding="utf-8")


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_a_new_project_asks_everything_and_its_parts_can_be_used(tmp_path, lang):
    model = classifier(tmp_path / "m")
    made = new_project(tmp_path / "p", "o/a@abc", model, schema_of(model), lang)
    assert made.ref == "model:o/a"
    project = read_project(tmp_path / "p")
    assert (project.model.revision, project.model.files) == ("abc", "../m")
    found = check_project(project, tmp_path / "p", lang)
    needed = sum(point["needed"] for part in PARTS for point in points()[part])
    assert not found.complete
    assert sum(item.place.split(".")[0] in PARTS for item in found.open) == needed
    assert read_suite(tmp_path / "p" / "suite.toml").labels == ("NEGATIVE", "POSITIVE")
    assert [item.error for item in checked_files([tmp_path / "p" / "policy.toml"]).files] == [None]


def test_the_suite_of_an_embedder_asks_what_it_finds(tmp_path):
    new_project(tmp_path / "p", "o/a", schema=schema_of(embedder(tmp_path / "m")))
    assert read_suite(tmp_path / "p" / "suite.toml").suite.task == "retrieval"


def test_a_project_that_says_everything_settles_its_needs(tmp_path):
    new_project(tmp_path, "o/a@abc")
    filled(tmp_path)
    project = read_project(tmp_path)
    found = check_project(project, tmp_path)
    assert (found.complete, found.open) == (True, ())
    replies = {reply.question: reply.value for reply in replies_of_project(found, "en")}
    assert set(replies.values()) == {"yes"}
    assert set(replies) == {need.id for need in needs() if need.project}


def test_half_of_it_is_partly_settled(tmp_path):
    new_project(tmp_path, "o/a")
    path = tmp_path / "pilot.toml"
    text = path.read_text(encoding="utf-8").replace(
        'id = "owner" # Answers for the pilot and its result\nwho = ""', 'id = "owner"\nwho = "ann"'
    )
    path.write_text(text, encoding="utf-8")
    project = read_project(tmp_path)
    replies = {reply.question: reply.value for reply in replies_of_project(check_project(project, tmp_path), "ja")}
    assert (replies["evaluate.roles"], replies["evaluate.insurance"]) == ("partial", "no")


def test_nothing_is_written_over(tmp_path):
    new_project(tmp_path, "o/a")
    with pytest.raises(FiliationError, match="stands in"):
        new_project(tmp_path, "o/a")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x", "is not TOML"),
        ('schema = "filiation/pilot/v1"', "is not a project"),
        ('schema = "other"\n[model]\nref = "o/a"', "is read here"),
        ('schema = "filiation/pilot/v1"\n[model]\nref = "o/a"\nodd = 1', "odd"),
        (f'schema = "filiation/pilot/v1"\n[model]\nref = "{"a" * 10_001}"', "more than 10,000"),
    ],
)
def test_what_is_no_project(tmp_path, text, said):
    (tmp_path / "pilot.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FiliationError, match=said):
        read_project(tmp_path)


def test_a_hostile_name_stays_in_its_string(tmp_path):
    new_project(tmp_path / 'a"\n[x]\x7f', "o/a", files=tmp_path / 'm"\n[y]')
    assert tomli.loads((tmp_path / 'a"\n[x]\x7f' / "pilot.toml").read_text(encoding="utf-8"))["model"]["ref"] == "model:o/a"


def test_knowledge_is_whole():
    told = load("pilot_words")
    assert keys(told["en"]) == keys(told["ja"])
    assert set(told["severity"]) == set(told["en"]["problem"])
    assert len(set(ids())) == len(ids())
    assert all(need.id.split(".")[0] == need.stage for need in needs())


def keys(table, before=""):
    nested = {name: value for name, value in table.items() if isinstance(value, dict)}
    return {before + name for name in table} | {
        one for name, value in nested.items() for one in keys(value, f"{before}{name}.")
    }


def test_what_an_optional_point_leaves_open_is_not_said():
    checked = ProjectCheck("trial", "model:o/a", True, 0, (), (Open("purpose.instead_of", "Which others?"),))
    replies = {reply.question: reply for reply in replies_of_project(checked, "en")}
    assert (replies["select.alternatives"].value, replies["select.purpose"].value) == ("no", "yes")
    assert replies["select.alternatives"].why == "Open in trial: purpose.instead_of"


def test_a_persons_no_has_the_needs_gap():
    known = Known(None, None, (), NOW, "en")
    given = Given("model:o/a", "pilot", "evaluate.roles", "no", "", "", "ann", NOW, None, "looked")
    asked = {item.id: item for item in questions(known, [given])[Stage.EVALUATE]}
    assert asked["evaluate.roles"].gap == "Roles have nobody."
    assert asked["evaluate.contract"].gap == ""
