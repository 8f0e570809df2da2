"""To accept a finding for what it is."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option, moment, until_option, why_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("approve")
@item_argument
@why_option
@until_option
@atlas_option
@ledger_option
@json_option
def command(item: int, why: str, until: str | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Accept what was found, on this evidence: it counts no more in audits until the evidence changes."""
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    changed(book.decide(item, "approve", me.name, me.role, why, moment(until) if until else None, via=me.via), as_json=as_json)
