"""Linear sketches with the mean of their tensor taken off: two tensors of positive values are not alike for that."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

import numpy as np

from filiation.weights.hashing import FLAT, LONG, SHORT
from filiation.weights.ones import added_to
from filiation.weights.recipe import RECIPE, Recipe

if TYPE_CHECKING:
    from filiation.weights.columns import Columns


@lru_cache(maxsize=4096)
def ones(long: int, short: int, buckets: int, flat: int, seed: int) -> np.ndarray:
    """Return float64[buckets * buckets]: the sketch of a tensor of ones of that shape.

    Args:
        long: The longer side, or the number of values.
        short: The shorter side; 1 of a tensor with one axis.
        buckets: Of each side, as in the recipe.
        flat: Buckets of a tensor with one axis.
        seed: Of the recipe.
    """
    if short == 1:
        return np.pad(added_to(long, seed, FLAT, flat), (0, buckets * buckets - flat))
    return np.outer(added_to(long, seed, LONG, buckets), added_to(short, seed, SHORT, buckets)).ravel()


_CENTRED: WeakKeyDictionary[Columns, dict[Recipe, np.ndarray]] = WeakKeyDictionary()


def centred(columns: Columns, recipe: Recipe = RECIPE) -> np.ndarray:
    """Return float64[n, k * k]: the linear sketches less that of a tensor of their mean; kept as long as the columns are."""
    known = _CENTRED.setdefault(columns, {})
    if recipe not in known:
        linear = columns.linear.astype(np.float64)
        for line, mean in enumerate(columns.mean):
            shape = int(columns.long[line]), int(columns.short[line])
            linear[line] -= float(mean) * ones(*shape, recipe.buckets, recipe.flat, recipe.seed)
        linear[columns.std == 0] = 0
        known[recipe] = linear
    return known[recipe]


def cosines(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return float64[n]: the cosine of each row of one with that of the other; 0 where either is 0."""
    norms = np.linalg.norm(x, axis=1) * np.linalg.norm(y, axis=1)
    return np.einsum("ij,ij->i", x, y) / np.where(norms > 0, norms, np.inf)


def directions(rows: np.ndarray) -> np.ndarray:
    """Return the rows brought to length 1; those of 0 stay."""
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    return rows / np.where(norms > 0, norms, 1)
