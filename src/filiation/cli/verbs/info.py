"""What is in an atlas."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.store.info:Info"


@click.command("info")
@atlas_option
@json_option
def command(atlas_path: Path, as_json: bool) -> None:
    """What is in this atlas: its snapshots, tables and stages."""
    from filiation.cli.console import heading, line, print_json, table
    from filiation.store.atlas import Atlas
    from filiation.store.info import info

    with Atlas.open(atlas_path) as atlas:
        answer = info(atlas.con)
    if as_json:
        print_json(answer)
        return
    heading(f"{atlas_path}: schema {answer.schema_version}, written by filiation {answer.written_by}")
    rows = [(item.path, item.seen_at, item.seen, item.added, item.unchanged, item.skipped) for item in answer.snapshots]
    table(["snapshot", "seen at", "seen", "added", "unchanged", "skipped"], rows)
    line()
    table(["table", "rows"], list(answer.tables.items()))
    line()
    table(["stage", "rows", "seconds", "started at"], [(s.stage, s.rows, s.seconds, s.started_at) for s in answer.stages])
