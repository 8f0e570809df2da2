"""Figures of a whole registry: as its publishers wrote it, beside the same after resolution."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import msgspec
import numpy as np

from filiation.core.ref import Kind
from filiation.lineage import kernels
from filiation.lineage.acyclic import cycles, weak_components
from filiation.lineage.arrays import starts

FAMILIES = 10


class Family(msgspec.Struct, frozen=True):
    """A node that many descend from by weights."""

    name: str
    descendants: int


class GraphFigures(msgspec.Struct, frozen=True):
    """The graph of base models: each pair of child and parent counts once.

    `cycles` are the knots of two or more; `longest_chain` counts models, after self-references and the edges inside the
    knots are taken out; the components count the nodes that an edge touches, self-references too.
    """

    edges: int
    self_references: int
    cycles: int
    nodes: int
    components: int
    largest_component: int
    longest_chain: int
    families: list[Family]


class Declared(msgspec.Struct, frozen=True):
    """What publishers wrote in fields meant for it, names lower-cased and the word ``None`` dropped from the graph.

    `base_model_models` counts models with any value, `base_model_models_named` those with another one than ``None``.
    """

    models: int
    datasets: int
    license_models: int
    dataset_models: int
    base_model_models: int
    base_model_models_named: int
    several_base_models: int
    arxiv_models: int
    ownerless_base_models: int
    licenses: dict[str, int]
    graph: GraphFigures


class Resolved(msgspec.Struct, frozen=True):
    """The same after names were resolved: `references` counts claims by how their name was understood."""

    models: int
    datasets: int
    states: dict[str, int]
    references: dict[str, int]
    relations: dict[str, int]
    relation_bases: dict[str, int]
    graph: GraphFigures


class Stats(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/stats/v1"):
    """Figures of a registry."""

    declared: Declared
    resolved: Resolved
    skipped: int


def stats(con: duckdb.DuckDBPyConnection) -> Stats:
    """Return the figures of what the atlas believes now."""
    con.execute(_SAID)
    skipped = con.execute("SELECT count(*) FROM skipped").fetchall()[0][0]
    return Stats(_declared(con), _resolved(con), skipped)


def _declared(con: duckdb.DuckDBPyConnection) -> Declared:
    counts: tuple[int, int, int, int, int, int, int] = con.execute(_COUNTS).fetchall()[0]
    licenses = con.execute(
        "SELECT lower(value), count(DISTINCT record_id) FROM said WHERE predicate = 'license' AND kind = 'model'"
        " GROUP BY ALL ORDER BY 2 DESC, 1"
    ).fetchall()
    pairs = con.sql(
        "SELECT DISTINCT lower(id) AS child, lower(value) AS parent FROM said"
        " WHERE predicate = 'base_model' AND kind = 'model' AND value <> 'None'"
    ).to_arrow_table()
    names, ends = np.unique(
        np.concatenate([pairs["child"].to_numpy(zero_copy_only=False), pairs["parent"].to_numpy(zero_copy_only=False)]),
        return_inverse=True,
    )
    graph = graph_figures(ends[: len(pairs)], ends[len(pairs) :], lambda node: str(names[node]))
    return Declared(*_kinds(con), *counts, dict(licenses), graph)


def _resolved(con: duckdb.DuckDBPyConnection) -> Resolved:
    pairs = con.sql(
        "SELECT DISTINCT child, parent FROM edge WHERE relation IN"
        " ('unknown', 'finetune', 'adapter', 'quantized', 'merge', 'distilled', 'converted')"
    ).to_arrow_table()
    ids, ends = np.unique(np.concatenate([pairs["child"].to_numpy(), pairs["parent"].to_numpy()]), return_inverse=True)
    graph = graph_figures(ends[: len(pairs)], ends[len(pairs) :], lambda node: _name(con, int(ids[node])))
    kinds = dict(con.execute("SELECT kind, count(*) FROM node GROUP BY ALL").fetchall())
    return Resolved(
        kinds.get(Kind.MODEL, 0),
        kinds.get(Kind.DATASET, 0),
        _tally(con, "SELECT kind || ' ' || state, count(*) FROM node"),
        _tally(con, "SELECT how, count(*) FROM reference"),
        _tally(con, "SELECT relation, count(*) FROM edge WHERE set_aside IS NULL"),
        _tally(con, "SELECT relation_basis, count(*) FROM edge WHERE set_aside IS NULL"),
        graph,
    )


def graph_figures(child: np.ndarray, parent: np.ndarray, name: Callable[[int], str]) -> GraphFigures:
    """Return the figures of the graph whose distinct edges run from `child` to `parent`, int[m] of nodes 0 to n - 1.

    Args:
        child: int[m].
        parent: int[m].
        name: Called with a node for its name.
    """
    n = int(max(child.max(initial=-1), parent.max(initial=-1))) + 1
    if not n:
        return GraphFigures(0, 0, 0, 0, 0, 0, 0, [])
    knots = cycles(n, child, parent)
    knot_of = np.full(n, -1)
    for number, knot in enumerate(knots):
        knot_of[knot] = number
    inside = (child == parent) | ((knot_of[child] == knot_of[parent]) & (knot_of[child] >= 0))
    sizes = np.bincount(weak_components(n, child, parent))
    depth, counts = _descent(n, child[~inside], parent[~inside])
    if knots:
        counts = np.where(knot_of >= 0, 0, counts)
    best = np.lexsort((np.arange(n), -counts))[:FAMILIES]
    return GraphFigures(
        len(child),
        int((child == parent).sum()),
        len(knots),
        n,
        len(sizes),
        int(sizes.max()),
        int(depth.max(initial=0)) + 1,
        [Family(name(int(node)), int(counts[node])) for node in best if counts[node]],
    )


def _descent(n: int, child: np.ndarray, parent: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return int32[n] longest line of descent above, and int32[n] descendants, of an acyclic graph."""
    order = np.argsort(child, kind="stable")
    child, parent = child[order].astype(np.int32), parent[order].astype(np.int32)
    by_parent = np.argsort(parent, kind="stable")
    parent_start, child_start = starts(child, n), starts(parent[by_parent], n)
    child_of = child[by_parent]
    sequence = kernels.topological_order(parent_start, child_start, child_of)
    counts, _ = kernels.descendant_counts(sequence, parent_start, child_start, child_of, 500_000_000)
    return kernels.longest_path(sequence, parent_start, parent), counts


