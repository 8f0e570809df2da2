"""Claims that a card tells twice, and measurements that are given twice."""

from __future__ import annotations

import pytest
from msgspec import structs

from filiation.core.claim import Basis, Locator
from filiation.core.score import Protocol, Score
from filiation.scores.repeated import told_once

FRONT = Score(
    "model:o/a", "accuracy", "glue/sst2", 0.95, Basis.DECLARED, Locator("cardData", "/0"), value_written="0.95", confidence=0.9
)
TEXT = structs.replace(
    FRONT, value=0.9503, value_written="95.03", protocol=Protocol(split="validation", shots=0), samples=872,
    basis=Basis.STATED, source=Locator("README.md", "char=1,2"), confidence=0.5,
)  # fmt: skip


def test_what_front_matter_and_text_tell_is_one_claim_with_what_either_says():
    [one] = told_once([FRONT, TEXT])
    assert (one.value, one.basis, one.confidence, one.samples) == (0.95, Basis.DECLARED, 0.9, 872)
    assert one.protocol == Protocol(split="validation", shots=0)
    assert (one.source, one.also) == (FRONT.source, (TEXT.source,))


@pytest.mark.parametrize(
    "other",
    [
        {"value": 0.96, "value_written": "96.0"},
        {"metric": "f1"},
        {"dataset": "glue/cola"},
        {"protocol": Protocol(split="test")},
        {"protocol": Protocol(variant="macro")},
        {"ref": "model:o/a@v2"},
    ],
)
def test_another_claim_stays_one_of_its_own(other):
    validation = structs.replace(FRONT, protocol=Protocol(split="validation"))
    assert len(told_once([validation, structs.replace(TEXT, **({"protocol": Protocol()} | other))])) == 2


def test_a_figure_of_no_named_dataset_is_told_by_itself():
    bare = structs.replace(FRONT, dataset=None)
    assert told_once([bare, bare]) == [bare, bare]


def test_two_splits_are_two_claims_whatever_says_neither():
    split = [structs.replace(TEXT, protocol=Protocol(split=name)) for name in ("test", "validation")]
    assert [one.protocol.split for one in told_once([FRONT, *split])] == ["test", "validation"]
