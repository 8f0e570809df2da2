"""Applications at the end of the chain: which models they use, what those come from, and which applications a model reaches.

An application is an observation with claims, and no node of the lineage: it descends from nothing, nothing descends from it, no
licence is passed on through it and no model counts more for it. What it uses is kept beside the lineage's arrays, by node.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import duckdb
import msgspec

from filiation.core.errors import AtlasError, FiliationError, UnknownRefError
from filiation.core.ref import Ref
from filiation.lineage.arrays import FOLDER, NULL, STATES, Lineage, current_token
from filiation.lineage.lookup import locate
from filiation.lineage.questions import ApplicationReached, Trace, TraceEdge, TraceNode, reach, trace

PREFIX = "application:"
REGISTRY = "application"
RELATION = "uses"
FILE = "applications.json"
LEAST = 0.5
"""What is less sure than this stays a claim, as a stated parent does."""


class Used(msgspec.Struct, frozen=True):
    """A model or dataset that an application uses.

    Attributes:
        ref: As the lineage spells it, or as the application does where the atlas does not know it.
        node: Its number; `NULL` where the atlas does not know it.
        revision: The branch, tag or commit that is asked for; null for whatever is current.
        basis: ``stated`` by source text, or ``measured`` in a run.
        confidence: In [0, 1].
        place: Where the application names it.
    """

    ref: str
    node: int
    revision: str | None
    basis: str
    confidence: float
    place: str


class Application(msgspec.Struct, frozen=True):
    """An application, with what it uses, the surest first."""

    name: str
    seen_at: str
    uses: list[Used]


def applications(con: duckdb.DuckDBPyConnection, lineage: Lineage, as_of: datetime) -> list[Application]:
    """Return the applications that the atlas knows, each as it was last seen at or before `as_of` (naive UTC), by name."""
    rows = con.execute(_CURRENT, {"as_of": as_of}).fetchall()
    found: dict[str, Application] = {}
    for name, seen_at, value, basis, confidence, source, pointer in rows:
        application = found.setdefault(name, Application(name, seen_at.isoformat(), []))
        if value is not None:
            ref = Ref.parse(value)
            node = _node(lineage, Ref(ref.kind, ref.name, ref.registry))
            shown = lineage.ref(node) if node != NULL else str(Ref(ref.kind, ref.name, ref.registry))
            place = f"{source}:{pointer.removeprefix('line=')}" if pointer.startswith("line=") else source
            application.uses.append(Used(shown, node, ref.revision, basis, round(confidence, 3), place))
    return list(found.values())


def save_applications(con: duckdb.DuckDBPyConnection, lineage: Lineage, atlas: Path, token: str) -> None:
    """Write the applications of the atlas, or of a moment of it, beside the arrays of `token`; nothing where there are none."""
    moment = con.execute("SELECT getvariable('as_of')").fetchall()[0][0]
    if found := applications(con, lineage, moment):
        (atlas / FOLDER / token / FILE).write_bytes(msgspec.json.encode(found))


def load_applications(atlas: Path, token: str | None = None) -> list[Application]:
    """Return the applications that stand beside the arrays of `token`, or of the current ones; none where none were charted.

    Raises:
        AtlasError: If there is no lineage, or what stands there cannot be read.
    """
    path = atlas / FOLDER / (token or current_token(atlas)) / FILE
    try:
        return msgspec.json.decode(path.read_bytes(), type=list[Application])
    except FileNotFoundError:
        return []
    except (OSError, msgspec.DecodeError) as error:
        raise AtlasError(f"The applications in {path} cannot be read: run 'filiation build --from lineage'.") from error


def find_application(known: list[Application], name: str) -> Application:
    """Return the application of that name.

    Raises:
        UnknownRefError: If there is none.
    """
    wanted = name.removeprefix(PREFIX)
    for application in known:
        if application.name == wanted:
            return application
    names = ", ".join(application.name for application in known[:5]) or "none: chart one with 'filiation chart --uses TREE'"
    raise UnknownRefError(f"There is no application {wanted!r} in this atlas; it has {names}.", [])


def trace_application(
    lineage: Lineage, application: Application, max_depth: int | None = None, as_of: str | None = None
) -> Trace:
    """Return what an application stands on: the models and datasets that it uses, and all that those come from."""
    ref = f"{PREFIX}{application.name}"
    sure = [used for used in application.uses if used.confidence >= LEAST]
    depth: dict[str, TraceNode] = {}
    edges: dict[tuple[str, str, str], TraceEdge] = {}
    for used in sure:
        edges.setdefault((ref, used.ref, RELATION), _edge(ref, used))
        state = "missing" if used.node == NULL else _state(lineage, used.node)
        depth[used.ref] = TraceNode(used.ref, 1, state)
    for used in sure if max_depth is None or max_depth > 1 else ():
        if used.node != NULL:
            above = trace(lineage, used.node, "up", None if max_depth is None else max_depth - 1)
            for node in above.nodes:
                if node.ref not in depth or depth[node.ref].depth > node.depth + 1:
                    depth[node.ref] = TraceNode(node.ref, node.depth + 1, node.state)
            edges |= {(edge.child, edge.parent, edge.relation): edge for edge in above.edges}
    nodes = sorted(depth.values(), key=lambda node: (node.depth, node.ref))
    return Trace(ref, "up", nodes, list(edges.values()), len(nodes), as_of)


def standing_on(lineage: Lineage, known: list[Application], node: int) -> list[ApplicationReached]:
    """Return the applications that use `node` or something that descends from it, the nearest first."""
    if not known:
        return []
    below = reach(lineage, node, "down")
    steps = {int(at): int(depth) for at, depth in zip(below.nodes, below.depth, strict=True)} | {node: 0}
    found = []
    for application in known:
        through = {used.ref: steps[used.node] for used in application.uses if used.confidence >= LEAST and used.node in steps}
        if through:
            found.append(
                ApplicationReached(
                    application.name, sorted(through, key=lambda ref: (through[ref], ref)), min(through.values()) + 1
                )
            )
    return sorted(found, key=lambda item: (item.depth, item.name))


def with_applications(answer: Trace, known: list[Application], max_depth: int | None) -> Trace:
    """Return a trace downwards with the applications that use any of its nodes, as far as `max_depth`."""
    steps = {node.ref: node.depth for node in answer.nodes} | {answer.ref: 0}
    nodes, edges = [], []
    for application in known:
        ref = f"{PREFIX}{application.name}"
        used = {item.ref: item for item in application.uses if item.confidence >= LEAST and item.ref in steps}
        used = {name: item for name, item in used.items() if max_depth is None or steps[name] < max_depth}
        if used:
            nodes.append(TraceNode(ref, min(steps[name] for name in used) + 1))
            edges += [_edge(ref, item) for item in used.values()]
    if not nodes:
        return answer
    return msgspec.structs.replace(
        answer, nodes=[*answer.nodes, *nodes], edges=[*answer.edges, *edges], total=answer.total + len(nodes)
    )


def _edge(ref: str, used: Used) -> TraceEdge:
    return TraceEdge(ref, used.ref, RELATION, used.basis, used.confidence, used.basis, 1.0)


def _state(lineage: Lineage, node: int) -> str | None:
    code = int(lineage.state[node])
    return STATES[code] if code else None


def _node(lineage: Lineage, ref: Ref) -> int:
    try:
        return locate(lineage, str(ref)).node
    except FiliationError:
        return NULL


_CURRENT = f"""
WITH last AS (
    SELECT id, source, arg_max(record_id, (seen_at, record_id)) AS record_id, max(seen_at) AS seen_at
    FROM record WHERE registry = '{REGISTRY}' AND seen_at <= $as_of GROUP BY ALL
)
SELECT id, last.seen_at, value, claim.basis::VARCHAR, confidence, claim.source, coalesce(pointer, '')
FROM last LEFT JOIN claim ON claim.record_id = last.record_id AND predicate = 'uses'
ORDER BY id, confidence DESC, value
"""
