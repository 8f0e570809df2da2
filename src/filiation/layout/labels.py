"""Names on the map: of a tile's wide circles, and of its most important ones, spaced apart."""

from __future__ import annotations

import numpy as np
from numba import njit

WIDE, HIGH = 0.2, 0.04
"""No two names of a tile are closer than this along both axes, in widths of the tile."""
SPACED = 48
"""Names to a tile that are spaced apart."""
WIDEST = 1 / 64
"""A circle of at least this radius, in widths of the tile, bears its name wherever it stands: 8 pixels when first seen."""
MOST = 400
"""Names to a tile."""


@njit(cache=True)
def _is_near(row, others, x, y):
    return np.any((np.abs(x[others] - x[row]) < WIDE) & (np.abs(y[others] - y[row]) < HIGH))


@njit(cache=True)
def labelled(tile_start, x, y, r):
    """Return bool[n]: which circles bear their names.

    Args:
        tile_start: int64[t + 1]; where each tile's rows begin; most important first within a tile.
        x: float[n]; 0 to 1 across the tile.
        y: float[n].
        r: float[n]; in the same unit.
    """
    result = np.zeros(len(x), np.bool_)
    for tile in range(len(tile_start) - 1):
        spaced = np.empty(SPACED, np.int64)
        count = names = 0
        for row in range(tile_start[tile], tile_start[tile + 1]):
            if names == MOST:
                break
            if count < SPACED and not _is_near(row, spaced[:count], x, y):
                spaced[count] = row
                count += 1
                result[row] = True
            result[row] |= r[row] >= WIDEST
            names += result[row]
    return result
