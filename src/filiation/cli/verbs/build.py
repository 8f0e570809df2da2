"""Run the stages that are out of date."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, map_option, map_size_option

if TYPE_CHECKING:
    from filiation.layout.sizes import Size

ANSWER = "filiation.cli.observing:BuildAnswer"


@click.command("build")
@click.option(
    "--from",
    "start",
    metavar="STAGE",
    help="Run this stage and all after it anyway: extract, lineage, licenses, audit, search or map.",
)
@map_option
@map_size_option
@atlas_option
@ledger_option
@json_option
def command(start: str | None, draw: bool, size: Size | None, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """Run the stages that are out of date."""
    from filiation.cli.console import line, print_json, progress, table
    from filiation.cli.deciding import decisions
    from filiation.cli.observing import BuildAnswer
    from filiation.pipeline import build
    from filiation.store.atlas import Atlas

    overrides = decisions(atlas_path, ledger).overrides
    with progress() as show, Atlas.open(atlas_path, "write") as atlas:
        answer = BuildAnswer(build(atlas, show, start, draw=draw, size=size, overrides=overrides))
    if as_json:
        print_json(answer)
    elif answer.stages:
        table(["stage", "rows", "seconds"], [(stage.name, stage.rows, stage.seconds) for stage in answer.stages])
    else:
        line("Everything is up to date.")
