"""Merges that drop parts of what the parents changed: TIES and DARE.

What is left after the parents' changes were fitted is then noise without structure, while what training leaves has a few strong
directions: the effective rank of the residual tells them apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import NamedTuple

import numpy as np

from filiation.knowledge import load
from filiation.weights.affine import between, solved
from filiation.weights.aligned import foreseen
from filiation.weights.relation import Evidence
from filiation.weights.trimmed_merges import trimmed


class Sparse(NamedTuple):
    """Parents with shares, the base, the method it looks like, what is left relative to the change, and why.

    `explained` is the share of what is left that other candidates explain: near 0 of parents, more of relatives of them.
    """

    parents: tuple[tuple[int, float], ...]
    base: int
    method: str
    residual: float
    explained: float
    evidence: tuple[Evidence, ...]


class _Fit(NamedTuple):
    """Two parents of a base, what is left of the change of each matrix, relative to the change, and why it is a merge."""

    base: int
    parents: list[int]
    left: np.ndarray
    residual: float
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
    if not good:
        return None
    best = min(good, key=lambda fit: np.linalg.norm(fit.left))
    return _told(y, x, _nearest_base(x, best, good))


def _nearest_base(x: np.ndarray, best: _Fit, good: Sequence[_Fit]) -> _Fit:
    """Return the fit of the same parents whose base is nearest to them: where shares sum to one every base fits alike."""
    enough = load("kinship")["merging"]["base_slack"] * np.linalg.norm(best.left)
    same = [fit for fit in good if fit.parents == best.parents and np.linalg.norm(fit.left) <= enough]
    return min(same, key=lambda fit: float(((x[fit.parents] - x[fit.base]) ** 2).sum()))


def _told(y: np.ndarray, x: np.ndarray, fit: _Fit) -> Sparse:
    """Return a fit with the method that it looks like, and how much of what it leaves is known from others."""
    changes = x[fit.parents] - x[fit.base]
    others = np.setdiff1d(np.arange(len(x)), [fit.base, *fit.parents])
    others = others[np.argsort(((x[others] - y) ** 2).sum(axis=(1, 2)))][: load("kinship")["absent"]["others"]]
    known = foreseen(fit.left, x[others] - x[fit.base])
    moved = (changes**2).sum(axis=2).min(axis=0) > 0
    how = trimmed((y - x[fit.base])[moved], changes[:, moved])
    shares = np.array(how.shares) / sum(how.shares)
    said = (
        Evidence("kept", how.kept, f"about so much of what each parent changed was kept, as {how.method.upper()} would"),
        Evidence("explained", known, "so much of what is left is known from other candidates"),
    )
    parents = tuple(zip(fit.parents, map(float, shares), strict=True))
    return Sparse(parents, fit.base, how.method, fit.residual, known, (*fit.evidence, *said))


def _came_after(x: np.ndarray, norms: np.ndarray, base: int, other: int) -> bool:
    """Return whether norms grew from a base to another candidate, as training makes them."""
    moved = ((x[other] - x[base]) ** 2).sum(axis=1)
    growth = (norms[other] - norms[base])[moved > 0] / moved[moved > 0]
    return bool(len(growth)) and float(np.median(growth)) > load("kinship")["merging"]["base_growth"]


def _fitted(y: np.ndarray, x: np.ndarray, base: int, parents: list[int]) -> _Fit | None:
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
    return _Fit(base, parents, left, residual, said)


def effective_rank(rows: np.ndarray) -> float:
    """Return the mean over sketches of matrices, float64[t, k * k], of their effective rank: 1 / sum of squared energies."""
    k = round(rows.shape[1] ** 0.5)
    energy = np.linalg.svd(rows.reshape(-1, k, k), compute_uv=False) ** 2
    energy = energy[energy.sum(axis=1) > 0]
    energy /= energy.sum(axis=1, keepdims=True)
    return float((1 / (energy**2).sum(axis=1)).mean()) if len(energy) else 0.0
