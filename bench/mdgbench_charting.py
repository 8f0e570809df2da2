"""MDGBench's dev half, and the charting of ``lineage/recovery.py`` on it, fitted with one cluster left out at a time.

``bench/mdgbench.py`` prints the figures. Weights, calibration and thresholds for the models of a cluster come from the other
clusters alone, thresholds from a second round of the same within those.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import cache, cached_property
from itertools import product
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
from recovery_prior import fit as fit_evidence
from scipy.optimize import minimize

from filiation.knowledge import load
from filiation.lineage.recovery import candidates_of, chosen_parents
from filiation.lineage.recovery_features import Item
from filiation.lineage.recovery_score import EVIDENCE, GROUPS, Weights, confidences, evidence, similarities
from filiation.lineage.recovery_similarity import Matrix

MEASURES = ("huref", "pdf", "reef")
SYNONYMS = {"Gensyn/Qwen2.5-1.5B-Instruct": "Qwen/Qwen2.5-1.5B-Instruct"}
"""Two names of one model: merged before anything is counted, as the benchmark's own scores are."""
FIRST, MORE = (0.15, 0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6), (0.2, 0.25, 0.3, 0.35, 0.4, 0.5, 0.6, 1.1)
TOWARDS = np.array([1.0 if name in GROUPS else 0.0 for name in EVIDENCE])
"""The priors were fitted elsewhere: they are kept unless the other clusters speak against them."""
Edges = set[tuple[str, str]]


class Bench:
    """The benchmark's models, edges and matrices."""

    def __init__(self, shared: Path) -> None:
        folder = shared / "data/lineage-truth/mdgbench-dev"
        clusters = json.loads((folder / "clusters.json").read_text(encoding="utf-8"))
        self.names = [name for cluster in clusters for name in cluster]
        self.cluster = np.array([number for number, cluster in enumerate(clusters) for _ in cluster])
        made = {row["modelId"]: row["createdAt"] for row in _rows(folder / "model_created_at.csv")}
        self.items = [Item(name, datetime.fromisoformat(made[name]).replace(tzinfo=UTC)) for name in self.names]
        self.time = np.array([item.created_at.timestamp() for item in self.items if item.created_at])
        self.edges = merged((row["child"], row["parent"]) for row in _rows(folder / "relations.csv"))
        named = [SYNONYMS.get(name, name) for name in self.names]
        self.truth = np.array([[(child, parent) in self.edges for parent in named] for child in named])
        self.matrix = {name: self._matrix(folder / f"{name}_similarity.csv") for name in MEASURES}

    def _matrix(self, path: Path) -> np.ndarray:
        place = {name: number for number, name in enumerate(self.names)}
        matrix = np.full((len(place), len(place)), np.nan)
        for row in _rows(path):
            child = place[row.pop("")]
            for name, value in row.items():
                matrix[child, place[name]] = float(value) if value else np.nan
        return matrix

    def measure(self, name: str, train: frozenset[int]) -> Matrix:
        """Return a matrix whose log-odds of kinship were fitted on the pairs within `train`."""
        return _calibrated(self, name, train)

    def score(self, found: Edges) -> tuple[float, float, float]:
        """Return precision, recall and F1 of `found`."""
        found = merged(found)
        right = len(found & self.edges)
        return right / max(1, len(found)), right / len(self.edges), 2 * right / (len(found) + len(self.edges))


@cache
def _calibrated(bench: Bench, name: str, train: frozenset[int]) -> Matrix:
    matrix, inside = bench.matrix[name], np.isin(bench.cluster, list(train))
    low, high = np.triu_indices(len(matrix), 1)
    used = inside[low] & inside[high] & ~np.isnan(matrix[low, high])
    value, kin = matrix[low, high][used], (bench.cluster[low] == bench.cluster[high])[used]
    return Matrix(matrix, *logistic(value[:, None], kin, np.ones(len(kin)), 0.1), name)


