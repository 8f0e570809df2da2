"""Circles inside circles, compiled: siblings by the front chain, families from the leaves upwards.

A parent's circle is the one around its children, widened by a share of what its light children fill. The heavy child's own
circle counts only once: what is lost to nesting compounds over light edges, of which a line of descent has at most log2 n.

Source:
    Wang et al. 2006, "Visualization of large hierarchical data by circle packing"; the front chain as in d3-hierarchy, scored
    against the running centre of gravity instead of the origin.
"""

from __future__ import annotations

import math

import numpy as np
from numba import njit

from filiation.layout.room import settle  # compiled into `nest`, whose cache does not see that room.py changed: touch this file

GAP, WIDEST_GAP = 0.04, 0.3
"""Siblings are packed as if they were wider by this share, but by no more than that width."""
SLACK = 0.12
"""Room to spare, as a share of the area that the light children fill."""
RIM, RIM_SHARE, WIDEST_RIM = 0.12, 0.012, 0.4
"""What is seen of the parent around its children: a width, and a share of the radius, up to a width."""
WORN = 1.25
"""A circle that has to grow to more than so many times what a fresh packing takes is packed afresh."""
SHRINK = 0.8
"""A circle stays as wide as it was until it needs less than this share of it."""
HEAD = 64
"""So many circles decide where the centre of gravity is: if all did, the rest would drift to one side of the widest."""
CHAIN_LIMIT = 50_000
"""Beyond so many children the rest go into a sunflower around the front chain, whose cost grows as n^1.5."""
ENCLOSE_STEPS = 200
GOLDEN_ANGLE = math.pi * (3 - math.sqrt(5))
SUNFLOWER = 1.2
"""Spacing of a sunflower in radii: no two of its points are closer than 1.67 times that."""


@njit(cache=True)
def front_chain(r):
    """Place circles side by side, in the order given, each where it comes closest to the centre of gravity.

    Args:
        r: float64[k] radii, k at least 1; the widest first packs best.

    Returns:
        (x, y, radius): offsets from the centre of a circle around all of them, and its radius.
    """
    k = len(r)
    x, y = np.zeros(k), np.zeros(k)
    if k == 1:
        return x, y, r[0]
    x[0], x[1] = -r[1], r[0]
    if k == 2:
        return x, y, r[0] + r[1]
    chained = min(k, CHAIN_LIMIT)
    after, before = np.empty(k, np.int32), np.empty(k, np.int32)
    a, b, c = 0, 1, 2
    _touch(x, y, r, b, a, c)
    after[a], before[c], after[b], before[a], after[c], before[b] = b, b, c, c, a, a
    mass = mx = my = 0.0
    for i in range(3):
        mass += r[i] * r[i]
        mx += r[i] * r[i] * x[i]
        my += r[i] * r[i] * y[i]
    i = 3
    while i < chained:
        _touch(x, y, r, a, b, i)
        hit, forward = _first_hit(x, y, r, after, before, a, b, i)
        if hit >= 0:
            if forward:
                b = hit
            else:
                a = hit
            after[a], before[b] = b, a
            continue
        before[i], after[i], after[a], before[b] = a, b, i, i
        if i < HEAD:
            mass += r[i] * r[i]
            mx += r[i] * r[i] * x[i]
            my += r[i] * r[i] * y[i]
        a = _closest(x, y, r, after, i, mx / mass, my / mass)
        b = after[a]
        i += 1
    cx, cy, radius = _enclosure(x, y, r, after, a)
    x -= cx
    y -= cy
    if k > chained:
        radius = _sunflower_ring(x, y, r, chained, radius)
    return x, y, radius


@njit(cache=True)
def _touch(x, y, r, b, a, c):
    """Place circle c so that it touches a and b."""
    dx, dy = x[b] - x[a], y[b] - y[a]
    d2 = dx * dx + dy * dy
    if d2 == 0:
        x[c], y[c] = x[a] + r[a] + r[c], y[a]
        return
    a2, b2 = (r[a] + r[c]) ** 2, (r[b] + r[c]) ** 2
    if a2 > b2:
        u = (d2 + b2 - a2) / (2 * d2)
        v = math.sqrt(max(0.0, b2 / d2 - u * u))
        x[c], y[c] = x[b] - u * dx - v * dy, y[b] - u * dy + v * dx
    else:
        u = (d2 + a2 - b2) / (2 * d2)
        v = math.sqrt(max(0.0, a2 / d2 - u * u))
        x[c], y[c] = x[a] + u * dx - v * dy, y[a] + u * dy + v * dx


@njit(cache=True)
def _first_hit(x, y, r, after, before, a, b, c):
    """Return (the circle of the chain nearest to a and b along it that c overlaps or -1, whether it lies beyond b)."""
    j, k = after[b], before[a]
    sj, sk = r[b], r[a]
    while True:
        if sj <= sk:
            if _overlap(x, y, r, j, c):
                return j, True
            sj += r[j]
            j = after[j]
        else:
            if _overlap(x, y, r, k, c):
                return k, False
            sk += r[k]
            k = before[k]
        if j == after[k]:
            return -1, True


@njit(cache=True)
def _overlap(x, y, r, i, j):
    reach = r[i] + r[j]
    return (x[i] - x[j]) ** 2 + (y[i] - y[j]) ** 2 < reach * reach * (1 - 1e-9)


