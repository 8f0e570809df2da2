"""A lineage becomes places: families nested, gathered on lands, and the lands set side by side."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from filiation.layout import sizes
from filiation.layout.continents import continent_of, lands_of
from filiation.layout.forest import Forest, forest_of, kind_of
from filiation.layout.previous import Before, Layout, keys_of, recall
from filiation.layout.sizes import Size
from filiation.layout.traits import OTHER, UNDECLARED, Coded, Traits
from filiation.lineage.arrays import NULL, Lineage

SEA_LEVEL = 3
"""A node without kin whose own size is of a higher level is an island of one."""
TIDE = 2
"""A node of the sea stays there up to so many levels more; an island of one stays above it for one level less."""
MOST_LANDS = 96
"""Most tasks that get a land of their own; there is no end to what a registry may call a task."""


class Islands(NamedTuple):
    """Families packed, before they have a place.

    Attributes:
        x, y: float64[n]; offsets from the parent, 0 at roots.
        r: float64[n]; world units.
        in_sea: bool[n].
        level: uint8[n].
    """

    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    in_sea: np.ndarray
    level: np.ndarray


def lay_out(lineage: Lineage, traits: Traits, token: str, previous: Layout | None = None, size: Size = "downloads") -> Layout:
    """Return a place for every node of `lineage`.

    Laws: the same input gives the same layout, whatever the order of the edges; a child's circle lies in its parent's;
    siblings' circles do not overlap, nor do lands; a node that `previous` placed stays there while it fits.

    Args:
        lineage: The families.
        traits: Task and library of each node.
        token: Of the lineage.
        previous: The layout before; one whose radii mean another `size` is not taken up.
        size: What the radii mean.
    """
    if previous is not None and previous.size != size:
        previous = None
    forest = forest_of(lineage)
    key = keys_of(lineage)
    land, names = lands_of(forest, kind_of(lineage), *_tasks(traits.task))
    before = recall(previous, key, forest.parent, land, names)
    islands = _islands(lineage, forest, before, size)
    used = np.flatnonzero(np.bincount(land, minlength=len(names)))
    names = [names[number] for number in used]
    land = np.searchsorted(used, land).astype(np.int16)
    old_r = _old_radii(previous, names)
    radius = _settle_lands(forest, islands, land, traits.library.code, key, before, old_r)
    land_x, land_y, side = _set_side_by_side(names, radius, old_r, previous)
    x, y = islands.x, islands.y
    root = forest.parent == NULL
    x[root] += land_x[land[root]]
    y[root] += land_y[land[root]]
    from filiation.layout import kernels  # noqa: PLC0415  # a second to import

    kernels.add_up(forest.order, forest.parent, x, y)
    return Layout(
        x / side, y / side, islands.r / side, forest.parent, forest.edge, key, islands.level, land, islands.in_sea,
        np.array(names), land_x / side, land_y / side, radius / side, 1 / side, size, token,
    )  # fmt: skip


def _tasks(task: Coded) -> tuple[np.ndarray, list[str]]:
    """Return int16[n], -1 where undeclared, and the names; beyond `MOST_LANDS` they are "other"."""
    names = [name if code < MOST_LANDS else OTHER for code, name in enumerate(task.words)]
    return np.where(task.code == UNDECLARED, -1, task.code.astype(np.int16)), names


def _islands(lineage: Lineage, forest: Forest, before: Before, size: Size) -> Islands:
    from filiation.layout import packing  # noqa: PLC0415  # a second to import

    level = sizes.levels(size, np.asarray(lineage.downloads), np.asarray(lineage.descendants), before.level)
    alone = (forest.weight == 1) & (forest.parent == NULL)
    sea_level = np.where(before.stays, np.where(before.in_sea, SEA_LEVEL + TIDE, SEA_LEVEL - 1), SEA_LEVEL)
    in_sea = alone & (level <= sea_level)
    own = sizes.radii(level)
    own[in_sea] = np.minimum(own[in_sea], 1.0)
    x, y, r = packing.nest(
        forest.order, forest.child_start, forest.child_of, own, before.x, before.y, before.r,
        before.stays & (forest.parent != NULL),
    )  # fmt: skip
    return Islands(x, y, r, in_sea, level)


def _settle_lands(
    forest: Forest, islands: Islands, land: np.ndarray, group: np.ndarray, key: np.ndarray, before: Before, old_r: np.ndarray
) -> np.ndarray:
    """Place the roots on their lands, in place, as offsets from the land's centre; return the lands' radii."""
    from filiation.layout.land import settle_land  # noqa: PLC0415  # a second to import

    radius = np.empty(len(old_r))
    roots = np.flatnonzero(forest.parent == NULL)
    roots = roots[np.argsort(land[roots], kind="stable")]
    cut = np.searchsorted(land[roots], np.arange(len(old_r) + 1))
    for number in range(len(old_r)):
        here = roots[cut[number] : cut[number + 1]]
        island, alone = here[~islands.in_sea[here]], here[islands.in_sea[here]]
        placed = settle_land(island, alone, islands.r, group, key, before, float(old_r[number]))
        islands.x[island], islands.y[island] = placed.island_x, placed.island_y
        islands.x[alone], islands.y[alone] = placed.sea_x, placed.sea_y
        radius[number] = placed.radius
    return radius


def _old_radii(previous: Layout | None, names: list[str]) -> np.ndarray:
    """Return the lands' radii in the layout before, 0 where it has none of that name, world units."""
    old = {} if previous is None else dict(zip(previous.land_name.tolist(), previous.land_r / previous.unit, strict=True))
    return np.array([old.get(name, 0.0) for name in names])


def _set_side_by_side(
    names: list[str], radius: np.ndarray, old_r: np.ndarray, previous: Layout | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return (x, y, side of the square): where they were if that can be, else all anew."""
    from filiation.layout.arrange import arrange, rearrange  # noqa: PLC0415  # a second to import

    continents = [continent_of(name) for name in names]
    continent = np.array([continents.index(name) for name in continents])
    if previous is not None:
        where = {str(name): index for index, name in enumerate(previous.land_name)}
        at = np.array([where.get(name, 0) for name in names])
        side = 1 / previous.unit
        x, y, done = rearrange(radius, continent, previous.land_x[at] * side, previous.land_y[at] * side, old_r > 0, side)
        if done:
            return x, y, side
    return arrange(radius, continent)
