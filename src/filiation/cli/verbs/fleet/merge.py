"""Take over heavy work that was done elsewhere."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.fleet.answers:FleetMerged"


@click.command("merge")
@click.argument("source", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@atlas_option
@json_option
def command(source: Path, atlas_path: Path, *, as_json: bool) -> None:
    """Take over the parts in DIR, another atlas or what --into of 'fleet run' named; 'build' and 'chart' then use them.

    Parts are known by what is in them: to take the same over twice changes nothing.
    """
    from filiation.cli.console import line, note, print_json
    from filiation.fleet.answers import merged
    from filiation.store.parts import FOLDER

    answer = merged(source, atlas_path / FOLDER)
    if as_json:
        print_json(answer)
        return
    line(f"{answer.taken:,} parts taken over, {answer.bytes / 1e6:.1f} MB; {answer.known:,} were there.")
    for folder in answer.stale:
        note(f"{folder} was made by another version of filiation, and is left.")
