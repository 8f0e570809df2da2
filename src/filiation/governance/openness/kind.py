"""The assessment of openness: the questions of four frameworks, and what follows from the answers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from filiation.governance import kind as kinds
from filiation.governance.answers import Known, known, open_questions
from filiation.governance.assessment import Assessment, Group, Language, Question, Result
from filiation.governance.openness.found import Finder
from filiation.governance.openness.mof import Classification, Component, Standing, classify, covering, framework, standing
from filiation.governance.openness.open_license import OpenLicense, proposed
from filiation.governance.openness.questions import (
    Parts,
    asked,
    european,
    european_result,
    osaid,
    osaid_result,
    transparency,
    transparency_result,
    with_gap,
)
from filiation.governance.subject import Signs, subject
from filiation.knowledge import load

PARAMETERS = "model-parameters"
DISTRIBUTION = "license-distribution"
ELSEWHERE = frozenset({"paper", "datasets", "evaluation-data", "data-card"})
"""Finders of what lies outside the repository."""
ASKED = {"osaid": ("osaid", "question"), "eu": ("european", "parameter"), "fmti": ("transparency", "indicator")}
"""By the first part of their ids: the file that keeps them, and the list in it."""


class OpennessAssessment(Assessment, frozen=True, tag_field="schema", tag="filiation/assess-openness/v1"):
    """What of a model is released, by the Model Openness Framework, the Open Source AI Definition and two indexes."""


@cache
def questions() -> tuple[str, ...]:
    """Return the ids of all questions."""
    made = [f"mof.{item.id}" for item in (*framework().components, *framework().licenses)]
    return (*made, *(f"{group}.{item.id}" for group, place in ASKED.items() for item in asked(*place)))


def assess(asked_for: kinds.Asked) -> OpennessAssessment:
    """Return the assessment of one model.

    Raises:
        FiliationError: If the atlas cannot be read.
    """
    lang = asked_for.lang
    held = subject(asked_for.con, asked_for.lineage, asked_for.node, lang)
    finder = Finder(asked_for.con, asked_for.lineage, asked_for.node, held)
    answers = known(asked_for.given, asked_for.at)
    components, licenses = _released(finder, answers, lang), _licenses(finder, answers, lang)
    covers = _covers(components, licenses)
    stands = {item.id: _standing(item, components[item.id], covers[item.id], licenses) for item in framework().components}
    parts = Parts(components, stands, covers[PARAMETERS])
    told = {
        item.id: msgspec.structs.replace(
            components[item.id],
            gap=_gap(item, stands[item.id], covers[item.id], lang),
            detail=_covering_name(components[item.id], stands[item.id], covers[item.id]),
        )
        for item in framework().components
    }
    others = {group: _others(group, finder, parts, answers, lang) for group in ASKED}
    groups = _groups(told, licenses, others, lang)
    words = load("openness_words")[lang]
    return OpennessAssessment(
        kind="openness",
        ref=asked_for.ref,
        title=words["title"].format(ref=asked_for.ref),
        lang=lang,
        dated=max(framework().dated, *(load(f"openness_{file}")["dated"] for file, _ in ASKED.values())),
        day=f"{asked_for.at:%Y-%m-%d}",
        notice=words["notice"],
        results=(_class_result(classify(stands), lang), *_results(others, lang)),
        groups=groups,
        open_questions=open_questions(groups),
    )


def _released(finder: Finder, answers: Known, lang: Language) -> dict[str, Question]:
    """Return whether each component is released; the detail is the license that it has of its own, empty where it has none."""
    made = {}
    for item in framework().components:
        found = finder.find(item.finder, item.shown, item.hints)
        text = item.asks_ja if lang == "ja" else item.asks_en
        question = Question(
            f"mof.{item.id}", text, found.value, found.detail, not item.is_optional, found.evidence, source=framework().source
        )
        made[item.id] = answers.on(question)
    return made


def _licenses(finder: Finder, answers: Known, lang: Language) -> list[Question]:
    """Return the licenses that stand for many components; the one of the distribution is what the model declares."""
    made = []
    own = finder.find("any-license", Signs(), Signs())
    for item in framework().licenses:
        text = item.asks_ja if lang == "ja" else item.asks_en
        question = Question(f"mof.{item.id}", text, required=False, source=framework().source)
        if item.id == DISTRIBUTION:
            question = msgspec.structs.replace(question, value=own.value, detail=own.detail, evidence=own.evidence)
        made.append(answers.on(question))
    return made


def _covers(components: Mapping[str, Question], licenses: list[Question]) -> dict[str, OpenLicense | None]:
    """Return the license that covers each component."""
    by_id = {f"mof.{item.id}": item.type for item in framework().licenses}
    general = {by_id[item.id]: item.detail for item in licenses if item.value == "yes"}
    return {item.id: covering(components[item.id].detail, item.type_, general) for item in framework().components}


def _standing(item: Component, question: Question, license_: OpenLicense | None, licenses: list[Question]) -> Standing:
    """Return how a component stands.

    What was found outside the repository, such as a paper, is no part of what the distribution's license covers. And that no
    license is declared is not that there is none: only a person can say so.
    """
    if item.finder in ELSEWHERE and question.answered is None and question.value == "yes" and not question.detail:
        return "license-unasked"
    is_asked = any(asked.id == f"mof.{DISTRIBUTION}" and asked.value == "unknown" for asked in licenses)
    if license_ is None and question.value == "yes" and is_asked:
        return "license-unasked"
    return standing(question.value, license_, item.type_)


def _covering_name(question: Question, stands: Standing, license_: OpenLicense | None) -> str:
    """Return the name of the license that covers what is released; what is not released has none."""
    is_covered = license_ is not None and question.value in ("yes", "partial") and stands != "license-unasked"
    return license_.name if license_ and is_covered else ""


def _gap(item: Component, stands: Standing, license_: OpenLicense | None, lang: Language) -> str:
    """Return what is missing of a component; nothing where it is open, or where nobody asks for it and it is not there."""
    words = load("openness_words")[lang]
    name = item.ja if lang == "ja" else item.en
    if stands in ("open", "unasked") or (item.is_optional and stands in ("missing", "partial")):
        return ""
    said = {
        "name": _first(name), "license": license_.name if license_ else "", "proposed": proposed(item.type_),
        "type": words[f"type_{item.type_}"],
    }  # fmt: skip
    if stands == "missing":
        said["license"] = proposed(item.type_)
    form = {"conditional": "gap_type", "missing": "gap_missing", "partial": "gap_partial", "closed": "gap_closed"}
    form["license-unasked"] = "gap_license"
    return words[form.get(stands, "gap_unlicensed")].format(**said)


def _class_result(made: Classification, lang: Language) -> Result:
    words, classes = load("openness_words")[lang], framework().classes
    names = {item.id: item.ja if lang == "ja" else item.en for item in framework().components}

    def listed(ids: tuple[str, ...]) -> str:
        return words["joined"].join(names[id_] for id_ in ids)

    told = [words["mof_reached"].format(**{"class": _first(getattr(classes[str(made.reached)], lang))})]
    if made.conditional:
        told.append(words["mof_conditional"].format(names=listed(made.conditional)))
    following = {"class": getattr(classes[str(made.next)], lang)}
    if made.missing:
        told.append(words["mof_next"].format(**following, names=listed(made.missing)))
    if made.unasked:
        told.append(words["mof_unasked"].format(**following, names=listed(made.unasked)))
    if not made.next:
        told.append(words["mof_top"])
    if made.possible and made.possible != made.reached:
        told.append(words["mof_possible"].format(**{"class": getattr(classes[str(made.possible)], lang)}))
    missing = tuple(f"mof.{id_}" for id_ in (*made.missing, *made.unasked))
    return Result("mof.class", words["mof_title"], str(made.reached), _spaced(told, lang), missing)


def _others(group: str, finder: Finder, parts: Parts, answers: Known, lang: Language) -> list[Question]:
    """Return the questions of the definition or an index, answered."""
    ask = {"osaid": osaid, "eu": european, "fmti": transparency}[group]
    return [
        with_gap(answers.on(ask(item, parts, finder)), _first(item.name(lang)), lang, group) for item in asked(*ASKED[group])
    ]


def _results(others: Mapping[str, list[Question]], lang: Language) -> tuple[Result, ...]:
    names = {f"osaid.{item.id}": item.name(lang) for item in asked(*ASKED["osaid"])}
    return (
        osaid_result(others["osaid"], names, lang),
        european_result(others["eu"], lang),
        transparency_result(others["fmti"], lang),
    )


def _groups(
    components: Mapping[str, Question], licenses: list[Question], others: Mapping[str, list[Question]], lang: Language
) -> tuple[Group, ...]:
    words: dict[str, Any] = load("openness_words")[lang]
    rest = load("openness_transparency")["indicators"] - len(others["fmti"])
    names = {"osaid": "osaid", "eu": "european", "fmti": "fmti"}
    return (
        Group("mof", words["mof"], words["mof_about"], tuple(components.values())),
        Group("mof-licenses", words["mof_licenses"], words["mof_licenses_about"], tuple(licenses)),
        *(
            Group(group, words[names[group]], words[f"{names[group]}_about"].format(rest=rest), tuple(asked_))
            for group, asked_ in others.items()
        ),
    )


def _first(text: str) -> str:
    """Return `text` as a sentence begins."""
    return text[:1].upper() + text[1:]


def _spaced(sentences: list[str], lang: Language) -> str:
    return ("" if lang == "ja" else " ").join(sentences)


KIND = kinds.Kind("openness", "Openness", "オープン性", questions, assess)
