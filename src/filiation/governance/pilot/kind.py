"""The way of a model into use, as a kind of assessment: where it stands, what it needs next, what every stage asks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from filiation.core.adoption import WAY, Adopted, Stage, ways
from filiation.core.decision import Given
from filiation.governance.answers import open_questions
from filiation.governance.assessment import Assessment, Group, Language, Question, Result
from filiation.governance.kind import Asked, Kind
from filiation.governance.pilot.found import Known
from filiation.governance.pilot.needs import NextNeed, ids, open_needs, questions
from filiation.governance.subject import subject
from filiation.knowledge import load


class PilotAssessment(Assessment, frozen=True, tag_field="schema", tag="filiation/assess-pilot/v1"):
    """Where a model stands on its way into use, and what every stage asks."""


def assess(asked: Asked) -> PilotAssessment:
    """Return the assessment of one model."""
    held = subject(asked.con, asked.lineage, asked.node, asked.lang)
    known = Known(held, asked.adopted, asked.lessons, asked.at, asked.lang)
    by_stage = questions(known, asked.given)
    words = load("pilot_words")[asked.lang]["assessment"]
    groups = _groups(by_stage, asked.lang)
    return PilotAssessment(
        kind="pilot",
        ref=asked.ref,
        title=words["title"].format(ref=asked.ref),
        lang=asked.lang,
        dated=load("pilot_needs")["dated"],
        day=f"{asked.at:%Y-%m-%d}",
        notice=words["notice"],
        results=(_stands(asked.adopted, asked.ref, asked.lang), *_next(asked.adopted, by_stage, asked.ref, asked.lang)),
        groups=groups,
        open_questions=open_questions(groups),
    )


def _groups(by_stage: Mapping[Stage, tuple[Question, ...]], lang: Language) -> tuple[Group, ...]:
    told = {item["id"]: item for item in load("pilot_needs")["stages"]}
    return tuple(Group(stage, told[stage][lang], told[stage][f"about_{lang}"], asked) for stage, asked in by_stage.items())


def _stands(adopted: Adopted | None, ref: str, lang: Language) -> Result:
    words = load("pilot_words")[lang]
    told, stages = words["assessment"], words["stage"]
    if adopted is None:
        return Result("pilot.stage", told["stage"], "", told["nowhere"].format(ref=ref.removeprefix("model:")))
    stage = stages[adopted.stage]
    said = [
        told["stands"].format(stage=stage, since=f"{adopted.since:%Y-%m-%d}", who=adopted.who, why=adopted.why.rstrip(".。"))
    ]
    if adopted.owner:
        said.append(told["carried"].format(owner=adopted.owner))
    if adopted.missing:
        said.append(told["despite"].format(missing=", ".join(adopted.missing)))
    return Result("pilot.stage", told["stage"], adopted.stage, _joined(said, lang), adopted.missing)


def _next(
    adopted: Adopted | None, by_stage: Mapping[Stage, tuple[Question, ...]], ref: str, lang: Language
) -> tuple[Result, ...]:
    """Return what is open before the model goes on; nothing where nobody adopted it."""
    if adopted is None:
        return ()
    words = load("pilot_words")[lang]
    told, stages = words["assessment"], words["stage"]
    if adopted.stage is Stage.STOPPED:
        return (Result("pilot.next", told["next"], "stopped", told["stopped"]),)
    left = open_needs(by_stage[adopted.stage], ref)
    text = {"stage": stages[ways(adopted.stage)[0]], "before": stages[adopted.stage], "count": len(left)}
    forms = ("watched", "watching") if adopted.stage is WAY[-1] else ("ready", "needs")
    form = forms[bool(left)]
    value = "open" if left else "ready"
    return (Result("pilot.next", told["next"], value, told[form].format(**text), tuple(need.id for need in left)),)


def next_needs(known: Known, given: Iterable[Given], ref: str) -> tuple[NextNeed, ...]:
    """Return what is open before a model goes on from where it stands; nothing off the way."""
    if known.adopted is None or known.adopted.stage is Stage.STOPPED:
        return ()
    return open_needs(questions(known, given)[known.adopted.stage], ref)


def _joined(sentences: list[str], lang: Language) -> str:
    return ("" if lang == "ja" else " ").join(sentences)


KIND = Kind("pilot", "Way into use", "導入の段階", ids, assess)
