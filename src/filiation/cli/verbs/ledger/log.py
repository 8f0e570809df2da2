"""The log itself."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.cli.ledgering:LogAnswer"


@click.command("log")
@click.option("--after", default=0, show_default=True, metavar="N", help="Only entries behind this number.")
@click.option("--limit", default=100, show_default=True, metavar="N", type=click.IntRange(1), help="At most so many.")
@atlas_option
@ledger_option
@json_option
def command(after: int, limit: int, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """The entries as they stand, oldest first; they are not checked: 'ledger verify' does that."""
    from filiation.cli.console import print_json
    from filiation.cli.ledgering import LogAnswer
    from filiation.cli.reviewing import print_entries
    from filiation.ledger.opening import opened

    book, _ = opened(atlas_path, ledger)
    entries = book.log(after, limit)
    if as_json:
        print_json(LogAnswer(entries))
    else:
        print_entries(entries)
