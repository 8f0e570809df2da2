"""The forest of primary parents: of a node's parents the one inside whose circle it is drawn."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from filiation.core.ref import Kind
from filiation.core.relation import RELATIONS, WEIGHTS, Relation
from filiation.lineage.arrays import NULL, Lineage

NESTING = sorted(RELATIONS.index(relation) for relation in WEIGHTS | {Relation.DERIVED_FROM})
"""Codes of the relations along which circles nest; they never join a model to a dataset."""


class Forest(NamedTuple):
    """Every node with its primary parent; n nodes.

    Attributes:
        parent: int32[n]; `NULL` at a root.
        edge: int32[n]; number of the edge to the parent, `NULL` at a root.
        order: int32[n]; every parent before its children, by depth and then number.
        child_start: int64[n + 1]; where the children of each node begin in `child_of`.
        child_of: int32[k]; children by parent, then number.
        root: int32[n]; the root of the tree that the node is in.
        weight: int32[n]; nodes in its tree from here on, itself included.
    """

    parent: np.ndarray
    edge: np.ndarray
    order: np.ndarray
    child_start: np.ndarray
    child_of: np.ndarray
    root: np.ndarray
    weight: np.ndarray


def forest_of(lineage: Lineage) -> Forest:
    """Return the forest of `lineage`, which does not depend on the order of its edges.

    The primary parent is that of the edge with greatest confidence, of equals the one with most descendants, then the first
    by number.
    """
    n = lineage.size
    edges = np.flatnonzero(np.isin(lineage.relation, NESTING))
    child, parent = lineage.child[edges], lineage.parent[edges]
    rank = np.lexsort((parent, -lineage.descendants[parent], -lineage.confidence[edges], child))
    chosen = rank[_first_of_each(child[rank])]
    primary = np.full(n, NULL, np.int32)
    edge = np.full(n, NULL, np.int32)
    primary[child[chosen]] = parent[chosen]
    edge[child[chosen]] = edges[chosen]
    return _rooted(primary, edge)


def _first_of_each(ids: np.ndarray) -> np.ndarray:
    """Return where each run of equal ids begins: bool, as long as `ids`."""
    first = np.ones(len(ids), bool)
    first[1:] = ids[1:] != ids[:-1]
    return first


def _rooted(parent: np.ndarray, edge: np.ndarray) -> Forest:
    from filiation.layout import kernels  # noqa: PLC0415  # a second to import

    child = np.flatnonzero(parent != NULL).astype(np.int32)
    child_of = child[np.argsort(parent[child], kind="stable")]
    child_start = np.zeros(len(parent) + 1, np.int64)
    np.cumsum(np.bincount(parent[child], minlength=len(parent)), out=child_start[1:])
    order = kernels.breadth_first(parent, child_start, child_of)
    root, weight = kernels.roots_and_weights(order, parent)
    return Forest(parent, edge, order, child_start, child_of, root, weight)


def kind_of(lineage: Lineage) -> np.ndarray:
    """Return uint8[n]: 0 for a model, 1 for a dataset."""
    kind = np.zeros(lineage.size, np.uint8)
    for _, name, start, end in lineage.sections:
        kind[start:end] = name == Kind.DATASET
    return kind
