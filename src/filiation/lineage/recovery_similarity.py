"""Similarities between models, and what they say for one being the parent of another.

A measure need not be the cosine of weights: any similarity whose largest values mean kinship will do. Where several measures
are given, those that call a pair kin speak of how near it is, and the others are not heard: a fingerprint that cannot read a
quantised copy finds it similar to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

SIMILARITY_FEATURES = ("kin", "near", "distance", "mutual", "central", "mix", "direction", "copy")
KIN_LIMIT, DISTANCE_LIMIT = 4.0, 8.0
LEAST_ELIGIBLE = 0.3
MOST_UNKNOWN = 0.5
"""Of the similarities among candidates; where more are not known, no mixture is looked for."""
SUM_WEIGHT = 3.0
"""How much a mixture whose weights do not sum to one is held to it."""


class Similarity(Protocol):
    """What is known of how similar models are, which are called by their number.

    Attributes:
        name: Of the measure; ``knowledge/recovery.toml`` may know how it weighs when it is heard alone.
        top: The similarity of a model with itself.
        noise: What a difference of similarities must exceed to mean something.
    """

    name: str
    top: float
    noise: float

    def nearest(self, child: int, count: int) -> np.ndarray:
        """Return the `count` models most similar to `child`, nearest first, without itself; fewer where few are comparable."""
        ...

    def within_reach(self, newcomer: int) -> np.ndarray:
        """Return all models that may have `newcomer` among their nearest."""
        ...

    def block(self, models: np.ndarray) -> np.ndarray:
        """Return the similarities among `models`: float64[k, k], not a number where two cannot be compared."""
        ...

    def kin(self, models: np.ndarray) -> np.ndarray:
        """Return the log-odds that the first of `models` is kin to each of the others: very low if unknown."""
        ...

    def said(self, models: np.ndarray) -> np.ndarray:
        """Return what the pair itself tells of the first of `models` and each of the others: float64[k - 1, 2].

        The log-odds that the other came first, 0 where nothing tells; and 1 where the first is a copy of the other, or lost or
        gained something, as only descent from it, or from a copy of it, explains.
        """
        ...


class Matrix:
    """Similarities given as a matrix.

    Args:
        values: float64[n, n]; not a number where two models could not be compared.
        slope: The log-odds of kinship are ``slope * similarity + intercept``.
        intercept: See `slope`.
        name: See `Similarity`.
    """

    def __init__(self, values: np.ndarray, slope: float, intercept: float, name: str = "") -> None:
        self.values, self.slope, self.intercept, self.name = values, slope, intercept, name
        own = np.diag(values)[~np.isnan(np.diag(values))]
        self.top = float(np.max(values, where=~np.isnan(values), initial=1.0))
        self.noise = max(2 * float(own.std()), 1e-7) if len(own) else 1e-7

    def nearest(self, child: int, count: int) -> np.ndarray:
        """Return the models most similar to `child`; see `Similarity.nearest`."""
        row = np.where(np.isnan(self.values[child]), -np.inf, self.values[child])
        row[child] = -np.inf
        order = np.argsort(-row, kind="stable")[:count]
        return order[row[order] > -np.inf]

    def within_reach(self, newcomer: int) -> np.ndarray:
        """Return all that can be compared with `newcomer`."""
        return np.flatnonzero(~np.isnan(self.values[:, newcomer]))

    def block(self, models: np.ndarray) -> np.ndarray:
        """Return the similarities among `models`; see `Similarity.block`."""
        return self.values[np.ix_(models, models)]

    def kin(self, models: np.ndarray) -> np.ndarray:
        """Return the log-odds of kinship; see `Similarity.kin`."""
        values = self.values[models[0], models[1:]]
        return np.where(np.isnan(values), -KIN_LIMIT, self.slope * np.nan_to_num(values) + self.intercept)

    def said(self, models: np.ndarray) -> np.ndarray:
        """Return nothing: a similarity has no direction."""
        return np.zeros((len(models) - 1, 2))


def similarity_features(measures: Sequence[Similarity], models: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    """Return what the measures say together of each candidate: float64[k, f], in the order of `SIMILARITY_FEATURES`.

    Kinship is that of the measure that is surest of it; all else is the mean of those that call the pair kin.

    Args:
        measures: As many as there are; none gives zeros.
        models: The child, then its k candidates.
        eligible: How far names, times and kinds allow each candidate to be a parent, in [0, 1]: a sibling that is a quantised
            copy does not push the parent down in the order of nearness.
    """
    k = len(models) - 1
    if not measures:
        return np.zeros((k, len(SIMILARITY_FEATURES)))
    kin = np.array([np.clip(measure.kin(models), -KIN_LIMIT, KIN_LIMIT) for measure in measures])
    said = np.array([_of_measure(measure, models, eligible, row) for measure, row in zip(measures, kin, strict=True)])
    heard = (kin > 0).astype(float)
    heard[:, heard.sum(0) == 0] = 1
    joint = (said * (heard / heard.sum(0))[:, :, None]).sum(0)
    return np.column_stack([kin.max(0), joint])


def _of_measure(measure: Similarity, models: np.ndarray, eligible: np.ndarray, kin: np.ndarray) -> np.ndarray:
    block = measure.block(models)
    similar = np.where(np.isnan(block[0, 1:]), -1.0, block[0, 1:])
    among = np.where(np.isnan(block[1:, 1:]), -1.0, block[1:, 1:])
    others = ~np.eye(len(similar), dtype=bool)
    near = 1 / (1 + ((similar[None, :] > similar[:, None]) * eligible[None, :]).sum(1))
    mutual = 1 / (1 + ((among > similar[:, None]) & others).sum(1))
    apart = np.log(np.maximum(measure.top - similar, 0) + measure.noise)
    allowed = apart[eligible > LEAST_ELIGIBLE]
    least = allowed.min() if len(allowed) else apart.min()
    distance = np.clip(least - apart, -DISTANCE_LIMIT, 1)
    central = _centrality(measure, apart, among, kin, others)
    mix = _mixture(block, eligible, 2 * measure.noise)
    return np.column_stack([near, distance, mutual, central, mix, measure.said(models)])


def _centrality(measure: Similarity, apart: np.ndarray, among: np.ndarray, kin: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how much nearer each candidate is to the child's other kin than the child itself, in [-1, 1]: parents are."""
    between = np.log(np.maximum(measure.top - among, 0) + measure.noise)
    nearer = np.clip(apart[None, :] - between, -2, 2) / 2
    counted = (kin > 0)[None, :] & others
    return (nearer * counted).sum(1) / np.maximum(counted.sum(1), 1)


def _mixture(block: np.ndarray, eligible: np.ndarray, ridge: float) -> np.ndarray:
    """Return the weights of the mixture of eligible candidates nearest to the child, float64[k]; 0 where none can be told.

    The similarities are taken as inner products, which cosines and correlations are.
    """
    from scipy.optimize import nnls  # noqa: PLC0415  # a quarter of a second to import

    mix = np.zeros(len(block) - 1)
    able = np.flatnonzero((eligible > LEAST_ELIGIBLE) & ~np.isnan(block[0, 1:]))
    inner = block[np.ix_(able + 1, able + 1)]
    if not len(able) or np.isnan(inner).mean() > MOST_UNKNOWN:
        return mix
    inner = np.nan_to_num(inner)
    spectrum, axes = np.linalg.eigh((inner + inner.T) / 2)
    scale = np.sqrt(np.maximum(spectrum, 0) + ridge)
    equations = np.vstack([(axes * scale).T, np.full((1, len(able)), SUM_WEIGHT)])
    mix[able] = nnls(equations, np.append((axes / scale).T @ block[0, able + 1], SUM_WEIGHT))[0]
    return mix
