"""The world: lands settled one by one, set side by side in a square, and the ocean between them."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from filiation.layout.continents import OCEAN, continent_of
from filiation.layout.previous import Before, Layout
from filiation.lineage.arrays import NULL

STRETCH, STRETCHES = 0.005, 16
"""By how much the square grows at a time where it has become too small, and how often, before all is arranged anew."""


class Roots(NamedTuple):
    """What decides where the roots go; n nodes, of which only the roots are looked at.

    Attributes:
        parent: int32[n].
        land: int16[n]; index into `names`.
        names: Of the lands.
        in_sea: bool[n].
        group: int[n]; nodes of one group lie together in the sea.
        key: uint64[n]; decides among equals.
        before: Where they stood.
    """

    parent: np.ndarray
    land: np.ndarray
    names: list[str]
    in_sea: np.ndarray
    group: np.ndarray
    key: np.ndarray
    before: Before


class World(NamedTuple):
    """The lands in world units: float64[k] each, and the side of the square. The ocean has radius 0."""

    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    side: float


def set_out(roots: Roots, x: np.ndarray, y: np.ndarray, r: np.ndarray, previous: Layout | None) -> World:
    """Write the roots' places in the square to `x` and `y`, float64[n]; `r` is float64[n]."""
    from filiation.layout.land import settle_land  # noqa: PLC0415  # a second to import

    k = len(roots.names)
    old_r = _old_radii(roots.names, previous)
    world_r = np.zeros(k)
    here = _by_land(roots, k)
    for number, name in enumerate(roots.names):
        if name == OCEAN:
            continue
        island, alone = here[number][~roots.in_sea[here[number]]], here[number][roots.in_sea[here[number]]]
        placed = settle_land(island, alone, r, roots.group, roots.key, roots.before, float(old_r[number]))
        x[island], y[island] = placed.island_x, placed.island_y
        x[alone], y[alone] = placed.sea_x, placed.sea_y
        world_r[number] = placed.radius
    ocean = roots.names.index(OCEAN) if OCEAN in roots.names else NULL
    drifting = here[ocean] if ocean != NULL else np.empty(0, np.int64)
    world = _with_room(roots.names, world_r, old_r, len(drifting), previous)
    if len(drifting):
        x[drifting], y[drifting] = _pour_ocean(roots, drifting, world)
    for number in range(k):
        x[here[number]] += world.x[number]
        y[here[number]] += world.y[number]
    return world


def _by_land(roots: Roots, k: int) -> list[np.ndarray]:
    """Return the roots of each of the k lands, by number."""
    nodes = np.flatnonzero(roots.parent == NULL)
    nodes = nodes[np.argsort(roots.land[nodes], kind="stable")]
    return np.split(nodes, np.searchsorted(roots.land[nodes], np.arange(1, k)))


def _old_radii(names: list[str], previous: Layout | None) -> np.ndarray:
    """Return the lands' radii in the layout before, 0 where it has none of that name, world units."""
    old = (
        {}
        if previous is None
        else dict(zip(previous.land_name.tolist(), (previous.land_r / previous.unit).tolist(), strict=True))
    )
    return np.array([old.get(name, 0.0) for name in names])


def _with_room(names: list[str], radius: np.ndarray, old_r: np.ndarray, drifting: int, previous: Layout | None) -> World:
    """Return the world with its lands where they were; if they or the ocean lack room, wider apart; else all anew.

    When the square and the distances in it grow alike, the lands' centres stay where they are on the map.
    """
    from filiation.layout.arrange import arrange, rearrange  # noqa: PLC0415  # a second to import

    continents = [continent_of(name) for name in names]
    continent = np.array([continents.index(name) for name in continents])
    land = np.array([name != OCEAN for name in names], bool)
    if previous is not None:
        map_x, map_y = _old_places(names, previous)
        for step in range(STRETCHES):
            side = (1 + step * STRETCH) / previous.unit
            known = old_r[land] > 0
            px, py, done = rearrange(radius[land], continent[land], map_x[land] * side, map_y[land] * side, known, side)
            world = _world(land, px, py, radius, side)
            if done and _water(world) >= drifting:
                return world
    px, py, side = arrange(radius[land], continent[land]) if land.any() else (radius[land], radius[land], 1.0)
    world = _world(land, px, py, radius, side)
    return _widened(world, drifting)


def _widened(world: World, drifting: int) -> World:
    """Return `world` with its lands apart, so that the ocean between them has room for so many, and some to spare."""
    from filiation.layout import sea  # noqa: PLC0415  # a second to import

    need = math.ceil(drifting * (1 + sea.SPARE))
    while (missing := need - _water(world)) > 0:
        side = math.sqrt(world.side**2 + missing * sea.PITCH * sea.ROW) + 2 * sea.BORDER
        world = World(world.x * side / world.side, world.y * side / world.side, world.r, side)
    return world


def _old_places(names: list[str], previous: Layout) -> tuple[np.ndarray, np.ndarray]:
    where = {str(name): index for index, name in enumerate(previous.land_name)}
    at = np.array([where.get(name, 0) for name in names])
    return previous.land_x[at], previous.land_y[at]


def _world(land: np.ndarray, px: np.ndarray, py: np.ndarray, radius: np.ndarray, side: float) -> World:
    """Return the world of these lands, the ocean's centre in the middle of the square."""
    x, y = np.full(len(land), side / 2), np.full(len(land), side / 2)
    x[land], y[land] = px, py
    return World(x, y, radius, side)


def _water(world: World) -> int:
    """Return how many slots the ocean has."""
    return len(_ocean(world).x)


def _ocean(world: World):
    from filiation.layout import sea  # noqa: PLC0415  # a second to import

    half = world.side / 2
    lands = world.r > 0
    return sea.slots(world.x[lands] - half, world.y[lands] - half, world.r[lands], half, square=True)


def _pour_ocean(roots: Roots, drifting: np.ndarray, world: World) -> tuple[np.ndarray, np.ndarray]:
    from filiation.layout import sea  # noqa: PLC0415  # a second to import

    before = roots.before
    free = _ocean(world)
    code = np.where(before.stays[drifting], sea.code_at(before.x[drifting], before.y[drifting]), -1)
    slot = sea.pour(free, roots.group[drifting], roots.key[drifting], code)
    return free.x[slot], free.y[slot]
