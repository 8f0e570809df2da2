"""A new ledger."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.cli.ledgering:TokenAnswer"


@click.command("init")
@click.option("--name", metavar="NAME", help="The first administrator (default: the user of this machine).")
@atlas_option
@ledger_option
@json_option
def command(name: str | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Begin a ledger and print the token of its first administrator, once."""
    from filiation.cli.console import note, print_json
    from filiation.cli.ledgering import TokenAnswer
    from filiation.cli.reviewing import show_secret
    from filiation.ledger.opening import local_name, location
    from filiation.ledger.store import open_ledger

    book = open_ledger(location(atlas_path, ledger), create=True)
    first = name or local_name()
    secret = book.begin(first, local_name())
    if as_json:
        print_json(TokenAnswer(first, "administrator", secret))
    else:
        note(f"The ledger {book.name} has begun.")
        show_secret(secret, first)
