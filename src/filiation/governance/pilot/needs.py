"""What a model needs before it goes on from the stage at which it stands."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import msgspec

from filiation.core.adoption import WAY, Stage
from filiation.core.decision import Given
from filiation.governance.answers import Known as Answers
from filiation.governance.answers import known as answers_of
from filiation.governance.assessment import Question
from filiation.governance.pilot.found import FINDERS, Known
from filiation.knowledge import load

KIND = "pilot"


class Need(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that is asked, as `knowledge/pilot_needs.toml` writes it.

    Attributes:
        id: Stable, with the stage before the dot; what people answer to.
        stage: Before it is left forward, this is asked.
        en: The question.
        ja: The same.
        gap_en: What is missing where the answer is not yes.
        gap_ja: The same.
        source_en: Where the question comes from.
        source_ja: The same.
        do: The command that settles it; REF stands for the model.
        required: Whether the model cannot go on without.
        finder: What answers it; empty where only a person does.
        project: Places in pilot.toml that answer it; ``*`` for all of a part.
    """

    id: str
    stage: Stage
    en: str
    ja: str
    gap_en: str
    gap_ja: str
    source_en: str
    source_ja: str
    do: str
    required: bool = True
    finder: str = ""
    project: tuple[str, ...] = ()


class NextNeed(msgspec.Struct, frozen=True):
    """One need that is open: its id, the question, what is missing or was said, and the command that settles it."""

    id: str
    text: str
    gap: str
    do: str
    required: bool


@cache
def needs() -> tuple[Need, ...]:
    """Return all needs, in their order."""
    return msgspec.convert(tuple(load("pilot_needs")["needs"]), tuple[Need, ...])


def ids() -> tuple[str, ...]:
    """Return the ids of all needs."""
    return tuple(need.id for need in needs())


def questions(known: Known, given: Iterable[Given]) -> dict[Stage, tuple[Question, ...]]:
    """Return the needs of every stage as questions, answered by what was found and, before that, by people.

    Args:
        known: What the finders may look at.
        given: Answers of people about the model, as far as they are kept.
    """
    told = answers_of(given, known.at)
    return {stage: tuple(_question(need, known, told) for need in needs() if need.stage is stage) for stage in WAY}


def open_needs(asked: Iterable[Question], ref: str, *, required: bool = True) -> tuple[NextNeed, ...]:
    """Return those that are neither answered with yes nor do not apply; only what is required unless all are asked for."""
    by_id = {need.id: need for need in needs()}
    return tuple(
        NextNeed(
            item.id,
            item.text,
            item.answered.why if item.answered else item.gap,
            by_id[item.id].do.replace("REF", ref.removeprefix("model:")),
            item.required,
        )
        for item in asked
        if item.value not in ("yes", "not_applicable") and (item.required or not required)
    )


def _question(need: Need, known: Known, given: Answers) -> Question:
    value, evidence = FINDERS[need.finder](known) if need.finder else ("unknown", ())
    is_ja = known.lang == "ja"
    asked = Question(
        need.id, need.ja if is_ja else need.en, value, required=need.required, evidence=evidence,
        source=need.source_ja if is_ja else need.source_en,
    )  # fmt: skip
    told = given.on(asked)
    gap = (need.gap_ja if is_ja else need.gap_en) if told.value in ("no", "partial") else ""  # not to know is no gap
    return msgspec.structs.replace(told, gap=gap)
