"""The smallest set of points whose affine hull holds another, from the Gram matrix of their differences to it."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

LEAST, MOST = 0.02, 1.3
"""Weights of a parent; beyond, the child would lie outside of what it was made of."""
LEAST_OF_BASE = -1.5
MERGED_COST = 1.5
"""What a merge among the parents counts, in decimals of weights."""
BETWEEN = 0.2
"""Residual, relative to the nearer of two points, below which a third lies between them."""


class Found(NamedTuple):
    """Members of a set, their weights, which sum to one, and the residual relative to the nearest point."""

    members: tuple[int, ...]
    weights: tuple[float, ...]
    residual: float


def solved(gram: np.ndarray, sets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights and residuals of sets of points: float64[s, k] that sum to one, and float64[s].

    Args:
        gram: Inner products of the points' differences to the child, float64[n, n].
        sets: int64[s, k].
    """
    parts = gram[sets[:, :, None], sets[:, None, :]]
    k = sets.shape[1]
    trace = np.trace(parts, axis1=1, axis2=2)
    ridge = 1e-13 * trace[:, None, None] * np.eye(k)
    weights = np.linalg.solve(parts + ridge + 1e-300 * np.eye(k), np.ones((len(sets), k, 1)))[..., 0]
    weights /= weights.sum(axis=1, keepdims=True)
    square = np.einsum("si,sij,sj->s", weights, parts, weights)
    return weights, np.sqrt(np.maximum(square, 0))


def plausible(weights: np.ndarray, sets: np.ndarray, base: int | None) -> np.ndarray:
    """Return bool[s]: all weights are those of parents, but for one at most, that of the base."""
    parent = (weights >= LEAST) & (weights <= MOST)
    as_base = (weights >= LEAST_OF_BASE) & (weights <= -LEAST)
    if base is not None:
        as_base &= sets == base
    return (parent | as_base).all(axis=1) & (as_base.sum(axis=1) <= 1)


def smallest(gram: np.ndarray, nearest: float, enough: float, most: int, base: int | None = None) -> list[Found]:
    """Return the sets that explain the child, the most likely first; empty if none does.

    Of the smallest size that explains it; where all of those hold a merge of other points, of one more too. Plain weights
    speak for a set, merges among its members against it: what was merged of a merge is merged of that one's parents too.

    Args:
        gram: As `solved`.
        nearest: Distance to the nearest point.
        enough: Residual, relative to that, from which a set explains the child.
        most: Largest number of members; a base is one more.
        base: Which point alone may have a negative weight; any if None.
    """
    n = len(gram)
    merged = between(gram)
    found: list[tuple[float, float, Found]] = []
    for k in range(2, min(most + 1, n) + 1):
        points = np.arange(n) if k < 4 else np.argsort(gram.diagonal())[: 32 if k == 4 else 20]
        sets = np.array(list(combinations(sorted(points.tolist()), k)), np.int64)
        weights, residuals = solved(gram, sets)
        good = np.flatnonzero((residuals < enough * nearest) & plausible(weights, sets, base))
        before = bool(found)
        for s in good:
            cost = MERGED_COST * merged[sets[s]].sum() + sum(decimals(w) for w in weights[s] if w > 0)
            one = Found(tuple(map(int, sets[s])), tuple(map(float, weights[s])), float(residuals[s] / nearest))
            found.append((cost, one.residual, one))
        if before or (found and not all(merged[list(one.members)].any() for _, _, one in found)):
            break
    return [one for _, _, one in sorted(found, key=lambda entry: entry[:2])]


def decimals(weight: float) -> int:
    """Return how many decimals it takes to write a weight to within 0.00015; at most 4."""
    return next((n for n in range(4) if abs(weight - round(weight, n)) < 1.5e-4), 4)


def between(gram: np.ndarray) -> np.ndarray:
    """Return bool[n]: the points that nearly lie between two others, as a merge of them does.

    Args:
        gram: As `solved`; differences to any one point do.
    """
    n = len(gram)
    result = np.zeros(n, bool)
    sets = np.array(list(combinations(range(n - 1), 2)), np.int64)
    if not len(sets):
        return result
    for m in range(n):
        others = np.delete(np.arange(n), m)
        own = gram[np.ix_(others, others)] - gram[others, m][:, None] - gram[m, others][None] + gram[m, m]
        weights, residuals = solved(own, sets)
        near = np.sqrt(np.maximum(own.diagonal()[sets].min(axis=1), 0))
        result[m] = ((weights > 0.05).all(axis=1) & (residuals < BETWEEN * near)).any()
    return result
