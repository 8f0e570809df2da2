"""What an atlas shows of openness by itself, what a person adds, and what is left open."""

from __future__ import annotations

from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec
import pytest

from filiation.core.decision import Given
from filiation.core.record import Record, Sighting, batches_of
from filiation.core.ref import Kind
from filiation.export import report_html, report_markdown, report_text
from filiation.governance.answers import ask, read_answers
from filiation.governance.kind import Asked, kind
from filiation.governance.openness.kind import assess, questions
from filiation.governance.report import report
from filiation.lineage.arrays import Lineage
from filiation.lineage.lookup import locate
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

NOW = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # as the ledger keeps time
CARD = """---
license: apache-2.0
datasets: [o/open, o/gated]
library_name: transformers
pipeline_tag: text-classification
model-index:
- name: full
  results:
  - task: {type: text-classification}
    dataset: {type: o/test, name: Test}
    metrics: [{type: accuracy, value: 0.91}]
---
# full
## Model description
A small model of one layer that sorts sentences by how polite they are, for the help desk of a library.
## Intended uses
Sort what comes in at the help desk, for a person to answer; nothing is answered or refused by it.
## Limitations
It was shown English of one help desk only, and does worse on anything else; it must not judge people.
## Training data
Ten thousand sentences of the help desk of 2021, labelled by two librarians, without names.
## How to get started
```python
from transformers import pipeline
pipeline("text-classification", model="o/full")
```
"""


def record(name: str, card: str | None = None, *files: str, kind_: Kind = Kind.MODEL, **body) -> Record:
    listed = {"siblings": [{"rfilename": file} for file in files]} if files else {}
    return Record(kind_, name, {"id": name, **listed, **body}, {} if card is None else {"README.md": card})


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("openness") / "a"
    files = (
        "README.md",
        "config.json",
        "model.safetensors",
        "train.py",
        "training_args.bin",
        "checkpoint-10/model.safetensors",
    )
    records = [
        record("o/full", CARD, *files, tags=["license:apache-2.0"]),
        record("o/tuned", None, "README.md", tags=["base_model:o/full", "license:llama3", "arxiv:2401.00001"]),
        record("o/bare", None, "notes.txt"),
        record("o/naked", None, "model.safetensors"),
        record("o/graph", None, "model.onnx", library_name="onnx"),
        record("o/listed", tags=["arxiv:2401.00002", "license:cc-by-nc-4.0"]),
        record("o/open", "# Open", "README.md", kind_=Kind.DATASET, tags=["license:cc-by-4.0"]),
        record("o/test", kind_=Kind.DATASET, tags=["license:cc-by-4.0"]),
        record("o/gated", kind_=Kind.DATASET, gated="manual"),
    ]
    with Atlas.open(folder, "create") as made:
        sightings = [Sighting(line, item, "hub") for line, item in enumerate(records, 1)]
        ingest(made, Path("example"), batches_of(sightings, "example"), NOW, lambda _: None)
        build(made, lambda *_: None, without=("names", "predict", "search", "audit"))
    return folder


@pytest.fixture(scope="module")
def assessed(atlas):
    """Assess a model: `assessed("o/full", *given, lang="en")`; the same is assessed once."""
    lineage = Lineage.load(atlas)

    @cache
    def assessed(name: str, *given: Given, lang: str = "en"):
        with Atlas.open(atlas) as opened:
            return assess(Asked(opened.con, lineage, locate(lineage, name).node, lang, NOW, given))

    return assessed


def told(assessment) -> dict:
    return {question.id: question for group in assessment.groups for question in group.questions}


def results(assessment) -> dict:
    return {result.id: result for result in assessment.results}


def given(question: str, value: str = "yes", detail: str = "", at: datetime = NOW, until: datetime | None = None) -> Given:
    return Given("model:o/full", "openness", question, value, detail, "https://example.org/x", "ann", at, until, "looked")


