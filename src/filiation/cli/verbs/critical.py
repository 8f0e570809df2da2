"""What most stands on."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.lineage.questions:Critical"


@click.command("critical")
@click.option(
    "--by",
    type=click.Choice(["descendants", "dominated"]),
    default="descendants",
    show_default=True,
    help="How many stand on it, or how many have every line of descent through it.",
)
@click.option("--top", type=click.IntRange(min=1, max=10_000), default=20, show_default=True, help="How many to name.")
@atlas_option
@json_option
def command(by: Literal["descendants", "dominated"], top: int, atlas_path: Path, as_json: bool) -> None:
    """The nodes that most stand on, and those that everything below passes through."""
    from filiation.cli.console import line, print_json, table
    from filiation.lineage.arrays import Lineage
    from filiation.lineage.questions import critical

    answer = critical(Lineage.load(atlas_path), by, top)
    if as_json:
        print_json(answer)
        return
    rows = [
        (
            node.ref if node.state == "present" else f"{node.ref} [{node.state}]",
            node.descendants,
            node.dominated,
            node.downloads,
        )
        for node in answer.nodes
    ]
    table(["node", "descendants", "dominated", "downloads below"], rows)
    if answer.lower_bounds:
        line("Counting was cut short by its budget: some counts are lower bounds.")
