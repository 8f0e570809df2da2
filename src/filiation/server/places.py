"""Where each node stands on the map, and the tiles that show it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from filiation.core.errors import AtlasError
from filiation.layout.previous import DAMAGED, FILE, Layout
from filiation.layout.tiles import tile_path
from filiation.layout.write import CURRENT, FOLDER, current

MANIFEST = "manifest.json"
MAX_LEVEL = 30


@dataclass(frozen=True)
class Places:
    """The map of one lineage; n nodes.

    Attributes:
        folder: Where its manifest and tiles lie.
        token: Of the map; tiles never change under it.
        x, y, r: float64[n]; circles in the unit square, y downwards.
        parent: int32[n]; the node whose circle holds this one, -1 at a root.
    """

    folder: Path
    token: str
    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    parent: np.ndarray

    def tile(self, level: int, x: int, y: int) -> bytes | None:
        """Return an Arrow IPC file, or None where there is no such tile."""
        if level > MAX_LEVEL or max(x, y) >= 1 << level:
            return None
        try:
            return tile_path(self.folder, level, x, y).read_bytes()
        except OSError:
            return None

    def manifest(self) -> bytes:
        """Return the manifest as it was written."""
        return (self.folder / MANIFEST).read_bytes()


def drawn(atlas: Path, token: str) -> str | None:
    """Return what tells the map of that lineage from any other, None where the map that stands is not of it."""
    try:
        name = (atlas / FOLDER / CURRENT).read_text(encoding="utf-8").strip()
        folder = atlas / FOLDER / name
        with np.load(folder / FILE, allow_pickle=False) as file:
            return f"{name} {(folder / MANIFEST).stat().st_mtime_ns}" if file["token"].item() == token else None
    except DAMAGED:
        return None


def places_of(atlas: Path, token: str, size: int) -> Places | None:
    """Return the map of the lineage of that token, of `size` nodes; None where there is none, or it is damaged."""
    if drawn(atlas, token) is None:
        return None
    try:
        folder = current(atlas)
        layout = Layout.load(folder / FILE)
        manifest = msgspec.json.decode((folder / MANIFEST).read_bytes(), type=_Named)
    except (AtlasError, *DAMAGED):
        return None
    if len(layout.x) != size:
        return None
    return Places(folder, manifest.token, layout.x, layout.y, layout.r, layout.parent)


class _Named(msgspec.Struct):
    token: str
