"""What is kept of heavy work."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.fleet.answers:FleetList"


@click.command("list")
@click.option("--into", type=click.Path(path_type=Path, file_okay=False), help="Where the parts are (default: ATLAS/fleet).")
@atlas_option
@json_option
def command(into: Path | None, atlas_path: Path, *, as_json: bool) -> None:
    """List what is kept of heavy work, by task and version; what is not of this version is of no use any more."""
    from filiation.cli.console import line, print_json, table
    from filiation.fleet.answers import listed
    from filiation.store.parts import FOLDER

    answer = listed(into or atlas_path / FOLDER)
    if as_json:
        print_json(answer)
        return
    if not answer.kept:
        line(f"Nothing is kept in {answer.folder}: 'filiation fleet run' puts it there.")
        return
    rows = [
        (item.task, item.version, "yes" if item.current else "no", item.parts, item.keys, item.skipped, item.bytes)
        for item in answer.kept
    ]
    table(["task", "version", "current", "parts", "keys", "skipped", "bytes"], rows)
