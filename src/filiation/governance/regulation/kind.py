"""Regulation as a kind of assessment: the EU AI Act's duties on general-purpose models, and the risks of NIST AI 600-1."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import msgspec

from filiation.governance.answers import Known, known, open_questions
from filiation.governance.assessment import Assessment, Group, Language, Question, Result, Table
from filiation.governance.kind import Asked, Kind
from filiation.governance.regulation import exemption as exempting
from filiation.governance.regulation.answering import Shown, by_annex, on_risk, question
from filiation.governance.regulation.exemption import Exemption, exemption
from filiation.governance.regulation.items import NIST, ItemGroup, groups, questions, risks
from filiation.governance.subject import Subject, subject
from filiation.knowledge import load

ANNEX_XI, ANNEX_XI_2, ANNEX_XII, DUTIES = "eu.xi.1", "eu.xi.2", "eu.xii", "eu.duties"
DOCUMENTS = {"eu.duties.documentation": ANNEX_XI, "eu.duties.downstream": ANNEX_XII}
"""Duties that are answered from an annex."""
SYSTEMIC = f"{exempting.GROUP}.{exempting.SYSTEMIC}"
SETTLED_BY_NO = (SYSTEMIC, f"{exempting.GROUP}.{exempting.GPAI}", f"{exempting.GROUP}.{exempting.PROVIDER}")
"""Questions whose no lacks nothing."""
PLACED = datetime(2025, 8, 2)  # noqa: DTZ001  # a day, naive UTC as all moments here
DUE = datetime(2027, 8, 2)  # noqa: DTZ001  # the same


class RegulationAssessment(Assessment, frozen=True, tag_field="schema", tag="filiation/assess-regulation/v1"):
    """What the EU AI Act asks of the provider of a model, and the twelve risks of NIST AI 600-1. Not legal advice."""


def assess(asked: Asked) -> RegulationAssessment:
    """Return the assessment of one model.

    Raises:
        FiliationError: If the atlas cannot be read.
    """
    return assessment(subject(asked.con, asked.lineage, asked.node, asked.lang), known(asked.given, asked.at), asked.at)


def assessment(held: Subject, answers: Known, at: datetime) -> RegulationAssessment:
    """Return the assessment of what an atlas holds, with people's answers, as of `at`."""
    lang = held.lang
    told = load("regulation_words")[lang]
    made = {group.id: _group(group, held, answers) for group in groups()}
    stands = exemption({item.id.rpartition(".")[2]: item.value for item in made[exempting.GROUP].questions})
    made[DUTIES] = _duties(made, stands, lang)
    made[ANNEX_XI_2] = _systemic(made)
    nist = _nist(held, answers)
    listed = (*made.values(), nist)
    return RegulationAssessment(
        kind="regulation",
        ref=held.ref,
        title=told["title"].format(ref=held.ref),
        lang=lang,
        dated=load("regulation")["dated"],
        day=f"{at:%Y-%m-%d}",
        notice=told["notice"],
        results=tuple(_results(made, nist, stands, held, at)),
        groups=listed,
        open_questions=open_questions(listed),
        tables=(_table(made[DUTIES], stands, lang),),
    )


def _group(of: ItemGroup, held: Subject, answers: Known) -> Group:
    asked = [_settled(answers.on(question(of.id, item, held))) for item in of.item]
    title, about = (of.ja, of.about_ja) if held.lang == "ja" else (of.en, of.about_en)
    return Group(of.id, title, about, tuple(asked))


def _settled(item: Question) -> Question:
    """Return a question without its gap where no is as good as yes."""
    return msgspec.structs.replace(item, gap="") if item.id in SETTLED_BY_NO and item.value == "no" else item


def _duties(made: dict[str, Group], stands: Exemption, lang: Language) -> Group:
    """Return the duties: documents by how much of their annex is there, not applicable where the exemption frees of them."""
    asked = []
    for item in made[DUTIES].questions:
        if item.id in DOCUMENTS and item.answered is None:
            shown: Shown = by_annex(list(made[DOCUMENTS[item.id]].questions), lang)
            item = msgspec.structs.replace(item, value=shown.value, evidence=shown.evidence)  # noqa: PLW2901  # the same question
        if stands.status in ("not_gpai", "not_provider") or (stands.frees and item.id in exempting.EXEMPTED):
            item = msgspec.structs.replace(item, value="not_applicable", gap="")  # noqa: PLW2901  # the same question
        asked.append(item)
    return msgspec.structs.replace(made[DUTIES], questions=tuple(asked))


