"""To write down what has ended."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.cli.reviewing:ReviewAnswer"


@click.command("expire")
@atlas_option
@ledger_option
@json_option
def command(atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Write down which decisions have ended; they have ended anyway, and every other writer does the same on the way."""
    from filiation.cli.console import print_json
    from filiation.cli.reviewing import ReviewAnswer, print_items
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    items = book.expire(me.name, me.role, via=me.via)
    if as_json:
        print_json(ReviewAnswer(items))
    else:
        print_items(items)
