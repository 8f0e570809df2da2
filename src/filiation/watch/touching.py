"""Whom a change touches: what stands on it, adopted models among that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from filiation.lineage.applications import LEAST, Application
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.questions import reach
from filiation.watch.answer import InPortfolio, Touches
from filiation.watch.portfolios import Adopted

NAMED = 10
"""So many of what stands on a change are named."""


class Touching:
    """Answers for many changes of one lineage.

    Args:
        lineage: As it stands now.
        adopted: Models of portfolios.
        applications: Those that were charted.
    """

    def __init__(self, lineage: Lineage, adopted: Sequence[Adopted] = (), applications: Sequence[Application] = ()) -> None:
        self._lineage = lineage
        self._adopted: dict[int, list[InPortfolio]] = {}
        self._models: dict[int, set[int]] = {}
        for item in adopted:
            portfolio = item.portfolio
            for node, depth in self._above(item.node):
                self._adopted.setdefault(node, []).append(InPortfolio(portfolio.name, portfolio.owner, item.ref, depth))
                self._models.setdefault(node, set()).add(item.node)
        self._applications: dict[int, set[str]] = {}
        for application in applications:
            for used in application.uses:
                if used.node != NULL and used.confidence >= LEAST:
                    for node, _ in self._above(used.node):
                        self._applications.setdefault(node, set()).add(application.name)
        self._known: dict[int, Touches] = {}

    def _above(self, node: int) -> Iterable[tuple[int, int]]:
        """Yield a node and its ancestors, each with the steps from it."""
        above = reach(self._lineage, node, "up")
        yield node, 0
        yield from zip(above.nodes.tolist(), above.depth.tolist(), strict=True)

    def of(self, node: int | None) -> Touches:
        """Return whom a change of a node touches; nobody where the lineage does not have it."""
        if node is None:
            return Touches()
        if node not in self._known:
            self._known[node] = self._of(node)
        return self._known[node]

    def adopted_below(self, nodes: Iterable[int]) -> set[int]:
        """Return the adopted models that stand on any of `nodes`, or are one."""
        return set().union(*(self._models.get(node, ()) for node in nodes))

    def _of(self, node: int) -> Touches:
        lineage = self._lineage
        portfolios = sorted(self._adopted.get(node, []), key=lambda item: (item.depth, item.portfolio, item.model))
        applications = sorted(self._applications.get(node, ()))
        if not int(lineage.descendants[node]):
            return Touches(portfolios=portfolios, applications=applications)
        below = reach(lineage, node, "down").nodes
        downloads = lineage.downloads[below]
        best = below[np.lexsort((below, -downloads))[:NAMED]]
        known = downloads[downloads != NULL]
        total = int(known.sum()) if len(known) else None
        return Touches(len(below), total, lineage.refs(best.tolist()), portfolios, applications)
