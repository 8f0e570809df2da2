"""What becomes of a licence along an edge, from a parent to its child."""

from __future__ import annotations

import numpy as np

from filiation.lineage.arrays import NULL

FATES = ("same", "changed", "dropped", "newly declared", "declared by neither")


def fates(child: np.ndarray, parent: np.ndarray) -> np.ndarray:
    """Return int[k]: index into `FATES` for each edge, of codes that are `NULL` where nothing is declared."""
    return np.select(
        [(child == NULL) & (parent == NULL), child == NULL, parent == NULL, child == parent],
        [FATES.index("declared by neither"), FATES.index("dropped"), FATES.index("newly declared"), FATES.index("same")],
        default=FATES.index("changed"),
    )
