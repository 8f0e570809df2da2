"""How models came to be, as OpenLineage events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.exporting import around_option, out_option, refs_argument
from filiation.cli.options import atlas_option, json_option

if TYPE_CHECKING:
    from filiation.export.part import Around

ANSWER = "filiation.export.openlineage:OpenlineageFile"


@click.command("openlineage")
@refs_argument
@around_option
@out_option
@click.option("--at", "at", metavar="DATE", help="The time of the events (default: when the atlas was last told anything).")
@atlas_option
@json_option
def command(
    refs: tuple[str, ...], around: Around, out: Path | None, at: str | None, atlas_path: Path, *, as_json: bool
) -> None:
    """Write the descent, or the part around each REF, as OpenLineage job events, a line each: for Marquez or DataHub.

    The making of a model is a job, and what it was made from are its inputs. Nobody watched these jobs run, so there are no run
    events.
    """
    from filiation.cli.exporting import check_out, chosen, tell
    from filiation.cli.options import moment
    from filiation.export.openlineage import OpenlineageFile, last_told, write_openlineage
    from filiation.export.part import part_of
    from filiation.export.sink import written
    from filiation.lineage.arrays import Lineage
    from filiation.store.atlas import Atlas

    check_out(out, as_json=as_json)
    lineage = Lineage.load(atlas_path)
    part = part_of(lineage, chosen(lineage, refs, atlas_path), around)
    with Atlas.open(atlas_path) as atlas, written(out) as sink:
        events = write_openlineage(lineage, atlas.con, part, moment(at) if at else last_told(atlas.con), sink)
    if out:
        answer = OpenlineageFile(
            path=str(out), nodes=len(part.nodes), edges=len(part.edges), bytes=out.stat().st_size, events=events
        )
        tell(answer, as_json=as_json)
