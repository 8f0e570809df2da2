"""The questions: what stands and the parameters in, an answer out."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa

from filiation.core.errors import LockedError
from filiation.core.ref import Kind, Ref
from filiation.core.relation import RELATIONS
from filiation.layout.shore import Shore
from filiation.licenses import conflict_names
from filiation.licenses.answer import LicenseAnswer, answer
from filiation.licenses.decided import LICENSE, USE, settled
from filiation.licenses.purpose import purpose
from filiation.licenses.verdict import verdict
from filiation.lineage.applications import standing_on
from filiation.lineage.arrays import BASES, NULL, STATES, Lineage
from filiation.lineage.ground import Listing
from filiation.lineage.overview import Overview
from filiation.lineage.portrait import Portrait
from filiation.lineage.questions import (
    Critical,
    Impact,
    Reached,
    Trace,
    TraceEdge,
    TraceNode,
    critical,
    impact,
    known,
    reach,
    trace,
)
from filiation.lineage.stats import Stats
from filiation.lineage.trends import Trends
from filiation.names.asking import asked
from filiation.names.standing import unread
from filiation.scores.answer import ScoresAnswer, model_scores, scores_answer
from filiation.server.answers import (
    CriticalQuery,
    FindQuery,
    ImpactQuery,
    LicenseQuery,
    Nothing,
    OverviewModelsQuery,
    OverviewQuery,
    Place,
    PlacedFound,
    PlacedHit,
    PointQuery,
    ReachQuery,
    TraceQuery,
)
from filiation.server.standing import Standing
from filiation.server.undeclared import Undeclared
from filiation.store.atlas import Atlas
from filiation.store.info import Info
from filiation.store.search import search

FEW = 2000
"""So many nodes are walked at once, without leaving the thread that answers everybody."""


def tell_info(standing: Standing, _: Nothing) -> Info:
    """Return what the atlas holds."""
    return standing.info()


def tell_stats(standing: Standing, _: Nothing) -> Stats:
    """Return the figures of the registry."""
    return standing.stats()


def tell_critical(standing: Standing, query: CriticalQuery) -> Critical:
    """Return what most stands on."""
    return critical(standing.lineage, query.by, query.top)


def tell_found(standing: Standing, query: FindQuery) -> PlacedFound:
    """Return names and cards with the words, names with the elements.

    Raises:
        QuestionError: If a part of the question looks like an element and is none.
        AtlasError: If elements are asked for and no names were read.
    """
    lineage = standing.lineage
    elements, words = asked(query.q)
    hits = search(standing.index(), words, lineage.downloads, query.limit, [wanted.terms for wanted in elements])
    if elements and not _names_stand(standing, spared=bool(hits)):
        raise unread(standing.atlas)
    placed = [
        PlacedHit(lineage.ref(node), score, known(lineage.downloads[node]), node, *circle(standing, node))
        for node, score in hits
    ]
    return PlacedFound(query.q, list(elements), placed)


def _names_stand(standing: Standing, *, spared: bool) -> bool:
    """Return whether all names were read; with `spared`, also where the atlas cannot be asked while it is being written."""
    try:
        return standing.names_stand()
    except LockedError:
        if not spared:
            raise
        return True


def tell_portrait(standing: Standing, node: int, _: Nothing) -> Portrait:
    """Return everything about one node."""
    return standing.portraits().of(node)


def tell_undeclared(standing: Standing, node: int, _: Nothing) -> Undeclared:
    """Return what a node's name says and what its neighbourhood tells of it."""
    return standing.undeclared().of(node)


def tell_license(standing: Standing, node: int, query: LicenseQuery) -> LicenseAnswer:
    """Return a node's licence, what it inherits and what does not fit; with a use, whether it may be used so."""
    portrait = standing.portraits().of(node)
    findings = [found for found in portrait.findings if found.check in conflict_names()]
    _, overrides = standing.room.decisions(standing.room.now())
    decisions = [item for item in overrides if item.subject == portrait.ref and item.predicate in {LICENSE, USE}]
    about = msgspec.structs.replace(answer(standing.lineage, standing.licenses(), node, findings), decisions=decisions)
    if query.use is None:
        return about
    wanted = purpose(query.use)
    return msgspec.structs.replace(about, verdict=settled(verdict(about, query.use, wanted), wanted, decisions))


def tell_scores(standing: Standing, node: int, _: Nothing) -> ScoresAnswer:
    """Return what a model is claimed to score against what was measured; nothing of a dataset."""
    ref = Ref.parse(standing.lineage.ref(node))
    if ref.kind != Kind.MODEL:
        return scores_answer(ref, (), ())
    with standing.database() as con:
        return model_scores(Atlas(standing.atlas, con), ref)


def tell_trace(standing: Standing, node: int, query: TraceQuery) -> Trace:
    """Return where a node comes from, or what comes from it."""
    lineage = standing.lineage
    direction = "down" if query.down else "up"
    reached = reach(lineage, node, direction, query.depth)
    if len(reached.nodes) <= query.limit:
        return trace(lineage, node, direction, query.depth)
    total = len(reached.nodes) if query.depth is None else len(reach(lineage, node, direction).nodes)
    return _nearest_of(lineage, node, direction, reached, query.limit, total)


