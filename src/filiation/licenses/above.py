"""The terms of one node: what it inherits hangs on its ancestors alone, and they are few."""

from __future__ import annotations

from typing import NamedTuple

import duckdb

from filiation.core.finding import Finding
from filiation.licenses.answer import LicenseAnswer, answer
from filiation.licenses.build import as_built
from filiation.licenses.node_terms import NodeTerms, node_terms
from filiation.lineage.ancestry import ancestry
from filiation.lineage.arrays import Lineage


class Above(NamedTuple):
    """A node among its ancestors: `node` is its number in `lineage`, to which `terms` belong."""

    lineage: Lineage
    terms: NodeTerms
    node: int

    def answer(self, conflicts: list[Finding]) -> LicenseAnswer:
        """Return the answer for the node, of whose licenses `conflicts` were found."""
        return answer(self.lineage, self.terms, self.node, conflicts)


def above(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> Above:
    """Return the terms of `node` and of all that it descends from. Law: they are those that the whole lineage gives."""
    part = ancestry(lineage, node)
    place = {int(whole): number for number, whole in enumerate(part.nodes)}
    built = as_built(con, list(place))
    return Above(part.lineage, node_terms(part.lineage, {place[at]: item for at, item in built.items()}), part.node)