def _systemic(made: dict[str, Group]) -> Group:
    """Return section 2 of Annex XI: not applicable where there is no systemic risk, and not required where nobody said."""
    systemic = next(item for item in made[exempting.GROUP].questions if item.id == SYSTEMIC)
    change = msgspec.structs.replace
    asked = made[ANNEX_XI_2].questions
    if systemic.value == "no":
        asked = tuple(change(item, value="not_applicable", gap="", required=False) for item in asked)
    elif systemic.value != "yes":
        asked = tuple(change(item, required=False) for item in asked)
    return change(made[ANNEX_XI_2], questions=asked)


def _nist(held: Subject, answers: Known) -> Group:
    told = load("regulation_nist")
    lang = held.lang
    asked = tuple(answers.on(on_risk(risk, held)) for risk in risks())
    return Group(NIST, told[lang], told[f"about_{lang}"], asked)


def _results(made: dict[str, Group], nist: Group, stands: Exemption, held: Subject, at: datetime) -> list[Result]:
    told = load("regulation_words")[held.lang]
    text = told[stands.status].format(count=len(stands.missing))
    return [
        Result("eu.exemption", told["exemption"], stands.status, text, stands.missing),
        _since(held, at, told),
        _count(ANNEX_XI, told["annex_xi"], made[ANNEX_XI], told["annex_text"], told),
        _count(ANNEX_XI_2, told["annex_xi_2"], made[ANNEX_XI_2], told["annex_text"], told),
        _count(ANNEX_XII, told["annex_xii"], made[ANNEX_XII], told["annex_text"], told),
        _count(NIST, told["nist"], nist, told["nist_text"], told),
    ]


def _since(held: Subject, at: datetime, told: dict[str, str]) -> Result:
    """Return from when the duties apply: the registry's day is a sign of when it was placed on the market, and no more."""
    created = held.portrait.created_at
    if created is None:
        return Result("eu.since", told["since"], "unknown", told["since_unknown"])
    before = created.replace(tzinfo=None) < PLACED
    text = told["since_before" if before else "since_after"].format(date=f"{created:%Y-%m-%d}")
    return Result("eu.since", told["since"], "pending" if before and at < DUE else "in force", text)


def _count(name: str, title: str, group: Group, text: str, told: dict[str, str]) -> Result:
    values = Counter(item.value for item in group.questions)
    if values["not_applicable"] == len(group.questions):
        return Result(name, title, "not_applicable", told["annex_not"])
    missing = tuple(item.id for item in group.questions if item.value not in ("yes", "not_applicable"))
    counts = {value: values[value] for value in ("yes", "partial", "no", "unknown")}
    done = len(group.questions) - len(missing)
    return Result(name, title, f"{done}/{len(group.questions)}", text.format(all=len(group.questions), **counts), missing)


def _table(duties: Group, stands: Exemption, lang: Language) -> Table:
    """Return the duties with whether they apply; those that do and are not met are flagged."""
    told = load("regulation_words")[lang]
    rows, flagged = [], []
    for number, item in enumerate(duties.questions):
        applies = _applies(item, stands)
        rows.append((item.text, item.source, told[f"applies_{applies}"], told[item.value]))
        if applies in ("yes", "open") and item.value not in ("yes", "not_applicable"):
            flagged.append(number)
    columns = (told["duty"], told["place"], told["applies"], told["standing"])
    return Table("eu.duties", told["duties"], told["duties_about"], columns, tuple(rows), tuple(flagged))


def _applies(item: Question, stands: Exemption) -> str:
    if stands.status in ("not_gpai", "not_provider"):
        return "no"
    if item.id in exempting.EXEMPTED:
        return {"exempt": "exempt", "undecided": "open"}.get(stands.status, "yes")
    return "yes"


KIND = Kind("regulation", "Regulation", "規制", questions, assess)
