"""All that was written about one item."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option

ANSWER = "filiation.cli.reviewing:HistoryAnswer"


@click.command("history")
@item_argument
@atlas_option
@ledger_option
@json_option
def command(item: int, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """All that was ever written about a review item: who, when and why."""
    from filiation.cli.console import print_json
    from filiation.cli.reviewing import HistoryAnswer, print_entries, print_item
    from filiation.ledger.opening import opened

    book, _ = opened(atlas_path, ledger)
    about, entries = book.item(item), book.history(item)
    if as_json:
        print_json(HistoryAnswer([about], entries))
    else:
        print_item(about)
        print_entries(entries)
