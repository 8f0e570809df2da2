"""One model: what is said of it, and what we believe."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, ref_argument

if TYPE_CHECKING:
    from filiation.core.score import Protocol
    from filiation.lineage.portrait import Portrait

ANSWER = "filiation.lineage.portrait:Portrait"


@click.command("show")
@ref_argument
@atlas_option
@json_option
def command(ref: str, atlas_path: Path, as_json: bool) -> None:
    """One model or dataset: claims with their sources, what we believe, findings."""
    from filiation.cli.console import print_json
    from filiation.cli.lookup import find_node
    from filiation.lineage.arrays import Lineage
    from filiation.lineage.portrait import portrait
    from filiation.store.atlas import Atlas

    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    with Atlas.open(atlas_path) as atlas:
        answer = portrait(atlas.con, lineage, node)
    if as_json:
        print_json(answer)
    else:
        _print(answer)


def _print_scores(answer: Portrait) -> None:
    """Show what is claimed: metric and dataset as they are compared, the figure as written, and how it was taken."""
    from filiation.cli.console import line, table

    if answer.scores:
        line()
        rows = [
            (score.metric, score.dataset, score.value_written, _taken(score.protocol),
             f"{score.basis} {score.confidence:.2f}", str(score.source))
            for score in answer.scores
        ]  # fmt: skip
        table(["claimed score", "dataset", "value", "how it was taken", "basis", "read in"], rows)


def _taken(protocol: Protocol) -> str | None:
    from msgspec.structs import asdict

    said = [f"{name.replace('_', ' ')} {value}" for name, value in asdict(protocol).items() if value is not None]
    return ", ".join(said) or None


def _print(answer: Portrait) -> None:
    from filiation.cli.console import heading, line, table

    heading(answer.ref if answer.state == "present" else f"{answer.ref} [{answer.state}]")
    facts = {
        "license": answer.license or "undeclared",
        "library": answer.library,
        "pipeline tag": answer.pipeline_tag,
        "created": answer.created_at and answer.created_at.date(),
        "downloads": answer.downloads,
        "package URL": answer.purl,
    }
    line("  ".join(f"{name}: {value}" for name, value in facts.items() if value is not None))
    line(f"{answer.children_count:,} children, {answer.descendants_count:,} descendants")
    if answer.parents:
        line()
        rows = [
            (
                p.ref,
                p.relation,
                f"{p.relation_basis} {p.relation_confidence:.2f}",
                f"{p.basis} {p.confidence:.2f}",
                f"set aside: {p.set_aside}" if p.set_aside else p.because,
            )
            for p in answer.parents
        ]
        table(["parent", "relation", "relation is", "link is", "because"], rows)
    if answer.copies:
        line()
        rows = [(copy.ref, copy.shared, copy.ours, copy.theirs) for copy in answer.copies]
        table(["the same weights", "files shared", "of its own", "of theirs"], rows)
    line()
    rows = [
        (claim.predicate, claim.value, claim.relation, f"{claim.basis} {claim.confidence:.2f}",
         f"{claim.witness}: {claim.locator}", claim.seen_at.date(), claim.understood_as)
        for claim in answer.claims if claim.predicate != "metric" or not answer.scores
    ]  # fmt: skip
    table(["claim", "value", "relation", "basis", "read in", "seen", "understood as"], rows)
    _print_scores(answer)
    for finding in answer.findings:
        line()
        line(f"{finding.severity}: {finding.message} ({finding.check})")
        line(f"  {finding.remedy}")
