"""The graph as GraphML."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from filiation.cli.exporting import around_option, out_option, refs_argument
from filiation.cli.options import atlas_option, json_option

if TYPE_CHECKING:
    from filiation.export.part import Around

ANSWER = "filiation.export.graphml:GraphmlFile"


@click.command("graphml")
@refs_argument
@around_option
@out_option
@atlas_option
@json_option
def command(refs: tuple[str, ...], around: Around, out: Path | None, atlas_path: Path, *, as_json: bool) -> None:
    """Write the graph, or the part around each REF, as GraphML: for Gephi, yEd, Cytoscape, igraph and networkx.

    An edge leads from a model to what it descends from, with the relation, and on what basis and how surely we say so.
    """
    from filiation.cli.exporting import check_out, chosen, tell
    from filiation.export.graphml import GraphmlFile, write_graphml
    from filiation.export.part import part_of
    from filiation.export.sink import written
    from filiation.lineage.arrays import Lineage
    from filiation.store.atlas import Atlas

    check_out(out, as_json=as_json)
    lineage = Lineage.load(atlas_path)
    part = part_of(lineage, chosen(lineage, refs, atlas_path), around)
    with Atlas.open(atlas_path) as atlas, written(out) as sink:
        write_graphml(lineage, atlas.con, part, sink)
    if out:
        tell(
            GraphmlFile(path=str(out), nodes=len(part.nodes), edges=len(part.edges), bytes=out.stat().st_size), as_json=as_json
        )
