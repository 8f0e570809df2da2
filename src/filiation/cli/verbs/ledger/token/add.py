"""A token for somebody."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, moment, until_option

ANSWER = "filiation.cli.ledgering:TokenAnswer"


@click.command("add")
@click.argument("name")
@click.option("--role", required=True, type=click.Choice(["reader", "reviewer", "administrator"]), help="What it allows.")
@until_option
@atlas_option
@ledger_option
@json_option
def command(name: str, role: str, until: str | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Make a token for NAME and print it, once; what they write with it bears that name."""
    from filiation.cli.console import print_json
    from filiation.cli.ledgering import TokenAnswer
    from filiation.cli.reviewing import show_secret
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger, create=True)
    end = moment(until) if until else None
    secret = book.add_token(name, role, me.name, me.role, end, via=me.via)
    if as_json:
        print_json(TokenAnswer(name, role, secret, end))
    else:
        show_secret(secret, name)
