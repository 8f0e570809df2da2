"""Scores that nobody reported: what a model's neighbours reported, weighed by ridge regression on the keys that it shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import duckdb
import numpy as np
from scipy import sparse
from scipy.sparse.linalg import lsqr

from filiation.knowledge import load
from filiation.lineage.prediction.pool import of_rows
from filiation.lineage.prediction.witnesses import Neighborhood, witnesses

FOLDS = 5
WITHIN = 0.8
"""The share of predictions that the range is to hold."""


class Benchmark(NamedTuple):
    """What models report of one metric on one dataset: `value`, float64[r], of the rows `row`, int64[r]."""

    name: str
    row: np.ndarray
    value: np.ndarray


class Effects(NamedTuple):
    """What a regression learned: the mean of all, and of the keys `key`, int64[e], how much each adds, float64[e]."""

    mean: float
    key: np.ndarray
    effect: np.ndarray


class Regression:
    """A linear model of a benchmark over the keys of those who report it.

    Every key has an effect of its own, drawn towards 0; a parent has the key that its children share, so that parents tell of
    children and children of parents.

    Args:
        near: Of all models.
        row: int64[r]; who reports.
        value: float64[r]; what.
    """

    def __init__(self, near: Neighborhood, row: np.ndarray, value: np.ndarray) -> None:
        mean = float(value.mean())
        effects = lsqr(_matrix(near, row), value - mean, damp=1.0, iter_lim=200)[0]
        key = np.flatnonzero(effects)
        self._near = near
        self.effects = Effects(mean, key, effects[key])

    def of(self, row: np.ndarray) -> np.ndarray:
        """Return what is told of `row`, int64[s]: float64[s]."""
        return told(self._near, self.effects, row)


def told(near: Neighborhood, effects: Effects, row: np.ndarray) -> np.ndarray:
    """Return what a regression over the same keys tells of `row`, int64[s]: float64[s]."""
    each = np.zeros(len(near.names))
    each[effects.key] = effects.effect
    return np.asarray(_matrix(near, row) @ each) + effects.mean


def _matrix(near: Neighborhood, row: np.ndarray) -> sparse.csr_matrix:
    drawn = np.array([load("prediction")["draw"].get(rule.id, 1.0) for rule in witnesses()])
    place, which = of_rows(near.keys, row)
    weight = (1 / np.sqrt(drawn))[near.keys.witness[place]]
    return sparse.csr_matrix((weight, (which, near.keys.key[place])), shape=(len(row), len(near.names)))


def benchmarks(con: duckdb.DuckDBPyConnection, near: Neighborhood) -> Iterator[Benchmark]:
    """Yield every metric on a dataset that enough models report, those of most models first, one value of each: the first."""
    by_name = _reported(con, load("prediction")["least_declared"])
    for name, reported in sorted(by_name.items(), key=lambda item: -len(item[1]))[: load("prediction")["most_scores"]]:
        node, value = np.array([node for node, _ in reported]), np.array([value for _, value in reported])
        yield Benchmark(name, np.searchsorted(near.node, node), value)


def reporting(con: duckdb.DuckDBPyConnection) -> dict[str, np.ndarray]:
    """Return the nodes that report each metric on a dataset."""
    return {name: np.array([node for node, _ in reported]) for name, reported in _reported(con, 1).items()}


def _reported(con: duckdb.DuckDBPyConnection, least: int) -> dict[str, list[tuple[int, float]]]:
    by_name: dict[str, list[tuple[int, float]]] = {}
    for name, node, value in con.execute(_REPORTED, [least]).fetchall():
        by_name.setdefault(name, []).append((node, value))
    return by_name


def spread(near: Neighborhood, benchmark: Benchmark) -> float | None:
    """Return how far off predictions are at most in `WITHIN` of all cases, each fold told by the others.

    None where they are no better than the mean of all: then nothing is to be told.
    """
    fold = np.random.default_rng(0).permutation(len(benchmark.row)) % FOLDS
    off, off_mean = np.zeros(len(fold)), np.zeros(len(fold))
    for one in range(FOLDS):
        known, asked = fold != one, fold == one
        told = Regression(near, benchmark.row[known], benchmark.value[known]).of(benchmark.row[asked])
        off[asked] = np.abs(told - benchmark.value[asked])
        off_mean[asked] = np.abs(benchmark.value[known].mean() - benchmark.value[asked])
    return float(np.quantile(off, WITHIN)) if off.mean() < load("prediction")["least_gain"] * off_mean.mean() else None


def related_keys(near: Neighborhood, row: np.ndarray) -> np.ndarray:
    """Return the keys by which others are parents, children or siblings of `row`, int64[r]: int64[e], ascending."""
    place, _ = of_rows(near.keys, row)
    return np.unique(near.keys.key[place[_of_kin()[near.keys.witness[place]]]])


def asked_of(near: Neighborhood, keys: np.ndarray, reports: np.ndarray) -> np.ndarray:
    """Return who has one of `keys` by descent and is not among the rows `reports`: int64[s]."""
    wanted = np.zeros(len(near.names), bool)
    wanted[keys] = True
    shares = np.flatnonzero(wanted[near.keys.key] & _of_kin()[near.keys.witness])
    return np.setdiff1d(np.searchsorted(near.keys.start, shares, side="right") - 1, reports)


def _of_kin() -> np.ndarray:
    return np.array([rule.id in ("siblings", "children") for rule in witnesses()])


_REPORTED = """
SELECT name, node_id, value FROM (
    SELECT concat_ws(' ', claim.value ->> '$.metric', 'on', claim.value ->> '$.dataset', claim.value ->> '$.config') AS name,
        node_id, try_cast(claim.value ->> '$.value' AS DOUBLE) AS value, pointer
    FROM claim JOIN node USING (record_id) WHERE predicate = 'metric' AND node.kind = 'model'
) WHERE value IS NOT NULL AND isfinite(value) AND name IS NOT NULL
QUALIFY row_number() OVER (PARTITION BY name, node_id ORDER BY pointer) = 1
    AND count(DISTINCT node_id) OVER (PARTITION BY name) >= ?
ORDER BY name, node_id
"""
