"""The whole lineage of a folder of models."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import json_option

if TYPE_CHECKING:
    from filiation.lineage.recovery_answer import RecoveredLineage

ANSWER = "filiation.lineage.recovery_answer:RecoveredLineage"


@click.command("recover")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, file_okay=False, exists=True))
@json_option
def command(folder: Path, *, as_json: bool) -> int:
    """Recover the lineage of a folder of sketches, or of models, which are sketched first.

    Only models that may be kin are compared; a model may have several parents, or none that can be told.
    """
    from filiation.cli.console import print_json, progress
    from filiation.lineage.recovery_answer import recovered_lineage

    with progress() as show:
        answer = recovered_lineage(folder, show)
    if as_json:
        print_json(answer)
    else:
        _print(answer)
    return 0


def _print(answer: RecoveredLineage) -> None:
    from filiation.cli.console import line, note, table

    rows = [
        (item.child, item.parent, item.relation, item.confidence, item.share, "set aside" if item.set_aside else "")
        for item in answer.edges
    ]
    if rows:
        table(["child", "parent", "relation", "sure", "share", ""], rows)
    for group in answer.duplicates:
        line(f"The same weights: {', '.join(group)}")
    line(
        f"{answer.models:,} models: {len(answer.edges):,} edges; of {len(answer.abstained):,} no parent is told. "
        "Distillation cannot be seen in weights."
    )
    for item in answer.skipped:
        note(f"could not look at {item.file}: {item.reason}")
