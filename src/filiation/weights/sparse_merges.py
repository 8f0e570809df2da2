"""Merges that drop parts of what the parents changed: TIES and DARE.

What is left after the parents' changes were fitted is then noise without structure, while what training leaves has a few strong
directions: the effective rank of the residual tells them apart.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np

from filiation.knowledge import load
from filiation.weights.affine import between, solved
from filiation.weights.relation import Evidence


class Sparse(NamedTuple):
    """Parents with shares, the base, the method it looks like, what is left, relative to the change and in all, and why."""

    parents: tuple[tuple[int, float], ...]
    base: int
    method: str
    residual: float
    left: float
    evidence: tuple[Evidence, ...]


def sparse(child: np.ndarray, rows: np.ndarray, matrix: np.ndarray, base: int | None) -> Sparse | None:
    """Return the two candidates, and their base, whose changes a child holds in part; None if it does not look like that.

    Args:
        child: float64[t, d]; each tensor relative to its norm.
        rows: float64[n, t, d]; of the candidates.
        matrix: bool[t]; which tensors are matrices.
        base: Which candidate the parents were trained from; looked for if None.
    """
    settings = load("kinship")["merging"]
    y, x = child[matrix], rows[:, matrix]
    if len(rows) < 3 or not len(y):
        return None
    apart = (x - y).reshape(len(x), -1)
    gram = apart @ apart.T
    points = np.flatnonzero(~between(gram))
    points = points[np.argsort(gram.diagonal()[points])][: settings["sparse_most"]]
    sets = np.array(list(combinations(sorted(points.tolist()), 3)), np.int64).reshape(-1, 3)
    _, residuals = solved(gram, sets)
    norms = (x**2).sum(axis=2)
    good = []
    for members in sets[np.argsort(residuals)][: settings["sparse_tries"]]:
        for b in members if base is None else members[members == base]:
            parents = [int(m) for m in members if m != b]
            if all(_came_after(x, norms, int(b), p) for p in parents) and (fit := _fitted(y, x, int(b), parents)) is not None:
                good.append(fit)
    return min(good, key=lambda fit: fit.left, default=None)


def _came_after(x: np.ndarray, norms: np.ndarray, base: int, other: int) -> bool:
    """Return whether norms grew from a base to another candidate, as training makes them."""
    moved = ((x[other] - x[base]) ** 2).sum(axis=1)
    growth = (norms[other] - norms[base])[moved > 0] / moved[moved > 0]
    return bool(len(growth)) and float(np.median(growth)) > load("kinship")["merging"]["base_growth"]


def _fitted(y: np.ndarray, x: np.ndarray, base: int, parents: list[int]) -> Sparse | None:
    settings = load("kinship")["merging"]
    changes = np.stack([x[p] - x[base] for p in parents])
    wanted = y - x[base]
    flat = changes.reshape(len(parents), -1)
    weights = np.linalg.lstsq(flat.T, wanted.ravel(), rcond=None)[0]
    if weights.min() < settings["sparse_least"] or weights.max() > 1.5:
        return None
    left = wanted - np.einsum("p,ptd->td", weights, changes)
    residual = float(np.linalg.norm(left) / np.linalg.norm(wanted))
    spread, strong = effective_rank(left), max(effective_rank(change) for change in changes)
    if residual > settings["sparse_residual"] or spread < settings["sparse_rank"] or spread < strong + settings["sparse_more"]:
        return None
    said = (
        Evidence("coefficients", float(weights.min()), "the change holds so much of the lesser parent's"),
        Evidence(
            "residual rank", spread, f"what is left has no strong directions, unlike what training changes ({strong:.2f})"
        ),
    )
    method = "dare" if residual > settings["dare_residual"] else "ties"
    shares = weights / weights.sum()
    whole = float(np.linalg.norm(left))
    return Sparse(tuple(zip(parents, map(float, shares), strict=True)), base, method, residual, whole, said)


def effective_rank(rows: np.ndarray) -> float:
    """Return the mean over sketches of matrices, float64[t, k * k], of their effective rank: 1 / sum of squared energies."""
    k = round(rows.shape[1] ** 0.5)
    energy = np.linalg.svd(rows.reshape(-1, k, k), compute_uv=False) ** 2
    energy = energy[energy.sum(axis=1) > 0]
    energy /= energy.sum(axis=1, keepdims=True)
    return float((1 / (energy**2).sum(axis=1)).mean()) if len(energy) else 0.0
