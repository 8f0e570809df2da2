"""Where each node stands on the map, and the tiles that show it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from filiation.layout.previous import FILE, Layout

FOLDER = "map"
MANIFEST = "manifest.json"
MAX_LEVEL = 30


@dataclass(frozen=True)
class Places:
    """The map of one lineage; n nodes.

    Attributes:
        folder: Where its manifest and tiles lie.
        x, y, r: float64[n]; circles in the unit square, y downwards.
        parent: int32[n]; the node whose circle holds this one, -1 at a root.
    """

    folder: Path
    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    parent: np.ndarray

    def tile(self, level: int, x: int, y: int) -> bytes | None:
        """Return an Arrow IPC file, or None where there is no such tile."""
        if level > MAX_LEVEL or max(x, y) >= 1 << level:
            return None
        try:
            return (self.folder / "tiles" / str(level) / str(x) / f"{y}.arrow").read_bytes()
        except OSError:
            return None

    def manifest(self) -> bytes:
        """Return the manifest as it was written."""
        return (self.folder / MANIFEST).read_bytes()


def places_of(atlas: Path, token: str, size: int) -> Places | None:
    """Return the map of the lineage of that token, of `size` nodes; None where there is none, or it is of another."""
    folder = atlas / FOLDER / token
    if not (folder / MANIFEST).exists():
        return None
    try:
        layout = Layout.load(folder / FILE)
    except (OSError, KeyError, ValueError):
        return None
    if layout.token != token or len(layout.x) != size:
        return None
    return Places(folder, layout.x, layout.y, layout.r, layout.parent)
