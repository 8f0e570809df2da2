"""Terms along a lineage, in plain Python: for a few nodes; `kernels` has the same compiled."""

from __future__ import annotations

import numpy as np

DERIVATIVE, USE, DATA, OUTPUTS, NOWHERE = range(5)
"""What an edge carries terms along: the first four are the order of `masks.FLOWS`."""


def spread(order, parent_start, parent, way, own):
    """Return uint64[4, n]: the terms that each node inherits along each flow.

    A derivative inherits what travels along `DERIVATIVE` from each parent, own terms of the parent or inherited ones alike, and
    all that the parent itself inherited by use, data or outputs. Along another flow a node inherits the parent's terms, own or
    inherited by derivation, that travel along that flow; by use also what the parent inherited so.

    Args:
        order: int32[k]; parents before children; nodes that are not in it inherit nothing.
        parent_start: int64[n + 1]; where the edges of each node begin.
        parent: int32[m]; of each edge.
        way: uint8[m]; what each edge carries terms along.
        own: uint64[4, n]; the node's own terms that travel along each flow.
    """
    force = own.copy()
    carried = (
        own & own[DERIVATIVE]
    )  # what a derivative has as well, along each flow: of one source, so that flows are not mixed
    inherited = np.zeros_like(own)
    for i in range(len(order)):
        node = order[i]
        for k in range(parent_start[node], parent_start[node + 1]):
            above = parent[k]
            if way[k] == DERIVATIVE:
                inherited[DERIVATIVE, node] |= carried[DERIVATIVE, above]
                for flow in (DERIVATIVE, USE, DATA, OUTPUTS):
                    force[flow, node] |= carried[flow, above]
                    carried[flow, node] |= carried[flow, above]
            elif way[k] != NOWHERE:
                inherited[way[k], node] |= force[way[k], above]
            if way[k] <= USE:
                for flow in (USE, DATA, OUTPUTS):
                    inherited[flow, node] |= inherited[flow, above]
    return inherited
