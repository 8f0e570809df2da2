"""Models whose files of weights others hold byte for byte, by the SHA-256 that registries tell: nothing is downloaded."""

from __future__ import annotations

import duckdb
import msgspec

from filiation.extract.weights_digest import is_weights

MAX_HOLDERS = 64
"""Of all models that hold a file, so many are looked at: those that were made first."""
MAX_COPIES = 100
"""So many of one model are named, those that were made first."""


class Copy(msgspec.Struct, frozen=True):
    """Another model with the same files of weights: `shared` of `theirs`, and of `ours`, of the model that was asked for.

    Files are counted by their digest. All files of the one or of the other are shared; None where not every digest is told.
    """

    ref: str
    shared: int
    ours: int | None
    theirs: int | None


def copies(con: duckdb.DuckDBPyConnection, node: int) -> list[Copy]:
    """Return the models all of whose weights `node` holds, and those that hold all of its own, the first made first."""
    near = (
        "WHERE record_id IN (SELECT record_id FROM claim WHERE predicate = 'weights_sha256' AND value IN"
        f" (SELECT value FROM telling JOIN claim USING (record_id) WHERE predicate = 'weights_sha256' AND node_id = {node:d}))"
    )
    rows = con.execute(copies_query(near, f"node = {node:d}")).fetchall()
    return [Copy(*row[1:]) for row in rows[:MAX_COPIES]]


def copies_query(near: str = "", of: str = "true") -> str:
    """Return the query for `node`, `ref`, `shared`, `ours` and `theirs`, in the order of nodes.

    Args:
        near: A clause on the table ``telling`` that leaves out models of which nobody asks.
        of: A condition on the answer.
    """
    return f"""
    {holding(near)}
    SELECT node, CASE registry WHEN 'hf' THEN '' ELSE registry || ':' END || kind || ':' || name AS ref,
        max(shared) AS shared, max(ours) AS ours, max(theirs) AS theirs
    FROM (
        SELECT node_id AS node, other, shared, ours, theirs FROM held_by
        UNION ALL SELECT other, node_id, shared, theirs, ours FROM held_by
    ) JOIN node ON node_id = other WHERE {of}
    GROUP BY node, other, registry, kind, name, created_at ORDER BY node, created_at NULLS LAST, registry, name
    """


def holding(near: str = "") -> str:
    """Return the WITH clause of the table ``held_by``: `other` holds all files of weights of `node_id`.

    Its columns are `node_id`, `other`, `shared`, `ours`, `theirs` (files, as in `Copy`), `digest` (the rarest of those that are
    shared) and `record_id` (which tells the digests of `node_id`). A model of which not every digest is told is nobody's copy.
    A file that very many hold is looked for with the `MAX_HOLDERS` that were made first, so that pairs stay few.

    Args:
        near: As of `copies_query`.
    """
    return f"""
    WITH telling AS (  -- whose word on digests counts: the record that stands for the model, else the last that tells them
        SELECT node_id, created_at,
            arg_max(record.record_id, (record.record_id = node.record_id, seen_at, record.record_id)) AS record_id
        FROM node JOIN record ON (record.registry, record.kind, record.id) = (node.registry, node.kind, node.name)
        WHERE state = 'present' AND record.record_id IN (SELECT record_id FROM claim WHERE predicate = 'weights_sha256')
        GROUP BY node_id, created_at
    ),
    held AS (
        SELECT node_id, record_id, created_at, value AS digest, count(*) AS files
        FROM (FROM telling {near}) JOIN claim USING (record_id) WHERE predicate = 'weights_sha256' GROUP BY ALL
    ),
    owned AS (
        SELECT node_id, any_value(record_id) AS record_id, count(*) AS digests,
            sum(files) >= any_value(len(list_filter(file_names, lambda file: {is_weights("file")}))) AS is_whole
        FROM held JOIN trait USING (record_id) GROUP BY node_id
    ),
    rarest AS (
        SELECT node_id, arg_min(digest, (holders, digest)) AS digest
        FROM held JOIN (SELECT digest, count(*) AS holders FROM held GROUP BY digest) USING (digest)
        GROUP BY node_id HAVING min(holders) > 1
    ),
    first_holder AS (
        SELECT digest, node_id AS other FROM held
        QUALIFY row_number() OVER (PARTITION BY digest ORDER BY created_at NULLS LAST, node_id) <= {MAX_HOLDERS}
    ),
    held_by AS (
        SELECT rarest.node_id, other, count(*) AS shared, any_value(ours.digests) AS ours,
            any_value(CASE WHEN theirs.is_whole THEN theirs.digests END) AS theirs,
            any_value(rarest.digest) AS digest, any_value(ours.record_id) AS record_id
        FROM rarest JOIN first_holder USING (digest)
        JOIN owned AS ours ON ours.node_id = rarest.node_id AND ours.is_whole
        JOIN owned AS theirs ON theirs.node_id = other
        JOIN held AS own ON own.node_id = rarest.node_id
        JOIN held AS their ON their.node_id = other AND their.digest = own.digest
        WHERE other <> rarest.node_id
        GROUP BY rarest.node_id, other HAVING shared = any_value(ours.digests)
    )
    """