def test_what_a_repository_shows(assessed):
    found = told(assessed("o/full"))
    values = {name: (found[f"mof.{name}"].value, found[f"mof.{name}"].detail) for name in (
        "model-architecture", "model-parameters", "evaluation-results", "model-card", "training-code", "inference-code",
        "parameters-intermediate", "model-metadata", "datasets", "data-card", "research-paper", "evaluation-data",
    )}  # fmt: skip
    assert values == {
        "model-architecture": ("yes", "Apache-2.0"),
        "model-parameters": ("yes", "Apache-2.0"),
        "evaluation-results": ("yes", "Apache-2.0"),
        "model-card": ("yes", "Apache-2.0"),
        "training-code": ("yes", "Apache-2.0"),
        "inference-code": ("yes", "Apache-2.0"),
        "parameters-intermediate": ("yes", "Apache-2.0"),
        "model-metadata": ("yes", "Apache-2.0"),
        "datasets": ("partial", "CC-BY-4.0"),  # one of two is given on request only
        "data-card": ("partial", "CC-BY-4.0"),
        "research-paper": ("unknown", ""),
        "evaluation-data": ("yes", "CC-BY-4.0"),
    }
    assert "Apache-2.0, which is open but not made for documents" in found["mof.model-card"].gap
    assert found["mof.training-code"].evidence[0].text == "train.py"
    made = results(assessed("o/full"))
    assert (made["mof.class"].value, made["mof.class"].missing) == ("0", ("mof.data-card", "mof.technical-report"))
    assert "Missing for Class III, open model: data card." in made["mof.class"].text


def test_a_library_that_runs_any_graph_has_no_architecture(assessed):
    found = told(assessed("o/graph"))
    assert (found["mof.model-architecture"].value, found["mof.inference-code"].value) == ("unknown", "yes")


def test_a_person_lifts_it_as_far_as_they_say(assessed):
    card, report_ = given("mof.data-card", detail="cc-by-4.0"), given("mof.technical-report", detail="CC-BY-4.0")
    made = assessed("o/full", card, report_)
    assert results(made)["mof.class"].value == "3"
    assert results(made)["mof.class"].text.startswith(
        "Class III, open model. On condition: final parameters, evaluation results, model card are under open licenses"
    )
    asked = told(made)["mof.data-card"]
    assert (asked.value, asked.detail, asked.gap) == ("yes", "CC-BY-4.0", "")
    assert (asked.answered.who, asked.answered.why, asked.evidence[0].where) == ("ann", "looked", "https://example.org/x")
    assert len(asked.evidence) > 1  # what was found stays beside it
    assert told(made)["eu.datasheet"].value == "yes"  # which asks the same
    assert told(made)["eu.datasheet"].evidence[0].text == "ann, 2026-11-22: looked"


def test_of_two_answers_the_later_counts_and_none_that_has_ended_or_is_yet_to_come(assessed):
    question = "mof.research-paper"
    past = given(question, "no", until=datetime(2026, 11, 22, 11))  # noqa: DTZ001
    future = given(question, "yes", at=datetime(2026, 11, 23))  # noqa: DTZ001
    assert told(assessed("o/full", past, future))[question].value == "unknown"
    assert told(assessed("o/full", given(question, "yes"), given(question, "no")))[question].value == "no"


def test_a_license_that_is_not_open_closes_what_it_covers(assessed):
    made = assessed("o/full", given("mof.license-distribution", detail="llama3"))
    found = told(made)
    assert (found["mof.model-parameters"].detail, found["osaid.use"].value) == ("llama3", "no")
    assert found["mof.model-architecture"].detail == "Apache-2.0"  # the library's own
    assert "which is not open" in found["mof.model-parameters"].gap
    assert "restricts use" in found["osaid.use"].evidence[1].text
    assert results(made)["osaid"].value == "no"
    assert found["eu.end-user-weights"].value == "partial"


def test_no_license_declared_is_not_that_there_is_none(assessed):
    weights = "mof.model-parameters"
    undeclared = told(assessed("o/naked"))
    assert undeclared[weights].gap == "Final parameters: there, and nobody has said under which license."
    assert (undeclared["osaid.parameters"].value, undeclared["osaid.use"].value) == ("unknown", "unknown")
    none = told(assessed("o/naked", given("mof.license-distribution", "no")))  # somebody looked
    assert "without a license that covers it" in none[weights].gap
    assert none["osaid.parameters"].value == "no"


def test_a_license_for_all_data_covers_data_alone(assessed):
    found = told(assessed("o/full", given("mof.license-data", detail="CDLA-Permissive-2.0")))
    assert (found["mof.model-parameters"].detail, found["mof.training-code"].detail) == ("CDLA-Permissive-2.0", "Apache-2.0")
    assert found["mof.model-parameters"].gap == ""


