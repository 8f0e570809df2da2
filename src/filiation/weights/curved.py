"""Merges of two models that go their own way in each tensor: spherical interpolation, shares that change with the layer."""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np


class Curve(NamedTuple):
    """A pair of candidates, their shares, the residual, the share of the first by tensor (float64[t]), and the method."""

    pair: tuple[int, int]
    shares: tuple[float, float]
    residual: float
    by_tensor: np.ndarray
    method: str


def along_curves(child: np.ndarray, rows: np.ndarray, matrix: np.ndarray, enough: float) -> Curve | None:
    """Return the pair between whose tensors each of the child's lies; None if there is none.

    Args:
        child: float64[t, d]; each tensor relative to its norm.
        rows: float64[n, t, d]; of the candidates.
        matrix: bool[t]; which tensors are matrices.
        enough: Residual, relative to the distance to the nearest candidate, from which a pair explains the child.

    Returns:
        The method is ``slerp`` where the two coefficients of matrices sum to more than one, as on a sphere, or ``linear``.
    """
    inner = np.einsum("itd,jtd->tij", rows, rows)
    along = np.einsum("itd,td->ti", rows, child)
    own = np.einsum("td,td->t", child, child)
    apart = own + np.einsum("tii->it", inner) - 2 * along.T
    nearest = float(apart.sum(axis=1).min())
    best: tuple[float, float, tuple[int, int], np.ndarray, np.ndarray] | None = None
    for i, j in combinations(range(len(rows)), 2):
        a, b = _coefficients(inner, along, i, j)
        left = own - a * along[:, i] - b * along[:, j]
        still = apart[i] < 1e-9 * own  # a constant, or a tensor that the two share
        residual = float(np.maximum(np.where(still, 0, left), 0).sum())
        uneven = float(np.std((a + b)[matrix])) if matrix.any() else 0.0  # a rescaled copy of a parent fits, by other factors
        if residual < enough**2 * nearest and (best is None or residual / nearest + uneven**2 < best[0]):
            best = residual / nearest + uneven**2, residual, (i, j), a, b
    if best is None:
        return None
    _, residual, pair, a, b = best
    clear = matrix & (np.minimum(apart[pair[0]], apart[pair[1]]) > 1e-9 * own)
    if not clear.any() or np.mean((a[clear] > -0.02) & (b[clear] > -0.02)) < 0.9:
        return None
    share = np.clip(np.where(np.abs(a + b) > 1e-6, a / np.where(a + b == 0, 1, a + b), 0.5), 0, 1)
    shares = float(np.median(share[clear])), 1 - float(np.median(share[clear]))
    if min(shares) < 0.02:
        return None
    over = float(np.median((a + b)[clear])) - 1
    return Curve(pair, shares, float(np.sqrt(residual / nearest)), share, "slerp" if over > 1e-6 else "linear")


def _coefficients(inner: np.ndarray, along: np.ndarray, i: int, j: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the least-squares coefficients of two rows, tensor by tensor; halves where the two are one."""
    aa, bb, ab = inner[:, i, i], inner[:, j, j], inner[:, i, j]
    determinant = aa * bb - ab**2
    clear = determinant > 1e-10 * aa * bb
    safe = np.where(clear, determinant, 1)
    a = np.where(clear, (bb * along[:, i] - ab * along[:, j]) / safe, 0.5)
    b = np.where(clear, (aa * along[:, j] - ab * along[:, i]) / safe, 0.5)
    return a, b
