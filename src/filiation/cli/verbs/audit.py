"""May we use this model? The answer, and what it stands on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, hashes_option, lang_option, ledger_option, moment

if TYPE_CHECKING:
    from filiation.audit.answer import AuditAnswer, Language
    from filiation.cli.targets import As
    from filiation.policy.rule import Policy

ANSWER = "filiation.audit.answer:AuditAnswer"
SELDOM = 1_000_000
"""After so many new objects the garbage collector looks for circles: one answer does not come that far."""
FORMATS = ("text", "json", "html", "markdown", "sarif")


@click.command("audit")
@click.argument("targets", nargs=-1, required=True, metavar="TARGET...")
@click.option("--policy", "policy_name", default="internal", show_default=True, metavar="NAME|FILE", help="What is required.")
@click.option("--format", "format_", type=click.Choice(FORMATS), default="text", show_default=True, help="How to show it.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@lang_option
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of printing.")
@click.option(
    "--summary", type=click.Path(path_type=Path, dir_okay=False), help="Append the report as Markdown to this file too."
)
@click.option(
    "--fail-on",
    type=click.Choice(["review", "block", "never"]),
    default="review",
    show_default=True,
    help="The verdict from which on to exit with 1.",
)
@click.option(
    "--as",
    "way",
    type=click.Choice(["name", "folder", "list", "source"]),
    help="How to read the targets (default: as they look).",
)
@click.option("--at", metavar="DATE", help="Audit as of this date: waivers that had ended by then count no more.")
@click.option("--review", "ask", is_flag=True, help="Open a review of each finding that a person must look at.")
@click.option("--owner", metavar="NAME", help="With --review: who is to decide.")
@click.option("--due", metavar="DATE", help="With --review: by when.")
@click.option(
    "--attest",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Sign the answer, and write it to this file.",
)
@click.option("--key", type=click.Path(path_type=Path), help="With --attest: your private key, in PEM.")
@hashes_option
@atlas_option
@ledger_option
def command(
    targets: tuple[str, ...],
    policy_name: str,
    format_: str,
    lang: Language,
    output: Path | None,
    summary: Path | None,
    fail_on: str,
    way: As | None,
    at: str | None,
    owner: str | None,
    due: str | None,
    attest: Path | None,
    key: Path | None,
    hashes: Path | None,
    atlas_path: Path,
    ledger: str | None,
    *,
    ask: bool,
    as_json: bool,
) -> int:
    """May we build on these? The verdict, why, what to do, and below it all the evidence.

    A TARGET is a model or dataset (owner/name, owner/name@revision), a model's folder, a text file that lists names, or a
    source tree whose Python loads models.
    """
    import gc

    gc.set_threshold(SELDOM)  # whole libraries come to stay, which the collector would walk through again and again

    from filiation.audit.report import report
    from filiation.cli.auditing import audited
    from filiation.cli.deciding import decisions
    from filiation.export.report_markdown import markdown
    from filiation.policy.load import load

    now = moment(at)
    policy = load(policy_name)
    answer = audited(atlas_path, targets, way, policy, decisions(atlas_path, ledger, now), now, lang)
    _show(answer, "json" if as_json else format_, output)
    if summary:
        with summary.open("a", encoding="utf-8") as file:
            file.write(markdown(report(answer)))
    if ask:
        from filiation.cli.auditing import ask_people
        from filiation.cli.console import note

        opened = ask_people(answer, atlas_path, ledger, owner, moment(due) if due else None)
        note(f"Reviews: {len(opened.opened)} opened, {opened.waiting} waiting, {opened.settled} decided before.")
    if attest:
        _attest(answer, policy, targets, atlas_path, attest, key, hashes)
    bad = {"review": {"review", "block"}, "block": {"block"}, "never": set()}[fail_on]
    return int(answer.verdict in bad)


def _attest(
    answer: AuditAnswer,
    policy: Policy,
    targets: tuple[str, ...],
    atlas: Path,
    out: Path,
    key: Path | None,
    hashes: Path | None,
) -> None:
    from filiation.cli.attesting import attest
    from filiation.cli.console import note
    from filiation.cli.signing import opened_store

    with opened_store(hashes) as store:
        count = attest(answer, policy, targets, atlas, out, key, store)
    note(f"Attested, about {count:,} files or commits: {out}")


def _show(answer: AuditAnswer, format_: str, output: Path | None) -> None:
    from shutil import get_terminal_size

    from filiation.audit.report import report
    from filiation.cli.console import heading, line, print_json, save
    from filiation.export.report_text import lines

    if output:
        save(_rendered(answer, format_), output)
        line(str(output))
    elif format_ == "json":
        print_json(answer)
    elif format_ == "text":
        for is_heading, text in lines(report(answer), get_terminal_size((100, 24)).columns):
            heading(text) if is_heading else line(text)
    else:
        click.echo(_rendered(answer, format_))


def _rendered(answer: AuditAnswer, format_: str) -> str:
    """Return the answer in a format that a file may have."""
    import msgspec

    from filiation.audit.report import report
    from filiation.cli.auditing import sarif_log
    from filiation.export import report_html, report_markdown, report_text

    if format_ == "json":
        return msgspec.json.format(msgspec.json.encode(answer)).decode() + "\n"
    if format_ == "sarif":
        return msgspec.json.format(msgspec.json.encode(sarif_log(answer))).decode() + "\n"
    return {"text": report_text.text, "html": report_html.html, "markdown": report_markdown.markdown}[format_](report(answer))
