"""Which tile each circle stands in, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

TILE_PIXELS = 512
SEEN_PIXELS = 0.5
"""A circle stands in a tile only if its radius is so many pixels or more when the tile is drawn `TILE_PIXELS` wide."""
TILE_ROWS = 8192
DEEPEST = 24


@njit(cache=True)
def assign(order, x, y, r, parent):
    """Return uint8[n]: the level of the tile that each circle stands in.

    Levels are filled from the top, each in the order given. A circle is never on a level above its parent's; on `DEEPEST`
    a tile holds what there is.

    Args:
        order: int[n]; most important first, parents before children.
        x: float64[n] in the unit square.
        y: float64[n].
        r: float64[n].
        parent: int32[n].
    """
    n = len(order)
    level_of = np.full(n, 255, np.uint8)
    waiting = order.copy()
    for level in range(DEEPEST + 1):
        side = 1 << level
        least = SEEN_PIXELS / (TILE_PIXELS * side)
        rows = np.zeros(min(side * side, 1 << 16), np.int32)  # deeper, tiles share counters: a tile may be left less than full
        left = 0
        for node in waiting:
            column, row = min(int(x[node] * side), side - 1), min(int(y[node] * side), side - 1)
            tile = (row * side + column) % len(rows)
            above = parent[node] == -1 or level_of[parent[node]] <= level
            if (r[node] >= least and above and rows[tile] < TILE_ROWS) or level == DEEPEST:
                rows[tile] += 1
                level_of[node] = level
            else:
                waiting[left] = node
                left += 1
        waiting = waiting[:left]
        if left == 0:
            break
    return level_of
