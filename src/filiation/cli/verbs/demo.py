"""Chart the bundled snapshot and tell what is in it."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.cli.charting:Charted"


@click.command("demo")
@click.option("--serve", "then_serve", is_flag=True, help="Then open the map in a browser, until Ctrl-C.")
@atlas_option
@json_option
def command(*, then_serve: bool, atlas_path: Path, as_json: bool) -> None:
    """Chart the bundled snapshot of some 22,000 real models, and tell what is in it."""
    from filiation.cli.charting import chart
    from filiation.cli.console import print_json, progress
    from filiation.cli.story import SNAPSHOT_DATE, snapshot_folder, tell

    with progress() as show:
        charted = chart(atlas_path, [snapshot_folder()], SNAPSHOT_DATE, None, show, draw=True)
    if as_json:
        print_json(charted)
    else:
        tell(charted, atlas_path)
    if then_serve:
        from filiation.cli.serving import Offered, serve
        from filiation.server.operating import Operating

        serve(atlas_path, "127.0.0.1", 0, Offered({}), Operating(), open_page=True)
