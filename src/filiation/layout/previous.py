"""The layout before this one: where each node stood, found again by its name."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from filiation.layout.sizes import Size
from filiation.lineage.arrays import NULL, Lineage

FILE = "layout.npz"
DAMAGED = (OSError, KeyError, ValueError, EOFError, BadZipFile)
"""What reading a layout raises where it is not there, damaged or of another recipe."""
RECIPE = 1
"""Raised when places of an older program mean something else, so that they are forgotten."""


@dataclass(frozen=True)
class Layout:
    """A laid-out registry: n nodes, k lands; places in the unit square, y downwards.

    Attributes:
        x, y, r: float64[n].
        parent: int32[n]; node whose circle holds this one, `NULL` at a root.
        edge: int32[n]; number of the lineage's edge to it, `NULL` at a root.
        key: uint64[n]; hash of registry, kind and name.
        level: uint8[n]; of the node's own size, see `sizes`.
        land: int16[n]; index into `land_name`.
        in_sea: bool[n]; stands alone on a slot of the sea, not packed.
        land_name: str[k].
        land_x, land_y, land_r: float64[k].
        unit: How wide 1 world unit is on the map.
        size: What the radii mean.
        token: Of the lineage.
    """

    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    parent: np.ndarray
    edge: np.ndarray
    key: np.ndarray
    level: np.ndarray
    land: np.ndarray
    in_sea: np.ndarray
    land_name: np.ndarray
    land_x: np.ndarray
    land_y: np.ndarray
    land_r: np.ndarray
    unit: float
    size: Size
    token: str

    def save(self, path: Path) -> None:
        """Write the layout to `path`."""
        np.savez(path, recipe=RECIPE, **vars(self))

    @classmethod
    def load(cls, path: Path) -> Layout:
        """Return the layout at `path`.

        Raises:
            One of `DAMAGED`: If it is not there, damaged or of another recipe.
        """
        with np.load(path, allow_pickle=False) as file:
            if file["recipe"] != RECIPE:
                raise ValueError(f"recipe {file['recipe']}")
            arrays = {name: file[name] for name in cls.__dataclass_fields__}
        return cls(**{name: value if value.ndim else value.item() for name, value in arrays.items()})

    @staticmethod
    def size_at(path: Path) -> str:
        """Return what the radii of the layout at `path` mean, without reading the places.

        Raises:
            One of `DAMAGED`: If it is not there or damaged.
        """
        with np.load(path, allow_pickle=False) as file:
            return str(file["size"])


def keys_of(lineage: Lineage) -> np.ndarray:
    """Return uint64[n]: a hash of each node's registry, kind and name, the same in every run."""
    from filiation.layout import kernels  # noqa: PLC0415  # a second to import

    salt = np.zeros(lineage.size, np.uint64)
    for registry, kind, start, end in lineage.sections:
        prefix = f"{registry}:{kind}:".encode()
        none = np.zeros(1, np.uint64)
        salt[start:end] = kernels.name_keys(np.frombuffer(prefix, np.uint8), np.array([0, len(prefix)]), none)[0]
    return kernels.name_keys(np.asarray(lineage.names), np.asarray(lineage.name_start), salt)


class Before(NamedTuple):
    """What a node's place was, in world units; all of length n.

    Attributes:
        x, y: float64; offset from its parent's or else its land's centre.
        r: float64; 0 for a newcomer.
        stays: bool; whether it has the same parent, or is a root in the same land, as before.
        in_sea: bool; stood in the sea.
    """

    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    stays: np.ndarray
    in_sea: np.ndarray


def find(layout: Layout | None, key: np.ndarray) -> np.ndarray:
    """Return the number in `layout` of the nodes with these keys, int64[n]; `NULL` for a newcomer."""
    if layout is None or not len(layout.key):
        return np.full(len(key), NULL)
    order = np.argsort(layout.key, kind="stable")
    spot = np.minimum(np.searchsorted(layout.key, key, sorter=order), len(order) - 1)
    return np.where(layout.key[order[spot]] == key, order[spot], NULL)


def recall(layout: Layout | None, at: np.ndarray, parent: np.ndarray, land: np.ndarray, land_name: list[str]) -> Before:
    """Return where `layout` had the nodes.

    Args:
        layout: The layout before; None says nothing.
        at: int64[n]; their numbers in it, as `find` returns them.
        parent: int32[n]; the parents now.
        land: int[n]; the lands now, index into `land_name`.
        land_name: Names of the lands now.
    """
    if layout is None or not len(layout.key):
        zero, no = np.zeros(len(at)), np.zeros(len(at), bool)
        return Before(zero, zero, zero, no, no)
    known = at != NULL
    holder = np.where(known, layout.parent[at], NULL)
    old_land = layout.land[at]
    same_parent = (parent != NULL) & (holder != NULL) & (at[parent] == holder)
    names = {name: index for index, name in enumerate(land_name)}
    renumbered = np.array([names.get(str(name), NULL) for name in layout.land_name])
    same_land = (parent == NULL) & (holder == NULL) & (renumbered[old_land] == land)
    base_x = np.where(holder == NULL, layout.land_x[old_land], layout.x[holder])
    base_y = np.where(holder == NULL, layout.land_y[old_land], layout.y[holder])
    return Before(
        np.where(known, layout.x[at] - base_x, 0.0) / layout.unit,
        np.where(known, layout.y[at] - base_y, 0.0) / layout.unit,
        np.where(known, layout.r[at], 0.0) / layout.unit,
        known & (same_parent | same_land),
        known & layout.in_sea[at],
    )
