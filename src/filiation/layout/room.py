"""Free room among circles, compiled: a grid for each range of radii, and a search along a spiral."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

CLEAR = 1.04
"""A newcomer keeps the distance of circles wider by this factor."""
TOUCH = 1.002
"""A circle that grows where it stands must keep at least this."""
STEP = 0.45
"""Distance between places that are tried, in radii."""
NEARBY = 300
"""How many places are tried around the old place before any other."""
CLASSES = 96
TURN = math.pi * (3 - math.sqrt(5))


@njit(cache=True)
def new_room(capacity, bound, least, most):
    """Return an empty grid for `capacity` circles of radius `least` to `most`, with centres mostly within `bound` of 0.

    Returns:
        (first, following, level_start, x, y, r, meta): lists of circles by cell; meta is (bound, least, circles so far).
    """
    levels = int(math.floor(math.log2(most / least))) + 1
    level_start = np.zeros(levels + 1, np.int64)
    for level in range(levels):
        side = int(math.ceil(2 * bound / (4 * least * 2.0**level))) + 1
        level_start[level + 1] = level_start[level] + side * side
    first = np.full(level_start[levels], -1, np.int32)
    following = np.full(capacity, -1, np.int32)
    meta = np.array([bound, least, 0.0])
    return first, following, level_start, np.empty(capacity), np.empty(capacity), np.empty(capacity), meta


@njit(cache=True)
def _cell(value, bound, width, side):
    return min(max(int(math.floor((value + bound) / width)), 0), side - 1)


@njit(cache=True)
def insert(room, cx, cy, radius):
    """Put a circle into the room."""
    first, following, level_start, x, y, r, meta = room
    level = min(max(int(math.floor(math.log2(radius / meta[1]))), 0), len(level_start) - 2)
    width = 4 * meta[1] * 2.0**level
    side = int(math.sqrt(level_start[level + 1] - level_start[level]) + 0.5)
    at = level_start[level] + _cell(cy, meta[0], width, side) * side + _cell(cx, meta[0], width, side)
    i = int(meta[2])
    x[i], y[i], r[i] = cx, cy, radius
    following[i] = first[at]
    first[at] = i
    meta[2] += 1


@njit(cache=True)
def is_taken(room, cx, cy, radius, factor):
    """Return whether a circle there would come closer to another than `factor` times the sum of their radii."""
    first, following, level_start, x, y, r, meta = room
    bound = meta[0]
    for level in range(len(level_start) - 2, -1, -1):
        width = 4 * meta[1] * 2.0**level
        side = int(math.sqrt(level_start[level + 1] - level_start[level]) + 0.5)
        reach = factor * (radius + width / 2)
        left, right = _cell(cx - reach, bound, width, side), _cell(cx + reach, bound, width, side)
        for row in range(_cell(cy - reach, bound, width, side), _cell(cy + reach, bound, width, side) + 1):
            for column in range(left, right + 1):
                i = first[level_start[level] + row * side + column]
                while i >= 0:
                    if (x[i] - cx) ** 2 + (y[i] - cy) ** 2 < (factor * (r[i] + radius)) ** 2:
                        return True
                    i = following[i]
    return False


@njit(cache=True)
def settle(r, was_x, was_y, was_r, stays, limit):
    """Place siblings: those that fit stay, the others take free room, the widest first.

    Args:
        r: float64[k]; radii.
        was_x, was_y, was_r: float64[k]; places and radii before, from the centre of what holds them.
        stays: bool[k]; whether it has a place from before.
        limit: The radius they may fill without their holder having to grow.

    Returns:
        (x, y, reach): offsets, and the radius around the centre that they fill.
    """
    k = len(r)
    x, y = was_x.copy(), was_y.copy()
    if k == 0:
        return x, y, 0.0
    room = new_room(k, 1.2 * limit + 2 * r.max(), r.min(), r.max())
    by_width = np.argsort(-r, kind="mergesort")
    done = np.zeros(k, np.bool_)
    for i in by_width:
        if stays[i] and r[i] <= was_r[i] * (1 + 1e-9):
            insert(room, x[i], y[i], r[i])
            done[i] = True
    for i in by_width:
        if stays[i] and not done[i] and math.hypot(x[i], y[i]) + r[i] <= limit and not is_taken(room, x[i], y[i], r[i], TOUCH):
            insert(room, x[i], y[i], r[i])
            done[i] = True
    tried = np.zeros(CLASSES, np.int64)
    for i in by_width:
        if done[i]:
            continue
        if not (stays[i] and _nearby(room, i, x, y, r[i], limit)):
            _outwards(room, i, x, y, r[i], tried)
        insert(room, x[i], y[i], r[i])
    reach = 0.0
    for i in range(k):
        reach = max(reach, math.hypot(x[i], y[i]) + r[i])
    return x, y, reach


@njit(cache=True)
def _nearby(room, i, x, y, radius, limit):
    """Move circle i to the nearest free place around where it stood; return whether there is one."""
    for turn in range(1, NEARBY):
        distance = STEP * radius * math.sqrt(turn)
        px, py = x[i] + distance * math.cos(turn * TURN), y[i] + distance * math.sin(turn * TURN)
        if math.hypot(px, py) + radius <= limit and not is_taken(room, px, py, radius, CLEAR):
            x[i], y[i] = px, py
            return True
    return False


@njit(cache=True)
def _outwards(room, i, x, y, radius, tried):
    """Move circle i to the free place nearest to the centre; `tried` remembers for each width how far the search has come."""
    size = min(max(int(math.floor(math.log2(radius) * 4)) + CLASSES // 2, 0), CLASSES - 1)
    step = STEP * 2.0 ** ((size - CLASSES // 2) / 4)
    turn = tried[size]
    while True:
        distance = step * math.sqrt(turn)
        px, py = distance * math.cos(turn * TURN), distance * math.sin(turn * TURN)
        turn += 1
        if not is_taken(room, px, py, radius, CLEAR):
            x[i], y[i] = px, py
            tried[size] = turn
            return