def logistic(table: np.ndarray, truth: np.ndarray, weight: np.ndarray, ridge: float) -> tuple[float, float]:
    """Return slope and intercept of a logistic regression on one column."""
    sign = np.where(truth, -1.0, 1.0)

    def loss(w: np.ndarray) -> float:
        return float((weight * np.logaddexp(0, sign * (w[0] * table[:, 0] + w[1]))).sum() + ridge / 2 * w @ w)

    slope, intercept = minimize(loss, np.array([1.0, 0.0])).x
    return float(slope), float(intercept)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def merged(edges: Iterable[tuple[str, str]]) -> Edges:
    """Return the edges with synonyms merged, without those that then lead from a model to itself."""
    pairs = {(SYNONYMS.get(child, child), SYNONYMS.get(parent, parent)) for child, parent in edges}
    return {pair for pair in pairs if pair[0] != pair[1]}


@cache
def _candidates(bench: Bench, names: tuple[str, ...], oracle: bool, train: frozenset[int]) -> Callable[[int], np.ndarray]:
    if oracle:
        return lambda child: np.setdiff1d(np.flatnonzero(bench.cluster == bench.cluster[child]), [child])
    return cache(candidates_of(bench.items, [bench.measure(name, train) for name in names], frozenset()))


@cache
def _evidence(
    bench: Bench,
    names: tuple[str, ...],
    oracle: bool,
    train: frozenset[int],
    view: tuple[str, ...],
    child: int,
) -> np.ndarray:
    among = _candidates(bench, names, oracle, train)(child)
    said = similarities([bench.measure(name, train) for name in view], bench.items, child, among)
    return evidence(bench.items[child], [bench.items[other] for other in among], said, load("recovery")["prior"])


