"""Published assessments that ours stand beside; never evidence about another model."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import msgspec

from filiation.governance.assessment import Evidence, Language
from filiation.governance.risk.file import Vector
from filiation.governance.risk.steps import said, steps, term
from filiation.governance.risk.words import words
from filiation.knowledge import load

GRADES = ("no", "partial", "yes")
"""What the figures 0, 1 and 2 of a study stand for."""


class Study(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a published study fares on the six steps: of each step its grades, two where our reading leaves both open."""

    id: str
    study: str
    en: str
    ja: str
    steps: tuple[tuple[int, ...], ...]

    def grade(self, number: int, lang: Language) -> str:
        """Return its grade on a step, counted from 0, in words."""
        told = [term("grade", GRADES[grade], lang) for grade in self.steps[number]]
        return told[0] if len(told) == 1 else words(lang)["between"].format(low=told[0], high=told[-1])


class Example(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A published worked example: a sentence or two for each step, and what it came to; `like` are vectors it resembles."""

    id: str
    like: tuple[str, ...]
    en: str
    ja: str
    source: str
    marginal_risk: str
    threat: dict[str, str]
    existing_risk: dict[str, str]
    existing_defences: dict[str, str]
    marginal_evidence: dict[str, str]
    ease_of_defence: dict[str, str]
    uncertainty: dict[str, str]


@cache
def studies() -> tuple[Study, ...]:
    """Return the studies, in the order of the table that grades them."""
    return msgspec.convert(load("risk_references")["study"], tuple[Study, ...])


@cache
def examples() -> tuple[Example, ...]:
    """Return the worked examples."""
    return msgspec.convert(load("risk_references")["example"], tuple[Example, ...])


def on_step(vector: Vector, step: str, lang: Language) -> tuple[Evidence, ...]:
    """Return what published work says to a step, nearest first: the study of this vector, then the worked examples."""
    number = [item.id for item in steps()].index(step)
    return (*_grades(vector, number, lang), *(_quoted(item, said(getattr(item, step), lang), lang) for item in _near(vector)))


def on_conclusion(vector: Vector, lang: Language) -> tuple[Evidence, ...]:
    """Return what the worked examples came to."""
    return tuple(_quoted(item, term("marginal_risk", item.marginal_risk, lang), lang) for item in _near(vector))


def _near(vector: Vector) -> list[Example]:
    """Return the worked example that resembles the vector; all where none does."""
    names = {vector.id, vector.like}
    return [item for item in examples() if names & {item.id, *item.like}] or list(examples())


def _grades(vector: Vector, number: int, lang: Language) -> Iterator[Evidence]:
    told = words(lang)
    for study in studies():
        if study.id in (vector.id, vector.like):
            name = told["study"].format(title=said(study, lang), study=study.study)
            yield Evidence(told["grade_text"].format(grade=study.grade(number, lang)), f"{name}; {_source(lang)}")


def _quoted(example: Example, text: str, lang: Language) -> Evidence:
    return Evidence(text, f"{said(example, lang)}; {example.source}")


def _source(lang: Language) -> str:
    return said(load("risk_references")["grades"]["source"], lang)
