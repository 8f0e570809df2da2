"""Make an assessment, with what people answered in the ledger and in a file, and show it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from filiation.cli.options import atlas_option, json_option, lang_option, ledger_option

if TYPE_CHECKING:
    from filiation.core.decision import Given
    from filiation.governance.assessment import Assessment, Language

FORMATS = ("text", "json", "html", "markdown")

_OPTIONS = (
    click.option(
        "--answers",
        "answers",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Answers of people in a file; they stand before the ledger's.",
    ),
    click.option(
        "--ask",
        "ask_into",
        type=click.Path(path_type=Path, dir_okay=False),
        metavar="FILE",
        help="Write the open questions to this file, to be answered there.",
    ),
    click.option("--keep", is_flag=True, help="With --answers: keep them in the ledger too."),
    click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it."),
    lang_option,
    click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of printing."),
    click.option("--at", metavar="DATE", help="Assess as of this date: answers that had ended by then count no more."),
    atlas_option,
    ledger_option,
    json_option,
)


def assessment_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a verb the options that all assessments share; `Asking` takes them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """What `assessment_options` bring."""

    answers: Path | None
    ask_into: Path | None
    keep: bool
    format_: str
    lang: str
    output: Path | None
    at: str | None
    atlas_path: Path
    ledger: str | None
    as_json: bool


def assessed(kind_name: str, ref: str, asking: Asking, purpose: str = "") -> Assessment:
    """Return the assessment of `ref`, after keeping the file's answers where that is asked.

    Raises:
        FiliationError: If there is no such node, the answers make no sense, or the ledger cannot be read.
    """
    from filiation.cli.deciding import standing_in
    from filiation.cli.lookup import find_node
    from filiation.cli.options import moment
    from filiation.core.errors import FiliationError
    from filiation.governance.kind import Asked, kind, made
    from filiation.governance.pilot.register import relatives
    from filiation.lineage.arrays import Lineage
    from filiation.store.atlas import Atlas

    if asking.keep and asking.answers is None:
        raise FiliationError("What is to be kept? Name a file with --answers.")
    meant, at = kind(kind_name), moment(asking.at)
    lineage = Lineage.load(asking.atlas_path)
    node = find_node(lineage, ref, asking.atlas_path)
    named = lineage.ref(node)
    given = answered(meant.name, named, asking, meant.questions(), at)
    with Atlas.open(asking.atlas_path) as atlas:
        adopted, lessons = standing_in(asking.atlas_path, asking.ledger, relatives(lineage, node))
        asked = Asked(atlas.con, lineage, node, _language(asking.lang), at, given, purpose, adopted, lessons)
        return made(meant, asked)


def answered(kind_name: str, ref: str, asking: Asking, questions: Any, at: datetime) -> list[Given]:
    """Return what people answered: the ledger's answers first, then the file's, which stand before them.

    Raises:
        FiliationError: If the file makes no sense, or the ledger cannot be read or written.
    """
    from filiation.cli.deciding import answers_in
    from filiation.governance.answers import read_answers

    told = read_answers(asking.answers, kind_name, ref, questions, at) if asking.answers else []
    kept = answers_in(asking.atlas_path, asking.ledger, ref, kind_name, at)
    if asking.keep:
        _keep(told, kind_name, ref, asking)
    return [*kept, *told]


def show(assessment: Assessment, asking: Asking) -> None:
    """Print an assessment as it was asked for, or write it; and the questions still open, where that was asked."""
    from filiation.cli.console import heading, line, note, print_json, save

    format_ = "json" if asking.as_json else asking.format_
    if asking.ask_into:
        from filiation.governance.answers import ask

        save(ask(assessment), asking.ask_into)
        note(f"Open questions: {assessment.open_questions}, to be answered in {asking.ask_into}.")
    if asking.output:
        save(rendered(assessment, format_), asking.output)
        line(str(asking.output))
    elif format_ == "json":
        print_json(assessment)
    elif format_ == "text":
        from shutil import get_terminal_size

        from filiation.export.report_text import lines
        from filiation.governance.report import report

        for is_heading, text in lines(report(assessment), get_terminal_size((100, 24)).columns):
            heading(text) if is_heading else line(text)
    else:
        click.echo(rendered(assessment, format_))


def rendered(assessment: Assessment, format_: str) -> str:
    """Return an assessment in one of `FORMATS`."""
    from filiation.export import report_html, report_markdown, report_text
    from filiation.governance.report import report

    if format_ == "json":
        return msgspec.json.format(msgspec.json.encode(assessment)).decode() + "\n"
    return {"text": report_text.text, "html": report_html.html, "markdown": report_markdown.markdown}[format_](
        report(assessment)
    )


def _language(lang: str) -> Language:
    return "ja" if lang == "ja" else "en"


def _keep(told: list[Given], kind_name: str, ref: str, asking: Asking) -> None:
    """Write the file's answers into the ledger, in the name of whoever does it: whose they were first stands in the reason."""
    from filiation.cli.console import note
    from filiation.ledger.drafts import Reply
    from filiation.ledger.opening import opened

    book, me = opened(asking.atlas_path, asking.ledger, create=True)
    replies = [Reply(item.question, item.value, _reason(item, me.name), item.detail, item.where, item.until) for item in told]
    book.answer(ref, kind_name, replies, me.name, me.role, via=me.via)
    note(f"Kept in the ledger: {len(replies)} answers.")


def _reason(item: Given, me: str) -> str:
    return item.why if item.who == me else f"{item.why} ({item.who}, {item.at:%Y-%m-%d})"