class Ours:
    """The recovery of ``lineage/recovery.py``, with weights from the other clusters.

    Args:
        bench: The benchmark.
        measures: Names of the matrices that are used.
        without: Evidence that is left out.
        alone: Whether each matrix is heard alone too, where there are several.
        merges: Whether a child may have several parents.
        oracle: Whether it is told the clusters.
        ridge: How firmly weights are held.
    """

    def __init__(
        self, bench: Bench, measures: Sequence[str], without: Sequence[str] = (), *, alone: bool = True, merges: bool = True,
        oracle: bool = False, ridge: float = 1.0,
    ) -> None:  # fmt: skip
        self.bench, self.measures, self.merges, self.oracle, self.ridge = bench, tuple(measures), merges, oracle, ridge
        self.views = [self.measures, *((name,) for name in measures if alone and len(measures) > 1)]
        self.kept = np.array([name not in without for name in EVIDENCE])
        self.prior = load("recovery")["prior"]

    def _among(self, train: frozenset[int], child: int) -> np.ndarray:
        return _candidates(self.bench, self.measures, self.oracle, train)(child)

    def _table(self, train: frozenset[int], view: tuple[str, ...], child: int) -> np.ndarray:
        return _evidence(self.bench, self.measures, self.oracle, train, view, child) * self.kept

    def weights(self, train: frozenset[int], tables: frozenset[int] | None = None) -> Weights:
        """Return weights fitted on the clusters `train`; the matrices are calibrated on `tables`, by default the same."""
        together, *alone = [self._fitted(train, tables or train, view) for view in self.views]
        known = {view[0]: found for view, found in zip(self.views[1:], alone, strict=True)}
        return Weights(prior=self.prior, evidence=together, alone=known, first=0.3, more=0.3)

    def _fitted(self, train: frozenset[int], tables: frozenset[int], view: tuple[str, ...]) -> dict[str, float]:
        rows = []
        for child in np.flatnonzero(np.isin(self.bench.cluster, list(train))).tolist():
            among = self._among(tables, child)
            if len(among):
                rows.append((self._table(tables, view, child), self.bench.truth[child, among]))
        fitted = fit_evidence(rows, TOWARDS * self.kept, self.ridge)
        return dict(zip(EVIDENCE, fitted.tolist(), strict=True))

    def sure(self, train: frozenset[int], weights: Weights, child: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the candidates of `child`, and how sure each is a parent."""
        among = self._among(train, child)
        if not len(among):
            return among, np.zeros(0)
        evidences = [weights.evidence, *(weights.alone[view[0]] for view in self.views[1:])]
        scores = [
            self._table(train, view, child) @ np.array([found[name] for name in EVIDENCE])
            for view, found in zip(self.views, evidences, strict=True)
        ]
        return among, confidences(self.bench.items[child], scores, weights)

    def tuned(self, train: frozenset[int]) -> tuple[Weights, float]:
        """Return weights with calibration and thresholds chosen within `train`, one of its clusters left out at a time.

        Beside them, the F1 that they have there.
        """
        weights, said = self.weights(train), []
        for held in sorted(train):
            inner = self.weights(train - {held}, train)
            for child in np.flatnonzero(self.bench.cluster == held).tolist():
                among, sure = self.sure(train, inner, child)
                said.append((sure, self.bench.truth[child, among], int(self.bench.truth[child].sum())))
        value = np.clip(np.concatenate([sure for sure, _, _ in said]), 1e-6, 1 - 1e-6)
        truth = np.concatenate([right for _, right, _ in said])
        slope, intercept = logistic(np.log(value / (1 - value))[:, None], truth, np.ones(len(truth)), 1.0)
        weights = msgspec.structs.replace(weights, calibration=(slope, intercept))
        said = [(_calibrate(sure, slope, intercept), right, count) for sure, right, count in said]
        best = self.best(said, weights)
        return best, inner_f1(said, best)

    def best(self, said: list[tuple[np.ndarray, np.ndarray, int]], weights: Weights) -> Weights:
        """Return the weights with the thresholds that do best on `said`: confidences, which are parents, how many there are."""
        choices = [
            msgspec.structs.replace(weights, first=first, more=more if self.merges else 2.0)
            for first, more in product(FIRST, MORE)
        ]
        return max(choices, key=lambda choice: (inner_f1(said, choice), choice.first, choice.more))

    @cached_property
    def found(self) -> dict[int, Found]:
        """What is found in each cluster, all others known."""
        everything = frozenset(self.bench.cluster.tolist())
        result = {}
        for held in sorted(everything):
            train = everything - {held}
            weights, inner = self.tuned(train)
            said = []
            for child in np.flatnonzero(self.bench.cluster == held).tolist():
                among, sure = self.sure(train, weights, child)
                accepted = set(chosen_parents(sure, weights))
                said += [
                    (child, int(parent), float(value), place in accepted)
                    for place, (parent, value) in enumerate(zip(among, sure, strict=True))
                ]
            result[held] = Found(said, inner)
        return result

    def edges(self) -> Edges:
        """Return the edges that are accepted."""
        return set().union(*(self.accepted(held) for held in self.found))

    def accepted(self, held: int) -> Edges:
        """Return those whose child is of one cluster."""
        return {(self.bench.names[child], self.bench.names[parent]) for child, parent, _, yes in self.found[held].said if yes}


class Found(NamedTuple):
    """What is found in a cluster.

    Attributes:
        said: Child, parent, confidence and whether it is accepted, for all candidates of all its models.
        inner: The F1 that the same way of charting has within the other clusters.
    """

    said: list[tuple[int, int, float, bool]]
    inner: float


def chosen_within(ways: Sequence[Ours]) -> Edges:
    """Return the edges where each cluster is charted in the way that does best within the others."""
    best = {held: max(ways, key=lambda way: way.found[held].inner) for held in ways[0].found}
    return set().union(*(way.accepted(held) for held, way in best.items()))


def _calibrate(sure: np.ndarray, slope: float, intercept: float) -> np.ndarray:
    value = np.clip(sure, 1e-6, 1 - 1e-6)
    return 1 / (1 + np.exp(-(slope * np.log(value / (1 - value)) + intercept)))


def inner_f1(said: list[tuple[np.ndarray, np.ndarray, int]], weights: Weights) -> float:
    """Return the F1 of what these weights accept of `said`; see `Ours.best`."""
    right = found = true = 0
    for sure, truth, count in said:
        chosen = chosen_parents(sure, weights)
        right, found, true = right + int(truth[chosen].sum()), found + len(chosen), true + count
    return 2 * right / max(1, found + true)
