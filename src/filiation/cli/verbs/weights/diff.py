"""What a fork changed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.export.weights_html import Heat
    from filiation.weights.difference import Difference

ANSWER = "filiation.weights.difference:Difference"
SHADES = ".:-=+*#%@"
"""From no change to the most."""
LISTED = 40


@click.command("diff")
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@click.option(
    "--html", "page", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write a page with a heat map."
)
@json_option
def command(first: str, second: str, page: Path | None, *, as_json: bool) -> int:
    """Say what changed from model A to model B, tensor by tensor, and in the files beside the weights.

    A and B are files of weights, models' folders, or model:owner/name on the Hub. All values are read.
    """
    from filiation.cli.console import note, print_json, progress, save
    from filiation.weights.difference import difference
    from filiation.weights.target import checkpoint_at

    with checkpoint_at(first) as a, checkpoint_at(second) as b, progress() as show:
        answer = difference(a, b, show)
    if page is not None:
        from filiation.export.weights_html import html

        save(html(answer), page)
        note(f"{page} shows it as a heat map")
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0


def _print(answer: Difference) -> None:
    from filiation.cli.console import heading, line, note, table
    from filiation.export.weights_html import heat

    heading(f"From {answer.first} to {answer.second}")
    line(f"  All that has a counterpart changed by {answer.summary.rel_l2:.4f} of its norm.")
    rows = [(status, count, answer.summary.values[status]) for status, count in answer.summary.tensors.items()]
    table(["what became of it", "tensors", "values"], rows)
    changed = [item for item in answer.tensors if item.status != "identical"]
    if changed:
        line()
        table(
            ["tensor", "what became of it", "change", "cosine", "rank"],
            [(item.name, str(item.status), _number(item.rel_l2), _number(item.cosine), item.rank) for item in changed[:LISTED]],
        )
        if len(changed) > LISTED:
            line(f"  and {len(changed) - LISTED:,} further tensors; --json tells all.")
    _print_heat(heat(answer))
    if answer.settings:
        line()
        table(["file", "setting", "before", "after"], [(s.file, s.key, s.before, s.after) for s in answer.settings])
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")


def _print_heat(grid: Heat) -> None:
    """Print the change by role, a letter for each layer; what is in no layer stands in the table above."""
    from filiation.cli.console import line

    inside = [number for number, layer in enumerate(grid.layers) if layer is not None]
    rows = [(role, [values[number] for number in inside]) for role, values in zip(grid.roles, grid.values, strict=True)]
    rows = [(role, values) for role, values in rows if any(value is not None for value in values)]
    if len(inside) > 1 and rows:
        width = max(len(role) for role, _ in rows)
        line()
        line(f"Change by layer and role, from none ({SHADES[0]}) to {grid.most:.3g} of the norm ({SHADES[-1]})")
        for role, values in rows:
            line("  " + role.ljust(width) + " |" + "".join(_shade(value, grid.most) for value in values) + "|")


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.4f}"


def _shade(value: float | None, most: float) -> str:
    if value is None:
        return " "
    return SHADES[0] if not value else SHADES[max(1, min(len(SHADES) - 1, round(value / most * (len(SHADES) - 1))))]
