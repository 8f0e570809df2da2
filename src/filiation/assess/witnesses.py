"""Which records speak of a node that is asked about."""

from __future__ import annotations

import duckdb

from filiation.knowledge import load


def chosen(con: duckdb.DuckDBPyConnection, node: int | None) -> str:
    """Return the condition on ``node`` and ``record`` that leaves the records of `node`, or of all nodes where it is None.

    Records are named one by one, so that of the columns of all others nothing is read but the names.
    """
    if node is None:
        return "true"
    rows = con.execute(_RECORDS, [node]).fetchall()
    numbers = ", ".join(str(number) for (number,) in rows)
    return f"node.node_id = {node:d} AND record.record_id IN ({numbers})" if rows else "false"


def declaring() -> tuple[str, ...]:
    """Return the sources that show what a publisher declares, so that their silence tells."""
    return tuple(name for name, row in load("witnesses").items() if row["basis"] == "declared")


_RECORDS = """
SELECT record.record_id FROM record
JOIN node ON record.registry = node.registry AND record.kind = node.kind AND record.id = node.name
WHERE node_id = ? ORDER BY ALL
"""
