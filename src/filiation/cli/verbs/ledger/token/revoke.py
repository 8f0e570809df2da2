"""To end a token."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.cli.ledgering:TokensAnswer"


@click.command("revoke")
@click.argument("name")
@click.option("--why", default="", help="The reason.")
@atlas_option
@ledger_option
@json_option
def command(name: str, why: str, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """End the token of NAME, now."""
    from filiation.cli.console import line, print_json
    from filiation.cli.ledgering import TokensAnswer
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    book.revoke_token(name, me.name, me.role, why=why, via=me.via)
    if as_json:
        print_json(TokensAnswer([token for token in book.tokens() if token.name == name]))
    else:
        line(f"The token of {name} opens nothing any more.")
