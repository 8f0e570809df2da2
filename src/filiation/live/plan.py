"""What to look into first: what somebody has adopted, then what most stands on, then what is used most."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import duckdb
import numpy as np
import pyarrow as pa

from filiation.core.ref import HUB, Ref
from filiation.lineage.arrays import Lineage
from filiation.live.taking import Place

FEW = 1
"""Descendants that a name nobody holds must have to be asked for: it may go on under another one."""


def wanted(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage | None,
    place: Place,
    looked: Mapping[str, str],
    adopted: Collection[Ref],
    most: int,
    listed_at: str,
) -> list[tuple[str, str]]:
    """Return names to look into, the most important first, each with the stamp to remember it by.

    Args:
        con: Of the atlas, whose nodes `lineage` numbers.
        lineage: For how much stands on each; None where there is none yet.
        place: Whose repositories.
        looked: The stamp at which each was looked into before; what has not changed since is left out.
        adopted: What portfolios hold.
        most: How many names.
        listed_at: When all was listed last: what is not there is asked for once after each.
    """
    descendants = lineage.descendants if lineage is not None else np.zeros(0, np.int32)
    names = [ref.name for ref in adopted if (ref.kind, ref.registry) == (place.kind, place.registry)]
    tables = {
        "standing_on": {"node_id": np.arange(len(descendants), dtype=np.int32), "descendants": np.asarray(descendants)},
        "looked": {"name": pa.array(looked.keys(), pa.string()), "stamp": pa.array(looked.values(), pa.string())},
        "adopted": {"name": pa.array(names, pa.string())},
    }
    for table, columns in tables.items():
        con.register(table, pa.table(columns))
    given = {
        "registry": place.registry,
        "kind": str(place.kind),
        "most": most,
        "round": f"missing {listed_at}",
        "few": FEW,
        "hub": HUB,
    }
    rows = con.execute(_WANTED, given).fetchall()
    for table in tables:
        con.unregister(table)
    return rows


_WANTED = """
SELECT known.name, known.stamp
FROM (
    SELECT node_id, name, node.downloads, coalesce(revision, strftime(modified_at, '%Y-%m-%dT%H:%M:%S.%gZ'), '') AS stamp
    FROM node LEFT JOIN trait USING (record_id)
    WHERE registry = $registry AND kind = $kind::kind AND state = 'present'
    UNION ALL
    SELECT node_id, name, NULL, $round FROM node JOIN standing_on USING (node_id)
    WHERE registry = $registry AND registry = $hub AND kind = $kind::kind AND state = 'missing' AND descendants >= $few
        AND node.record_id IS NULL
) AS known
LEFT JOIN standing_on USING (node_id)
LEFT JOIN looked ON looked.name = known.name
LEFT JOIN (SELECT DISTINCT name FROM adopted) AS adopted ON adopted.name = known.name
WHERE looked.stamp IS DISTINCT FROM known.stamp
ORDER BY adopted.name IS NOT NULL DESC, coalesce(descendants, 0) DESC, coalesce(downloads, 0) DESC, known.name LIMIT $most
"""
