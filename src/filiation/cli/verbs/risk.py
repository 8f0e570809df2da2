"""The registry by risk: where to look first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, moment

if TYPE_CHECKING:
    from filiation.audit.answer import RiskAnswer

ANSWER = "filiation.audit.answer:RiskAnswer"


@click.command("risk")
@click.option("--limit", type=click.IntRange(1, 10_000), default=20, show_default=True, help="How many to show.")
@click.option("--offset", type=click.IntRange(0), default=0, help="How many to pass over.")
@click.option(
    "--kind", type=click.Choice(["model", "dataset"]), help="Only these: datasets, with their many heirs, lead the list."
)
@click.option(
    "--policy", "policy_name", metavar="NAME|FILE", help="Give the verdict on every model too: a minute or two for a whole hub."
)
@atlas_option
@ledger_option
@json_option
def command(
    limit: int, offset: int, kind: str | None, policy_name: str | None, atlas_path: Path, ledger: str | None, *, as_json: bool
) -> None:
    """The registry by risk: how bad the findings are, times how much stands on it."""
    from filiation.audit.rank import ranking
    from filiation.audit.registry import verdicts
    from filiation.cli.console import print_json, progress
    from filiation.cli.deciding import decisions
    from filiation.core.ref import Kind
    from filiation.lineage.arrays import Lineage
    from filiation.policy.load import load
    from filiation.store.atlas import Atlas

    policy = load(policy_name) if policy_name else None
    lineage = Lineage.load(atlas_path)
    now = moment(None)
    with Atlas.open(atlas_path) as atlas, progress() as show:
        told = None
        if policy:
            made = decisions(atlas_path, ledger, now)
            told = verdicts(atlas.con, lineage, policy, now, made.waivers, made.overrides, lambda done: show("verdicts", done))
        answer = ranking(atlas.con, lineage, offset, limit, policy.name if policy else None, told, Kind(kind) if kind else None)
    if as_json:
        print_json(answer)
    else:
        _print(answer, kind)


def _print(answer: RiskAnswer, kind: str | None) -> None:
    from filiation.cli.console import heading, line, table

    what = f"{kind}s" if kind else "repositories"
    heading(f"{answer.total:,} {what} have a finding; first those that matter most.")
    if answer.verdicts:
        line(f"Under the policy {answer.policy}: " + ", ".join(f"{count:,} {word}" for word, count in answer.verdicts.items()))
    table(
        ["risk", "how bad", "with descendants", "downloads", "verdict", "repository", "because"],
        [
            (item.risk, item.badness, item.dependents, item.downloads, item.verdict, item.ref, ", ".join(item.worst))
            for item in answer.risks
        ],
    )
