"""Of which models another was made."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.weights.answers import FoundParents

ANSWER = "filiation.weights.answers:FoundParents"


@click.command("parents")
@click.argument("model")
@click.option(
    "--among",
    "folder",
    required=True,
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="Sketches, as 'weights sketch --into DIR' keeps them, or a folder of models, which are sketched now.",
)
@click.option(
    "--share", type=click.FloatRange(0, 1, min_open=True), help="Read only about this part of the bytes, as the sketches did."
)
@json_option
def command(model: str, folder: Path, share: float | None, *, as_json: bool) -> int:
    """Find the parents of a model among others, with the shares of a merge; or abstain.

    MODEL is a file of weights, a model's folder, a sketch, or model:owner/name on the Hub.
    """
    from filiation.cli.console import print_json, progress
    from filiation.weights.finding_parents import parents_among

    with progress() as show:
        answer = parents_among(model, folder, share, show)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0


def _print(answer: FoundParents) -> None:
    from filiation.cli.console import heading, line, note, table

    if answer.parents:
        heading(f"{answer.child}: {answer.relation}")
        table(["parent", "share", "sure"], [(item.ref, item.weight, item.confidence) for item in answer.parents])
    else:
        heading(f"{answer.child}: no parent is told")
        line(f"  {answer.abstained}")
    for name in ("method", "base", "scheme", "rank", "layers", "how", "nearest"):
        if name in answer.details:
            line(f"  {name}: {answer.details[name]}")
    if answer.evidence:
        table(["signal", "value", "says"], [(item.signal, f"{item.value:.4g}", item.says) for item in answer.evidence])
    line(f"Compared with {answer.considered:,} of {answer.among:,} models. Distillation cannot be seen in weights.")
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")
