"""Bring the full-text index up to date with an atlas: only documents that differ are written again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
import numpy as np

from filiation.store import search
from filiation.store.inputs import changed, forget

MOST_REPLACED = 0.25
"""Where more documents than this share of all were replaced, all are written afresh: what was replaced weighs in rankings."""


def build_index(con: duckdb.DuckDBPyConnection, atlas: Path, token: str, before: str | None) -> int:
    """Write the index of the names, what they say and the cards of a lineage; return how many documents it has.

    Law: the documents are those that an index written afresh has.

    Args:
        con: In a transaction that the caller commits or rolls back.
        atlas: The folder.
        token: Of the lineage.
        before: The token of the index that stands and is of use, None for none.
    """
    con.execute(_FOUND)
    held = search.nodes_of(atlas, before) if before else None
    if held is not None and (held < 0).sum() > MOST_REPLACED * len(held):
        held = None
    changed(con, "search", _INPUTS, afresh=held is None)
    forget(con, "search", "document")
    first = 0 if held is None else len(held)
    con.execute(f"INSERT INTO document SELECT node_id, {first:d} + row_number() OVER (ORDER BY node_id) - 1 FROM again")
    node = _nodes(con, first)
    gone = [] if held is None else np.flatnonzero((held >= 0) & (node[:first] < 0)).tolist()
    search.write_index(atlas, token, _documents(con), node, None if held is None else before, gone)
    for table in ("found", "again"):
        con.execute(f"DROP TABLE temp.{table}")
    return int((node >= 0).sum())


def _nodes(con: duckdb.DuckDBPyConnection, least: int) -> np.ndarray:
    """Return the node of each document by its number, of `least` at least: int32[d], -1 for a document that is no more."""
    number, node = (np.asarray(column) for column in con.execute("SELECT number, node_id FROM document").fetchnumpy().values())
    nodes = np.full(max(number.max(initial=-1) + 1, least), -1, np.int32)
    nodes[number] = node
    return nodes


def _documents(con: duckdb.DuckDBPyConnection) -> Iterator[search.Document]:
    rows = con.execute(_TEXTS)
    while chunk := rows.fetchmany(50_000):
        yield from (search.Document(*row) for row in chunk)


_FOUND = r"""
CREATE OR REPLACE TEMP TABLE found AS
SELECT node_id, CASE WHEN words = name THEN name ELSE name || ' ' || words END AS text, record_id AS with_files,
    coalesce(terms, []) AS terms, coalesce(downloads, -1) AS downloads
FROM (
    SELECT node_id, name, regexp_replace(name, '([a-z])([A-Z])', '\1 \2', 'g') AS words, downloads, beside.record_id, said.terms
    FROM node LEFT JOIN (SELECT record_id FROM record WHERE files IS NOT NULL) AS beside USING (record_id) LEFT JOIN (
        SELECT node_id, list(DISTINCT element || ':' || value ORDER BY element || ':' || value) AS terms FROM name_element
        WHERE element <> 'other' GROUP BY node_id
    ) AS said USING (node_id) WHERE state = 'present' OR state = 'missing'
)
"""
_INPUTS = "SELECT node_id, json_array(text, with_files, terms, downloads) AS input FROM temp.found"
_TEXTS = """
SELECT document.number, text, json_extract_string(files, '$."README.md"'), terms, downloads
FROM temp.found SEMI JOIN again USING (node_id) JOIN document USING (node_id) LEFT JOIN record ON record_id = with_files
"""
