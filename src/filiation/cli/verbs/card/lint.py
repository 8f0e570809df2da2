"""Check cards."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from filiation.cli.options import lang_option

if TYPE_CHECKING:
    from filiation.cli.carding import CardLint

ANSWER = "filiation.cli.carding:CardLint"
NEVER = "never"
ABSENT = "card-section-absent"
"""Of these there are many: they stand in one line."""


@click.command("lint")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--kind", type=click.Choice(["model", "dataset"]), help="Of what they are the cards (default: by their fields).")
@click.option("--require", "required", multiple=True, metavar="SECTION", help="A section that must be filled; may be repeated.")
@click.option(
    "--fail-on",
    type=click.Choice(["info", "low", "medium", "high", "critical", NEVER]),
    default="medium",
    show_default=True,
    help="Exit with 1 if a finding is as bad as this.",
)
@click.option("--format", "format_", type=click.Choice(["text", "json", "sarif"]), default="text", help="How to say it.")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def command(
    paths: tuple[Path, ...],
    kind: Literal["model", "dataset"] | None,
    required: tuple[str, ...],
    fail_on: str,
    format_: str,
    lang: Literal["en", "ja"],
    *,
    as_json: bool,
) -> int:
    """Check a card: which sections are filled, what only keeps a place, and what is wrong with its fields.

    PATHS are README.md files, or folders that hold one. Exits with 1 if there is a finding as bad as --fail-on.
    """
    from filiation.cli.carding import lint_paths
    from filiation.cli.console import print_json
    from filiation.core.finding import Severity
    from filiation.core.ref import Kind

    threshold = None if fail_on == NEVER else Severity(fail_on)
    answer, texts = lint_paths(paths, Kind(kind) if kind else None, required, threshold, lang)
    if as_json or format_ == "json":
        print_json(answer)
    elif format_ == "sarif":
        _print_sarif(answer, texts)
    else:
        _print(answer, texts)
    return int(answer.failed)


def _print_sarif(answer: CardLint, texts: dict[str, str]) -> None:
    import json

    from filiation.assess.card_rules import checks
    from filiation.export.sarif import sarif

    click.echo(json.dumps(sarif(answer.findings, checks(), lang=answer.lang, texts=texts), indent=2))


def _print(answer: CardLint, texts: dict[str, str]) -> None:
    from filiation.assess.card_rules import finding
    from filiation.cli.console import heading, line

    for card in answer.cards:
        counts = {state: sum(item.state == state and item.weight > 0 for item in card.sections) for state in _STATES}
        told = ", ".join(f"{count} {state}" for state, count in counts.items())
        heading(f"{card.path}: documentation {card.score:.2f} (sections: {told})")
        own = [item for item in answer.findings if item.subject == card.path]
        for item in (item for item in own if item.check != ABSENT):
            where = _line(texts.get(card.path, ""), item.locations[0])
            line(f"  {where}{item.severity}: {item.message} ({item.check})")
        for severity in dict.fromkeys(item.severity for item in own if item.check == ABSENT):
            titles = [item.details[0] for item in own if item.check == ABSENT and item.severity == severity]
            line(f"  {severity}: {finding(ABSENT, card.path, answer.lang, ('; '.join(titles),), '').message} ({ABSENT})")
    if answer.findings:
        line()
        for check, remedy in sorted({(item.check, item.remedy) for item in answer.findings}):
            line(f"{check}: {remedy}")


_STATES = ("present", "thin", "placeholder", "absent")


def _line(text: str, location: str) -> str:
    """Return the line and column of a location, as editors read them."""
    _, _, span = location.partition("#char=")
    if not span:
        return ""
    start = int(span.partition(",")[0])
    return f"{text.count(chr(10), 0, start) + 1}:{start - text.rfind(chr(10), 0, start)}: "
