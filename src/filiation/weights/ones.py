"""The linear part of the sketch of ones: what a mean adds to that of a tensor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from filiation.weights.axes import Axes
from filiation.weights.hashing import FLAT, LONG, SHORT, offset, places
from filiation.weights.recipe import Recipe

AT_ONCE = 1 << 20
MOST_SIDES = 1 << 14
"""What is remembered of sides; `sketch_file` reads no sketch with more."""


@lru_cache(maxsize=4096)
def ones_linear(long: int, short: int, buckets: int, seed: int) -> np.ndarray:
    """Return float64[buckets * buckets]: the linear part of a matrix of ones."""
    return np.outer(added_to(long, seed, LONG, buckets), added_to(short, seed, SHORT, buckets)).reshape(-1)


@lru_cache(maxsize=4 * MOST_SIDES)
def added_to(count: int, seed: int, axis: int, buckets: int) -> np.ndarray:
    """Return float64[buckets], read-only: the signs of the numbers below `count` added up in their buckets.

    Compiled where there are many, and remembered: a sketch says how long its sides are, and nothing proves it.
    """
    if count <= AT_ONCE:
        total = added(np.arange(count, dtype=np.uint64), seed, axis, buckets)
    else:
        from filiation.weights.kernels import add_signs  # noqa: PLC0415  # compiled code

        total = np.zeros(buckets)
        add_signs(count, offset(seed, axis), np.uint64(buckets - 1), total)
    total.flags.writeable = False
    return total


def added(numbers: np.ndarray, seed: int, axis: int, buckets: int) -> np.ndarray:
    """Return float64[buckets]: the signs of the numbers, uint64[n], added up in their buckets."""
    bucket, sign = places(numbers, seed, axis, buckets)
    return np.bincount(bucket, sign, buckets)


def linear_of_ones(axes: Axes, recipe: Recipe, turned: bool, stretches: Sequence[tuple[int, int]]) -> np.ndarray:
    """Return float64[buckets * buckets]: the linear part of a tensor that is 1 within the stretches and 0 elsewhere.

    Args:
        axes: Of the tensor.
        recipe: Of the sketch.
        turned: Whether the rows of the file are the shorter side.
        stretches: From one value up to another, in the order of the file.
    """
    k, seed = recipe.buckets, recipe.seed
    total = np.zeros(k * k)
    if axes.flat:
        for start, stop in stretches:
            for at in range(start, stop, AT_ONCE):
                total[: recipe.flat] += added(axes.col_numbers(at, min(stop, at + AT_ONCE)), seed, FLAT, recipe.flat)
        return total
    of_rows, of_cols = (SHORT, LONG) if turned else (LONG, SHORT)
    for rows, cols in (piece for start, stop in stretches for piece in _pieces(start, stop, axes.cols)):
        row = added(axes.row_numbers(*rows), seed, of_rows, k)
        col = added(axes.col_numbers(*cols), seed, of_cols, k)
        total += (np.outer(col, row) if turned else np.outer(row, col)).reshape(-1)
    return total


def _pieces(start: int, stop: int, cols: int) -> Iterator[tuple[tuple[int, int], tuple[int, int]]]:
    """Yield a stretch as rectangles: (first row, row after the last), (first column, column after the last)."""
    row, col = divmod(start, cols)
    if col:
        end = min(stop - row * cols, cols)
        yield (row, row + 1), (col, end)
        start = row * cols + end
    whole = stop // cols
    row = start // cols
    if row < whole:
        for at in range(row, whole, AT_ONCE):
            yield (at, min(whole, at + AT_ONCE)), (0, cols)
        start = whole * cols
    if start < stop:
        yield (start // cols, start // cols + 1), (0, stop - start)
