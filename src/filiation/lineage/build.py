"""Build the lineage: nodes, references and edges as tables, then the arrays."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from importlib.resources import files
from typing import NamedTuple

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filiation.core.finding import Severity
from filiation.core.ref import MAX_NAME_CHARS, NAME_PATTERN
from filiation.core.relation import DESCENT, RELATIONS, WEIGHTS
from filiation.knowledge import load
from filiation.lineage.acyclic import cycles, edges_to_set_aside, weak_components
from filiation.lineage.arrays import BASES, NULL, STATES, Lineage, Summary, starts
from filiation.lineage.relation import relation_query

NEWER_PARENT = 0.6
"""What is left of the confidence in an edge whose parent is younger than its child: 99.7 % of true parents are older
(Horwitz et al. 2025, section 4)."""
LEAST_STATED = 0.5
"""A stated claim of less confidence, such as a sentence that may speak of another model, makes no edge."""
VISIT_BUDGET = 500_000_000
"""Visits spent on counting descendants, a few seconds; a registry made to be slow cannot ask for more."""


def build_tables(con: duckdb.DuckDBPyConnection, as_of: datetime) -> Lineage:
    """Replace the tables node, reference and edge, and the findings about cycles, by those of the moment `as_of`.

    Args:
        con: In a transaction that the caller commits or rolls back.
        as_of: Naive UTC; what was observed later does not count.

    Returns:
        The arrays, in memory.
    """
    for table in ("node", "reference", "edge", "finding"):
        con.execute(f"DELETE FROM {table}")
    _load_knowledge(con)
    con.execute(f"SET VARIABLE as_of = '{as_of.isoformat()}'::TIMESTAMP")
    con.execute(f"SET VARIABLE name_pattern = '{NAME_PATTERN}'")
    con.execute(f"SET VARIABLE least_stated = {LEAST_STATED}")
    con.execute(f"SET VARIABLE max_name_chars = {MAX_NAME_CHARS}")
    for script in ("nodes.sql", "edges.sql"):
        con.execute(files("filiation.lineage").joinpath(script).read_text(encoding="utf-8"))
    edges = _edges(con)
    lineage = _lineage(con, edges, _write_edges(con, edges))
    for (table,) in con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall():
        con.execute(f"DROP TABLE {table}")
    return lineage


def _load_knowledge(con: duckdb.DuckDBPyConnection) -> None:
    names = load("names")
    tables: dict[str, tuple[str, list[list[object]]]] = {
        "witness": (
            "witness VARCHAR, rank INTEGER, describes BOOLEAN",
            [[name, row["rank"], row.get("describes", True)] for name, row in load("witnesses").items()],
        ),
        "alias": (
            "kind kind, old VARCHAR, new VARCHAR",
            [[kind, old, new] for kind, rows in load("aliases").items() for old, new in rows.items()],
        ),
        "placeholder": (
            "kind kind, name VARCHAR",
            [[kind, name] for kind in ("model", "dataset") for name in names["placeholders"]]
            + [["dataset", name] for name in names["loaders"]],
        ),
        "certainty": ("how VARCHAR, confidence FLOAT", [list(item) for item in names["confidence"].items()]),
    }
    for table, (columns, rows) in tables.items():
        con.execute(f"CREATE OR REPLACE TEMP TABLE {table} ({columns})")
        con.register("arrow", pa.table([pa.array(column) for column in zip(*rows, strict=True)], columns.split(", ")))
        con.execute(f"INSERT INTO {table} FROM arrow")
        con.unregister("arrow")


def _edges(con: duckdb.DuckDBPyConnection) -> pa.Table:
    """Return all edges with their relations and ``set_aside``, numbered: first those of descent that stand."""
    con.execute(f"CREATE OR REPLACE TEMP TABLE inferred AS {relation_query('unsaid')}")
    table = con.sql(_JOIN_RELATIONS).to_arrow_table()
    child, parent, relation = (table[name].to_numpy() for name in ("child", "parent", "relation_code"))
    descent = np.isin(relation, [RELATIONS.index(item) for item in DESCENT])
    aside = np.full(len(child), None, object)
    aside[child == parent] = "self-reference"
    below = np.flatnonzero(descent)
    opened = below[edges_to_set_aside(child[below], parent[below], table["confidence"].to_numpy()[below])]
    aside[opened[child[opened] != parent[opened]]] = "cycle"
    table = table.append_column("set_aside", pa.array(aside, pa.string()))
    kept = descent & (aside == None)  # noqa: E711  # element by element
    return table.take(np.lexsort((relation, parent, child, ~kept)))


def _write_edges(con: duckdb.DuckDBPyConnection, edges: pa.Table) -> Summary:
    numbered = edges.append_column("edge_id", pa.array(np.arange(len(edges), dtype=np.int32)))
    con.register("arrow", numbered)
    con.execute(
        "INSERT INTO edge SELECT edge_id, child, parent, relation, basis, confidence, relation_basis,"
        " relation_confidence, because, weight, set_aside FROM arrow"
    )
    con.unregister("arrow")
    held = dict(con.execute("SELECT kind, count(*) FROM node WHERE state = 'present' GROUP BY kind").fetchall())
    n = con.execute("SELECT count(*) FROM node").fetchall()[0][0]
    kept, child, parent, knots = _structure(edges)
    label = weak_components(n, child[kept], parent[kept])
    joined = np.unique(np.concatenate([child[kept], parent[kept]]))
    _write_findings(con, knots)
    aside = edges["set_aside"].to_numpy(zero_copy_only=False)
    return Summary(
        models=held.get("model", 0),
        datasets=held.get("dataset", 0),
        named_only=n - sum(held.values()),
        edges=int(kept.sum()),
        components=len(np.unique(label[joined])),
        cycles=len(knots),
        self_references=int((aside == "self-reference").sum()),
        set_aside=int((aside == "cycle").sum()),
    )


def _structure(edges: pa.Table) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[np.ndarray]]:
    """Return which edges are descent that stands, both ends of all edges, and the knots before any was opened."""
    child, parent = edges["child"].to_numpy(), edges["parent"].to_numpy()
    descent = np.isin(edges["relation_code"].to_numpy(), [RELATIONS.index(item) for item in DESCENT])
    kept = descent & edges["set_aside"].is_null().to_numpy(zero_copy_only=False)
    n = int(max(child.max(initial=-1), parent.max(initial=-1))) + 1
    return kept, child, parent, cycles(n, child[descent], parent[descent])


def _write_findings(con: duckdb.DuckDBPyConnection, knots: list[np.ndarray]) -> None:
    con.execute(
        "INSERT INTO finding SELECT 'base-model-self-reference', child, ?, 1.0, name || ' names itself as its own parent.',"
        " ['edge/' || edge_id], 'Name the model that this one was made from, or leave base_model out.', [name]"
        " FROM edge JOIN node ON node_id = child WHERE set_aside = 'self-reference'",
        [Severity.MEDIUM],
    )
    if not knots:
        return
    members = pa.table(
        {
            "knot": pa.array(np.repeat(np.arange(len(knots)), [len(knot) for knot in knots])),
            "node_id": pa.array(np.concatenate(knots)),
        }
    )
    con.register("arrow", members)
    con.execute("CREATE OR REPLACE TEMP TABLE knot AS SELECT * FROM arrow")
    con.unregister("arrow")
    con.execute(_CYCLE_FINDINGS, [Severity.MEDIUM])
    con.execute("DROP TABLE knot")


def _lineage(con: duckdb.DuckDBPyConnection, edges: pa.Table, summary: Summary) -> Lineage:
    nodes = con.sql(_NODES).to_arrow_table()
    names = nodes["name"].cast(pa.large_string()).combine_chunks()
    n = len(nodes)
    sections = con.execute("SELECT registry, kind, min(node_id), max(node_id) + 1 FROM node GROUP BY ALL ORDER BY 3").fetchall()
    licenses = sorted(set(nodes["license"].drop_null().to_pylist()))
    edges = edges.slice(0, summary.edges)
    child, parent, relation = (np.ascontiguousarray(edges[name].to_numpy()) for name in ("child", "parent", "relation_code"))
    graph = _graph(n, child, parent)
    weights = np.isin(relation, [RELATIONS.index(item) for item in WEIGHTS])
    descendants, dominated, capped = _counts(n, graph, _graph(n, child[weights], parent[weights]))
    return Lineage(
        names=np.frombuffer(names.buffers()[2] or b"", np.uint8),
        name_start=np.frombuffer(names.buffers()[1], np.int64)[: n + 1],
        state=_codes(nodes["state"], STATES),
        downloads=nodes["downloads"].fill_null(NULL).to_numpy(),
        license=_codes(nodes["license"], licenses, np.int32),
        descendants=descendants,
        dominated=dominated,
        child=child,
        parent=parent,
        relation=relation.astype(np.uint8),
        basis=_codes(edges["basis"], BASES),
        confidence=edges["confidence"].to_numpy(),
        relation_basis=_codes(edges["relation_basis"], BASES),
        relation_confidence=edges["relation_confidence"].to_numpy(),
        parent_start=graph.parent_start,
        child_start=graph.child_start,
        child_edge=graph.child_edge,
        sections=tuple(sections),
        licenses=tuple(licenses),
        capped=capped,
        summary=summary,
    )


class _Graph(NamedTuple):
    parent: np.ndarray
    parent_start: np.ndarray
    child_start: np.ndarray
    child_edge: np.ndarray
    child_of: np.ndarray


def _graph(n: int, child: np.ndarray, parent: np.ndarray) -> _Graph:
    """Return both directions of the edges, which come sorted by child."""
    by_parent = np.argsort(parent, kind="stable").astype(np.int32)
    return _Graph(parent, starts(child, n), starts(parent[by_parent], n), by_parent, child[by_parent])


def _counts(n: int, graph: _Graph, weights: _Graph) -> tuple[np.ndarray, np.ndarray, bool]:
    if not len(graph.parent):
        return np.zeros(n, np.int32), np.zeros(n, np.int32), False
    from filiation.lineage import kernels  # noqa: PLC0415  # a second to import

    order = kernels.topological_order(graph.parent_start, graph.child_start, graph.child_of)
    descendants, capped = kernels.descendant_counts(order, graph.parent_start, graph.child_start, graph.child_of, VISIT_BUDGET)
    dominated = kernels.dominated_counts(order, weights.parent_start, weights.parent)
    return descendants, dominated, bool(capped)


def _codes(column: pa.ChunkedArray, words: Sequence[str], dtype: type = np.uint8) -> np.ndarray:
    """Return the index of each text in `words`; for signed types `NULL` where it is null."""
    index = pc.call_function(
        "index_in", [column.cast(pa.string())], pc.SetLookupOptions(pa.array([str(word) for word in words], pa.string()))
    )
    return index.fill_null(NULL).to_numpy().astype(dtype)


_RELATION_LIST = "[" + ", ".join(f"'{relation}'" for relation in RELATIONS) + "]"

_JOIN_RELATIONS = f"""
SELECT child, parent, relation, (list_position({_RELATION_LIST}, relation) - 1)::TINYINT AS relation_code,
    basis::VARCHAR AS basis, confidence, relation_basis, relation_confidence, because, weight
