"""The sea of a land: what stands alone, on the slots of a honeycomb around and between the islands.

Slots run along a curve that fills the plane, and each group takes one stretch of it, so that it is one patch of water. Within
its stretch a group's nodes and its empty slots come in random order, seeded by name: sorted, they would show as stripes.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numba import njit

PITCH = 2.08
"""Distance between slots; the widest circle of the sea has radius 1."""
SHORE = 0.5
SHORE_SHARE = 0.02
"""Distance between a slot's circle and an island: a width, and a share of the island's radius."""
SPARE = 0.06
"""Empty slots left for newcomers, as a share of those taken."""
BORDER = 1.5
"""Distance from a land's border to the nearest centre of a slot."""
ROW = PITCH * math.sqrt(3) / 2
SHIFT = 1 << 14


class Slots(NamedTuple):
    """Free water: k slots along the curve.

    Attributes:
        x, y: float64[k].
        code: int64[k]; column and row as one number.
    """

    x: np.ndarray
    y: np.ndarray
    code: np.ndarray


def slots(island_x: np.ndarray, island_y: np.ndarray, island_r: np.ndarray, radius: float, *, square: bool = False) -> Slots:
    """Return the slots within `radius` of the centre that no island covers, along the curve.

    Args:
        island_x: float64[k], from the centre.
        island_y: float64[k].
        island_r: float64[k].
        radius: Of the disc; of a square half the side.
        square: Which of the two it is.
    """
    half = math.ceil(radius / ROW) + 1
    open_water = _open_water(island_x, island_y, island_r, radius, half, square)
    row, column = np.nonzero(open_water)
    row, column = row - half, column - half
    code = (row + SHIFT) * (2 * SHIFT) + column + SHIFT
    x, y = place(code)
    order = np.argsort(_along_curve(x, y), kind="stable")
    return Slots(x[order], y[order], code[order])


def radius_for(island_x: np.ndarray, island_y: np.ndarray, island_r: np.ndarray, need: int, least: float) -> float:
    """Return the radius, at least `least`, of the smallest land with `need` slots between its islands."""
    guess = math.sqrt(least * least + need * PITCH * ROW / math.pi) + 2 * BORDER
    while True:
        free = slots(island_x, island_y, island_r, guess)
        if len(free.x) >= need:
            break
        guess *= 1.1
    if need == 0:
        return least
    return max(least, float(np.partition(np.hypot(free.x, free.y), need - 1)[need - 1]) + BORDER + 1e-6)


