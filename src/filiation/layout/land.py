"""One land: islands spread wide, the largest in the middle, and the sea of what stands alone around and between them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from filiation.layout import sea
from filiation.layout.packing import WORN, front_chain
from filiation.layout.previous import Before
from filiation.layout.room import settle

FILL = 0.8
"""Share of a front chain's disc that its circles fill, about."""
SPREAD = 0.84
"""How far out the islands reach, as a share of the land's radius, where there is water enough between them."""
NEAREST, FARTHEST = 0.08, 4.0
"""Least and greatest distance around an island, in its radii."""
BEACH = 0.4
DRY, LEAST_WATER = 0.5, 100
"""A land is settled afresh when less than this share of its slots, and so many, would be taken."""


class Land(NamedTuple):
    """Where everything on a land stands, from its centre.

    Attributes:
        island_x, island_y: float64[i].
        sea_x, sea_y: float64[s].
        radius: Of the land.
    """

    island_x: np.ndarray
    island_y: np.ndarray
    sea_x: np.ndarray
    sea_y: np.ndarray
    radius: float


def settle_land(
    island: np.ndarray, alone: np.ndarray, r: np.ndarray, group: np.ndarray, key: np.ndarray, before: Before, radius: float
) -> Land:
    """Place the islands and the sea of a land.

    Args:
        island: int[i]; the nodes that are packed, with all that is in them.
        alone: int[s]; the nodes of the sea.
        r: float64[n]; radii, world units.
        group: int[n]; nodes of one group lie together in the sea.
        key: uint64[n]; decides among equals.
        before: Where nodes stood.
        radius: The land's in the layout before, 0 if it is new.
    """
    if before.stays[island].any():
        x, y, reach = settle(
            r[island], before.x[island], before.y[island], before.r[island], before.stays[island], radius - BEACH
        )
        if reach > WORN * radius:
            return settle_land(island, alone, r, group, key, forgotten(before), 0.0)
    else:
        x, y, reach = _spread(r[island], key[island], len(alone))
    width = r[island]
    reach = max(radius, reach + BEACH)
    free = sea.slots(x, y, width, reach)
    if radius and len(free.x) * DRY > len(alone) + LEAST_WATER:
        return settle_land(island, alone, r, group, key, forgotten(before), 0.0)
    if not radius or len(free.x) < len(alone):
        spare = 1 + (sea.SPARE / 2 if radius else sea.SPARE)
        reach = sea.radius_for(x, y, width, math.ceil(len(alone) * spare), reach)
        free = sea.slots(x, y, width, reach)
    if not len(alone):
        return Land(x, y, np.empty(0), np.empty(0), reach)
    code = np.where(before.stays[alone] & before.in_sea[alone], sea.code_at(before.x[alone], before.y[alone]), -1)
    slot = sea.pour(free, group[alone], key[alone], code)
    return Land(x, y, free.x[slot], free.y[slot], reach)


def forgotten(before: Before) -> Before:
    """Return `before` without any place."""
    return before._replace(stays=np.zeros_like(before.stays), in_sea=np.zeros_like(before.in_sea))


def _spread(r: np.ndarray, key: np.ndarray, alone: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (x, y, reach) of islands packed afresh, as far apart as the water for `alone` nodes allows."""
    if not len(r):
        return np.empty(0), np.empty(0), 0.0
    area = float((r * r).sum())
    water = alone * sea.PITCH * sea.ROW / math.pi
    widening = math.sqrt(SPREAD**2 * (area / FILL + water) * FILL / area) - 1
    order = np.lexsort((key, -r))
    x, y = np.empty(len(r)), np.empty(len(r))
    packed = front_chain(r[order] * (1 + min(max(widening, NEAREST), FARTHEST)) + BEACH)
    x[order], y[order] = packed[0], packed[1]
    return x, y, float((np.hypot(x, y) + r).max())
