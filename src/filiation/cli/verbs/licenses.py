"""Licenses of the whole registry."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option

if TYPE_CHECKING:
    from filiation.licenses.statistics import LicenseStats

ANSWER = "filiation.licenses.statistics:LicenseStats"
MONTHS = 12


@click.command("licenses")
@atlas_option
@json_option
def command(atlas_path: Path, *, as_json: bool) -> None:
    """Licenses of the registry: along edges, by relation, by family, over time, and what does not fit."""
    from filiation.cli.console import print_json
    from filiation.licenses.build import as_built
    from filiation.licenses.node_terms import node_terms
    from filiation.licenses.statistics import statistics
    from filiation.lineage.arrays import Lineage
    from filiation.store.atlas import Atlas

    lineage = Lineage.load(atlas_path)
    with Atlas.open(atlas_path) as atlas:
        answer = statistics(atlas.con, lineage, node_terms(lineage, as_built(atlas.con)))
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _print(answer: LicenseStats) -> None:
    from filiation.cli.console import line, table

    table(["models that declare", "models"], list(answer.states.items()))
    line()
    table(["kind of license", "models"], list(answer.kinds.items()))
    line()
    rows = [("as written", answer.written), *((f"resolved: {name}", fates) for name, fates in answer.resolved.items())]
    table(
        ["along edges", "edges", "same", "dropped", "changed", "newly declared", "both undeclared"],
        [(name, f.edges, f.same, f.dropped, f.changed, f.newly_declared, f.both_undeclared) for name, f in rows],
    )
    line()
    table(["from", "to", "edges"], [(change.from_, change.to, change.edges) for change in answer.changes])
    line()
    table(
        ["family", "license", "descendants", "same", "other", "undeclared"],
        [(f.root, f.license or "undeclared", f.descendants, f.same, f.other, f.undeclared) for f in answer.families],
    )
    line()
    kinds = list(answer.kinds)[:6]
    table(
        ["made in", "models", *kinds],
        [(m.month, m.models, *(m.kinds.get(kind, 0) for kind in kinds)) for m in answer.months[-MONTHS:]],
    )
    line()
    table(["conflict", "nodes"], list(answer.conflicts.items()))
    bound = answer.permissive_with_noncommercial_data
    line(
        f"Of {answer.permissive_with_data:,} permissive models that inherit terms of data, {bound:,} inherit no commercial use."
    )
