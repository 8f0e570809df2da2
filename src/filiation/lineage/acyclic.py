"""Find the edges that close a cycle, and set aside those that we are least sure of."""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

MAX_ROUNDS = 1000
"""After so many edges set aside one by one in one knot, its rest is cut along the order of the nodes."""
MAX_VISITS = 20_000_000
"""The same after so many edges were looked at, a few seconds: a knot of 100,000 edges gets 200 rounds."""


def strong_components(n: int, child: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Return int32[n]: equal labels for nodes that descend from one another."""
    graph = coo_array((np.ones(len(child), np.int8), (child, parent)), shape=(n, n)).tocsr()
    return connected_components(graph, directed=True, connection="strong")[1]


def weak_components(n: int, child: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Return int32[n]: equal labels for nodes that edges join, whatever their direction."""
    graph = coo_array((np.ones(len(child), np.int8), (child, parent)), shape=(n, n)).tocsr()
    return connected_components(graph, directed=False)[1]


def cycles(n: int, child: np.ndarray, parent: np.ndarray) -> list[np.ndarray]:
    """Return the knots: sorted nodes of each strong component of two or more, by first node. Self-references are none."""
    label = strong_components(n, child, parent)
    size = np.bincount(label, minlength=1)
    knotted = np.flatnonzero(size[label] > 1)
    by_label = knotted[np.argsort(label[knotted], kind="stable")]
    groups = np.split(by_label, np.flatnonzero(np.diff(label[by_label])) + 1) if len(by_label) else []
    return sorted(groups, key=lambda group: int(group[0]))


def edges_to_set_aside(child: np.ndarray, parent: np.ndarray, confidence: np.ndarray) -> np.ndarray:
    """Return bool[m]: the edges without which the rest has no cycle; self-references are among them.

    In each knot the edge of least confidence goes first (of equals, the one of greatest child, then parent), until there is
    no knot left. Law: what is kept is acyclic, and does not depend on the order of the edges.
    """
    aside = child == parent
    live = np.flatnonzero(~aside)
    rounds = visits = 0
    while rounds < MAX_ROUNDS and visits < MAX_VISITS:
        rounds, visits = rounds + 1, visits + len(live)
        nodes, ends = np.unique(np.concatenate([child[live], parent[live]]), return_inverse=True)
        low, high = ends[: len(live)], ends[len(live) :]
        label = strong_components(len(nodes), low, high)
        inside = label[low] == label[high]
        live, knot = live[inside], label[low[inside]]
        if not len(live):
            return aside
        order = np.lexsort((-parent[live], -child[live], confidence[live], knot))
        first = np.append(True, np.diff(knot[order]) != 0)
        aside[live[order[first]]] = True
        live = live[~aside[live]]
    aside[live[child[live] < parent[live]]] = True
    return aside
