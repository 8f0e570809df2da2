"""A model's way in the ledger: where it may go, who may move it, and what is kept of what was learnt."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.core.adoption import WAY, Stage, is_ahead, ways
from filiation.ledger.errors import NotAllowedError, RefusedError, UnknownItemError
from filiation.ledger.store import open_ledger

NOON = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # the ledger keeps naive UTC
REF = "model:o/a"


@pytest.fixture
def ledger(tmp_path):
    return open_ledger(tmp_path / "l.db", create=True, clock=lambda: NOON)


def test_a_way_is_kept_as_it_was_gone(ledger):
    begun = ledger.adopt("o/a@abc", "ann", "reviewer", "to search help pages", owner="bea")
    assert (begun.stage, begun.revision, begun.owner, begun.steps) == (Stage.SELECT, "abc", "bea", 0)
    ledger.advance(REF, Stage.EVALUATE, "ann", "reviewer", "license read")
    back = ledger.advance(REF, Stage.SELECT, "ann", "reviewer", "another is smaller", due=NOON + timedelta(days=9))
    assert (back.owner, back.revision, back.steps, back.due) == ("bea", "abc", 2, NOON + timedelta(days=9))
    went = [(step.check, step.value) for step in ledger.steps(REF)]
    assert went == [("", "select"), ("select", "evaluate"), ("evaluate", "select")]
    assert ledger.steps(REF)[1].why == "license read"
    assert open_ledger(ledger.name).adopted() == ledger.adopted()


def test_who_may_move_a_model(ledger):
    with pytest.raises(NotAllowedError):
        ledger.adopt(REF, "ann", "reader", "why")
    with pytest.raises(NotAllowedError, match="administrator"):
        ledger.adopt(REF, "ann", "reviewer", "in use already", stage=Stage.WATCH)
    ledger.adopt(REF, "ann", "reviewer", "why")
    with pytest.raises(NotAllowedError, match="needs open"):
        ledger.advance(REF, Stage.EVALUATE, "ann", "reviewer", "hurry", missing=["select.license"])
    moved = ledger.advance(REF, Stage.EVALUATE, "root", "administrator", "hurry", missing=["select.license"])
    assert moved.missing == ("select.license",)


def test_where_a_model_cannot_go(ledger):
    for act in (
        lambda: ledger.advance(REF, Stage.PILOT, "ann", "reviewer", "x"),
        lambda: ledger.adopt("::", "a", "reviewer", "x"),
    ):
        with pytest.raises(RefusedError):
            act()
    ledger.adopt(REF, "ann", "reviewer", "x")
    with pytest.raises(RefusedError, match="only to evaluate, stopped"):
        ledger.advance(REF, Stage.DEPLOY, "ann", "reviewer", "x")
    with pytest.raises(RefusedError, match="on its way already"):
        ledger.adopt(REF, "ann", "reviewer", "again")
    with pytest.raises(RefusedError, match="needs a reason"):
        ledger.advance(REF, Stage.EVALUATE, "ann", "reviewer", "  ")
    ledger.advance(REF, Stage.STOPPED, "ann", "reviewer", "not for us")
    assert ledger.adopt(REF, "ann", "reviewer", "for another task").stage is Stage.SELECT


@given(st.sampled_from(list(Stage)))
def test_every_stage_has_a_way_back_and_one_off(stage):
    found = ways(stage)
    assert len(set(found)) == len(found)
    if stage is Stage.STOPPED:
        assert found == (Stage.SELECT,)
    else:
        assert set(WAY[: WAY.index(stage)]) | {Stage.STOPPED} <= set(found)
        assert sum(is_ahead(stage, other) for other in found) == (stage is not WAY[-1])


def test_the_register(ledger):
    ledger.adopt(REF, "ann", "reviewer", "x")
    bad = ledger.learn("o/a@other", "failure", "it broke", "ann", "reviewer", where="log 7")
    ledger.learn("o/b", "success", "it held", "ann", "reviewer")
    assert (bad.subject, bad.stage, bad.is_open) == (REF, Stage.SELECT, True)
    assert [one.subject for one in ledger.lessons()] == ["model:o/b", REF]
    done = ledger.answer_failure(bad.number, "longer texts are split", "bea", "reviewer")
    assert (done.is_open, done.answered_by) == (False, "bea")
    assert [one.answered for one in open_ledger(ledger.name).lessons([REF])] == ["longer texts are split"]
    with pytest.raises(UnknownItemError):
        ledger.answer_failure(99, "x", "bea", "reviewer")
    with pytest.raises(RefusedError, match="is a success"):
        ledger.answer_failure(ledger.lessons(["o/b"])[0].number, "x", "bea", "reviewer")
    with pytest.raises(RefusedError, match="what happened"):
        ledger.learn(REF, "failure", " ", "ann", "reviewer")
