"""A remark about an item."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("comment")
@item_argument
@click.argument("text")
@atlas_option
@ledger_option
@json_option
def command(item: int, text: str, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Say something about a review item; it stays in its history."""
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    changed(book.comment(item, text, me.name, me.role, via=me.via), as_json=as_json)
