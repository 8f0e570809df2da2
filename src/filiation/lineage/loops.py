"""Loops over a graph, in plain Python: for a few nodes; `kernels` has the same compiled."""

from __future__ import annotations

import numpy as np


def topological_order(parent_start, child_start, child_of):  # arrays; see the callers
    """Return the nodes with every parent before its children, int32; shorter than n if there is a cycle."""
    n = len(parent_start) - 1
    waiting = (parent_start[1:] - parent_start[:-1]).astype(np.int32)
    order = np.empty(n, np.int32)
    filled = 0
    for node in range(n):
        if waiting[node] == 0:
            order[filled] = node
            filled += 1
    at = 0
    while at < filled:
        node = order[at]
        at += 1
        for k in range(child_start[node], child_start[node + 1]):
            child = child_of[k]
            waiting[child] -= 1
            if waiting[child] == 0:
                order[filled] = child
                filled += 1
    return order[:filled]