def _nearest_of(lineage: Lineage, node: int, direction: str, reached: Reached, limit: int, total: int) -> Trace:
    """Return a trace of the nearest `limit` of `reached`, those with most descendants before others of their depth."""
    order = np.lexsort((reached.nodes, -lineage.descendants[reached.nodes], reached.depth))[:limit]
    nodes, depth = reached.nodes[order], reached.depth[order]
    shown = np.zeros(lineage.size, bool)
    shown[nodes] = shown[node] = True
    edges = np.flatnonzero(shown[lineage.child] & shown[lineage.parent])
    refs = dict(zip([*nodes.tolist(), node], lineage.refs([*nodes.tolist(), node]), strict=True))
    states = (None, *STATES[1:])
    return Trace(
        refs[node],
        direction,
        [
            TraceNode(refs[i], d, states[s])
            for i, d, s in zip(nodes.tolist(), depth.tolist(), lineage.state[nodes].tolist(), strict=True)
        ],
        [_edge(lineage, refs, edge) for edge in edges.tolist()],
        total,
    )


def _edge(lineage: Lineage, refs: dict[int, str], edge: int) -> TraceEdge:
    return TraceEdge(
        refs[int(lineage.child[edge])],
        refs[int(lineage.parent[edge])],
        str(RELATIONS[lineage.relation[edge]]),
        str(BASES[lineage.basis[edge]]),
        round(float(lineage.confidence[edge]), 3),
        str(BASES[lineage.relation_basis[edge]]),
        round(float(lineage.relation_confidence[edge]), 3),
    )


def tell_impact(standing: Standing, node: int, query: ImpactQuery) -> Impact:
    """Return what stands on a node, with the applications among it where any were charted."""
    answer = impact(standing.lineage, node, query.top)
    if known := standing.applications():
        return msgspec.structs.replace(answer, applications=standing_on(standing.lineage, known, node))
    return answer


def is_small(standing: Standing, node: int) -> bool:
    """Return whether little stands on a node."""
    return bool(standing.lineage.descendants[node] <= FEW)


def is_read(standing: Standing, _: int) -> bool:
    """Return whether the database is not needed any more for portraits."""
    return standing.portraits.is_found


def is_undeclared_read(standing: Standing, _: int) -> bool:
    """Return whether the database is not needed any more for what nobody declared."""
    return standing.undeclared.is_found


def tell_place(standing: Standing, node: int, _: Nothing) -> Place:
    """Return where a node stands on the map."""
    parent = NULL if standing.places is None else int(standing.places.parent[node])
    return Place(standing.lineage.ref(node), node, *circle(standing, node), None if parent == NULL else parent)


def circle(standing: Standing, node: int) -> tuple[float | None, float | None, float | None]:
    """Return x, y and radius of a node, or Nones without a map."""
    places = standing.places
    return (None, None, None) if places is None else (float(places.x[node]), float(places.y[node]), float(places.r[node]))


def tell_applications(standing: Standing, _: Nothing) -> Shore:
    """Return the applications, what each uses, and where both stand on the map."""
    return standing.shore()


def tell_reach(standing: Standing, node: int, query: ReachQuery) -> bytes:
    """Return all ancestors or descendants of a node as an Arrow file, the nearest first."""
    lineage = standing.lineage
    reached = reach(lineage, node, query.direction)
    nodes, depth, via = (column[: query.limit] for column in (reached.nodes, reached.depth, reached.via))
    towards = lineage.parent if query.direction == "down" else lineage.child
    columns = {
        "node": nodes.astype(np.uint32),
        "depth": np.minimum(depth, np.iinfo(np.uint16).max).astype(np.uint16),
        **_circles(standing, nodes),
        "parent": towards[via].astype(np.int32),
        "relation": lineage.relation[via],
    }
    table = pa.table({name: pa.array(column) for name, column in columns.items()})
    table = table.replace_schema_metadata({"total": str(len(reached.nodes)), "direction": query.direction})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    return sink.getvalue().to_pybytes()


def _circles(standing: Standing, nodes: np.ndarray) -> dict[str, np.ndarray | pa.Array]:
    if standing.places is None:
        return dict.fromkeys("xyr", pa.nulls(len(nodes), pa.float32()))
    return {name: getattr(standing.places, name)[nodes].astype(np.float32) for name in "xyr"}


def tell_trends(standing: Standing, _: Nothing) -> Trends:
    """Return all charts."""
    return standing.trends().answer


def tell_csv(standing: Standing, chart: str, _: Nothing) -> bytes:
    """Return one chart as a table."""
    return standing.trends().csv(chart).encode()


def tell_point(standing: Standing, chart: str, query: PointQuery) -> Listing:
    """Return the models behind a point of a chart."""
    return standing.trends().models(chart, query.series, query.x, query.offset, query.limit)


def tell_overview(standing: Standing, query: OverviewQuery) -> Overview:
    """Return the figures of the registry, or of a portfolio."""
    return standing.overview().answer(query.portfolio)


def tell_figure(standing: Standing, figure: str, query: OverviewModelsQuery) -> Listing:
    """Return the nodes behind a figure."""
    return standing.overview().models(query.portfolio, figure, query.offset, query.limit)
