"""What the first page of an assessment says of what is missing, and of whom it is."""

from __future__ import annotations

from datetime import datetime
from types import SimpleNamespace

import pytest

from filiation.core.adoption import Stage
from filiation.core.claim import Basis
from filiation.core.finding import Finding, Severity
from filiation.export import report_text
from filiation.governance.assessment import Assessment, Evidence, Group, Question, surest
from filiation.governance.pilot import found
from filiation.governance.report import report
from filiation.ledger.errors import RefusedError
from filiation.ledger.person import Role
from filiation.ledger.store import open_ledger

NOW = datetime(2026, 11, 22)  # noqa: DTZ001  # the ledger keeps naive UTC


def told(*questions: Question, lang: str = "en") -> str:
    made = Assessment(
        "openness", "model:o/a", "A", lang, "2026-11-22", f"{NOW:%Y-%m-%d}", "", (), (Group("g", "G", "", questions),), 0
    )
    return report_text.text(report(made))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (("yes", "yes"), "Nothing that was asked for."),
        (("yes", "unknown"), "Nothing in what is answered; 1 questions are not answered."),
        (("unknown", "unknown"), "That is not known: no question is answered yet."),
    ],
)
def test_open_questions_are_no_all_clear(values, said):
    text = told(*(Question(f"q.{place}", f"Is it {place}?", value) for place, value in enumerate(values)))
    assert said in text


def test_evidence_of_one_place_stands_once_as_sure_as_it_is():
    sure, unsure = Evidence("x", "README.md", Basis.STATED, 0.9), Evidence("x", "README.md", Basis.STATED, 0.7)
    other = Evidence("x", "config.json", Basis.DECLARED, 0.8)
    assert surest([unsure, other, sure]) == (sure, other)
    assert surest([]) == ()


@pytest.mark.parametrize(("confidence", "value"), [(0.04, "partial"), (0.95, "no")])
def test_a_severe_finding_that_is_unsure_asks_for_a_look(confidence, value):
    item = Finding("namespace-vacant", "model:o/a", "gone", Severity.HIGH, confidence)
    held = SimpleNamespace(held=True, portrait=SimpleNamespace(findings=[item]))
    assert found.findings(found.Known(held, None, (), NOW, "en"))[0] == value


def test_only_models_are_adopted(tmp_path):
    book = open_ledger(tmp_path / "l.db", create=True)
    with pytest.raises(RefusedError, match="is no model"):
        book.adopt("dataset:o/d", "ann", Role.ADMINISTRATOR, "looked", stage=Stage.SELECT)
