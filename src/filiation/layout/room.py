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
BULKY = 0.4
"""A circle wider than this share of its holder stays where it stands even if the holder has to grow for it."""
NUDGES = 24
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
    levels = math.floor(math.log2(most / least)) + 1
    level_start = np.zeros(levels + 1, np.int64)
    for level in range(levels):
        side = math.ceil(2 * bound / (4 * least * 2.0**level)) + 1
        level_start[level + 1] = level_start[level] + side * side
    first = np.full(level_start[levels], -1, np.int32)
    following = np.full(capacity, -1, np.int32)
    meta = np.array([bound, least, 0.0])
    return first, following, level_start, np.empty(capacity), np.empty(capacity), np.empty(capacity), meta


@njit(cache=True)
def _cell(value, bound, width, side):
    return min(max(math.floor((value + bound) / width), 0), side - 1)


@njit(cache=True)
def insert(room, cx, cy, radius):
    """Put a circle into the room."""
    first, following, level_start, x, y, r, meta = room
    level = min(max(math.floor(math.log2(radius / meta[1])), 0), len(level_start) - 2)
    width = 4 * meta[1] * 2.0**level
    side = int(math.sqrt(level_start[level + 1] - level_start[level]) + 0.5)
    at = level_start[level] + _cell(cy, meta[0], width, side) * side + _cell(cx, meta[0], width, side)
    i = int(meta[2])
    x[i], y[i], r[i] = cx, cy, radius
    following[i] = first[at]
    first[at] = i
    meta[2] += 1


@njit(cache=True)
def in_the_way(room, cx, cy, radius, factor):
    """Return a circle to which one here would come closer than `factor` times the sum of their radii, -1 if there is none."""
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
                        return i
                    i = following[i]
    return -1


@njit(cache=True)
def settle(r, was_x, was_y, was_r, stays, limit):
    """Place siblings: those that fit stay, the others take free room, the widest first.

    The widest choose first: a circle that has grown pushes narrower ones aside, or goes to free room nearby. One that is
    very wide stays even if it then reaches over the limit.

    Args:
        r: float64[k]; radii.
        was_x: float64[k]; places before, from the centre of what holds them.
        was_y: float64[k].
        was_r: float64[k]; radii before.
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
    disturbed = False
    for i in by_width:
        if not stays[i]:
            continue
        steady = r[i] <= was_r[i] * (1 + 1e-9)
        if not (steady and (not disturbed or in_the_way(room, x[i], y[i], r[i], 1.0) < 0)):
            disturbed = True
            edge = math.inf if r[i] > BULKY * limit else max(limit, math.hypot(x[i], y[i]) + was_r[i])
            if not _nudged(room, i, x, y, r[i], edge) and not _nearby(room, i, x, y, r[i], edge):
                continue
        insert(room, x[i], y[i], r[i])
        done[i] = True
    tried = np.zeros(CLASSES, np.int64)
    for i in by_width:
        if not done[i]:
            _outwards(room, i, x, y, r[i], tried)
            insert(room, x[i], y[i], r[i])
    reach = 0.0
    for i in range(k):
        reach = max(reach, math.hypot(x[i], y[i]) + r[i])
    return x, y, reach


@njit(cache=True)
def _nudged(room, i, x, y, radius, limit):
    """Move circle i off those in its way, one after the other; return whether it came free, else it is where it was."""
    px, py = x[i], y[i]
    for _ in range(NUDGES):
        other = in_the_way(room, px, py, radius, TOUCH)
        if other < 0:
            if math.hypot(px, py) + radius > limit:
                return False
            x[i], y[i] = px, py
            return True
        dx, dy = px - room[3][other], py - room[4][other]
        distance = math.hypot(dx, dy)
        if distance == 0:
            return False
        scale = TOUCH * (1 + 1e-6) * (radius + room[5][other]) / distance
        px, py = room[3][other] + dx * scale, room[4][other] + dy * scale
    return False


@njit(cache=True)
def _nearby(room, i, x, y, radius, limit):
    """Move circle i to the nearest free place around where it stood; return whether there is one."""
    for turn in range(1, NEARBY):
        distance = STEP * radius * math.sqrt(turn)
        px, py = x[i] + distance * math.cos(turn * TURN), y[i] + distance * math.sin(turn * TURN)
        if math.hypot(px, py) + radius <= limit and in_the_way(room, px, py, radius, CLEAR) < 0:
            x[i], y[i] = px, py
            return True
    return False


@njit(cache=True)
def _outwards(room, i, x, y, radius, tried):
    """Move circle i to the free place nearest to the centre; `tried` remembers for each width how far the search has come."""
    size = min(max(math.floor(math.log2(radius) * 4) + CLASSES // 2, 0), CLASSES - 1)
    step = STEP * 2.0 ** ((size - CLASSES // 2) / 4)
    turn = tried[size]
    while True:
        distance = step * math.sqrt(turn)
        px, py = distance * math.cos(turn * TURN), distance * math.sin(turn * TURN)
        turn += 1
        if in_the_way(room, px, py, radius, CLEAR) < 0:
            x[i], y[i] = px, py
            tried[size] = turn
            return
