"""Loops over the whole graph, compiled. Importing this takes a second: import it where it is used."""

from __future__ import annotations

import numpy as np
from numba import njit

from filiation.lineage import loops

topological_order = njit(cache=True)(loops.topological_order)


@njit(cache=True)
def descendant_counts(order, parent_start, child_start, child_of, budget):
    """Return (int32[n] descendants of each node, whether the budget of visits ran out so that some are lower bounds).

    Below a node whose descendants all have one parent, the counts add up. Elsewhere the descendants are walked, and the walk
    takes the sum of such a part in one step.
    """
    n = len(parent_start) - 1
    count = np.zeros(n, np.int32)
    pure = np.ones(n, np.bool_)
    stamp = np.full(n, -1, np.int32)
    stack = np.empty(n, np.int32)
    visits = 0
    capped = False
    for i in range(len(order) - 1, -1, -1):
        node = order[i]
        total = 0
        largest = 0
        for k in range(child_start[node], child_start[node + 1]):
            child = child_of[k]
            total += 1 + count[child]
            largest = max(largest, 1 + count[child])
            if not pure[child] or parent_start[child + 1] - parent_start[child] > 1:
                pure[node] = False
        if pure[node]:
            count[node] = total
            continue
        if visits > budget:
            count[node] = max(largest, child_start[node + 1] - child_start[node])
            capped = True
            continue
        total = 0
        stack[0] = node
        stamp[node] = node
        height = 1
        while height > 0:
            height -= 1
            at = stack[height]
            for k in range(child_start[at], child_start[at + 1]):
                child = child_of[k]
                visits += 1
                if stamp[child] == node:
                    continue
                stamp[child] = node
                total += 1
                if pure[child]:
                    total += count[child]
                else:
                    stack[height] = child
                    height += 1
        count[node] = total
    return count, capped


@njit(cache=True)
def dominated_counts(order, parent_start, parent):
    """Return int32[n]: how many nodes each one dominates, that is, lies on every line of descent to, itself not counted.

    Source:
        Cooper, Harvey, Kennedy 2001, "A Simple, Fast Dominance Algorithm"; one pass is exact where there is no cycle.
    """
    n = len(parent_start) - 1
    above = np.full(n, -1, np.int32)
    depth = np.zeros(n, np.int32)
    for i in range(len(order)):
        node = order[i]
        first, last = parent_start[node], parent_start[node + 1]
        if first == last:
            continue
        meet = parent[first]
        for k in range(first + 1, last):
            other = parent[k]
            while meet != other and meet != -1 and other != -1:  # noqa: PLR1714  # compiled: no set to build
                if depth[meet] >= depth[other]:
                    meet = above[meet]
                else:
                    other = above[other]
            if meet != other:
                meet = -1
        above[node] = meet
        if meet != -1:
            depth[node] = depth[meet] + 1
    count = np.zeros(n, np.int32)
    for i in range(len(order) - 1, -1, -1):
        node = order[i]
        if above[node] != -1:
            count[above[node]] += count[node] + 1
    return count


@njit(cache=True)
def longest_path(order, parent_start, parent):
    """Return int32[n]: the number of edges of the longest line of descent that ends in each node."""
    depth = np.zeros(len(parent_start) - 1, np.int32)
    for i in range(len(order)):
        node = order[i]
        for k in range(parent_start[node], parent_start[node + 1]):
            depth[node] = max(depth[node], depth[parent[k]] + 1)
    return depth
