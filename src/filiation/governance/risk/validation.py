"""Whether a risk file says what it must: no step skipped, the two baselines told apart, the uncertainty stated.

Each rule is in ``knowledge/risk_rules.toml`` with its words. A rule looks at what is written, never at whether it is true.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from typing import Literal

import msgspec

from filiation.governance.assessment import Language, Value
from filiation.governance.risk.file import Comparison, RiskFile, Source, Vector, is_filled
from filiation.governance.risk.steps import Part, Step, listed, said, steps, term
from filiation.knowledge import load

CONCLUSION = "conclusion"
"""Stands for the step of problems with the conclusion."""
BASELINES = ("existing_technology", "closed_models")
SHOWN_CHARS = 60
_RAISED = ("considerable", "high")
_LOW = ("none", "low")


class Problem(msgspec.Struct, frozen=True):
    """What is wrong with one step of one vector.

    Attributes:
        rule: Its id.
        vector: The vector's id.
        step: The step's id, or ``conclusion``.
        level: An error keeps the assessment from being complete.
        parts: Ids of the parts of the step that it is about.
        words: What else its sentence is about, as written in the file.
    """

    rule: str
    vector: str
    step: str
    level: Literal["error", "warning"]
    parts: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    def text(self, lang: Language) -> str:
        """Return it in a sentence."""
        if self.parts:
            return said(_rules()[self.rule], lang).format(
                listed([said(_part(self.step, name), lang) for name in self.parts], lang)
            )
        words = [term("marginal_risk", word, lang) for word in self.words] if self.step == CONCLUSION else self.words
        return said(_rules()[self.rule], lang).format(*words)


def problems(file: RiskFile) -> list[Problem]:
    """Return what is wrong with a file, in the order of its vectors and of the steps."""
    return [problem for vector in file.vectors for problem in _of_vector(vector, file.date)]


def grade(vector: Vector, step: Step) -> Value:
    """Return whether a step of a vector is there: yes, partial, or unknown where nothing of it is said."""
    missing = len(missing_parts(vector, step))
    return "yes" if not missing else "unknown" if missing == len(step.part) else "partial"


def missing_parts(vector: Vector, step: Step) -> list[Part]:
    """Return the parts of a step that say nothing."""
    told = getattr(vector, step.id)
    return [part for part in step.part if not is_filled(getattr(told, part.id))]


def _of_vector(vector: Vector, at: date) -> Iterator[Problem]:
    for step in steps():
        missing = tuple(part.id for part in missing_parts(vector, step))
        if len(missing) == len(step.part):
            yield _problem("step-skipped", vector, step.id, parts=missing)
        elif missing:
            yield _problem("part-missing", vector, step.id, parts=missing)
        if step.id == "threat":
            yield from _of_threat(vector)
        if step.id == "marginal_evidence":
            yield from _of_evidence(vector)
        for source in _sources(vector, step.id):
            yield from _of_source(vector, step.id, source, at)
    yield from _of_conclusion(vector)


def _of_threat(vector: Vector) -> Iterator[Problem]:
    threat = vector.threat
    if len(threat.chain) == 1:
        yield _problem("chain-short", vector, "threat")
    for link in threat.changed:
        if is_filled(link) and link not in threat.chain:
            yield _problem("changed-outside-chain", vector, "threat", words=(_short(link),))
    for actor in threat.actors:
        if is_filled(actor.who) and not is_filled(actor.resources):
            yield _problem("actor-without-resources", vector, "threat", words=(_short(actor.who),))


def _of_evidence(vector: Vector) -> Iterator[Problem]:
    for name in BASELINES:
        half: Comparison = getattr(vector.marginal_evidence, name)
        if not is_filled(half.finding):
            continue
        about = {"vector": vector, "step": "marginal_evidence", "parts": (name,)}
        if not half.direction:
            yield _problem("direction-missing", **about)
        if not is_filled(half.evidence) and not is_filled(half.searched):
            yield _problem("evidence-missing", **about)
        kinds = {source.kind for source in half.evidence if is_filled(source)}
        if kinds == {"argument"}:
            yield _problem("argument-only", **about)
    if _are_mixed(vector):
        yield _problem("baselines-mixed", vector, "marginal_evidence")


def _are_mixed(vector: Vector) -> bool:
    """Return whether the two comparisons are one: the same finding, or the same evidence and no other."""
    technology, closed = (getattr(vector.marginal_evidence, name) for name in BASELINES)
    if not is_filled(technology) or not is_filled(closed):
        return False
    shown = [
        {(item.text.strip(), item.source.strip()) for item in half.evidence if is_filled(item)} for half in (technology, closed)
    ]
    return _plain(technology.finding) == _plain(closed.finding) or (bool(shown[0]) and shown[0] == shown[1])


def _of_source(vector: Vector, step: str, source: Source, at: date) -> Iterator[Problem]:
    name = (_short(source.text or source.source),)
    if is_filled(source.text) and not is_filled(source.source):
        yield _problem("evidence-unsourced", vector, step, words=name)
    if _is_later(source.date, at):
        yield _problem("evidence-later", vector, step, words=name)


def _of_conclusion(vector: Vector) -> Iterator[Problem]:
    made, half = vector.conclusion, [getattr(vector.marginal_evidence, name) for name in BASELINES]
    directions = [item.direction for item in half]
    if not (made.marginal_risk and made.confidence and is_filled(made.because)):
        yield _problem("conclusion-missing", vector, CONCLUSION)
    if not made.marginal_risk or made.marginal_risk == "unknown":
        return
    words = (made.marginal_risk,)
    if not all(is_filled(item) and item.direction for item in half):
        yield _problem("conclusion-ahead", vector, CONCLUSION)
    elif made.marginal_risk in _RAISED and "more" not in directions:
        yield _problem("conclusion-unsupported", vector, CONCLUSION, words=words)
    elif made.marginal_risk in _LOW and set(directions) == {"more"} and not is_filled(made.because):
        yield _problem("conclusion-too-low", vector, CONCLUSION, words=words)
    if made.confidence == "high" and ("unknown" in directions or not is_filled(vector.uncertainty.would_change)):
        yield _problem("too-sure", vector, CONCLUSION)


def _sources(vector: Vector, step: str) -> Iterator[Source]:
    told = getattr(vector, step)
    yield from getattr(told, "evidence", ())
    if step == "marginal_evidence":
        for name in BASELINES:
            yield from getattr(told, name).evidence


def _is_later(said_date: str, at: date) -> bool:
    """Return whether a source is dated after the assessment, as far as its date says: 2026 is not after 2026-11-22."""
    text = said_date.strip()
    return text[:4].isdecimal() and text > at.isoformat()[: len(text)]


def _problem(rule: str, vector: Vector, step: str, parts: tuple[str, ...] = (), words: tuple[str, ...] = ()) -> Problem:
    return Problem(rule, vector.id, step, "error" if _rules()[rule]["level"] == "error" else "warning", parts, words)


def _plain(text: str) -> str:
    return " ".join(text.lower().split())


def _short(text: str) -> str:
    return text if len(text) <= SHOWN_CHARS else f"{text[: SHOWN_CHARS - 1]}…"


@cache
def _rules() -> dict[str, dict[str, str]]:
    return load("risk_rules")


@cache
def _part(step: str, name: str) -> Part:
    return next(part for item in steps() if item.id == step for part in item.part if part.id == name)
