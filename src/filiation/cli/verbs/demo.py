"""Chart the bundled snapshot and tell what is in it."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.cli.charting:Charted"


@click.command("demo")
@atlas_option
@json_option
def command(atlas_path: Path, as_json: bool) -> None:
    """Chart the bundled snapshot of some 22,000 real models, and tell what is in it."""
    from filiation.cli.charting import chart
    from filiation.cli.console import print_json, progress
    from filiation.cli.story import SNAPSHOT_DATE, snapshot_folder, tell

    with progress() as show:
        charted = chart(atlas_path, [snapshot_folder()], SNAPSHOT_DATE, None, show)
    if as_json:
        print_json(charted)
    else:
        tell(charted, atlas_path)
