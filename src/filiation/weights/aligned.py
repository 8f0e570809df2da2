"""Sketches of several models over the tensors that all of them have, so that they can be added and subtracted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from filiation.knowledge import load
from filiation.weights.comparison import Comparison

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch

FOLDS = 4
RIDGE = 1e-3
"""Of the mean square of what is fitted: others may be nearly equal."""


class Aligned(NamedTuple):
    """Rows of a child and of k others, each tensor relative to the child's norm of it.

    Attributes:
        child: float64[t, d].
        rows: float64[k, t, d].
        lines: int64[t]; of the child.
        matrix: bool[t]; which tensors are matrices.
        norms: float64[k, t]; exact, of the others, relative likewise.
    """

    child: np.ndarray
    rows: np.ndarray
    norms: np.ndarray
    lines: np.ndarray
    matrix: np.ndarray


def aligned(child: Sketch, pairs: Sequence[Comparison]) -> Aligned | None:
    """Return the rows of a child and of others; None if they have no tensor in common.

    Args:
        child: The model.
        pairs: Of each other (the first) with it (the second).
    """
    lines = np.arange(len(child.tensors))
    for pair in pairs:
        lines = np.intersect1d(lines, pair.pairs.b[~pair.partly])
    lines = lines[child.tensors.norm[lines] > 0]
    if not len(lines):
        return None
    norm = child.tensors.norm[lines][:, None]
    found = [(pair.a.tensors, _answers(pair, lines)) for pair in pairs]
    rows = np.stack([columns.linear[own].astype(np.float64) for columns, own in found]) / norm
    norms = np.stack([columns.norm[own] for columns, own in found]) / norm[:, 0]
    matrix = (child.tensors.short[lines] > 1) & (child.tensors.std[lines] > 0)
    return Aligned(child.tensors.linear[lines] / norm, rows, norms, lines, matrix)


def _answers(pair: Comparison, lines: np.ndarray) -> np.ndarray:
    of = dict(zip(map(int, pair.pairs.b), map(int, pair.pairs.a), strict=True))
    return np.array([of[int(line)] for line in lines], np.int64)


def foreseen(wanted: np.ndarray, given: np.ndarray) -> float:
    """Return which share of the square of one row is a weighted sum of others.

    The weights are found on three quarters of the sketches' numbers and tried on the last, in turn, so chance foresees nothing.

    Args:
        wanted: float64[t, d].
        given: float64[k, t, d].

    Returns:
        Share in [0, 1]; 0.0 where there are no others or `wanted` is 0.
    """
    whole = float((wanted**2).sum())
    if not len(given) or whole < 1e-14 * len(wanted):
        return 0.0
    left = 0.0
    fold = np.arange(wanted.shape[1]) % FOLDS
    for n in range(FOLDS):
        seen, tried = fold != n, fold == n
        rows = given[:, :, seen].reshape(len(given), -1)
        gram = rows @ rows.T
        gram += (RIDGE * np.trace(gram) / len(gram) + 1e-300) * np.eye(len(gram))
        weights = np.linalg.solve(gram, rows @ wanted[:, seen].ravel())
        left += float(((wanted - np.einsum("k,ktd->td", weights, given))[:, tried] ** 2).sum())
    return max(0.0, 1 - left / whole)


def turned_back(child: Sketch, through: Comparison, origin: Comparison) -> float:
    """Return how much a child seems to turn back, had it come from an origin through another model.

    What a child of that model learned lies nearly at right angles to what that model learned before; of its sibling, which
    lacks a part of that, it points back.

    Args:
        child: The model.
        through: Of that other model (the first) with the child.
        origin: Of the origin (the first) with the child.

    Returns:
        The cosine of ``c - s`` with ``r - s``, the median over matrices: near 0 of a child, up to 1 of a sibling; 0.0 where
        nothing differs, or the other model's norms have not grown from the origin, so that it did not come from there.
    """
    table = aligned(child, [through, origin])
    if table is None or _growth(table) < load("kinship")["parents"]["origin_growth"]:
        return 0.0
    on, back = table.child - table.rows[0], table.rows[1] - table.rows[0]
    norms = np.linalg.norm(on, axis=1) * np.linalg.norm(back, axis=1)
    moved = table.matrix & (norms > 1e-10)
    return float(np.median(np.einsum("td,td->t", on, back)[moved] / norms[moved])) if moved.any() else 0.0


def _growth(table: Aligned) -> float:
    """Return by how much squared norms grew from the second of the others to the first, over what differs: a median."""
    apart = ((table.rows[0] - table.rows[1]) ** 2).sum(axis=1)
    moved = table.matrix & (apart > 1e-12)
    grown = (table.norms[0] ** 2 - table.norms[1] ** 2)[moved] / apart[moved]
    return float(np.median(grown)) if moved.any() else 0.0
