"""Who is to decide, and by when."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option, moment

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("assign")
@item_argument
@click.argument("owner")
@click.option("--due", metavar="DATE", help="By when.")
@atlas_option
@ledger_option
@json_option
def command(item: int, owner: str, due: str | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Give a review item to OWNER."""
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    changed(book.assign(item, owner, me.name, me.role, moment(due) if due else None, via=me.via), as_json=as_json)
