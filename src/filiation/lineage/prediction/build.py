"""Predict what nobody declared, for every model of an atlas."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filiation.core.relation import RELATIONS
from filiation.knowledge import load
from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction import scores
from filiation.lineage.prediction.loops import REASONS
from filiation.lineage.prediction.pool import Pool, Pooled, weights
from filiation.lineage.prediction.witnesses import (
    AttributeRule,
    Labels,
    Neighborhood,
    attributes,
    declaring,
    labels,
    neighborhood,
    witnesses,
)


def build_predictions(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> int:
    """Replace the table ``prediction`` by what the neighbourhood says where nobody declared it; return how many rows.

    Nothing is said below the least confidence of ``knowledge/prediction.toml``.

    Args:
        con: In a transaction that the caller commits or rolls back; its tables up to ``edge`` are there.
        lineage: Agrees with these.
    """
    con.execute("DELETE FROM prediction")
    least, count = load("prediction")["least_declared"], 0
    if con.execute("SELECT count(*) FROM node WHERE kind = 'model' AND state = 'present'").fetchall()[0][0] < least:
        return count
    near = neighborhood(con, lineage)
    for rule in attributes():
        known = labels(con, rule, near)
        if np.count_nonzero(np.diff(known.start)) < least:
            continue
        asked = np.flatnonzero(~np.isin(near.node, declaring(con, rule)) & _may_have(rule, near))
        count += sum(_keep(con, table) for table in _predictions(near, known, rule, asked))
    return count + sum(_keep(con, table) for table in _scores(con, near))


def _keep(con: duckdb.DuckDBPyConnection, table: pa.Table) -> int:
    con.register("arrow", table)
    con.execute("INSERT INTO prediction BY NAME SELECT * FROM arrow")
    con.unregister("arrow")
    return table.num_rows


def _scores(con: duckdb.DuckDBPyConnection, near: Neighborhood) -> Iterator[pa.Table]:
    """Yield the scores of relatives of those who report them, where relatives tell better than the mean of all."""
    for benchmark in scores.benchmarks(con, near):
        off = scores.spread(near, benchmark)
        asked = scores.asked_of(near, benchmark)
        if off is None or not len(asked):
            continue
        told = scores.Regression(near, benchmark.row, benchmark.value).of(asked)
        yield pa.table(
            {
                "node_id": near.node[asked],
                "attribute": pa.array([benchmark.name] * len(asked)),
                "value": pa.array([f"{value:.4g}" for value in told]),
                "confidence": pa.array([scores.WITHIN] * len(asked), pa.float32()),
                "low": told - off,
                "high": told + off,
            }
        )


def _may_have(rule: AttributeRule, near: Neighborhood) -> np.ndarray:
    """Return which models could have the attribute: a relation is there with a parent alone."""
    return near.parent >= 0 if rule.id == "relation" else np.ones(len(near.node), bool)


def _predictions(near: Neighborhood, known: Labels, rule: AttributeRule, asked: np.ndarray) -> Iterator[pa.Table]:
    """Yield rows for `asked`: those who say anything of themselves, and those who say nothing, by weights of their own."""
    speaks = has_own(near)[asked]
    pool = Pool(near, known, rule)
    for heard, subjects in (("all", asked[speaks]), ("neighbors", asked[~speaks])):
        pooled = pool.answer(subjects, weights(rule.id)[heard], is_counted=False)
        sure = (pooled.confidence >= load("prediction")["least"]) & (pooled.key[:, 0] >= 0)  # what nobody tells is no answer
        yield _table(near, pool, rule, subjects[sure], Pooled(*(column[sure] for column in pooled)))


def has_own(near: Neighborhood) -> np.ndarray:
    """Return which models say anything of themselves beside the attribute: bool[k]."""
    own = np.array([rule.own for rule in witnesses()])[near.keys.witness]
    return np.add.reduceat(np.append(own, False), near.keys.start[:-1]) * (np.diff(near.keys.start) > 0) > 0


def _table(near: Neighborhood, pool: Pool, rule: AttributeRule, subjects: np.ndarray, pooled: Pooled) -> pa.Table:
    s = len(subjects)
    shown = pooled.key.ravel() >= 0
    keys = pooled.key.ravel()[shown]
    from_parent = keys >= len(near.names)
    ids = pa.array([one.id for one in witnesses()])
    which = np.where(from_parent, len(ids) - 1, near.key_witness[np.where(from_parent, 0, keys)])
    said = {int(key): _said_by_parent(pool, int(key)) for key in np.unique(keys[from_parent])}
    words = pa.array([said.get(int(key)) for key in keys], pa.string())
    names = pc.call_function(
        "if_else", [pa.array(from_parent), words, near.names.take(pa.array(np.where(from_parent, 0, keys)))]
    )
    reasons = pa.StructArray.from_arrays(
        [ids.take(pa.array(which)), names, pa.array(pooled.agree.ravel()[shown]), pa.array(pooled.of.ravel()[shown])],
        ["witness", "key", "agree", "others"],
    )
    start = np.concatenate([[0], np.cumsum(shown.reshape(s, REASONS).sum(axis=1))])
    return pa.table(
        {
            "node_id": near.node[subjects],
            "attribute": pa.array([rule.id] * s, pa.string()),
            "value": pa.array(pool.names).take(pa.array(pooled.value)) if s else pa.array([], pa.string()),
            "confidence": pa.array(pooled.confidence, pa.float32()),
            "because": pa.ListArray.from_arrays(pa.array(start, pa.int32()), reasons),
        }
    )


def _said_by_parent(pool: Pool, key: int) -> str:
    value, relation = pool.said_by_parent(key)
    return f"{pool.names[value]} ({RELATIONS[relation]})"
