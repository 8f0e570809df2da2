"""Predict what nobody declared, for every model of an atlas."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filiation.core.relation import RELATIONS
from filiation.knowledge import load
from filiation.lineage.arrays import Lineage
from filiation.lineage.prediction import scores
from filiation.lineage.prediction.fit import FOLDER, Fit, learn, stands
from filiation.lineage.prediction.loops import REASONS
from filiation.lineage.prediction.pool import Counted, Pool, Pooled, weights
from filiation.lineage.prediction.witnesses import (
    AttributeRule,
    KnownKeys,
    Labels,
    Neighborhood,
    attributes,
    declaring,
    labels,
    neighborhood,
    witnesses,
)
from filiation.store.inputs import changed, forget


def build_predictions(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, atlas: Path, token: str, standing: str | None = None
) -> tuple[int, str]:
    """Make the table ``prediction`` say what the neighbourhood tells where nobody declared it.

    Nothing is said below the least confidence of ``knowledge/prediction.toml``. What is told of a model depends on what it and
    its parents share and declare, and on the fit: what was counted of all models at one time. The fit that stands is used until
    a quarter as many records have come; then all is told afresh. Law: under one fit, the table is as if all were told.

    Args:
        con: In a transaction that the caller commits or rolls back; its tables up to ``edge`` are there.
        lineage: Agrees with these.
        atlas: The folder; a new fit is written there.
        token: Names a new fit.
        standing: Names the fit that stands, None where nothing that was told is of use.

    Returns:
        How many rows there are, and the name of the fit by which they are told.
    """
    fit = Fit.load(atlas / FOLDER / standing) if standing else None
    if standing and fit and stands(fit, con):
        changed(con, "predict", _inputs(), afresh=False)
        near = neighborhood(con, lineage, fit.keys)
    else:
        standing = token
        changed(con, "predict", _inputs(), afresh=True)
        near = neighborhood(con, lineage)
        fit = learn(con, near) if _are_enough(con) else Fit(0, KnownKeys(near.names, near.key_witness), {}, {}, [])
        fit.save(atlas / FOLDER / token)
    again = con.sql("SELECT node_id FROM again").to_arrow_table()["node_id"].to_numpy()
    forget(con, "predict", "prediction")
    con.execute("DROP TABLE temp.again")
    for table in _told(con, near, fit, np.isin(near.node, again)):
        con.register("arrow", table)
        con.execute("INSERT INTO prediction BY NAME SELECT * FROM arrow")
        con.unregister("arrow")
    return con.execute("SELECT count(*) FROM prediction").fetchall()[0][0], standing


def _are_enough(con: duckdb.DuckDBPyConnection) -> bool:
    held = con.execute("SELECT count(*) FROM node WHERE kind = 'model' AND state = 'present'").fetchall()[0][0]
    return held >= load("prediction")["least_declared"]


def _inputs() -> str:
    """Return the query for all that decides what is told of a model, under one fit."""
    return files("filiation.lineage.prediction").joinpath("inputs.sql").read_text(encoding="utf-8")


def _told(con: duckdb.DuckDBPyConnection, near: Neighborhood, fit: Fit, is_asked: np.ndarray) -> Iterator[pa.Table]:
    """Yield what `fit` tells of those of a neighbourhood that are asked about, bool[k]."""
    if not is_asked.any():
        return
    for rule in attributes():
        if rule.id in fit.counted:
            known = labels(con, rule, near, fit.values[rule.id])
            asked = np.flatnonzero(is_asked & ~np.isin(near.node, declaring(con, rule)) & _may_have(rule, near))
            yield from _predictions(near, known, rule, asked, fit.counted[rule.id])
    yield from _scores(con, near, fit, is_asked)


def _scores(con: duckdb.DuckDBPyConnection, near: Neighborhood, fit: Fit, is_asked: np.ndarray) -> Iterator[pa.Table]:
    """Yield the scores of relatives of those who report them, where relatives tell better than the mean of all."""
    reports = scores.reporting(con) if fit.scores else {}
    for score in fit.scores:
        own = np.flatnonzero(np.isin(near.node, reports.get(score.name, np.zeros(0, int))))
        asked = scores.asked_of(near, score.related, own)
        asked = asked[is_asked[asked]]
        said = scores.told(near, score.effects, asked)
        yield pa.table(
            {
                "node_id": near.node[asked],
                "attribute": pa.array([score.name] * len(asked), pa.string()),
                "value": pa.array([f"{value:.4g}" for value in said], pa.string()),
                "confidence": pa.array([scores.WITHIN] * len(asked), pa.float32()),
                "low": said - score.spread,
                "high": said + score.spread,
            }
        )


def _may_have(rule: AttributeRule, near: Neighborhood) -> np.ndarray:
    """Return which models could have the attribute: a relation is there with a parent alone."""
    return near.parent >= 0 if rule.id == "relation" else np.ones(len(near.node), bool)


def _predictions(
    near: Neighborhood, known: Labels, rule: AttributeRule, asked: np.ndarray, counted: Counted
) -> Iterator[pa.Table]:
    """Yield rows for `asked`: those who say anything of themselves, and those who say nothing, by weights of their own."""
    speaks = has_own(near)[asked]
    pool = Pool(near, known, rule, counted=counted)
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
