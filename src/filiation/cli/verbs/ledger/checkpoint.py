"""How far the log goes, signed."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.ledger.checkpoint:Checkpoint"


@click.command("checkpoint")
@click.option(
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a copy here, to be kept where nobody who writes the ledger can write.",
)
@click.option(
    "--key",
    envvar="FILIATION_LEDGER_KEY",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="The key that signs, made on first use (default: ledger.key beside the ledger).",
)
@atlas_option
@ledger_option
@json_option
def command(output: Path | None, key: Path | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Sign how far the log goes: whoever keeps a copy can prove later that nothing before it was changed."""
    from filiation.cli.console import line, print_json
    from filiation.cli.ledgering import keep, require_new
    from filiation.cli.reviewing import key_file
    from filiation.ledger.opening import opened

    book, me = opened(atlas_path, ledger)
    if output:
        require_new(output)
    answer = book.checkpoint(key_file(atlas_path, ledger, key), me.name, me.role, via=me.via)
    if output:
        keep(answer, output)
    if as_json:
        print_json(answer)
    else:
        line(f"Entry {answer.entry} of ledger {answer.ledger}, signed by key {answer.key}.")
        line(f"{output} proves it." if output else "Keep a copy elsewhere with --output FILE: only that shows a log cut short.")
