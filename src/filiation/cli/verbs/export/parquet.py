"""The atlas's tables as Parquet."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.export.parquet:ParquetFolder"


@click.command("parquet")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--table",
    "only",
    multiple=True,
    metavar="NAME",
    help="Only this table; may be repeated (default: all but people's decisions).",
)
@atlas_option
@json_option
def command(folder: Path, only: tuple[str, ...], atlas_path: Path, *, as_json: bool) -> None:
    """Write the tables as Parquet files, with the names and columns that they have in the atlas."""
    from filiation.cli.console import line, print_json, table
    from filiation.export.parquet import export_parquet
    from filiation.store.atlas import Atlas

    with Atlas.open(atlas_path) as atlas:
        answer = export_parquet(atlas.con, folder, only)
    if as_json:
        print_json(answer)
        return
    table(["table", "rows", "files"], [(one.name, one.rows, one.files) for one in answer.tables])
    line(f"{answer.folder}: {answer.bytes / 1e6:.1f} MB.")
