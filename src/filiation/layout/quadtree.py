"""Which tile each circle stands in, compiled."""

from __future__ import annotations

import numpy as np
from numba import njit

TILE_PIXELS = 512
SEEN_PIXELS = 0.5
"""A circle stands in a tile only if its radius is so many pixels or more when the tile is drawn `TILE_PIXELS` wide."""
TILE_ROWS = 8192
DEEPEST = 24
TILE_COUNTERS = 1 << 16
"""Deeper than this many tiles to a level, tiles share counters: one may be left less than full."""
CROWDED = 0.1
"""The share of the sea that a level shows is what fits everywhere but where this much of it lies."""


@njit(cache=True)
def assign(order, x, y, r, parent, lot):
    """Return uint8[n]: the level of the tile that each circle stands in.

    Levels are filled from the top: first with families, the most important first, then with the sea, of which a level shows
    the same share everywhere, drawn by lot; else the borders of the tiles would show. A circle is never on a level above its
    parent's. On `DEEPEST` a tile holds what there is.

    Args:
        order: int[n]; most important first, parents before children.
        x: float64[n] in the unit square.
        y: float64[n].
        r: float64[n].
        parent: int32[n].
        lot: float64[n]; from 0 to 1 for what stands in the sea, -1 for all else.
    """
    level_of = np.full(len(order), 255, np.uint8)
    waiting = order.copy()
    shown = 0.0
    for level in range(DEEPEST + 1):
        least = SEEN_PIXELS / (TILE_PIXELS * (1 << level))
        rows = np.zeros(min(1 << (2 * level), TILE_COUNTERS), np.int32)
        crowd = np.zeros_like(rows)
        left = 0
        for node in waiting:
            tile = _tile(x[node], y[node], level)
            above = parent[node] == -1 or level_of[parent[node]] <= level
            if level == DEEPEST or (lot[node] < 0 and r[node] >= least and above and rows[tile] < TILE_ROWS):
                rows[tile] += 1
                level_of[node] = level
            else:
                crowd[tile] += lot[node] >= 0 and r[node] >= least
                waiting[left] = node
                left += 1
        shown += (1 - shown) * _share_that_fits(rows, crowd)
        waiting = _show(waiting[:left], x, y, r, lot, level, rows, shown, level_of)
        if len(waiting) == 0:
            break
    return level_of


@njit(cache=True)
def _tile(px, py, level):
    side = 1 << level
    return (min(int(py * side), side - 1) * side + min(int(px * side), side - 1)) % TILE_COUNTERS


@njit(cache=True)
def _share_that_fits(rows, crowd):
    """Return which share of the `crowd` of a tile there is room for, but for the most crowded tiles."""
    tiles = np.flatnonzero(crowd)
    if len(tiles) == 0:
        return 0.0
    share = np.minimum((TILE_ROWS - rows[tiles]) / crowd[tiles], 1.0)
    rank = np.argsort(share, kind="mergesort")
    passed = np.cumsum(crowd[tiles[rank]])
    return share[rank[np.searchsorted(passed, CROWDED * passed[-1])]]


@njit(cache=True)
def _show(waiting, x, y, r, lot, level, rows, shown, level_of):
    """Place what stands in the sea and whose lot is below `shown`; return the nodes that still wait."""
    least = SEEN_PIXELS / (TILE_PIXELS * (1 << level))
    left = 0
    for node in waiting:
        tile = _tile(x[node], y[node], level)
        if 0 <= lot[node] < shown and r[node] >= least and rows[tile] < TILE_ROWS:
            rows[tile] += 1
            level_of[node] = level
        else:
            waiting[left] = node
            left += 1
    return waiting[:left]