@njit(cache=True)
def _closest(x, y, r, after, start, cx, cy):
    """Return the circle of the chain whose joint with the next is nearest to (cx, cy)."""
    best, least, c = start, np.inf, start
    while True:
        d = after[c]
        both = r[c] + r[d]
        dx = (x[c] * r[d] + x[d] * r[c]) / both - cx
        dy = (y[c] * r[d] + y[d] * r[c]) / both - cy
        score = dx * dx + dy * dy
        if score < least:
            best, least = c, score
        c = d
        if c == start:
            return best


@njit(cache=True)
def _enclosure(x, y, r, after, start):
    """Return (x, y, radius) of a circle around the chain, within half a percent of the smallest (Badoiu, Clarkson 2003)."""
    cx = cy = 0.0
    for step in range(ENCLOSE_STEPS + 1):
        far, reach, c = start, -1.0, start
        while True:
            d = math.hypot(x[c] - cx, y[c] - cy) + r[c]
            if d > reach:
                far, reach = c, d
            c = after[c]
            if c == start:
                break
        if step == ENCLOSE_STEPS:
            break
        away = math.hypot(x[far] - cx, y[far] - cy)
        if away == 0:
            break
        move = (reach / (step + 2)) / away
        cx += (x[far] - cx) * min(move, 1.0)
        cy += (y[far] - cy) * min(move, 1.0)
    return cx, cy, reach


@njit(cache=True)
def _sunflower_ring(x, y, r, first, inner):
    """Place the circles from `first` on around a disc of radius `inner`, as the seeds of a sunflower; return the radius."""
    space = SUNFLOWER * r[first]
    begin = math.ceil(((inner + r[first]) / space) ** 2)
    distance = inner
    for i in range(first, len(r)):
        turn = begin + i - first
        distance = space * math.sqrt(turn)
        x[i], y[i] = distance * math.cos(turn * GOLDEN_ANGLE), distance * math.sin(turn * GOLDEN_ANGLE)
    return distance + r[first]


@njit(cache=True)
def widened(enclosing, heaviest):
    """Return the radius of a parent whose children's circles, of which `heaviest` is the widest, fill `enclosing`."""
    light = max(enclosing * enclosing - heaviest * heaviest, 0.0)
    return math.sqrt(enclosing * enclosing + SLACK * light) + min(RIM + RIM_SHARE * enclosing, WIDEST_RIM)


@njit(cache=True)
def _packed(kids, own, r, node):
    """Return (kids the widest first, their offsets, radius of the node) packed afresh."""
    wide = kids[np.argsort(-r[kids], kind="mergesort")]
    kx, ky, reach = front_chain(r[wide] + np.minimum(GAP * r[wide], WIDEST_GAP))
    return wide, kx, ky, max(own[node], widened(reach, r[wide[0]]))


@njit(cache=True)
def _packed_if_worn(kids, kx, ky, own, r, node):
    """Return the kids and their offsets as given, or packed afresh where that saves much; the node's radius follows."""
    fresh = _packed(kids, own, r, node)
    if r[node] <= WORN * fresh[3]:
        return kids, kx, ky
    r[node] = fresh[3]
    return fresh[0], fresh[1], fresh[2]


@njit(cache=True)
def nest(order, child_start, child_of, own, was_x, was_y, was_r, stays):
    """Place every child in its parent, from the leaves upwards.

    A parent none of whose children stood in it before is packed afresh. Otherwise they keep their places where they fit, and
    the rest take free room (`room.settle`); if there is none the circle widens.

    Args:
        order: int[n]; every parent before its children.
        child_start: int64[n + 1]; where the children of each node begin in `child_of`.
        child_of: int[k].
        own: float64[n]; the radius a node has by its own size, the least it gets.
        was_x: float64[n]; offset from the parent in the layout before.
        was_y: float64[n].
        was_r: float64[n]; radius in the layout before, 0 for a newcomer.
        stays: bool[n]; whether the node was in this parent's circle before.

    Returns:
        (x, y, r): float64[n] each; offsets from the parent (0 at roots), and radii.
    """
    x, y, r = np.zeros(len(own)), np.zeros(len(own)), own.copy()
    for i in range(len(order) - 1, -1, -1):
        node = order[i]
        first, last = child_start[node], child_start[node + 1]
        if first == last:
            continue
        kids = child_of[first:last]
        if was_r[node] > 0 and stays[kids].any():
            kx, ky, reach = settle(r[kids], was_x[kids], was_y[kids], was_r[kids], stays[kids], was_r[node] - RIM / 2)
            need = max(own[node], reach + RIM / 2)
            grows = need > was_r[node] * (1 + 1e-9)
            if grows:
                need = max(own[node], widened(reach, r[kids].max()))
            elif need > SHRINK * was_r[node]:
                need = was_r[node]
            r[node] = need
            if grows:
                kids, kx, ky = _packed_if_worn(kids, kx, ky, own, r, node)
        else:
            kids, kx, ky, r[node] = _packed(kids, own, r, node)
        for k in range(len(kids)):
            x[kids[k]], y[kids[k]] = kx[k], ky[k]
    return x, y, r
