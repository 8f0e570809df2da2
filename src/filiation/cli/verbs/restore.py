"""An atlas out of its backup."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.cli.keeping:RestoreAnswer"


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--replace", is_flag=True, help="Put it in the place of the atlas that is there; the ledger that is there stays.")
@atlas_option
@json_option
def command(file: Path, atlas_path: Path, *, replace: bool, as_json: bool) -> None:
    """Make an atlas out of FILE, which 'filiation backup' wrote; every file is proved before anything is changed.

    A server goes on meanwhile and shows the restored atlas within a second.
    """
    from filiation.cli.console import progress
    from filiation.cli.keeping import RestoreAnswer, answered, show
    from filiation.export.backup import restore

    with progress() as told:
        found = restore(file, atlas_path, told, replace=replace)
    show(answered(RestoreAnswer, file, atlas_path, found), as_json=as_json)
