"""What the figures of a whole registry stand on: the lineage, its columns, and what follows from both, each found once."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import msgspec
import numpy as np

from filiation.core.errors import FiliationError
from filiation.core.relation import RELATIONS, WEIGHTS
from filiation.lineage.arrays import NULL, STATES, Lineage
from filiation.lineage.columns import Columns
from filiation.lineage.questions import known

VISITS = 500_000_000
"""Visits spent on summing downloads, a few seconds; what would need more is left out, and counted."""


class UnknownFigureError(FiliationError):
    """There is no such chart, point, figure or portfolio; the message names those there are."""


class Listed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A node behind a figure; `state` only where the registry does not hold it; `defects` where they are what is asked."""

    ref: str
    node: int
    downloads: int | None
    descendants: int
    state: str | None = None
    defects: list[str] = []


class Listing(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/list/v1"):
    """The nodes behind a figure, one page of them; `next` is where the rest is, null at the end."""

    title: str
    total: int
    offset: int
    items: list[Listed]
    next: str | None


@dataclass(frozen=True)
class Ground:
    """A lineage with its columns; n nodes."""

    lineage: Lineage
    columns: Columns

    @cached_property
    def is_model(self) -> np.ndarray:
        """bool[n]."""
        return self.lineage.is_model(np.arange(self.lineage.size))

    @cached_property
    def present(self) -> np.ndarray:
        """bool[n]: models that the registry holds."""
        return self.is_model & (self.lineage.state == STATES.index("present"))

    @cached_property
    def weights(self) -> np.ndarray:
        """int64[k]: the edges by which weights descend."""
        return np.flatnonzero(np.isin(self.lineage.relation, [RELATIONS.index(item) for item in WEIGHTS]))

    @cached_property
    def primary(self) -> np.ndarray:
        """int64[n]: each node's edge of weights of greatest confidence, `NULL` at a root.

        Of equals the one to the parent with most descendants, then to the first parent.
        """
        lineage, edges = self.lineage, self.weights
        child, parent = lineage.child[edges], lineage.parent[edges]
        order = np.lexsort((parent, -lineage.descendants[parent], -lineage.confidence[edges], child))
        child, edges = child[order], edges[order]
        first = np.append(True, child[1:] != child[:-1])[: len(child)]
        result = np.full(lineage.size, NULL, np.int64)
        result[child[first]] = edges[first]
        return result

    @cached_property
    def roots(self) -> np.ndarray:
        """int64[k]: models without a parent on which others stand, those with most descendants first."""
        roots = np.flatnonzero(self.is_model & (self.primary == NULL) & (self.lineage.descendants > 0))
        return roots[np.lexsort((roots, -self.lineage.descendants[roots]))]

    def depth(self, deepest: int) -> np.ndarray:
        """Return int16[n]: fewest edges of weights to a root, at most `deepest`; 0 at roots and at nodes without edges."""
        lineage = self.lineage
        child, parent = lineage.child[self.weights], lineage.parent[self.weights]
        result = np.where(self.primary == NULL, 0, deepest).astype(np.int16)
        for depth in range(1, deepest):
            below = child[result[parent] == depth - 1]
            result[below[result[below] > depth]] = depth
        return result

    @cached_property
    def downloads_below(self) -> np.ndarray:
        """int64[n]: downloads of all descendants of each model, each counted once; `NULL` where it was not counted."""
        from filiation.lineage import visits  # noqa: PLC0415  # a second to import

        lineage = self.lineage
        result = np.where(lineage.descendants > 0, NULL, 0).astype(np.int64)
        sources = np.flatnonzero(self.is_model & (lineage.descendants > 0))
        sources = sources[np.argsort(lineage.descendants[sources], kind="stable")]
        child_of = lineage.child[lineage.child_edge]
        sums, done = visits.downloads_below(sources, lineage.child_start, child_of, lineage.downloads, VISITS)
        result[sources[:done]] = sums[:done]
        return result

    def listed(self, nodes: np.ndarray, offset: int, limit: int) -> list[Listed]:
        """Return one page of `nodes`, in their order."""
        page = nodes[offset : offset + limit].tolist()
        lineage = self.lineage
        return [
            Listed(
                ref, node, known(lineage.downloads[node]), int(lineage.descendants[node]), state if state != STATES[0] else None
            )
            for node, ref in zip(page, lineage.refs(page), strict=True)
            if (state := STATES[lineage.state[node]])
        ]

    def by_downloads(self, nodes: np.ndarray) -> np.ndarray:
        """Return `nodes` without repetition, the most downloaded first."""
        nodes = np.unique(nodes)
        return nodes[np.lexsort((nodes, -self.lineage.downloads[nodes]))]
