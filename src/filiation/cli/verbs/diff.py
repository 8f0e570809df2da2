"""What differs between two days of one atlas."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.options import atlas_option, json_option, moment

if TYPE_CHECKING:
    from filiation.store.atlas import Atlas
    from filiation.watch.between import DiffAnswer

ANSWER = "filiation.watch.between:DiffAnswer"
SHOWN = 20


@click.command("diff")
@click.argument("start", metavar="FROM")
@click.argument("end", metavar="TO")
@atlas_option
@json_option
def command(start: str, end: str, atlas_path: Path, *, as_json: bool) -> None:
    """What differs between two days of one atlas: repositories, what they say, edges of descent, licences.

    FROM and TO are dates, or numbers of snapshots as 'filiation info' lists them, from 1.
    """
    from filiation.cli.console import print_json
    from filiation.core.errors import FiliationError
    from filiation.store.atlas import Atlas
    from filiation.watch.between import difference

    with Atlas.open(atlas_path, "write") as atlas:
        first, last = _moment(atlas, start), _moment(atlas, end)
        if first >= last:
            raise FiliationError(f"{start} does not come before {end}: name the earlier one first.")
        answer = difference(atlas, first, last)
    print_json(answer) if as_json else _print(answer)


def _moment(atlas: Atlas, text: str) -> datetime:
    """Return the moment of a snapshot, or of a date."""
    from filiation.core.errors import FiliationError

    if not (text.isascii() and text.isdigit() and len(text) < len("20240711")):
        return moment(text)
    found = atlas.con.execute("SELECT seen_at FROM snapshot WHERE snapshot_id = ?", [int(text)]).fetchall()
    if not found:
        raise FiliationError(f"There is no snapshot {text}: 'filiation info' lists those that there are.")
    return found[0][0]


def _print(answer: DiffAnswer) -> None:
    from filiation.cli.console import heading, line, table

    heading(f"{answer.from_:%Y-%m-%d %H:%M} to {answer.to:%Y-%m-%d %H:%M}")
    names = ("models", "datasets", "named_only", "edges", "components", "cycles")
    rows = [(name.replace("_", " "), getattr(answer.before, name), getattr(answer.after, name)) for name in names]
    table(["", "before", "after"], rows)
    line()
    line("  ".join(f"{name}: {count:,}" for name, count in answer.counts.items()) or "The registry says nothing else.")
    table(
        ["change", "ref", "field", "before", "after"],
        [(e.change, e.ref, e.field, e.before, e.after) for e in answer.changes[:SHOWN]],
    )
    for name in ("edges_added", "edges_removed", "edges_changed", "licenses"):
        line()
        heading(f"{name.replace('_', ' ')}: {answer.totals[name]:,}")
        for item in getattr(answer, name)[:SHOWN]:
            said = f"{item.before} → {item.after}" if name == "licenses" else f"{item.relation} of {item.parent}"
            line(f"  {item.ref if name == 'licenses' else item.child}  {said}")
    if any(total > SHOWN for total in answer.totals.values()):
        line()
        line("Only the first of each are shown: --json has more.")
