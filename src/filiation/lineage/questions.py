"""What one asks of a lineage: where does this come from, what stands on it, what breaks if it goes."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from filiation.core.relation import RELATIONS
from filiation.lineage.arrays import BASES, NULL, STATES, Lineage

UNDECLARED = "undeclared"
FEW_EDGES = 1000
Direction = Literal["up", "down"]
_RELATIONS = tuple(str(relation) for relation in RELATIONS)
_SHOWN_STATES = (None, *STATES[1:])
_BASES = tuple(str(basis) for basis in BASES)


class Reached(msgspec.Struct, frozen=True):
    """Nodes on one side of a node, nearest first; the node itself is not among them.

    Attributes:
        nodes: int64[k]; those at equal depth in ascending order.
        depth: int64[k]; fewest edges to each, from 1.
        via: int64[k]; the edge by which each was reached first; of several, the one of greatest confidence.
    """

    nodes: np.ndarray
    depth: np.ndarray
    via: np.ndarray


def reach(lineage: Lineage, node: int, direction: Direction, max_depth: int | None = None) -> Reached:
    """Return the ancestors (``up``) or descendants (``down``) of `node`, level by level.

    Law: a is among the ancestors of b if and only if b is among the descendants of a.
    """
    few = _reach_few(lineage, node, direction, max_depth)
    return few if few is not None else _reach_many(lineage, node, direction, max_depth)


def _reach_few(lineage: Lineage, node: int, direction: Direction, max_depth: int | None) -> Reached | None:
    """Walk edge by edge, quickest for a few; None when there are more than `FEW_EDGES`."""
    up = direction == "up"
    start = (lineage.parent_start if up else lineage.child_start).data
    ends = (lineage.parent if up else lineage.child).data
    by_parent, confidence = lineage.child_edge.data, lineage.confidence.data
    seen, level, walked = {node}, [node], 0
    nodes: list[int] = []
    depths: list[int] = []
    via: list[int] = []
    depth = 0
    while level and depth != max_depth:
        depth += 1
        best: dict[int, int] = {}
        for at in level:
            first, last = start[at], start[at + 1]
            walked += last - first
            if walked > FEW_EDGES:
                return None
            for position in range(first, last):
                edge = position if up else by_parent[position]
                end = ends[edge]
                if end in seen:
                    continue
                other = best.get(end)
                if other is None or (confidence[edge], -edge) > (confidence[other], -other):
                    best[end] = edge
        level = sorted(best)
        seen.update(level)
        nodes += level
        depths += [depth] * len(level)
        via += [best[end] for end in level]
    return Reached(np.array(nodes, np.int64), np.array(depths, np.int64), np.array(via, np.int64))


def _reach_many(lineage: Lineage, node: int, direction: Direction, max_depth: int | None) -> Reached:
    """Take each level at once."""
    up = direction == "up"
    start = lineage.parent_start if up else lineage.child_start
    far_end = lineage.parent if up else lineage.child
    seen = np.zeros(lineage.size, bool)
    seen[node] = True
    level = np.array([node])
    found: list[tuple[np.ndarray, np.ndarray]] = []
    while len(level) and len(found) != max_depth:
        edges = _edges_of(start, level)
        edges = edges if up else lineage.child_edge[edges]
        edges = edges[~seen[far_end[edges]]]
        edges = edges[np.lexsort((edges, -lineage.confidence[edges], far_end[edges]))]
        ends = far_end[edges]
        first = np.append(True, ends[1:] != ends[:-1])[: len(ends)]
        level = ends[first]
        seen[level] = True
        found.append((level.astype(np.int64), edges[first].astype(np.int64)))
    depth = np.repeat(np.arange(1, len(found) + 1), [len(nodes) for nodes, _ in found])
    return Reached(np.concatenate([n for n, _ in found]), depth, np.concatenate([e for _, e in found]))


def _edges_of(start: np.ndarray, nodes: np.ndarray) -> np.ndarray:
    """Return the positions of all edges of `nodes` in an array that `start` points into."""
    first = start[nodes]
    count = start[nodes + 1] - first
    skip = np.cumsum(count) - count
    return np.repeat(first - skip, count) + np.arange(int(count.sum()))


class TraceNode(msgspec.Struct, frozen=True, omit_defaults=True, gc=False):
    """A node of a trace; `state` only where the registry does not hold it."""

    ref: str
    depth: int
    state: str | None = None


class TraceEdge(msgspec.Struct, frozen=True, gc=False):
    """An edge with what it rests on: `basis` and `confidence` that it is, the others that it is of this relation."""

    child: str
    parent: str
    relation: str
    basis: str
    confidence: float
    relation_basis: str
    relation_confidence: float


class Trace(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/trace/v1"):
    """Ancestors or descendants, with every edge among them and the node that was asked about.

    `total` counts all that there are, also where `nodes` were cut by a depth.
    """

    ref: str
    direction: str
    nodes: list[TraceNode]
    edges: list[TraceEdge]
    total: int
    as_of: str | None = None


def trace(
    lineage: Lineage,
    node: int,
    direction: Direction = "up",
    max_depth: int | None = None,
    as_of: str | None = None,
) -> Trace:
    """Return where `node` comes from, or what comes from it."""
    reached = reach(lineage, node, direction, max_depth)
    total = len(reached.nodes) if max_depth is None else len(reach(lineage, node, direction).nodes)
    everyone = np.append(reached.nodes, node)
    ids = everyone.tolist()
    refs = dict(zip(ids, lineage.refs(ids), strict=True))
    nodes = [
        TraceNode(refs[i], depth, _SHOWN_STATES[state])
        for i, depth, state in zip(
            reached.nodes.tolist(), reached.depth.tolist(), lineage.state[reached.nodes].tolist(), strict=True
        )
    ]
    edges = _edges_of(lineage.parent_start, np.sort(everyone))
    if max_depth is not None or direction == "down":
        edges = edges[np.isin(lineage.parent[edges], everyone)]
    return Trace(refs[node], direction, nodes, _trace_edges(lineage, refs, edges), total, as_of)


def _trace_edges(lineage: Lineage, refs: dict[int, str], edges: np.ndarray) -> list[TraceEdge]:
    columns = zip(
        lineage.child[edges].tolist(),
        lineage.parent[edges].tolist(),
        lineage.relation[edges].tolist(),
        lineage.basis[edges].tolist(),
        np.round(lineage.confidence[edges].astype(float), 3).tolist(),
        lineage.relation_basis[edges].tolist(),
        np.round(lineage.relation_confidence[edges].astype(float), 3).tolist(),
        strict=True,
    )
    return [
        TraceEdge(refs[child], refs[parent], _RELATIONS[relation], _BASES[basis], sure, _BASES[on], how_sure)
        for child, parent, relation, basis, sure, on, how_sure in columns
    ]


class Dependent(msgspec.Struct, frozen=True):
    """One of what stands on a node; `downloads` is null where the registry does not say."""

    ref: str
    depth: int
    downloads: int | None


class ApplicationReached(msgspec.Struct, frozen=True):
    """An application that stands on a node: through which of the models that it uses, and at least how many steps away."""

    name: str
    through: list[str]
    depth: int


class Impact(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/impact/v1"):
    """The blast radius of a node.

    Each descendant counts once, in `by_relation` by the edge that reaches it first. `downloads` is the sum over the
    descendants whose downloads are known, null where none are; `licenses` counts declared texts, and ``undeclared``.
    `applications` are left out where the atlas knows of none.
    """

    ref: str
    descendants: int
    by_relation: dict[str, int]
    by_depth: dict[str, int]
    downloads: int | None
    own_downloads: int | None
    licenses: dict[str, int]
    top: list[Dependent]
    applications: list[ApplicationReached] | msgspec.UnsetType = msgspec.UNSET


def impact(lineage: Lineage, node: int, top: int = 10) -> Impact:
    """Return what stands on `node`, with the `top` most downloaded of it."""
    below = reach(lineage, node, "down")
    downloads = lineage.downloads[below.nodes]
    relations = np.bincount(lineage.relation[below.via], minlength=len(RELATIONS))
    depths = np.bincount(below.depth) if len(below.depth) else np.zeros(1, int)
    licenses = np.bincount(lineage.license[below.nodes] + 1, minlength=1)
    named = {lineage.licenses[i - 1] if i else UNDECLARED: int(licenses[i]) for i in np.flatnonzero(licenses)}
    best = np.lexsort((below.nodes, -downloads))[:top]
    return Impact(
        lineage.ref(node),
        len(below.nodes),
        {_RELATIONS[i]: int(relations[i]) for i in np.argsort(-relations, kind="stable") if relations[i]},
        {str(i): int(depths[i]) for i in range(1, len(depths))},
        _sum_known(downloads),
        known(lineage.downloads[node]),
        dict(sorted(named.items(), key=lambda item: (-item[1], item[0]))),
        [
            Dependent(lineage.ref(int(below.nodes[i])), int(below.depth[i]), known(lineage.downloads[below.nodes[i]]))
            for i in best
        ],
    )


def _sum_known(values: np.ndarray) -> int | None:
    """Return the sum of the values that are not `NULL`; None where there is none such."""
    values = values[values != NULL]
    return int(values.sum()) if len(values) else None


def known(value: np.int64) -> int | None:
    """Return the number, or None where it is `NULL`."""
    return None if value == NULL else int(value)


class CriticalNode(msgspec.Struct, frozen=True):
    """A node that much stands on: `downloads` are those of its descendants as far as known, `dominated` as in `Lineage`."""

    ref: str
    descendants: int
    dominated: int
    downloads: int | None
    state: str


class Critical(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/critical/v1"):
    """The nodes that most stand on; `lower_bounds` when counting was cut short, so that counts are at least these."""

    by: str
    nodes: list[CriticalNode]
    lower_bounds: bool


def critical(lineage: Lineage, by: Literal["descendants", "dominated"] = "descendants", top: int = 20) -> Critical:
    """Return the `top` nodes by how many stand on them, or by how many have every line of descent through them."""
    score = lineage.descendants if by == "descendants" else lineage.dominated
    best = np.lexsort((np.arange(lineage.size), -score))[:top] if top >= lineage.size else _largest(score, top)
    nodes = []
    for node in best[score[best] > 0].tolist():
        downloads = lineage.downloads[reach(lineage, node, "down").nodes]
        counts = int(lineage.descendants[node]), int(lineage.dominated[node])
        nodes.append(CriticalNode(lineage.ref(node), *counts, _sum_known(downloads), STATES[lineage.state[node]]))
    return Critical(by, nodes, lineage.capped)


def _largest(score: np.ndarray, count: int) -> np.ndarray:
    """Return the nodes of the `count` greatest scores, greatest first, of equals the first ones."""
    floor = np.partition(score, len(score) - count)[len(score) - count]
    candidates = np.flatnonzero(score >= floor)
    return candidates[np.lexsort((candidates, -score[candidates]))][:count]
