"""Who has a token."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.cli.ledgering:TokensAnswer"


@click.command("list")
@atlas_option
@ledger_option
@json_option
def command(atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """All tokens ever made, without their secrets."""
    from filiation.cli.console import print_json, table
    from filiation.cli.ledgering import TokensAnswer, require_administrator
    from filiation.cli.reviewing import day
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    require_administrator(me)
    tokens = book.tokens()
    if as_json:
        print_json(TokensAnswer(tokens))
        return
    table(
        ["name", "role", "state", "made", "by", "until", "revoked", "by"],
        [(t.name, t.role, t.state, day(t.made_at), t.made_by, day(t.until), day(t.revoked_at), t.revoked_by) for t in tokens],
    )
