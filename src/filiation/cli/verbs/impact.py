"""What stands on a model."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option, ref_argument

ANSWER = "filiation.lineage.questions:Impact"


@click.command("impact")
@ref_argument
@click.option("--top", type=click.IntRange(min=1, max=1000), default=10, show_default=True, help="How many to name.")
@atlas_option
@json_option
def command(ref: str, top: int, atlas_path: Path, as_json: bool) -> None:
    """What stands on a model or dataset: its blast radius."""
    from filiation.api.tracing import node_impact
    from filiation.cli.console import heading, line, print_json, table
    from filiation.cli.lookup import find_node
    from filiation.lineage.arrays import Lineage

    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    answer = node_impact(atlas_path, None, lineage, node, top)
    if as_json:
        print_json(answer)
        return
    heading(f"{answer.ref}: {answer.descendants:,} stand on it, {_downloads(answer.downloads)}")
    for item in answer.applications or ():
        line(f"application {item.name} stands on it, through {', '.join(item.through[:3])}{' ...' * (len(item.through) > 3)}")
    if not answer.descendants:
        return
    line("by relation  " + ", ".join(f"{name} {count:,}" for name, count in answer.by_relation.items()))
    line("by depth     " + ", ".join(f"{depth}: {count:,}" for depth, count in answer.by_depth.items()))
    licenses = [f"{name} {count:,}" for name, count in answer.licenses.items()]
    line("by license   " + ", ".join(licenses[:8]) + (f" and {len(licenses) - 8} more" if len(licenses) > 8 else ""))
    line()
    table(["most downloaded", "depth", "downloads"], [(item.ref, item.depth, item.downloads) for item in answer.top])


def _downloads(total: int | None) -> str:
    return "downloads unknown" if total is None else f"with {total:,} downloads"
