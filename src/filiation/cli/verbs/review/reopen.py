"""To take a decision back."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option, why_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("reopen")
@item_argument
@why_option
@atlas_option
@ledger_option
@json_option
def command(item: int, why: str, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Take back what was decided: the item waits for a person again."""
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    changed(book.decide(item, "reopen", me.name, me.role, why, via=me.via), as_json=as_json)
