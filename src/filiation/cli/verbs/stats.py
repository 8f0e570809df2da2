"""Registry-level figures."""

from __future__ import annotations

from pathlib import Path

import click

from filiation.cli.options import atlas_option, json_option

ANSWER = "filiation.lineage.stats:Stats"


@click.command("stats")
@atlas_option
@json_option
def command(atlas_path: Path, as_json: bool) -> None:
    """Figures of the registry: as declared, beside the same after names were resolved."""
    from filiation.cli.console import heading, line, print_json, table
    from filiation.lineage.stats import stats
    from filiation.store.atlas import Atlas

    with Atlas.open(atlas_path) as atlas:
        answer = stats(atlas.con)
    if as_json:
        print_json(answer)
        return
    declared, resolved = answer.declared, answer.resolved
    heading(f"{declared.models:,} models and {declared.datasets:,} datasets")
    table(
        ["models that declare", "models"],
        [
            ("a license", declared.license_models),
            ("a dataset", declared.dataset_models),
            ("a base model", declared.base_model_models),
            ("a base model other than 'None'", declared.base_model_models_named),
            ("several base models", declared.several_base_models),
            ("an arXiv paper", declared.arxiv_models),
        ],
    )
    line()
    rows = [
        (label, getattr(declared.graph, field), getattr(resolved.graph, field))
        for label, field in (
            ("distinct edges", "edges"),
            ("self-references", "self_references"),
            ("longer cycles", "cycles"),
            ("nodes touched", "nodes"),
            ("weak components", "components"),
            ("largest component", "largest_component"),
            ("longest chain, in models", "longest_chain"),
        )
    ]
    table(["graph of base models", "declared", "resolved"], rows)
    line()
    table(
        ["largest families, resolved", "descendants"],
        [(item.name, item.descendants) for item in resolved.graph.families],
    )
    line()
    table(["references understood as", "claims"], list(resolved.references.items()))
    line()
    table(["edges by relation", "edges"], list(resolved.relations.items()))
    if answer.skipped:
        line(f"{answer.skipped:,} records were skipped: 'filiation info' tells where.")