def _kinds(con: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    kinds = dict(con.execute("SELECT kind, count(*) FROM node WHERE state = 'present' GROUP BY ALL").fetchall())
    return kinds.get("model", 0), kinds.get("dataset", 0)


def _tally(con: duckdb.DuckDBPyConnection, query: str) -> dict[str, int]:
    return dict(con.execute(f"{query} GROUP BY ALL ORDER BY 2 DESC, 1").fetchall())


def _name(con: duckdb.DuckDBPyConnection, node: int) -> str:
    return con.execute("SELECT name FROM node WHERE node_id = ?", [node]).fetchall()[0][0]


_SAID = """
CREATE OR REPLACE TEMP TABLE said AS
SELECT record_id, kind, id, predicate, value
FROM claim JOIN (
    SELECT record_id, kind, id FROM record
    QUALIFY row_number() OVER (PARTITION BY registry, kind, id, source ORDER BY seen_at DESC, record_id) = 1
) USING (record_id) ANTI JOIN (SELECT record_id FROM claim WHERE predicate = 'gone') AS gone USING (record_id)
WHERE basis = 'declared' AND predicate IN ('license', 'dataset', 'base_model', 'arxiv')
"""

_COUNTS = """
SELECT count(*) FILTER (licensed), count(*) FILTER (trained), count(*) FILTER (bases > 0), count(*) FILTER (named > 0),
    count(*) FILTER (bases > 1), count(*) FILTER (papers), coalesce(sum(ownerless), 0)::BIGINT
FROM (
    SELECT record_id, bool_or(predicate = 'license') AS licensed, bool_or(predicate = 'dataset') AS trained,
        count(DISTINCT value) FILTER (predicate = 'base_model') AS bases,
        count(*) FILTER (predicate = 'base_model' AND value <> 'None') AS named,
        bool_or(predicate = 'arxiv') AS papers,
        count(DISTINCT value) FILTER (predicate = 'base_model' AND NOT contains(value, '/')) AS ownerless
    FROM said WHERE kind = 'model' GROUP BY record_id
)
"""
