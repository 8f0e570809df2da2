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


class Told(NamedTuple):
    """Scores of s rows: the value, and how far off it is at most in `WITHIN` of such predictions."""

    value: np.ndarray
    spread: float


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
        self._near = near
        drawn = np.array([load("prediction")["draw"].get(rule.id, 1.0) for rule in witnesses()])
        self._scale = 1 / np.sqrt(drawn)
        self._mean = float(value.mean())
        self._effects = lsqr(self._matrix(row), value - self._mean, damp=1.0, iter_lim=200)[0]

    def of(self, row: np.ndarray) -> np.ndarray:
        """Return what is told of `row`, int64[s]: float64[s]."""
        return np.asarray(self._matrix(row) @ self._effects) + self._mean

    def _matrix(self, row: np.ndarray) -> sparse.csr_matrix:
        place, which = of_rows(self._near.keys, row)
        weight = self._scale[self._near.keys.witness[place]]
        return sparse.csr_matrix((weight, (which, self._near.keys.key[place])), shape=(len(row), len(self._near.names)))


def benchmarks(con: duckdb.DuckDBPyConnection, near: Neighborhood) -> Iterator[Benchmark]:
    """Yield every metric on a dataset that enough models report, those of most models first, one value of each: the first."""
    rows = con.execute(_REPORTED, [load("prediction")["least_declared"]]).fetchall()
    by_name: dict[str, list[tuple[int, float]]] = {}
    for name, node, value in rows:
        by_name.setdefault(name, []).append((node, value))
    for name, reported in sorted(by_name.items(), key=lambda item: -len(item[1]))[: load("prediction")["most_scores"]]:
        node, value = np.array([node for node, _ in reported]), np.array([value for _, value in reported])
        yield Benchmark(name, np.searchsorted(near.node, node), value)


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


def asked_of(near: Neighborhood, benchmark: Benchmark) -> np.ndarray:
    """Return who shares a parent with one who reports, or is parent or child of one, and does not report: int64[s]."""
    related = np.array([rule.id in ("siblings", "children") for rule in witnesses()])
    place, _ = of_rows(near.keys, benchmark.row)
    keys = np.zeros(len(near.names), bool)
    keys[near.keys.key[place[related[near.keys.witness[place]]]]] = True
    shares = np.flatnonzero(keys[near.keys.key] & related[near.keys.witness])
    rows = np.unique(np.searchsorted(near.keys.start, shares, side="right") - 1)
    return np.setdiff1d(rows, benchmark.row)


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
