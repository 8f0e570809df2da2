"""Sketches of several models over the tensors that all of them have, so that they can be added and subtracted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from filiation.weights.comparison import Comparison

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch


class Aligned(NamedTuple):
    """Rows of a child and of k others, each tensor relative to the child's norm of it.

    Attributes:
        child: float64[t, d].
        rows: float64[k, t, d].
        lines: int64[t]; of the child.
        matrix: bool[t]; which tensors are matrices.
    """

    child: np.ndarray
    rows: np.ndarray
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
    rows = np.stack([_rows(pair, lines) for pair in pairs]) / norm
    matrix = (child.tensors.short[lines] > 1) & (child.tensors.std[lines] > 0)
    return Aligned(child.tensors.linear[lines] / norm, rows, lines, matrix)


def _rows(pair: Comparison, lines: np.ndarray) -> np.ndarray:
    of = dict(zip(map(int, pair.pairs.b), map(int, pair.pairs.a), strict=True))
    return pair.a.tensors.linear[[of[int(line)] for line in lines]].astype(np.float64)


def passed(child: Sketch, through: Comparison, origin: Comparison) -> float:
    """Return how far along the way from an origin to another model a child went: 1 of a child of that model, less of a sibling.

    Args:
        child: The model.
        through: Of that other model (the first) with the child.
        origin: Of the origin (the first) with the child.

    Returns:
        ``(c - r)(s - r) / |s - r|^2`` over matrices; 1.0 where the two are one, or share nothing.
    """
    table = aligned(child, [through, origin])
    if table is None or not table.matrix.any():
        return 1.0
    c, s, r = (rows[table.matrix].ravel() for rows in (table.child, *table.rows))
    way = s - r
    length = float(way @ way)
    return float((c - r) @ way) / length if length else 1.0
