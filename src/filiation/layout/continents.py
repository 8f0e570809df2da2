"""Which land each node belongs to: its island's task, on the continent of what that task works on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from filiation.knowledge import load
from filiation.layout.forest import Forest

UNDECLARED = "undeclared"
DATASETS = "datasets"
OCEAN = "uncharted"
"""Models without kin that declare neither task nor library: no land, but the water between the lands."""


def continent_of(land: str) -> str:
    """Return the continent of a land, such as ``language`` of ``text-generation``."""
    if land in {UNDECLARED, DATASETS, OCEAN}:
        return land
    return next((continent for continent, tasks in load("modalities").items() if land in tasks), "other")


def lands_of(
    forest: Forest, kind: np.ndarray, task: np.ndarray, tasks: Sequence[str], adrift: np.ndarray
) -> tuple[np.ndarray, list[str]]:
    """Return the land of each node, int16[n], and the lands' names: those that are used, sorted.

    A tree stands as a whole on the land of its root's task, or if that declares none on that of the task which most of its
    nodes declare, of equals the first by name. Datasets have one land.

    Args:
        forest: Which trees there are.
        kind: uint8[n]; 0 for a model, 1 for a dataset.
        task: int[n]; index into `tasks`, -1 where undeclared.
        tasks: Names.
        adrift: bool[n]; stands alone and declares neither task nor library.
    """
    names = sorted({*tasks, UNDECLARED, DATASETS, OCEAN})
    number = {name: index for index, name in enumerate(names)}
    of_task = np.array([*(number[name] for name in tasks), number[UNDECLARED]], np.int16)  # the last is task -1
    land = of_task[task]
    voting = (land[forest.root] == number[UNDECLARED]) & (land != number[UNDECLARED])
    votes, count = np.unique(forest.root[voting].astype(np.int64) * len(names) + land[voting], return_counts=True)
    rank = np.lexsort((votes % len(names), -count, votes // len(names)))
    root, first = np.unique(votes[rank] // len(names), return_index=True)
    land[root] = (votes[rank] % len(names))[first]
    land[kind == 1] = number[DATASETS]
    land[adrift & (kind == 0)] = number[OCEAN]
    land = land[forest.root]
    used = np.flatnonzero(np.bincount(land, minlength=len(names)))
    return np.searchsorted(used, land).astype(np.int16), [names[index] for index in used]
