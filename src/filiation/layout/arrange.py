"""The lands in their square, compiled: discs of given radii side by side, those of one continent near one another."""

from __future__ import annotations

import math

import numpy as np
from numba import njit

MARGIN = 1.03
"""Lands keep the distance of discs wider by this factor: room to grow in place."""
MOAT = 2.0
TIGHT = 1.001
"""A land that finds a new place among others that stay keeps at least this."""
GROWTH = 1.01
"""By how much a side that is too short is made longer."""


@njit(cache=True)
def arrange(r, continent):
    """Place discs in the smallest square that the search finds: the widest first, each touching two others or the walls.

    Args:
        r: float64[k] radii.
        continent: int[k]; discs of one continent go as near to one another as they can.

    Returns:
        (x, y, side): float64[k] centres, and the side of the square.
    """
    order = np.argsort(-r, kind="mergesort")
    wide = r[order] * MARGIN + MOAT
    side = max(math.sqrt((wide * wide).sum() * math.pi), 2 * wide[0])
    x, y = np.zeros(len(r)), np.zeros(len(r))
    while not _fill(wide, continent[order], side, x, y, 0):
        side *= GROWTH
    return _unordered(order, x), _unordered(order, y), side


@njit(cache=True)
def rearrange(r, continent, was_x, was_y, stays, side):
    """Place discs in a given square: those that can stay do, the others take free room.

    Args:
        r: As for `arrange`.
        continent: As for `arrange`.
        was_x: float64[k]; where they were.
        was_y: float64[k].
        stays: bool[k]; whether that is known.
        side: Of the square.

    Returns:
        (x, y, whether all found room).
    """
    order = np.empty(len(r), np.int64)
    kept = 0
    x, y, wide = was_x.copy(), was_y.copy(), r.copy()
    for i in np.argsort(-r, kind="mergesort"):
        if not stays[i]:
            continue
        order[kept] = i
        x[kept], y[kept], wide[kept] = was_x[i], was_y[i], r[i]
        kept += _is_free(x, y, wide, side, kept, was_x[i], was_y[i])
    chosen = np.zeros(len(r), np.bool_)
    chosen[order[:kept]] = True
    filled = kept
    for i in np.argsort(-r, kind="mergesort"):
        if not chosen[i]:
            order[filled] = i
            filled += 1
    done = _fill(r[order] * TIGHT, continent[order], side, x, y, kept)
    return _unordered(order, x), _unordered(order, y), done


@njit(cache=True)
def _unordered(order, values):
    result = np.empty_like(values)
    result[order] = values
    return result


@njit(cache=True)
def _fill(r, continent, side, x, y, placed):
    """Place the discs from number `placed` on in a square of this side, in order; return whether they fit."""
    for k in range(placed, len(r)):
        gx, gy, alone = _meeting_point(x, y, r, continent, k)
        best, bx, by = np.inf, 0.0, 0.0
        for i in range(-4, k):
            for j in range(-4, i):
                for hand in (-1, 1):
                    px, py, ok = _touching(x, y, r, side, i, j, r[k], hand)
                    if not ok or not _is_free(x, y, r, side, k, px, py):
                        continue
                    score = min(px, side - px) + min(py, side - py) if alone else math.hypot(px - gx, py - gy)
                    if score < best - 1e-9 * side:
                        best, bx, by = score, px, py
        if best == np.inf:
            return False
        x[k], y[k] = bx, by
    return True


@njit(cache=True)
def _meeting_point(x, y, r, continent, k):
    """Return the centre of gravity of the discs placed on k's continent, and whether there are none."""
    mass = gx = gy = 0.0
    for i in range(k):
        if continent[i] == continent[k]:
            mass += r[i] * r[i]
            gx += r[i] * r[i] * x[i]
            gy += r[i] * r[i] * y[i]
    if mass == 0:
        return 0.0, 0.0, True
    return gx / mass, gy / mass, False


@njit(cache=True)
def _touching(x, y, r, side, i, j, radius, hand):
    """Return a centre of a disc that touches i and j, discs or walls (-4 left, -3 right, -2 top, -1 bottom)."""
    if i < 0:  # two walls: a corner
        if i < -2 or j >= -2:
            return 0.0, 0.0, False
        return (radius if j == -4 else side - radius), (radius if i == -2 else side - radius), hand > 0
    if j < 0:
        reach = r[i] + radius
        if j < -2:
            px = radius if j == -4 else side - radius
            rest = reach * reach - (px - x[i]) ** 2
            return px, y[i] + hand * math.sqrt(max(rest, 0.0)), rest >= 0
        py = radius if j == -2 else side - radius
        rest = reach * reach - (py - y[i]) ** 2
        return x[i] + hand * math.sqrt(max(rest, 0.0)), py, rest >= 0
    dx, dy = x[j] - x[i], y[j] - y[i]
    d2 = dx * dx + dy * dy
    a, b = r[i] + radius, r[j] + radius
    if d2 == 0 or d2 > (a + b) ** 2:
        return 0.0, 0.0, False
    u = (d2 + a * a - b * b) / (2 * d2)
    v = math.sqrt(max(a * a / d2 - u * u, 0.0)) * hand
    return x[i] + u * dx - v * dy, y[i] + u * dy + v * dx, True


@njit(cache=True)
def _is_free(x, y, r, side, k, px, py):
    """Return whether disc k fits there among those before it."""
    edge = r[k] * (1 - 1e-9)
    if px < edge or py < edge or px > side - edge or py > side - edge:
        return False
    for i in range(k):
        reach = (r[i] + r[k]) * (1 - 1e-9)
        if (x[i] - px) ** 2 + (y[i] - py) ** 2 < reach * reach:
            return False
    return True
