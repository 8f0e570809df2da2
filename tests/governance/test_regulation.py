"""What law and frameworks ask of a model: conditions of the exemption, items answered from a card, the draft, the verbs."""

from __future__ import annotations

import fnmatch
import json
from datetime import datetime
from functools import cache
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from click.testing import CliRunner

from filiation import checks
from filiation.cards.template import template
from filiation.cli import filiation
from filiation.core.claim import Predicate
from filiation.core.decision import Given
from filiation.core.record import Record, Sighting, batches_of
from filiation.core.ref import Kind
from filiation.export import report_html, report_markdown
from filiation.governance.answers import known
from filiation.governance.assessment import Value
from filiation.governance.kind import kind
from filiation.governance.regulation.answering import LIMITING, RIGHTS
from filiation.governance.regulation.draft import draft
from filiation.governance.regulation.exemption import CONDITIONS, exemption
from filiation.governance.regulation.items import groups, questions, risks
from filiation.governance.regulation.kind import assessment
from filiation.governance.report import report
from filiation.governance.risk.checklist import properties
from filiation.governance.subject import Subject, subject
from filiation.knowledge import load
from filiation.licenses.terms import terms
from filiation.lineage.arrays import Lineage
from filiation.lineage.lookup import locate
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

NOW = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # as the ledger keeps time
EXAMPLE = Path(__file__).parents[2] / "examples" / "risk.toml"
CARD = """---
license: apache-2.0
datasets: [o/data]
library_name: transformers
pipeline_tag: text-generation
---
# full
## Direct use
Answers questions about the opening hours of a library, in two sentences, for people who telephone.
## Limitations
It may hallucinate opening hours, and repeats stereotypes of its training data about people who read.
## Training data
Ten thousand calls of the help desk of 2021, transcribed by two librarians, without names.
## Training procedure
Trained for three epochs with AdamW. The context length is 2048 tokens.
## How to get started
```python
from transformers import pipeline
pipeline("text-generation", model="o/full")
```
## Environmental Impact
- **Hardware Type:** 8 x A100
- **Hours used:** 12
- **Carbon Emitted:** 3 kg CO2
<script>alert("x")</script> the endpoint unbiased
"""
YES = dict.fromkeys(("gpai", "provider", *CONDITIONS), "yes")


