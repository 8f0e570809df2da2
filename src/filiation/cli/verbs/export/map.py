"""The map as a folder."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.export.map:MapFolder"


@click.command("map")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@atlas_option
@json_option
def command(folder: Path, atlas_path: Path, *, as_json: bool) -> None:
    """Write the map as a folder that any web server can serve, offline, with no request elsewhere."""
    from filiation.cli.console import line, print_json
    from filiation.export.map import export_map
    from filiation.lineage.arrays import Lineage
    from filiation.lineage.columns import read_columns
    from filiation.lineage.ground import Ground
    from filiation.server.page import FOLDER
    from filiation.store.atlas import Atlas

    with Atlas.open(atlas_path) as atlas:
        ground = Ground(Lineage.load(atlas_path), read_columns(atlas.con))
    answer = export_map(atlas_path, ground, FOLDER, folder)
    if as_json:
        print_json(answer)
    else:
        line(f"{answer.folder}: a map of {answer.nodes:,} nodes in {answer.files:,} files, {answer.bytes / 1e6:.1f} MB.")
        line(f"Serve it with any web server, such as 'python -m http.server --bind 127.0.0.1 --directory {answer.folder}'.")