FROM (
    SELECT child, parent,
        CASE class WHEN 'weights' THEN coalesce(draft.relation, inferred.relation) ELSE class END AS relation,
        draft.basis,
        (draft.confidence * CASE WHEN newer AND class = 'weights' THEN {NEWER_PARENT} ELSE 1 END)::FLOAT AS confidence,
        CASE WHEN class <> 'weights' THEN draft.basis::VARCHAR WHEN draft.relation IS NULL THEN 'inferred'
            ELSE relation_basis::VARCHAR END AS relation_basis,
        coalesce(inferred.confidence, 1)::FLOAT AS relation_confidence,
        nullif(concat_ws('; ', inferred.rule, CASE WHEN newer THEN 'the parent is newer than the child' END), '') AS because,
        weight
    FROM draft LEFT JOIN inferred USING (edge_id)
)
"""

_NODES = """
SELECT (name::VARCHAR) AS name, state::VARCHAR AS state, downloads, license FROM node ORDER BY node_id
"""

_CYCLE_FINDINGS = """
INSERT INTO finding
SELECT 'base-model-cycle', member.node_id, ?, 1.0,
    size || ' repositories name one another as parents: ' || array_to_string(names, ', ')
        || CASE WHEN size > 10 THEN ', ...' ELSE '' END || '.',
    coalesce(edges, []), 'Correct the base_model of the one that was made first.',
    [size::VARCHAR, array_to_string(names, ', ') || CASE WHEN size > 10 THEN ', ...' ELSE '' END]
FROM knot AS member
JOIN (
    SELECT knot, count(*) AS size, list(name ORDER BY node_id)[:10] AS names FROM knot JOIN node USING (node_id) GROUP BY knot
) USING (knot)
LEFT JOIN (
    SELECT knot, list('edge/' || edge_id ORDER BY edge_id)[:10] AS edges
    FROM edge JOIN knot ON node_id = child WHERE set_aside = 'cycle' GROUP BY knot
) USING (knot)
"""