@pytest.fixture(scope="module")
def atlas(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("regulation") / "a"
    files = ("README.md", "config.json", "model.safetensors", "tokenizer.json")

    def record(name: str, card: str | None, *names: str, **body: object) -> Record:
        listed = {"siblings": [{"rfilename": file} for file in names]}
        return Record(Kind.MODEL, name, {"id": name, **listed, **body}, {} if card is None else {"README.md": card})

    records = [
        record("o/full", CARD, *files, gated=False, createdAt="2025-03-01T00:00:00.000Z", safetensors={"total": 7_000}),
        record("o/limited", None, "README.md", gated="manual", tags=["license:llama3", "base_model:o/full"]),
        record("o/bare", None, "notes.txt", createdAt="2026-01-01T00:00:00.000Z"),
    ]
    with Atlas.open(folder, "create") as made:
        sightings = [Sighting(line, item, "hub") for line, item in enumerate(records, 1)]
        ingest(made, Path("example"), batches_of(sightings, "example"), NOW, lambda _: None)
        build(made, lambda *_: None)
    return folder


@pytest.fixture(scope="module")
def assessed(atlas):
    """Assess a model: `assessed("o/full", license="no", lang="ja")`; answers by the last part of the question's id."""
    lineage = Lineage.load(atlas)

    @cache
    def held(name: str, lang: str) -> Subject:
        with Atlas.open(atlas) as opened:
            return subject(opened.con, lineage, locate(lineage, name).node, lang)

    def assessed(name: str, lang: str = "en", **answers: str):
        known_of = held(name, lang)
        given = [
            Given(known_of.ref, "regulation", f"eu.exemption.{key}", value, "", "", "ann", NOW, None, "looked")
            for key, value in answers.items()
        ]
        return assessment(known_of, known(given, NOW), NOW)

    return assessed


def found(made) -> dict:
    return {question.id: question for group in made.groups for question in group.questions}


def results(made) -> dict:
    return {result.id: result for result in made.results}


@pytest.mark.parametrize(
    ("answers", "status"),
    [
        ({"systemic": "no"}, "exempt"),
        ({"systemic": "yes"}, "void"),
        ({"systemic": "unknown"}, "undecided"),
        ({"systemic": "no", "gpai": "no"}, "not_gpai"),
        ({"systemic": "yes", "gpai": "no"}, "not_gpai"),
        ({"systemic": "no", "provider": "no"}, "not_provider"),
        ({"systemic": "no", "gpai": "unknown"}, "exempt"),
        *(({"systemic": "no", name: "no"}, "not_exempt") for name in CONDITIONS),
        *(({"systemic": "no", name: value}, "undecided") for name in CONDITIONS for value in ("partial", "unknown")),
    ],
)
def test_the_exemption_needs_every_condition_and_no_systemic_risk(answers, status):
    assert exemption(YES | answers).status == status


def test_nothing_unanswered_ever_exempts():
    for values in product(get_args(Value), repeat=3):
        told = YES | dict(zip(("license", "weights", "systemic"), values, strict=True))
        if exemption(told).status == "exempt":
            assert values == ("yes", "yes", "no")


def test_the_exemption_frees_of_documents_alone(assessed):
    made = assessed("o/full", gpai="yes", provider="yes", price="yes", systemic="no")
    assert results(made)["eu.exemption"].value == "exempt"
    values = {name: item.value for name, item in found(made).items() if name.startswith("eu.duties.")}
    assert {name for name, value in values.items() if value == "not_applicable"} == {
        "eu.duties.documentation",
        "eu.duties.downstream",
    }
    applies = [row[2] for row in made.tables[0].rows]
    assert applies == ["exempt", "exempt", "yes", "yes", "yes", "yes"]
    assert made.tables[0].flagged == (2, 3, 4, 5)
    assert results(made)["eu.xi.2"].value == "not_applicable"


def test_systemic_risk_makes_it_void_and_asks_for_section_2(assessed):
    made = assessed("o/full", gpai="yes", provider="yes", price="yes", systemic="yes")
    assert results(made)["eu.exemption"].value == "void"
    assert all(found(made)[f"eu.xi.2.{n}"].required for n in "123")


def test_what_is_no_general_purpose_model_has_no_duties(assessed):
    made = assessed("o/full", gpai="no")
    assert {item.value for name, item in found(made).items() if name.startswith("eu.duties.")} == {"not_applicable"}
    assert {row[2] for row in made.tables[0].rows} == {"no"}


def test_a_license_with_limits_is_not_open_and_weights_on_request_are_public_in_part(assessed):
    items = found(assessed("o/limited"))
    assert items["eu.exemption.license"].value == "no"
    assert items["eu.exemption.weights"].value == "no"
    assert "o/full" in items["eu.exemption.provider"].evidence[0].text
    assert found(assessed("o/full"))["eu.exemption.license"].value == "yes"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("eu.exemption.weights", "yes"),
        ("eu.exemption.architecture", "yes"),
        ("eu.exemption.usage", "yes"),
        ("eu.xi.1.1a", "partial"),
        ("eu.xi.1.1c", "partial"),
        ("eu.xi.1.1f", "yes"),
        ("eu.xi.1.2c", "partial"),
        ("eu.xi.1.2d", "partial"),
        ("eu.xi.1.2e", "partial"),
        ("eu.xii.2b", "partial"),
        ("eu.xii.1h", "yes"),
        ("eu.duties.documentation", "partial"),
        ("eu.duties.copyright", "unknown"),
        ("nist.confabulation", "partial"),
        ("nist.bias", "partial"),
        ("nist.environment", "partial"),
        ("nist.cbrn", "no"),
        ("nist.intellectual-property", "no"),
    ],
)
def test_a_card_answers_as_far_as_it_says(assessed, name, value):
    item = found(assessed("o/full"))[name]
    assert item.value == value
    assert bool(item.gap) == (value != "yes")
    assert item.source
    assert all(piece.where for piece in item.evidence if piece.basis and not name.startswith("eu.duties"))


def test_where_the_card_was_not_seen_nothing_is_missing_but_open(assessed):
    items = found(assessed("o/limited"))
    assert {items[f"nist.{risk.id}"].value for risk in risks()} <= {"unknown", "partial"}


