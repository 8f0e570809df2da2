"""What every row must satisfy; ``docs/data-model.md`` says the same in words."""

from __future__ import annotations

import duckdb

from filiation.core.errors import AtlasError

RULES = {
    "nodes are numbered from 0 without a gap": "SELECT 1 FROM node HAVING count(*) <> coalesce(max(node_id), -1) + 1",
    "a record describes a node if and only if it is present, or missing because it is gone": (
        "SELECT 1 FROM node WHERE (state = 'present' AND record_id IS NULL)"
        " OR (state NOT IN ('present', 'missing') AND record_id IS NOT NULL)"
    ),
    "each name is one node": "SELECT 1 FROM node GROUP BY registry, kind, name HAVING count(*) > 1",
    "both ends of an edge are nodes": (
        "SELECT 1 FROM edge WHERE least(child, parent) < 0 OR greatest(child, parent) >= (SELECT count(*) FROM node)"
    ),
    "a self-reference is set aside": (
        "SELECT 1 FROM edge WHERE (child = parent) <> (set_aside IS NOT DISTINCT FROM 'self-reference')"
    ),
    "confidence lies in [0, 1]": (
        "SELECT 1 FROM edge WHERE NOT (confidence BETWEEN 0 AND 1 AND relation_confidence BETWEEN 0 AND 1)"
    ),
    "every edge rests on a reference": (
        "SELECT 1 FROM edge ANTI JOIN (SELECT child, parent FROM reference UNION ALL SELECT parent, child FROM reference)"
        " USING (child, parent)"
    ),
}


def validate(con: duckdb.DuckDBPyConnection) -> None:
    """Check the derived tables, inside the transaction that made them.

    Raises:
        AtlasError: If a rule is broken, which is a defect of ours: nothing of that kind is ever committed.
    """
    for rule, query in RULES.items():
        if con.execute(f"{query} LIMIT 1").fetchall():
            raise AtlasError(f"The lineage that was built is not valid ({rule}): please report it; nothing was changed.")
