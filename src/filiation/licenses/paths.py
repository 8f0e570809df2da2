"""From whom a node has a term, and by which path: asked for one node, walked upwards."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from filiation.licenses.masks import FLOWS
from filiation.licenses.node_terms import NodeTerms, ways
from filiation.lineage.arrays import Lineage

DERIVATIVE = 0
USE = FLOWS.index("use")
NOWHERE = len(FLOWS)


class Inherited(NamedTuple):
    """Terms that a node has from an ancestor.

    Attributes:
        bits: The terms.
        flow: Number of the flow, see `masks.FLOWS`.
        source: The node whose own terms they are.
        path: Numbers of the edges from the node up to `source`.
        confidence: That every edge of the path is there, and is what it is taken for; of several paths the best.
    """

    bits: int
    flow: int
    source: int
    path: tuple[int, ...]
    confidence: float


class _Step(NamedTuple):
    """Where a walk upwards has come: by the best path.

    `flow` is that of the last edge that makes no derivative, `DERIVATIVE` before one; `derived` says whether one after it does.
    """

    node: int
    flow: int
    derived: bool


def inherited(lineage: Lineage, terms_by_node: NodeTerms, node: int) -> list[Inherited]:
    """Return what `node` inherits, the surest first: together exactly the bits of ``terms_by_node.inherited``."""
    way = ways(lineage)
    found = []
    for step, path, confidence in _climb(lineage, way, node):
        if not path:
            continue
        bits = int(terms_by_node.travels[step.flow, step.node])
        if step.derived or step.flow == DERIVATIVE:
            bits &= int(terms_by_node.travels[DERIVATIVE, step.node])
        if bits:
            found.append(Inherited(bits, step.flow, step.node, path, confidence))
    return found


def _climb(lineage: Lineage, way: np.ndarray, node: int) -> Iterator[tuple[_Step, tuple[int, ...], float]]:
    """Yield each place that is reached, with the surest path to it, the surest first."""
    waiting: list[tuple[float, int, _Step, tuple[int, ...]]] = [(-1.0, 0, _Step(node, DERIVATIVE, False), ())]
    seen: set[_Step] = set()
    while waiting:
        sure, _, step, path = heapq.heappop(waiting)
        if step in seen:
            continue
        seen.add(step)
        yield step, path, -sure
        for edge in range(int(lineage.parent_start[step.node]), int(lineage.parent_start[step.node + 1])):
            above = _above(step, int(way[edge]), int(lineage.parent[edge]))
            if above is not None and above not in seen:
                sureness = float(lineage.confidence[edge] * lineage.relation_confidence[edge])
                heapq.heappush(waiting, (sure * sureness, len(path) + 1, above, (*path, edge)))


def _above(step: _Step, way: int, parent: int) -> _Step | None:
    """Return the place that an edge leads to, None where nothing comes down along it."""
    if way == NOWHERE:
        return None
    if way == DERIVATIVE:
        return _Step(parent, step.flow, step.flow != DERIVATIVE)
    # By data and outputs comes what the other end has by itself or by derivation, not what came to it by such an edge.
    return _Step(parent, way, False) if step.flow <= USE else None
