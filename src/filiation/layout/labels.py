"""Names on the map: of a tile's most important circles, spaced apart."""

from __future__ import annotations

import numpy as np
from numba import njit

WIDE, HIGH = 0.2, 0.04
"""No two names of a tile are closer than this along both axes, in widths of the tile."""
MOST = 48
"""Names to a tile."""


@njit(cache=True)
def labelled(tile_start, x, y):
    """Return bool[n]: which circles bear their names.

    Args:
        tile_start: int64[t + 1]; where each tile's rows begin; most important first within a tile.
        x: float[n]; 0 to 1 across the tile.
        y: float[n].
    """
    result = np.zeros(len(x), np.bool_)
    for tile in range(len(tile_start) - 1):
        named = np.empty(MOST, np.int64)
        count = 0
        for row in range(tile_start[tile], tile_start[tile + 1]):
            if count == MOST:
                break
            near = False
            for k in range(count):
                if abs(x[row] - x[named[k]]) < WIDE and abs(y[row] - y[named[k]]) < HIGH:
                    near = True
                    break
            if not near:
                named[count] = row
                result[row] = True
                count += 1
    return result
