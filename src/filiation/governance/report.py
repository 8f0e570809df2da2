"""An assessment as a report: first what follows and what is missing, below it every question with its evidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from filiation.core.report import Answer, Block, Heading, Paragraph, Points, Report, Table
from filiation.governance import assessment as shapes
from filiation.governance.assessment import Assessment, Evidence, Group, Question
from filiation.knowledge import load

GAPS = 8
"""So many gaps, and open questions, stand on the first page."""
EVIDENCE = 4
"""So many pieces of evidence stand in a cell; JSON has them all."""


def report(assessment: Assessment) -> Report:
    """Return the report of an assessment, in its language."""
    words = load("assessment_words")[assessment.lang]
    first = list(_first_page(assessment, words))
    details = [block for group in assessment.groups for block in _group(group, words)]
    across = [block for table in assessment.tables for block in _across(table, words)]
    return Report(assessment.lang, assessment.title, len(first), [*first, *across, *details])


def _first_page(assessment: Assessment, words: dict[str, str]) -> Iterator[Block]:
    yield Heading(1, assessment.title)
    yield Paragraph(words["under"].format(ref=assessment.ref, day=assessment.day, dated=assessment.dated))
    for result in assessment.results:
        line = f"{result.title}{words['colon']}{result.text}"
        yield Answer("told", result.title, result.text, line)
    questions = [question for group in assessment.groups for question in group.questions]
    counts = dict.fromkeys(("yes", "partial", "no", "not_applicable", "unknown"), 0)
    counts |= Counter(question.value for question in questions)
    yield Paragraph(words["questions"].format(all=len(questions), **counts))
    yield Heading(2, words["missing"])
    gaps = [item.gap for item in questions if item.gap and item.value != "unknown"]
    yield _listed(gaps, words, _nothing_missing(len(questions), counts["unknown"], words))
    yield Heading(2, words["open"])
    yield _listed([item.text for item in questions if item.value == "unknown"], words, words["nothing_open"])
    if assessment.notice:
        yield Paragraph(assessment.notice)


def _nothing_missing(asked: int, unknown: int, words: dict[str, str]) -> str:
    """Return what is said where no gap is known; it is no all-clear while questions are open."""
    if not unknown:
        return words["nothing_missing"]
    return words["missing_not_known" if unknown == asked else "missing_where_answered"].format(count=unknown)


def _listed(texts: list[str], words: dict[str, str], nothing: str) -> Block:
    told = list(dict.fromkeys(texts))
    if not told:
        return Paragraph(nothing)
    rest = [words["missing_more"].format(count=len(told) - GAPS)] if len(told) > GAPS else []
    return Points([*told[:GAPS], *rest])


def _group(group: Group, words: dict[str, str]) -> Iterator[Block]:
    yield Heading(2, group.title)
    if group.about:
        yield Paragraph(group.about)
    if group.questions:
        columns = [words[name] for name in ("question", "answer", "evidence", "gap")]
        yield Table(columns, [_row(question, words) for question in group.questions])
        yield from _side_by_side(group.questions, words)
    sources = list(dict.fromkeys(question.source for question in group.questions if question.source))
    if sources:
        yield Paragraph(words["source"].format(source=words["joined"].join(sources)))


def _side_by_side(questions: tuple[Question, ...], words: dict[str, str]) -> Iterator[Block]:
    """Yield each answer beside what published work says to the same question, where there is any."""
    works = list(dict.fromkeys(item.where for question in questions for item in question.compared))
    if not works:
        return
    yield Heading(3, words["side_by_side"])
    rows = []
    for question in questions:
        texts = {item.where: item.text for item in question.compared}
        rows.append([question.text, _answer(question, words), *(texts.get(work, "-") for work in works)])
    yield Table([words["question"], words["answer"], *works], rows)


def _across(table: shapes.Table, words: dict[str, str]) -> Iterator[Block]:
    yield Heading(2, table.title)
    if table.about:
        yield Paragraph(table.about)
    flagged = frozenset(table.flagged)
    rows = [[f"{words['flag']} {row[0]}" if n in flagged else row[0], *row[1:]] for n, row in enumerate(table.rows)]
    yield Table(list(table.columns), rows)
    if flagged:
        yield Paragraph(words["flagged"].format(flag=words["flag"], count=len(flagged)))
    if table.source:
        yield Paragraph(words["source"].format(source=table.source))


def _answer(question: Question, words: dict[str, str]) -> str:
    return words[question.value] + (f"{words['colon']}{question.detail}" if question.detail else "")


def _row(question: Question, words: dict[str, str]) -> list[str]:
    asked = question.text if question.required else f"{question.text} ({words['optional']})"
    return [asked, _answer(question, words), _evidence(question, words) or "-", question.gap or "-"]


def _evidence(question: Question, words: dict[str, str]) -> str:
    told = [_piece(item, words) for item in question.evidence]
    given = question.answered
    if given is not None:
        name = "said_until" if given.until else "said"
        until = f"{given.until:%Y-%m-%d}" if given.until else ""
        where = question.evidence[0].where if question.evidence else ""
        said = words[name].format(who=given.who, at=f"{given.at:%Y-%m-%d}", until=until, why=given.why)
        told[:1] = [words["told"].format(text=said, where=where) if where else said]
    return words["joined"].join(told[:EVIDENCE])


def _piece(item: Evidence, words: dict[str, str]) -> str:
    text = item.text.rstrip(".。")  # it stands in a row
    if item.basis is None:
        return words["told"].format(text=text, where=item.where) if item.where else text
    told = {"text": text, "where": item.where, "basis": words[item.basis], "confidence": f"{item.confidence:.0%}"}
    return words["found" if item.where else "found_nowhere"].format(**told)
