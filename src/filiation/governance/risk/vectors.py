"""Each way of misuse as a group of questions: the six steps and the conclusion, beside published work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from typing import Any

import msgspec

from filiation.governance.assessment import Answered, Evidence, Group, Language, Question, Table, Value
from filiation.governance.risk import references
from filiation.governance.risk.file import Actor, Comparison, RiskFile, Source, Vector, is_filled
from filiation.governance.risk.steps import Step, listed, said, steps, term
from filiation.governance.risk.validation import BASELINES, CONCLUSION, Problem, grade
from filiation.governance.risk.words import words
from filiation.knowledge import load

PREFIX = "risk.vector."


def groups(file: RiskFile, problems: Sequence[Problem], lang: Language) -> list[Group]:
    """Return a group for each vector of a file, of which `problems` were found."""
    return [_group(file, vector, [item for item in problems if item.vector == vector.id], lang) for vector in file.vectors]


def title(vector: Vector) -> str:
    """Return what a vector is called."""
    return vector.title if is_filled(vector.title) else vector.id


def table(file: RiskFile, problems: Sequence[Problem], lang: Language) -> Table:
    """Return the grades of each vector on each step above those of the published studies; what is incomplete is flagged."""
    told = words(lang)
    bad = {item.vector for item in problems if item.level == "error"}
    own = [
        (told["this"].format(title=title(vector)), *(term("grade", grade(vector, step), lang) for step in steps()),
         term("marginal_risk", vector.conclusion.marginal_risk, lang))
        for vector in file.vectors
    ]  # fmt: skip
    others = [
        (
            told["study"].format(title=said(item, lang), study=item.study),
            *(item.grade(n, lang) for n in range(len(steps()))),
            "-",
        )
        for item in references.studies()
    ]
    source = load("risk_references")["grades"]
    return Table(
        "risk.references",
        told["references"],
        f"{told['references_about']} {said(source, lang)}",
        (told["assessed"], *(step.title(lang) for step in steps()), told["marginal"]),
        (*own, *others),
        tuple(number for number, vector in enumerate(file.vectors) if vector.id in bad),
        said(source["source"], lang),
    )


def outline(lang: Language) -> Table:
    """Return what the six steps ask, for whoever has worked out no vector yet."""
    told = words(lang)
    rows = tuple(
        (step.title(lang), said(step, lang), listed([said(part, lang) for part in step.part], lang)) for step in steps()
    )
    columns = (told["step"], told["step_asks"], told["step_parts"])
    source = said(load("risk_steps")["source"], lang)
    return Table("risk.steps", told["steps"], told["steps_about"], columns, rows, source=source)


def _group(file: RiskFile, vector: Vector, problems: Sequence[Problem], lang: Language) -> Group:
    told = words(lang)
    questions = [*(_step(file, vector, step, problems, lang) for step in steps()), _conclusion(file, vector, problems, lang)]
    return Group(f"{PREFIX}{vector.id}", title(vector), told["vector_about"], tuple(questions))


def _step(file: RiskFile, vector: Vector, step: Step, problems: Sequence[Problem], lang: Language) -> Question:
    mine = [item for item in problems if item.step == step.id]
    value = grade(vector, step)
    if value == "yes" and any(item.level == "error" for item in mine):
        value = "partial"
    text = words(lang)["asks"].format(vector=title(vector), step=step.title(lang), text=said(step, lang))
    return Question(
        id=f"{PREFIX}{vector.id}.{step.id}",
        text=text,
        value=value,
        detail=_told(vector, step, lang),
        evidence=(*own(file, value), *_sources(getattr(vector, step.id), lang)),
        gap=" ".join(item.text(lang) for item in mine),
        source=said(load("risk_steps")["source"], lang),
        answered=answered(file, value),
        compared=references.on_step(vector, step.id, lang),
    )


def _conclusion(file: RiskFile, vector: Vector, problems: Sequence[Problem], lang: Language) -> Question:
    told, made = words(lang), vector.conclusion
    mine = [item for item in problems if item.step == CONCLUSION]
    value: Value = (
        "unknown" if not made.marginal_risk else "partial" if any(item.level == "error" for item in problems) else "yes"
    )
    return Question(
        id=f"{PREFIX}{vector.id}.{CONCLUSION}",
        text=told["asks"].format(vector=title(vector), step=told["conclusion_title"], text=told["conclusion"]),
        value=value,
        detail=concluded(vector, lang) if made.marginal_risk else "",
        evidence=own(file, value),
        gap=" ".join(item.text(lang) for item in mine),
        source=said(load("risk_steps")["source"], lang),
        answered=answered(file, value),
        compared=references.on_conclusion(vector, lang),
    )


def concluded(vector: Vector, lang: Language) -> str:
    """Return the conclusion of a vector in a sentence."""
    made = vector.conclusion
    risk, sure = term("marginal_risk", made.marginal_risk, lang), term("confidence", made.confidence, lang)
    return words(lang)["concluded"].format(risk=risk, confidence=sure, because=made.because or "-")


def answered(file: RiskFile, value: Value) -> Answered | None:
    """Return whose answer it is, the authors of the file; None where nobody answered."""
    if value == "unknown":
        return None
    who = ", ".join(file.authors) or "-"
    return Answered(who, datetime.combine(file.date, time()), f"v{file.version}")


def own(file: RiskFile, value: Value) -> tuple[Evidence, ...]:
    """Return the authors' word, which stands before all evidence of theirs; nothing where they did not answer."""
    given = answered(file, value)
    return (Evidence(given.why),) if given else ()


def _told(vector: Vector, step: Step, lang: Language) -> str:
    """Return what the file says to a step, part by part."""
    told = getattr(vector, step.id)
    parts = [(part, getattr(told, part.id)) for part in step.part if part.id != "evidence"]
    colon = ": "
    return " / ".join(f"{said(part, lang)}{colon}{_plain(value, lang)}" for part, value in parts if is_filled(value))


def _plain(value: Any, lang: Language) -> str:
    if isinstance(value, Comparison):
        way = term("direction", value.direction, lang)
        looked = f" {words(lang)['searched'].format(text=value.searched)}" if is_filled(value.searched) else ""
        return f"{value.finding} [{way}]{looked}"
    if isinstance(value, Actor):
        return words(lang)["actor_cell"].format(who=value.who, resources=value.resources) if value.resources else value.who
    if isinstance(value, tuple):
        return listed([_plain(item, lang) for item in value if is_filled(item)], lang)
    return str(value)


def _sources(told: msgspec.Struct, lang: Language) -> Iterator[Evidence]:
    for source in getattr(told, "evidence", ()):
        if is_filled(source):
            yield _evidence(source, "", lang)
    for name in BASELINES:
        half = getattr(told, name, None)
        if isinstance(half, Comparison):
            label = next(said(part, lang) for step in steps() for part in step.part if part.id == name)
            yield from (_evidence(source, label, lang) for source in half.evidence if is_filled(source))


def _evidence(source: Source, label: str, lang: Language) -> Evidence:
    kind = term("kind", source.kind, lang) if source.kind else ""
    where = ", ".join(filter(None, (source.source, str(source.date or ""), kind)))
    return Evidence(f"[{label}] {source.text}" if label else source.text, where)
