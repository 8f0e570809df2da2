"""A whole atlas in one file."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.cli.keeping:BackupAnswer"


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--check", "check_only", is_flag=True, help="Make none: read the one in FILE to its end and prove each file.")
@atlas_option
@json_option
def command(file: Path, atlas_path: Path, *, check_only: bool, as_json: bool) -> None:
    """Write the atlas and the ledger in its folder to FILE (.tar.zst); 'filiation restore' brings them back.

    The atlas can be read meanwhile and not built. A ledger in PostgreSQL is not in it: pg_dump takes that.
    """
    from filiation.cli.console import progress
    from filiation.cli.keeping import BackupAnswer, answered, show
    from filiation.export.backup import back_up, check

    with progress() as told:
        found = check(file, told) if check_only else back_up(atlas_path, file, told)
    show(answered(BackupAnswer, file, None if check_only else atlas_path, found), as_json=as_json)
