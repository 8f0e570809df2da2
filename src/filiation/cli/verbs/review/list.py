"""The items that wait for a person."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("list")
@click.option(
    "--state",
    default="waiting",
    show_default=True,
    type=click.Choice(["waiting", "all", "open", "expired", "waived", "approved", "rejected", "overridden"]),
    help="Only items in this state; waiting are those open or expired.",
)
@click.option("--owner", metavar="NAME", help="Only theirs.")
@atlas_option
@ledger_option
@json_option
def command(state: str, owner: str | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """The review items, those that wait for a person first, then by due date and severity."""
    from filiation.cli.console import print_json
    from filiation.cli.evidence import gone_from
    from filiation.cli.reviewing import ReviewAnswer, print_items
    from filiation.ledger.opening import opened

    book, _ = opened(atlas_path, ledger)
    items = book.items(None if state == "all" else state, owner)
    gone = gone_from(atlas_path, items)
    if as_json:
        print_json(ReviewAnswer(items, gone))
    else:
        print_items(items, gone)
