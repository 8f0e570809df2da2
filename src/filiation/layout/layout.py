"""A lineage becomes places: families nested, gathered on lands, and the lands set side by side."""

from __future__ import annotations

import numpy as np

from filiation.layout import sizes
from filiation.layout.continents import lands_of
from filiation.layout.forest import Forest, forest_of, kind_of
from filiation.layout.previous import Layout, find, keys_of, recall
from filiation.layout.sizes import Size
from filiation.layout.traits import OTHER, UNDECLARED, Coded, Traits
from filiation.layout.world import Roots, set_out
from filiation.lineage.arrays import NULL, Lineage

SEA_LEVEL = 3
"""A node without kin whose own size is of a higher level is an island of one."""
TIDE = 2
"""A node of the sea stays there up to so many levels more; an island of one stays above it for one level less."""
MOST_LANDS = 96
"""Most tasks that get a land of their own; there is no end to what a registry may call a task."""


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
    at = find(previous, key)
    level, in_sea = _levels(lineage, forest, previous, at, size)
    adrift = in_sea & (traits.task.code == UNDECLARED) & (traits.library.code == UNDECLARED)
    land, names = lands_of(forest, kind_of(lineage), *_tasks(traits.task), adrift)
    before = recall(previous, at, forest.parent, land, names)
    own = sizes.radii(level)
    own[in_sea] = np.minimum(own[in_sea], 1.0)
    from filiation.layout import kernels, packing  # noqa: PLC0415  # a second to import

    nested = before.stays & (forest.parent != NULL)
    x, y, r = packing.nest(
        forest.order, forest.child_start, forest.child_of, own, before.x, before.y, before.r, nested
    )  # fmt: skip
    roots = Roots(forest.parent, land, names, in_sea, traits.library.code, key, before)
    world = set_out(roots, x, y, r, previous)
    kernels.add_up(forest.order, forest.parent, x, y)
    return Layout(
        x / world.side, y / world.side, r / world.side, forest.parent, forest.edge, key, level, land, in_sea,
        np.array(names), world.x / world.side, world.y / world.side, world.r / world.side, 1 / world.side, size, token,
    )  # fmt: skip


def _tasks(task: Coded) -> tuple[np.ndarray, list[str]]:
    """Return int16[n], -1 where undeclared, and the names; beyond `MOST_LANDS` they are "other"."""
    names = [name if code < MOST_LANDS else OTHER for code, name in enumerate(task.words)]
    return np.where(task.code == UNDECLARED, -1, task.code.astype(np.int16)), names


def _amount(lineage: Lineage, forest: Forest, size: Size) -> np.ndarray:
    """Return int64[n]: the downloads that decide how wide a node's own circle is."""
    amount = np.zeros(lineage.size, np.int64) if size == "count" else np.maximum(lineage.downloads, 0)
    if size == "subtree":
        from filiation.layout import kernels  # noqa: PLC0415  # a second to import

        kernels.gather(forest.order, forest.parent, amount)
    return amount


def _levels(
    lineage: Lineage, forest: Forest, previous: Layout | None, at: np.ndarray, size: Size
) -> tuple[np.ndarray, np.ndarray]:
    """Return each node's level, uint8[n], and whether it stands alone in the sea, bool[n]."""
    known = at != NULL
    old = np.where(known, previous.level[at], -1).astype(np.int16) if previous else np.full(len(at), -1, np.int16)
    was_in_sea = known & previous.in_sea[at] if previous else known
    level = sizes.levels(_amount(lineage, forest, size), old)
    tide = np.where(known, np.where(was_in_sea, SEA_LEVEL + TIDE, SEA_LEVEL - 1), SEA_LEVEL)
    return level, (forest.weight == 1) & (forest.parent == NULL) & (level <= tide)