def test_what_was_not_read_says_so_to_readers(assessed):
    for lang, word in (("en", "from memory, unverified"), ("ja", "記憶による、未確認")):
        items = found(assessed("o/full", lang=lang))
        assert word in items["eu.xi.2.3"].source
        assert word in items["eu.exemption.gpai"].source
        text = report_markdown.markdown(report(assessed("o/full", lang=lang)))
        assert word in text.replace("\\", "")
    item = found(assessed("o/full", lang="ja"))["eu.xi.1.1a"]
    assert item.text.startswith("1(a). ")
    assert "附属書 XI 第1節" in item.source
    assert "第53条第1項(a)" in found(assessed("o/full", lang="ja"))["eu.duties.documentation"].source


def test_from_when_the_duties_apply(assessed):
    assert [results(assessed(name))["eu.since"].value for name in ("o/full", "o/bare", "o/limited")] == [
        "pending",
        "in force",
        "unknown",
    ]


@pytest.mark.parametrize("lang", ["en", "ja"])
def test_the_draft_has_every_item_its_evidence_and_what_is_to_be_written(assessed, lang):
    made = assessed("o/full", lang=lang, systemic="no")
    page, text = report_html.html(draft(made, NOW)), report_markdown.markdown(draft(made, NOW))
    assert "<script>alert" not in page
    items = next(group for group in groups() if group.id == "eu.xi.1").item
    assert text.count("\n### ") == len(items)
    mark = "[To be" if lang == "en" else "【"
    lacking = sum(found(made)[f"eu.xi.1.{item.id}"].value != "yes" for item in items)
    assert text.replace("\\", "").count(mark) == lacking
    assert "ann" in text
    assert "README" in text


def test_the_draft_has_section_2_unless_somebody_says_that_there_is_no_systemic_risk(assessed):
    assert report_markdown.markdown(draft(assessed("o/full"), NOW)).count("\n## ") == 2


def test_knowledge_is_whole():
    assert len(risks()) == 12
    assert [len(group.item) for group in groups()] == [8, 6, 11, 3, 11]
    assert len(set(questions())) == len(questions()) == 51
    assert set(load("regulation_words")["en"]) == set(load("regulation_words")["ja"])
    assert set(load("governance_words")["en"]) == set(load("governance_words")["ja"])
    for group in groups():
        for item in group.item:
            assert all((item.en, item.ja, item.gap_en, item.gap_ja, item.part))
            assert {part.en == "" for part in item.part} != {True, False}


def ask(*words: object):
    return CliRunner().invoke(filiation, [str(word) for word in words])


def test_the_verb_drafts_and_refuses_a_draft_as_json(atlas, tmp_path):
    out = tmp_path / "draft.html"
    done = ask("assess", "regulation", "o/full", "--atlas", atlas, "--draft", "annex-xi", "--format", "html", "--output", out)
    assert (done.exit_code, out.read_text(encoding="utf-8").startswith("<!doctype html>")) == (0, True)
    assert ask("assess", "regulation", "o/full", "--atlas", atlas, "--draft", "annex-xi", "--json").exit_code == 2
    assert ask("assess", "regulation", "o/full", "--atlas", atlas, "--draft", "annex-xi", "--format", "json").exit_code == 2


def test_risk_is_assessed_from_a_file_kept_compared_and_asked_again(atlas, tmp_path):
    path, later = tmp_path / "risk.toml", tmp_path / "later.toml"
    body = EXAMPLE.read_text(encoding="utf-8").replace("model:example/code-model", "model:o/full")
    path.write_text(body, encoding="utf-8")
    later.write_text(body.replace("version = 1", "version = 2").replace('= "low"', '= "none"'), encoding="utf-8")
    done = ask("assess", "risk", "--file", path, "--submit", "--atlas", atlas, "--json")
    assert done.exit_code == 0, done.output
    told = ask("assess", "risk", "o/full", "--atlas", atlas, "--json")
    made = json.loads(told.stdout)
    assert (made["schema"], made["kind"]) == ("filiation/assess-risk/v1", "risk")
    questions_ = {item["id"]: item for group in made["groups"] for item in group["questions"]}
    assert "everybody" in " ".join(piece["text"] for piece in questions_["risk.access.who"]["evidence"])
    assert questions_["risk.customise.who"]["value"] == "unknown"
    done = ask("assess", "risk", "--file", later, "--against", "1", "--atlas", atlas)
    assert "the conclusion changed, and the evidence" in " ".join(done.stdout.split())
    assert ask("assess", "risk", "--file", later, "--submit", "--atlas", atlas).exit_code == 0
    changed = json.loads(ask("assess", "risk", "o/full", "--atlas", atlas, "--json").stdout)
    assert next(table["id"] for table in changed["tables"]) == "risk.changes"
    assert ask("assess", "risk", "--file", path, "--submit", "--atlas", atlas).exit_code != 0


