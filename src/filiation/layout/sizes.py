"""How wide a circle is by its node's own size: steps of one factor, so that a small change of downloads changes nothing."""

from __future__ import annotations

from typing import Literal, get_args

import numpy as np

Size = Literal["downloads", "subtree", "count"]
"""What radii follow: a node's own downloads, with those of all that is drawn inside it, or only how many nodes there are."""
SIZES: tuple[Size, ...] = get_args(Size)
LEAST = 0.62
"""Radius of a circle of level 0."""
FACTOR = 1.18
PER_DECADE = 2
"""Levels for each ten times as much."""
MOOD = 1.25
"""A node keeps the level it had until its size lies further than this, in levels, from it."""


def levels(amount: np.ndarray, before: np.ndarray) -> np.ndarray:
    """Return the level of each node's own size, uint8[n].

    Args:
        amount: int64[n]; downloads, 0 where unknown or where all are to be equal.
        before: int16[n]; the level in the layout before, -1 for a newcomer.
    """
    exact = PER_DECADE * np.log10(amount + 1.0)
    keeps = (before >= 0) & (np.abs(exact - before) <= MOOD)
    return np.where(keeps, before, np.rint(exact)).astype(np.uint8)


def radii(level: np.ndarray) -> np.ndarray:
    """Return the radius of each level, float64 in world units, in which the widest circle of the sea is 1."""
    return LEAST * FACTOR ** level.astype(np.float64)
