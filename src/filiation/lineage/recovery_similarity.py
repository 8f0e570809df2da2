"""Similarities between models, and what they say for one being the parent of another.

A measure need not be the cosine of weights: any similarity whose largest values mean kinship will do. Where several measures
are given, those that call a pair kin speak of how near it is, and the others are not heard: a fingerprint that cannot read a
quantised copy finds it similar to nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

SIMILARITY_FEATURES = ("kin", "near", "distance", "mutual", "central", "mix", "gain", "direction", "copy")
KIN_LIMIT, DISTANCE_LIMIT = 4.0, 8.0
LEAST_ELIGIBLE = 0.3
MOST_UNKNOWN = 0.5
"""Of the similarities among candidates; where more are not known, no mixture is looked for."""
SUM_WEIGHT = 3.0
"""How much a mixture whose weights do not sum to one is held to it."""


class Similarity(Protocol):
    """What is known of how similar models are, which are called by their number.

    Attributes:
        top: The similarity of a model with itself.
        noise: What a difference of similarities must exceed to mean something.
    """

    top: float
    noise: float

    def nearest(self, child: int, count: int) -> np.ndarray:
        """Return the `count` models most similar to `child`, nearest first, without itself; fewer where few are comparable."""
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
    """

    def __init__(self, values: np.ndarray, slope: float, intercept: float) -> None:
        self.values, self.slope, self.intercept = values, slope, intercept
        own = np.diag(values)[~np.isnan(np.diag(values))]
        self.top = float(np.max(values, where=~np.isnan(values), initial=1.0))
        self.noise = max(2 * float(own.std()), 1e-7) if len(own) else 1e-7

    def nearest(self, child: int, count: int) -> np.ndarray:
        """Return the models most similar to `child`; see `Similarity.nearest`."""
        row = np.where(np.isnan(self.values[child]), -np.inf, self.values[child])
        row[child] = -np.inf
        order = np.argsort(-row, kind="stable")[:count]
        return order[row[order] > -np.inf]

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

    Args:
        measures: As many as there are; none gives zeros.
        models: The child, then its k candidates.
        eligible: How far names, times and kinds allow each candidate to be a parent, in [0, 1]: a sibling that is a quantised
            copy does not push the parent down in the order of nearness.
    """
    k = len(models) - 1
    if not measures:
        return np.zeros((k, len(SIMILARITY_FEATURES)))
    said = np.array([_of_measure(measure, models, eligible) for measure in measures])
    kin = said[:, :, 0]
    heard = (kin > 0).astype(float)
    silent = heard.sum(0) == 0
    heard[:, silent] = 1
    joint = (said * (heard / heard.sum(0))[:, :, None]).sum(0)
    joint[:, 0] = kin.max(0)
    return joint


def _of_measure(measure: Similarity, models: np.ndarray, eligible: np.ndarray) -> np.ndarray:
    block = measure.block(models)
    similar = np.where(np.isnan(block[0, 1:]), -1.0, block[0, 1:])
    among = np.where(np.isnan(block[1:, 1:]), -1.0, block[1:, 1:])
    kin = np.clip(measure.kin(models), -KIN_LIMIT, KIN_LIMIT)
    others = ~np.eye(len(similar), dtype=bool)
    near = 1 / (1 + ((similar[None, :] > similar[:, None]) * eligible[None, :]).sum(1))
    mutual = 1 / (1 + ((among > similar[:, None]) & others).sum(1))
    apart = np.log(np.maximum(measure.top - similar, 0) + measure.noise)
    allowed = apart[eligible > LEAST_ELIGIBLE]
    least = allowed.min() if len(allowed) else apart.min()
    distance = np.clip(least - apart, -DISTANCE_LIMIT, 1)
    mix, gain = _mixture(block, eligible, 2 * measure.noise)
    central = _centrality(measure, apart, among, kin, others)
    return np.column_stack([kin, near, distance, mutual, central, mix, gain, measure.said(models)])


def _centrality(measure: Similarity, apart: np.ndarray, among: np.ndarray, kin: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how much nearer each candidate is to the child's other kin than the child itself, in [-1, 1]: parents are."""
    between = np.log(np.maximum(measure.top - among, 0) + measure.noise)
    nearer = np.clip(apart[None, :] - between, -2, 2) / 2
    counted = (kin > 0)[None, :] & others
    return (nearer * counted).sum(1) / np.maximum(counted.sum(1), 1)


def _mixture(block: np.ndarray, eligible: np.ndarray, ridge: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the mixture of eligible candidates nearest to the child, and each one's gain beside the first.

    The similarities are taken as inner products, which cosines and correlations are. The gain is the share of the squared
    distance to the nearest eligible candidate that a mixture of that one and another takes away: for the child of one parent
    it is about 0, for a merge of two near 1.
    """
    from scipy.optimize import nnls  # noqa: PLC0415  # a quarter of a second to import

    k = len(block) - 1
    mix, gain = np.zeros(k), np.zeros(k)
    able = np.flatnonzero((eligible > LEAST_ELIGIBLE) & ~np.isnan(block[0, 1:]))
    inner = block[np.ix_(able + 1, able + 1)]
    if not len(able) or np.isnan(inner).mean() > MOST_UNKNOWN:
        return mix, gain
    inner = np.nan_to_num(inner)
    along = block[0, able + 1]
    spectrum, axes = np.linalg.eigh((inner + inner.T) / 2)
    scale = np.sqrt(np.maximum(spectrum, 0) + ridge)
    equations = np.vstack([(axes * scale).T, np.full((1, len(able)), SUM_WEIGHT)])
    mix[able] = nnls(equations, np.append((axes / scale).T @ along, SUM_WEIGHT))[0]
    gain[able] = _gains(float(np.nan_to_num(block[0, 0], nan=1.0)), along, inner, ridge)
    return mix, gain


def _gains(own: float, along: np.ndarray, inner: np.ndarray, ridge: float) -> np.ndarray:
    first = int(np.argmax(along))
    size = np.diag(inner)
    alone = max(own - 2 * along[first] + size[first], 0) + ridge
    between = size[first] + size - 2 * inner[first] + ridge
    share = np.clip((along - along[first] + size[first] - inner[first]) / between, 0, 0.9)
    cross = 2 * share * (1 - share) * inner[first]
    mixed = own - 2 * ((1 - share) * along[first] + share * along) + (1 - share) ** 2 * size[first] + share**2 * size + cross
    gains = np.clip(1 - (np.maximum(mixed, 0) + ridge) / alone, 0, 1)
    gains[first] = 0
    return gains