def test_a_skipped_step_exits_with_1_and_bad_input_with_a_sentence(tmp_path):
    new = ask("assess", "risk", "--new", "--vector", "x", "o/a")
    path = tmp_path / "r.toml"
    path.write_text(new.stdout, encoding="utf-8")
    nowhere = tmp_path / "nowhere"
    assert ask("assess", "risk", "--file", path, "--atlas", nowhere).exit_code == 1
    for words in ([], ["--against", "1"], ["--file", tmp_path / "none"], ["o/b", "--file", path], ["--new", "--vector", ""]):
        done = ask("assess", "risk", *words, "--atlas", nowhere)
        assert done.exit_code != 0
        assert done.exception is None or not isinstance(done.exception, (KeyError, TypeError, ValueError)), done.exception


def test_a_risk_file_is_of_a_model_and_stands_beside_what_was_learnt(atlas, tmp_path):
    path, ledger = tmp_path / "risk.toml", tmp_path / "l.db"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace("model:example/code-model", "dataset:o/data"), encoding="utf-8")
    nowhere = tmp_path / "nowhere"
    for words in (["--file", path], ["--file", path, "--submit"], ["dataset:o/data", "--new"]):
        for place in (atlas, nowhere):
            done = ask("assess", "risk", *words, "--atlas", place)
            assert "dataset:o/data is no model: only models are assessed." in f"{done.exception} {done.output}"
    path.write_text(EXAMPLE.read_text(encoding="utf-8").replace("model:example/code-model", "o/full"), encoding="utf-8")
    learnt = ask(
        "pilot", "register", "o/full", "--failure", "It wrote a test that deletes.", "--atlas", atlas, "--ledger", ledger
    )
    assert learnt.exit_code == 0, learnt.output
    done = ask("assess", "risk", "--file", path, "--atlas", atlas, "--ledger", ledger, "--at", "2026-11-30", "--json")
    assert done.exit_code == 0, done.output
    made = json.loads(done.stdout)
    assert (made["day"], made["tables"][-1]["id"], made["tables"][-1]["flagged"]) == ("2026-11-30", "register", [0])


def test_the_six_steps_stand_on_the_page_before_any_is_worked_out(atlas):
    told = ask("assess", "risk", "o/bare", "--atlas", atlas, "--lang", "ja", "--json")
    table = json.loads(told.stdout)["tables"][0]
    assert (table["id"], len(table["rows"]), table["rows"][0][0].startswith("1.")) == ("risk.steps", 6, True)


def test_both_are_kinds_that_the_server_tells(atlas):
    assert kind("risk").purposes == ("release", "adoption")
    assert kind("regulation").questions() == questions()


def test_reports_escape_what_cards_say(assessed):
    assert "<script>alert" not in report_html.html(report(assessed("o/full")))


def test_signs_name_what_there_is():
    known_checks = sorted(checks.named())
    sections = {section.id for section in template(Kind.MODEL).sections}
    parts = [part for group in groups() for item in group.item for part in item.part]
    asked = [question for of in properties() for question in of.question]
    signs = [*(sign for part in parts for sign in (part.signs, part.weak, part.hints)), *(question.signs for question in asked)]
    signs += [sign for risk in risks() for sign in (risk.signs, risk.hints)]
    for sign in signs:
        assert set(sign.claims) <= set(Predicate)
        assert set(sign.sections) <= sections
        assert all(hasattr(Subject, name.replace("-", "_")) for name in sign.facts)
    for risk in risks():
        assert [name for name in risk.checks if not fnmatch.filter(known_checks, name)] == []
    assert set(LIMITING | RIGHTS) <= set(terms())
