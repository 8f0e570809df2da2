"""One model through time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, ledger_option, moment, ref_argument

if TYPE_CHECKING:
    from filiation.watch.history import HistoryAnswer

ANSWER = "filiation.watch.history:HistoryAnswer"


@click.command("history")
@ref_argument
@click.option("--policy", default="internal", show_default=True, metavar="NAME|FILE", help="Audit it under this policy.")
@click.option(
    "--last",
    type=click.IntRange(0, 100),
    default=5,
    show_default=True,
    help="Say what was made of it at so many moments, the last ones; each takes a second or two.",
)
@atlas_option
@ledger_option
@json_option
def command(ref: str, policy: str, last: int, atlas_path: Path, ledger: str | None, *, as_json: bool) -> None:
    """What was said of a model or dataset from the beginning, and what was made of that: parents, terms, verdict."""
    from filiation.cli.console import print_json
    from filiation.cli.deciding import decisions
    from filiation.cli.lookup import find_node
    from filiation.lineage.arrays import Lineage
    from filiation.policy.load import load
    from filiation.store.atlas import Atlas
    from filiation.watch.history import history
    from filiation.watch.reaudit import Rules

    lineage = Lineage.load(atlas_path)
    node = find_node(lineage, ref, atlas_path)
    decided = decisions(atlas_path, ledger)
    rules = Rules(load(policy), moment(None), "en", decided.waivers, decided.overrides)
    with Atlas.open(atlas_path) as atlas:
        answer = history(atlas.con, lineage, node, rules, last)
    print_json(answer) if as_json else _print(answer)


def _print(answer: HistoryAnswer) -> None:
    from filiation.cli.console import heading, line, table

    heading(answer.ref)
    line(f"Called {', '.join(answer.names)}; {len(answer.observations)} observations.")
    rows = [
        (f"{item.at:%Y-%m-%d %H:%M}", item.change, item.field, item.before, item.after, item.source) for item in answer.changes
    ]
    table(["seen", "change", "field", "before", "after", "source"], rows)
    for item in answer.answers:
        line()
        heading(f"{item.at:%Y-%m-%d %H:%M}: {item.verdict if item.known else 'not known'} ({answer.policy})")
        if item.known:
            line(f"  license: {item.license or 'undeclared'}  parents: {', '.join(item.parents) or 'none'}")
            line(f"  inherited: {', '.join(item.inherited) or 'none'}")
            line(f"  findings: {', '.join(item.findings) or 'none'}")
        line(f"  observed then: {', '.join(item.because[:5])}{' …' if len(item.because) > 5 else ''}")
    if answer.moments > len(answer.answers):
        line()
        line(f"There are {answer.moments} such moments: --last asks for more of them.")
