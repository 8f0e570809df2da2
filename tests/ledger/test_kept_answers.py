"""Answers to assessments: kept, changed, taken back, ended; and a log with them is proven in the old way."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from datetime import timedelta

import pytest
from stopped import Clock

from filiation.ledger.drafts import Reply
from filiation.ledger.entry import Action
from filiation.ledger.errors import NotAllowedError, RefusedError
from filiation.ledger.store import open_ledger

ANN = ("ann", "reviewer")
KIND = "openness"


def reply(question: str = "mof.training-code", value: str = "yes", why: str = "looked", **more) -> Reply:
    return Reply(question, value, why, **more)


def test_an_answer_is_kept_with_who_when_why_and_until(ledger, clock):
    end = clock() + timedelta(days=10)
    (made,) = ledger.answer("o/a", KIND, [reply(detail="MIT", where="https://example.org", until=end)], *ANN)
    assert (made.subject, made.kind, made.question, made.value) == ("model:o/a", KIND, "mof.training-code", "yes")
    assert (made.detail, made.where, made.who, made.why, made.until) == ("MIT", "https://example.org", "ann", "looked", end)
    assert ledger.answers("model:o/a", KIND) == [made]
    assert ledger.answers("model:o/b") == ledger.answers(kind="risk") == []
    clock.pass_days(10)
    assert ledger.answers() == []  # from that very moment
    assert ledger.verify().intact


def test_the_latest_holds_and_can_be_taken_back(ledger):
    ledger.answer("o/a", KIND, [reply(), reply("mof.datasets")], *ANN)
    ledger.answer("o/a", KIND, [reply(value="no", why="it was moved")], "bob", "administrator")
    assert [(made.question, made.value, made.who) for made in ledger.answers()] == [
        ("mof.datasets", "yes", "ann"),
        ("mof.training-code", "no", "bob"),
    ]
    left = ledger.answer("o/a", KIND, [reply(value="", why="said in error")], *ANN)
    assert [made.question for made in left] == ["mof.datasets"]
    told = ledger.answered("model:o/a", KIND)
    assert [(entry.action, entry.value) for entry in told] == [(Action.ANSWER, value) for value in ("yes", "yes", "no", "")]


def test_all_or_none_are_kept(ledger):
    with pytest.raises(RefusedError, match="say why"):
        ledger.answer("o/a", KIND, [reply(), reply("mof.datasets", why=" ")], *ANN)
    assert ledger.answers() == []


@pytest.mark.parametrize(
    ("subject", "kind", "replies", "said"),
    [
        ("no ref at all", KIND, [reply()], "no ref at all"),
        ("o/a", " ", [reply()], "name both"),
        ("o/a", KIND, [reply(" ")], "name both"),
        ("o/a", KIND, [reply(why="x" * 20_000)], "say it shorter"),
    ],
)
def test_what_makes_no_sense_is_refused(file, subject, kind, replies, said):
    with pytest.raises(RefusedError, match=said):
        file.answer(subject, kind, replies, *ANN)


def test_an_answer_that_has_ended_already_is_refused(file, clock):
    with pytest.raises(RefusedError, match="is past"):
        file.answer("o/a", KIND, [reply(until=clock())], *ANN)


def test_a_reader_answers_nothing(file):
    with pytest.raises(NotAllowedError, match="It takes a reviewer to answer"):
        file.answer("o/a", KIND, [reply()], "eve", "reader")


def test_others_see_it_and_it_stands_after_the_log_is_read_anew(file, tmp_path, clock):
    other = open_ledger(tmp_path / "ledger.db", clock=clock)
    file.answer("o/a", KIND, [reply()], *ANN)
    assert other.answers() == file.answers() == open_ledger(tmp_path / "ledger.db", clock=clock).answers()


def test_a_ledger_of_before_goes_on(copy):
    """A ledger that was filled without answers takes them, and is whole before and after."""
    ledger = open_ledger(copy, clock=Clock())
    before = ledger.verify()
    ledger.answer("o/a", KIND, [reply()], *ANN)
    after = ledger.verify()
    assert (before.intact, after.intact, after.entries) == (True, True, before.entries + 1)


def test_the_log_is_checked_without_this_program_as_it_always_was(file, tmp_path):
    """The script in docs/ledger.md, which knows nothing of answers."""
    file.answer("o/a", KIND, [reply(detail="ライセンス MIT"), reply(value="")], *ANN)
    con = sqlite3.connect(tmp_path / "ledger.db")
    con.row_factory = sqlite3.Row
    previous = "0" * 64
    rows = [dict(row) for row in con.execute("SELECT * FROM entry ORDER BY number")]
    con.close()
    for row in rows:
        digest, text = row.pop("digest"), json.dumps(row, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        assert row["previous"] == previous
        assert hashlib.sha256(f"filiation/ledger/v1\n{text}".encode()).hexdigest() == digest
        previous = digest
    assert [row["action"] for row in rows] == ["init", "answer", "answer"]
