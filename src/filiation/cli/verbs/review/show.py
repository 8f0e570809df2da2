"""One item with its evidence."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, item_argument, json_option, ledger_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("show")
@item_argument
@atlas_option
@ledger_option
@json_option
def command(item: int, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """One review item: what was found, where it was read, who has it, what was decided."""
    from filiation.cli.evidence import gone_from, read_at
    from filiation.cli.reviewing import changed
    from filiation.ledger.opening import opened

    book, _ = opened(atlas_path, ledger)
    shown = book.item(item)
    places = None if as_json else read_at(atlas_path, shown)
    changed(shown, as_json=as_json, gone=gone_from(atlas_path, [shown]), places=places)
