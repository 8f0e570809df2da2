"""Which reviews ask about something that is not found any more."""

from __future__ import annotations

from collections.abc import Iterable

import duckdb

from filiation.checks import find
from filiation.core.errors import FiliationError
from filiation.ledger.item import WAITING, Item
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate

_FOUND = "SELECT DISTINCT node_id, check_name FROM finding WHERE node_id IN (SELECT unnest(?::INTEGER[]))"
_IS_CHECKED = """
SELECT max(run_id) FILTER (stage = 'audit') > max(run_id) FILTER (stage IN ('lineage', 'licenses')) FROM stage_run
"""


def gone(con: duckdb.DuckDBPyConnection, lineage: Lineage, items: Iterable[Item]) -> frozenset[int] | None:
    """Return the numbers of those items that wait for a person though their check finds nothing at their subject any more.

    A subject that the atlas does not hold and a check that is none of ours are not among them: of those it says nothing.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        items: Any; those that were decided are passed over.

    Returns:
        None where the checks did not run after the lineage was built last: then nobody can tell.
    """
    asked = {
        item.id: (node, item.check)
        for item in items
        if item.state in WAITING and find(item.check) and (node := node_of(lineage, item.subject)) != NULL
    }
    checked = con.execute(_IS_CHECKED).fetchall()[0][0]
    if not checked:
        return None
    found = set(con.execute(_FOUND, [sorted({node for node, _ in asked.values()})]).fetchall())
    return frozenset(number for number, place in asked.items() if place not in found)


def node_of(lineage: Lineage, subject: str) -> int:
    """Return the node that an item is about; NULL where the atlas does not hold it."""
    try:
        return locate(lineage, subject).node
    except FiliationError:  # its name fits several, or could be nobody's
        return NULL
