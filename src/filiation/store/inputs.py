"""What each node's rows of a stage were made from, so that only those of nodes for which it differs are made again.

A stage says in a query what it reads of each node. The digest of that stands in the table ``made_from`` beside what was made;
where a later build reads the same, the rows stay. Law: what a stage then leaves is what it would make of all nodes afresh.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

NUMBERED = {
    "made_from": ("node_id",),
    "name_element": ("node_id",),
    "name_convention": ("node_id",),
    "name_judgement": ("node_id", "parent"),
    "prediction": ("node_id",),
    "document": ("node_id",),
}
"""Tables whose rows outlive the numbering of nodes that they were made in, and their columns that number nodes."""


def changed(con: duckdb.DuckDBPyConnection, stage: str, inputs: str, *, afresh: bool) -> int:
    """Make the temporary table ``again`` (node_id): of which nodes the rows of `stage` are to be made; return how many.

    What stands there of nodes that ``made_now`` does not have is of nodes that are no more; `forget` removes that too.

    Args:
        con: In a transaction that the caller commits or rolls back.
        stage: Under whose name the digests are kept.
        inputs: A query for rows ``node_id, input``: a text that holds all that the stage reads of the node. Its order counts.
        afresh: Whether what was made is of no use: then all are to be made again.
    """
    if afresh:
        con.execute("DELETE FROM made_from WHERE stage = ?", [stage])
    con.execute(f"CREATE OR REPLACE TEMP TABLE made_now AS SELECT node_id, {_DIGEST} AS digest FROM ({inputs})")
    con.execute(
        "CREATE OR REPLACE TEMP TABLE again AS SELECT node_id FROM made_now"
        " ANTI JOIN (FROM made_from WHERE stage = ?) USING (node_id, digest)",
        [stage],
    )
    return con.execute("SELECT count(*) FROM again").fetchall()[0][0]


def forget(con: duckdb.DuckDBPyConnection, stage: str, *tables: str) -> None:
    """Remove from `tables` the rows of nodes that are to be made again or are no more, and keep the digests of now.

    Args:
        con: As `changed` left it; its temporary tables go, but ``again`` stays for the caller to drop.
        stage: As there.
        tables: Each with a column ``node_id``.
    """
    if not con.execute("SELECT 1 FROM made_from WHERE stage = ? LIMIT 1", [stage]).fetchall():
        for table in tables:
            con.execute(f"DELETE FROM {table}")
    else:
        stale = "node_id IN (FROM again) OR node_id NOT IN (SELECT node_id FROM made_now)"
        for table in tables:
            con.execute(f"DELETE FROM {table} WHERE {stale}")
        con.execute(f"DELETE FROM made_from WHERE stage = ? AND ({stale})", [stage])
    con.execute("INSERT INTO made_from SELECT ?, node_id, digest FROM made_now SEMI JOIN again USING (node_id)", [stage])
    con.execute("DROP TABLE temp.made_now")


@contextmanager
def renumbered(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Number nodes anew inside; the rows of `NUMBERED` then get the numbers that their nodes have, or go with them.

    Args:
        con: In a transaction that the caller commits or rolls back.
    """
    before = con.sql("SELECT node_id, registry, kind::VARCHAR AS kind, name FROM node").to_arrow_table()
    yield
    con.register("node_before", before)
    con.execute(
        "CREATE OR REPLACE TEMP TABLE moved_node AS SELECT node_before.node_id AS old, node.node_id AS now FROM node_before"
        " LEFT JOIN node ON (node.registry, node.name) = (node_before.registry, node_before.name)"
        " AND node.kind = node_before.kind::kind"
        " WHERE node.node_id IS DISTINCT FROM node_before.node_id"
    )
    con.unregister("node_before")
    if con.execute("SELECT 1 FROM moved_node LIMIT 1").fetchall():
        for table, columns in NUMBERED.items():
            con.execute(f"DELETE FROM {table} WHERE node_id IN (SELECT old FROM moved_node WHERE now IS NULL)")
            for column in columns:
                con.execute(f"UPDATE {table} SET {column} = now FROM moved_node WHERE old = {column}")
    con.execute("DROP TABLE temp.moved_node")


_DIGEST = "('0x' || left(sha256(input), 32))::UHUGEINT"
"""Half of SHA-256: who publishes a record cannot make it look like the one before."""