def test_what_nobody_knows_is_asked_and_never_no(assessed):
    made = assessed("o/listed")  # the registry lists it, and shows no file
    found = told(made)
    assert {found[f"mof.{name}"].value for name in ("model-parameters", "model-card", "training-code")} == {"unknown"}
    assert found["osaid.parameters"].value == "unknown"
    assert (found["osaid.use"].value, found["eu.licenses"].value) == ("no", "no")  # the license is known, and says so
    assert (found["mof.research-paper"].value, found["mof.research-paper"].detail) == ("yes", "")  # no license of the model's
    bare = told(assessed("o/bare"))
    assert {bare["mof.model-parameters"].value, bare["mof.model-card"].value} == {"no"}  # its list of files has neither


def test_the_paper_of_the_base_is_not_taken_for_ones_own(assessed):
    asked = told(assessed("o/tuned"))["mof.research-paper"]
    assert asked.value == "unknown"
    assert "whose it may be" in asked.evidence[0].text


def test_the_base_of_a_tuned_model_counts_for_the_european_index(assessed):
    found = told(assessed("o/tuned"))
    assert (found["eu.base-weights"].value, found["eu.base-weights"].evidence[0].text) == (
        "yes",
        "It was made from model:o/full: in the registry.",
    )
    assert found["fmti.dependencies"].value == "yes"


def test_sums_of_the_indexes(assessed):
    made = assessed("o/full")
    eu = [question for question in told(made).values() if question.id.startswith("eu.")]
    points = {"yes": 1.0, "partial": 0.5}
    assert len(eu) == 14
    assert float(results(made)["eu"].value) == sum(points.get(question.value, 0) for question in eu)
    fmti = [question for question in told(made).values() if question.id.startswith("fmti.")]
    assert {question.value for question in fmti} <= {"yes", "no", "unknown"}  # an indicator is disclosed or not
    assert results(made)["fmti"].value == str(sum(question.value == "yes" for question in fmti))


def test_both_languages_ask_the_same_and_say_it_in_their_own_words(assessed):
    english, japanese = assessed("o/full"), assessed("o/full", lang="ja")
    assert [(q.id, q.value, q.detail) for q in told(english).values()] == [
        (q.id, q.value, q.detail) for q in told(japanese).values()
    ]
    for one, other in zip(told(english).values(), told(japanese).values(), strict=True):
        assert one.text != other.text
        assert bool(one.gap) is bool(other.gap)
    assert [result.value for result in english.results] == [result.value for result in japanese.results]


def test_ids_are_those_that_are_asked(assessed):
    assert list(told(assessed("o/full"))) == list(questions())
    assert list(questions()) == list(dict.fromkeys(kind("openness").questions()))


def test_reports_hold_every_question_and_nothing_becomes_markup(assessed):
    evil = msgspec.structs.replace(given("mof.data-card"), why="<script>alert(1)</script> [x](javascript:1)")
    made = assessed("o/full", evil)
    page, text, marked = (
        report_html.html(report(made)), report_text.text(report(made)), report_markdown.markdown(report(made))
    )  # fmt: skip
    assert "<script>" not in page
    assert "<script>" not in marked
    assert page.count("<tr>") >= len(questions())
    for question in told(made).values():
        assert question.text.split("?")[0][:40] in text.replace("\n  ", " ")
    assert '<html lang="ja">' in report_html.html(report(assessed("o/full", lang="ja")))


def test_what_is_open_can_be_answered_in_a_file(assessed, tmp_path):
    made = assessed("o/full")
    path = tmp_path / "answers.toml"
    text = ask(made)
    assert text.count("[[answer]]") == made.open_questions
    path.write_text(text)
    assert read_answers(path, "openness", made.ref, questions(), NOW) == []  # nothing is answered yet
    filled = text.replace('who = ""', 'who = "ann"', 1).replace('value = ""\nwhy = ""', 'value = "no"\nwhy = "asked them"')
    path.write_text(filled)
    answers = read_answers(path, "openness", made.ref, questions(), NOW)
    assert len(answers) == made.open_questions
    assert assessed("o/full", *answers).open_questions == 0
