"""To call a finding false."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option, why_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("reject")
@item_argument
@why_option
@atlas_option
@ledger_option
@json_option
def command(item: int, why: str, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Say that the alarm is false: it does not come back until its evidence changes."""
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    changed(book.decide(item, "reject", me.name, me.role, why, via=me.via), as_json=as_json)
