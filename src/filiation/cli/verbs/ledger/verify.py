"""Whether the log is whole."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ledger_option

ANSWER = "filiation.ledger.verification:Verification"


@click.command("verify")
@click.option(
    "--checkpoint",
    "checkpoints",
    multiple=True,
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A checkpoint that was kept elsewhere: nothing before it can have been rewritten or cut off unseen; may be repeated.",
)
@click.option(
    "--signer", "signers", multiple=True, metavar="KEY", help="Believe only checkpoints of this key; may be repeated."
)
@atlas_option
@ledger_option
@json_option
def command(
    checkpoints: tuple[Path, ...], signers: tuple[str, ...], atlas_path: Path, ledger: str | None, *, as_json: bool
) -> int:  # fmt: skip
    """Prove that the log is as it was written, or name the first entry that is not; exits with 1 where it is not."""
    from filiation.cli.console import print_json
    from filiation.cli.ledgering import print_verification
    from filiation.ledger.checkpoint import read_checkpoint
    from filiation.ledger.opening import location
    from filiation.ledger.store import open_ledger

    book = open_ledger(location(atlas_path, ledger))
    answer = book.verify([read_checkpoint(path) for path in checkpoints], signers)
    if as_json:
        print_json(answer)
    else:
        print_verification(answer)
    return int(not answer.intact)
