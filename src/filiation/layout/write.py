"""The map of an atlas on disk: written beside what stands, then put in its place."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import duckdb
import msgspec
import numpy as np

from filiation.core.errors import AtlasError
from filiation.layout.layout import lay_out
from filiation.layout.previous import DAMAGED, FILE, Layout
from filiation.layout.sizes import SIZES, Size
from filiation.layout.tiles import tile_path, write_tiles
from filiation.layout.traits import Traits, traits_of
from filiation.lineage.arrays import Lineage
from filiation.lineage.columns import read_columns
from filiation.lineage.ground import Ground

FOLDER = "map"
CURRENT = "CURRENT"


class MapSummary(msgspec.Struct, frozen=True):
    """What a map came to.

    Attributes:
        token: Names this drawing and its folder: the lineage's token, and a digest of the tiles.
        nodes: Circles.
        lands: Lands.
        tiles: Files.
        levels: Of the quadtree.
        bytes: Of all tiles.
        first_view_bytes: Of the root tile and the manifest.
        kept: Share of the nodes that the layout before knew which have moved by no more than 1 % of the map's width; None
            where there was none.
        seconds: By step.
    """

    token: str
    nodes: int
    lands: int
    tiles: int
    levels: int
    bytes: int
    first_view_bytes: int
    kept: float | None
    seconds: dict[str, float]


def write_map(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, atlas: Path, token: str, size: Size | None = None, *, afresh: bool = False
) -> MapSummary:
    """Lay out `lineage`, keeping places from the map that stands, and write the map; readers see it once published.

    Args:
        con: The atlas's database, whose table node agrees with `lineage`.
        lineage: The families.
        atlas: The atlas's folder.
        token: Of the lineage.
        size: What the radii mean; None for what they mean on the map that stands, or else downloads.
        afresh: Forget where everything stood.
    """
    clock = time.perf_counter()
    traits = traits_of(con, Ground(lineage, read_columns(con)))
    seconds = {"traits": time.perf_counter() - clock}
    before = standing(atlas)
    size = size or (before.size if before else SIZES[0])
    return draw(lineage, traits, atlas / FOLDER, token, None if afresh else before, size, seconds)


def draw(
    lineage: Lineage, traits: Traits, folder: Path, token: str, previous: Layout | None, size: Size, seconds: dict[str, float]
) -> MapSummary:
    """Lay out and write a map in a folder of its own under `folder`; `seconds` of earlier steps are taken over."""
    clock = time.perf_counter()
    layout = lay_out(lineage, traits, token, previous, size)
    seconds = seconds | {"layout": time.perf_counter() - clock}
    partial = folder / f"{token}.partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    clock = time.perf_counter()
    written = write_tiles(lineage, traits, layout, partial)
    layout.save(partial / FILE)
    shutil.rmtree(folder / written.token, ignore_errors=True)
    partial.rename(folder / written.token)
    seconds["tiles"] = time.perf_counter() - clock
    return MapSummary(
        token=written.token,
        nodes=len(layout.x),
        lands=len(layout.land_name),
        tiles=len(written.tiles),
        levels=max((tile[0] for tile in written.tiles), default=-1) + 1,
        bytes=sum(tile[4] for tile in written.tiles),
        first_view_bytes=written.manifest_bytes + sum(tile[4] for tile in written.tiles if tile[0] == 0),
        kept=None if previous is None else kept_share(previous, layout),
        seconds=seconds,
    )


def kept_share(before: Layout, now: Layout, within: float = 0.01) -> float:
    """Return the share of the nodes of both layouts that are no farther than `within` from where they were; 1.0 of none."""
    _, old, new = np.intersect1d(before.key, now.key, return_indices=True)
    if not len(old):
        return 1.0
    return float((np.hypot(before.x[old] - now.x[new], before.y[old] - now.y[new]) <= within).mean())


def standing(atlas: Path) -> Layout | None:
    """Return the layout that readers see, None where there is none or it is damaged: the next is then laid out afresh."""
    try:
        token = (atlas / FOLDER / CURRENT).read_text(encoding="utf-8").strip()
        return Layout.load(atlas / FOLDER / token / FILE)
    except DAMAGED:
        return None


def is_drawn(atlas: Path, token: str, size: Size | None) -> bool:
    """Return whether the map of that token is there and whole, with radii that mean `size` unless that is None."""
    folder = atlas / FOLDER / token
    try:
        tiles = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tiles"]
        whole = all(tile_path(folder, *tile[:3]).stat().st_size == tile[4] for tile in tiles)
        return whole and size in {None, Layout.size_at(folder / FILE)}
    except (*DAMAGED, TypeError):
        return False


def current(atlas: Path) -> Path:
    """Return the folder of the map that stands.

    Raises:
        AtlasError: If there is none.
    """
    try:
        folder = atlas / FOLDER / (atlas / FOLDER / CURRENT).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise AtlasError(f"There is no map in {atlas}: run 'filiation build --from map --atlas {atlas}'.") from error
    if not (folder / "manifest.json").exists():
        raise AtlasError(f"The map in {folder} is damaged: run 'filiation build --from map --atlas {atlas}'.")
    return folder


def publish(atlas: Path, token: str) -> None:
    """Make the map of `token` the one that readers see, and drop older ones."""
    folder = atlas / FOLDER
    partial = folder / f"{CURRENT}.partial"
    partial.write_text(token, encoding="utf-8")
    partial.replace(folder / CURRENT)
    for old in folder.iterdir():
        if old.is_dir() and old.name != token:
            shutil.rmtree(old, ignore_errors=True)