def place(code: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the slots of these codes are."""
    row, column = code // (2 * SHIFT) - SHIFT, code % (2 * SHIFT) - SHIFT
    return (column + 0.5 * (row & 1)) * PITCH, row * ROW


def code_at(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the codes of the slots nearest to these places; ``code_at(*place(code)) == code``."""
    row = np.rint(y / ROW).astype(np.int64)
    column = np.rint(x / PITCH - 0.5 * (row & 1)).astype(np.int64)
    return (row + SHIFT) * (2 * SHIFT) + column + SHIFT


@njit(cache=True)
def _open_water(island_x, island_y, island_r, radius, half, square):
    """Return bool[2 half + 1, 2 half + 1] by row and column: whether the slot there is water."""
    side = 2 * half + 1
    water = np.zeros((side, side), np.bool_)
    for i in range(side):
        for j in range(side):
            px, py = (j - half + 0.5 * ((i - half) & 1)) * PITCH, (i - half) * ROW
            away = max(abs(px), abs(py)) if square else math.hypot(px, py)
            water[i, j] = away <= radius - BORDER
    for k in range(len(island_r)):
        reach = island_r[k] * (1 + SHORE_SHARE) + SHORE + 1
        low = max(math.floor((island_y[k] - reach) / ROW) + half, 0)
        high = min(math.ceil((island_y[k] + reach) / ROW) + half, side - 1)
        for i in range(low, high + 1):
            dy = (i - half) * ROW - island_y[k]
            if abs(dy) >= reach:
                continue
            width = math.sqrt(reach * reach - dy * dy)
            shift = 0.5 * ((i - half) & 1)
            left = max(math.ceil((island_x[k] - width) / PITCH - shift) + half, 0)
            right = min(math.floor((island_x[k] + width) / PITCH - shift) + half, side - 1)
            for j in range(left, right + 1):
                water[i, j] = False
    return water


def _along_curve(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return where each place lies along a Hilbert curve through a gently waving plane: int64."""
    waving_x = x + 9 * np.sin(y / 23) + 5 * np.sin(y / 9 + x / 31)
    waving_y = y + 9 * np.sin(x / 27) + 5 * np.sin(x / 8 - y / 29)
    return _hilbert(((waving_x + 2 * SHIFT) * 2).astype(np.int64), ((waving_y + 2 * SHIFT) * 2).astype(np.int64))


@njit(cache=True)
def _hilbert(x, y):
    result = np.zeros(len(x), np.int64)
    for i in range(len(x)):
        px, py, total = x[i], y[i], 0
        bit = 1 << 16
        while bit:
            rx, ry = int(px & bit > 0), int(py & bit > 0)
            total += bit * bit * ((3 * rx) ^ ry)
            if ry == 0:
                if rx == 1:
                    px, py = (1 << 17) - 1 - px, (1 << 17) - 1 - py
                px, py = py, px
            bit >>= 1
        result[i] = total
    return result


def pour(free: Slots, group: np.ndarray, key: np.ndarray, code_before: np.ndarray) -> np.ndarray:
    """Return a slot, as index into `free`, for each of the m nodes that stand alone: int64[m], all different.

    Args:
        free: At least m slots.
        group: int[m]; nodes of one group lie together, the largest group first.
        key: uint64[m]; seeds the order.
        code_before: int64[m]; the slot a node had before, which it keeps if it is still there; -1 for none.
    """
    slot = _kept(free, code_before)
    if (slot < 0).all():
        return _pour_afresh(len(free.x), group, key)
    _find_room(slot, len(free.x), group, key)
    return slot


def _pour_afresh(count: int, group: np.ndarray, key: np.ndarray) -> np.ndarray:
    size = np.bincount(group)
    order = np.lexsort((key, group, -size[group]))
    slot = np.empty(len(group), np.int64)
    slot[order] = np.arange(len(group)) * count // len(group)
    return slot


def _kept(free: Slots, code_before: np.ndarray) -> np.ndarray:
    """Return the index of each node's old slot in `free`, -1 where it had none or it is gone."""
    order = np.argsort(free.code)
    spot = np.minimum(np.searchsorted(free.code, code_before, sorter=order), len(order) - 1)
    return np.where(free.code[order[spot]] == code_before, order[spot], -1)


def _find_room(slot: np.ndarray, count: int, group: np.ndarray, key: np.ndarray) -> None:
    """Give the nodes without a slot an empty one, in their own group's water while there is any, in place."""
    owner = np.full(count, -1, np.int64)
    taken = slot >= 0
    owner[slot[taken]] = group[taken]
    empty = owner < 0
    last = np.maximum.accumulate(np.where(empty, 0, np.arange(count)))
    owner = owner[last]
    waiting = np.flatnonzero(~taken)
    waiting = waiting[np.lexsort((key[waiting], group[waiting]))]
    room = np.flatnonzero(empty)
    room = room[np.lexsort((_shuffled(room), owner[room]))]
    low, high = (np.searchsorted(owner[room], group[waiting], side) for side in ("left", "right"))
    rank = np.arange(len(waiting)) - np.searchsorted(group[waiting], group[waiting])
    fits = rank < high - low
    slot[waiting[fits]] = room[(low + rank)[fits]]
    empty[slot[waiting[fits]]] = False
    anywhere = np.flatnonzero(empty)
    slot[waiting[~fits]] = anywhere[np.argsort(_shuffled(anywhere), kind="stable")][: (~fits).sum()]


def _shuffled(index: np.ndarray) -> np.ndarray:
    """Return a number for each index whose order looks random."""
    return (index.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(20)
