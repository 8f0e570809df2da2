"""The technical documentation of Annex XI as a document begun: each item with what is known, and what is to be written."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from filiation.core.report import Block, Heading, Paragraph, Points, Report
from filiation.governance.assessment import Assessment, Evidence, Language, Question
from filiation.governance.regulation.items import groups
from filiation.governance.regulation.kind import ANNEX_XI, ANNEX_XI_2, SYSTEMIC
from filiation.knowledge import load


def draft(assessment: Assessment, at: datetime) -> Report:
    """Return the draft of the documentation of a model, in the assessment's language.

    Args:
        assessment: Of regulation.
        at: When, naive UTC.
    """
    words = load("regulation_words")[assessment.lang]
    title = words["draft_title"].format(ref=assessment.ref)
    found = {group.id: group for group in assessment.groups}
    asked = found[ANNEX_XI].questions
    systemic = next(item for group in assessment.groups for item in group.questions if item.id == SYSTEMIC)
    if systemic.value != "no":
        asked = (*asked, *found[ANNEX_XI_2].questions)
    left = [item for item in asked if item.value not in ("yes", "not_applicable")]
    head: list[Block] = [
        Heading(1, title),
        Paragraph(words["draft_about"].format(at=f"{at:%Y-%m-%d}")),
        Paragraph(words["draft_left"].format(open=len(left), all=len(asked))),
        Paragraph(assessment.notice),
    ]
    body = [
        block for name in (ANNEX_XI, ANNEX_XI_2) for block in _section(found[name].title, name, asked, words, assessment.lang)
    ]
    if systemic.value == "no" and systemic.answered:
        body.append(Paragraph(words["draft_skipped"].format(who=systemic.answered.who)))
    return Report(assessment.lang, title, len(head), [*head, *body])


def _section(title: str, name: str, asked: tuple[Question, ...], words: dict[str, str], lang: Language) -> Iterator[Block]:
    mine = {item.id: item for item in asked if item.id.startswith(f"{name}.")}
    if not mine:
        return
    yield Heading(2, title)
    for item in next(group for group in groups() if group.id == name).item:
        told = mine[f"{name}.{item.id}"]
        yield Heading(3, words["draft_item"].format(place=item.where(lang), text=item.ja if lang == "ja" else item.en))
        yield from _answer(told, words, lang)


def _answer(told: Question, words: dict[str, str], lang: Language) -> Iterator[Block]:
    given = told.answered
    if given is not None:
        text = f"{told.detail} {given.why}".strip()
        yield Paragraph(words["draft_person"].format(text=text, who=given.who, at=f"{given.at:%Y-%m-%d}"))
    evidence = told.evidence[1:] if given is not None else told.evidence
    if evidence:
        yield Points([_piece(item, words, lang) for item in evidence])
    if told.gap and told.value not in ("yes", "not_applicable"):
        yield Paragraph(words["draft_partly" if told.value == "partial" else "draft_missing"].format(gap=told.gap))


def _piece(item: Evidence, words: dict[str, str], lang: Language) -> str:
    if item.basis is None:
        return item.text
    sure = f"{item.confidence:.0%}"
    return words["draft_evidence"].format(
        text=item.text, where=item.where or "-", basis=load("assessment_words")[lang][item.basis], confidence=sure
    )
