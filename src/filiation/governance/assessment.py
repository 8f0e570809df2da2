"""An assessment: questions in groups, each with an answer, where the answer comes from, and what is missing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

import msgspec

from filiation.core.claim import Basis
from filiation.core.language import Language

Value = Literal["yes", "partial", "no", "not_applicable", "unknown"]
"""``unknown`` is that nobody answered; it is never read as no, and never as yes."""


class Evidence(msgspec.Struct, frozen=True):
    """What an answer rests on.

    Attributes:
        text: In a sentence, in the language of the assessment.
        where: File or field and the place in it, or a link; empty where a person only says so.
        basis: Declared, stated, inferred or measured; None for a person's word.
        confidence: In [0, 1].
    """

    text: str
    where: str = ""
    basis: Basis | None = None
    confidence: float = 1.0


def surest(found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Return pieces of evidence, the surest first; what several signs found in one place stands there once."""
    once: dict[tuple[str, str], Evidence] = {}
    for item in sorted(found, key=lambda item: -item.confidence):
        once.setdefault((item.text, item.where), item)
    return tuple(once.values())


class Answered(msgspec.Struct, frozen=True):
    """A person's answer, which stands before what was found.

    Attributes:
        who: The person.
        at: When, naive UTC.
        why: Their reason.
        until: When it ends, naive UTC; None for never.
        entry: Number of the ledger's entry; 0 where it was read from a file.
    """

    who: str
    at: datetime
    why: str
    until: datetime | None = None
    entry: int = 0


class Question(msgspec.Struct, frozen=True):
    """One question and its answer.

    Attributes:
        id: Stable, such as ``mof.training-code``; what an answer is given to.
        text: The question.
        value: The answer.
        detail: What the answer is beyond that, such as a license or a figure; empty for nothing.
        required: Whether the result hangs on it.
        evidence: What it rests on, the strongest first.
        gap: What is missing, in a sentence; empty where nothing is.
        source: Where the question comes from: paper or law, with its place.
        answered: The person's answer, null where the evidence alone answers or nobody did.
        compared: What published work says to the same question of something else, to hold the answer against; no evidence.
    """

    id: str
    text: str
    value: Value = "unknown"
    detail: str = ""
    required: bool = True
    evidence: tuple[Evidence, ...] = ()
    gap: str = ""
    source: str = ""
    answered: Answered | None = None
    compared: tuple[Evidence, ...] = ()


class Group(msgspec.Struct, frozen=True):
    """Questions that belong together.

    Attributes:
        id: Stable.
        title: In the language of the assessment.
        about: In a sentence or two.
        questions: In their order.
    """

    id: str
    title: str
    about: str = ""
    questions: tuple[Question, ...] = ()


class Result(msgspec.Struct, frozen=True):
    """What follows from the answers: a class, a count, a verdict.

    Attributes:
        id: Stable, such as ``mof.class``.
        title: In the language of the assessment.
        value: What it comes to, for programs.
        text: The same in a sentence, with what is missing for the next step.
        missing: Ids of the questions that stand in the way.
    """

    id: str
    title: str
    value: str
    text: str
    missing: tuple[str, ...] = ()


class Table(msgspec.Struct, frozen=True):
    """What is read across: actors and their duties, one version beside another.

    Attributes:
        id: Stable.
        title: In the language of the assessment.
        about: In a sentence or two.
        columns: What each is called; every row has a cell for each.
        rows: Text.
        flagged: Numbers of the rows that somebody must look at, from 0.
        source: Where it comes from.
    """

    id: str
    title: str
    about: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    flagged: tuple[int, ...] = ()
    source: str = ""


class Assessment(msgspec.Struct, frozen=True):
    """Answers about one subject.

    Attributes:
        kind: ``openness``, ``risk``, ``regulation`` or ``pilot``.
        ref: What it is about.
        title: In the language of the assessment.
        lang: The language.
        dated: As of when the framework or the law is quoted, ISO date.
        day: On which it was made: answers count that are in force then, ISO date.
        notice: What it is not, such as legal advice.
        results: What follows.
        groups: The questions.
        open_questions: How many are unknown.
        tables: What is read across.
    """

    kind: str
    ref: str
    title: str
    lang: Language
    dated: str
    day: str
    notice: str
    results: tuple[Result, ...]
    groups: tuple[Group, ...]
    open_questions: int
    tables: tuple[Table, ...] = ()
