"""To accept a finding for a while."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option, moment, why_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("waive")
@item_argument
@why_option
@click.option("--until", required=True, metavar="DATE", help="When it ends, and the item is open again.")
@atlas_option
@ledger_option
@json_option
def command(item: int, why: str, until: str, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Accept what was found until a date: it counts no more in audits until then."""
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    changed(book.decide(item, "waive", me.name, me.role, why, moment(until), via=me.via), as_json=as_json)
