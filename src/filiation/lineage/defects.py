"""What is wrong with each node, as far as its lineage tells: what the overview counts and the map colours."""

from __future__ import annotations

import numpy as np

from filiation.lineage.arrays import NULL, STATES
from filiation.lineage.columns import Knot
from filiation.lineage.ground import Ground

TITLES = {
    "license-missing": "declare no license",
    "license-dropped": "declare no license where their parent does",
    "undocumented": "declare nothing at all",
    "base-model-missing": "name a parent that is not in the registry",
    "base-model-ambiguous": "name a parent that could be several",
    "base-model-malformed": "name a parent that is no repository",
    "base-model-self-reference": "name themselves as their parent",
    "base-model-cycle": "are in a circle of parents",
    "repository-missing": "are not in the registry",
}
"""What the models with each defect do."""


def defects_of(ground: Ground) -> dict[str, np.ndarray]:
    """Return bool[n] for each defect that a node may have."""
    lineage, columns, edges = ground.lineage, ground.columns, ground.weights
    child, parent = lineage.child[edges], lineage.parent[edges]
    held = lineage.state == 0
    bare = lineage.license == NULL

    def children(chosen: np.ndarray) -> np.ndarray:
        mask = np.zeros(lineage.size, bool)
        mask[child[chosen]] = True
        return mask

    state = lineage.state[parent]
    return {
        "repository-missing": ~held & (lineage.descendants > 0),
        "base-model-missing": children(state == STATES.index("missing")),
        "base-model-ambiguous": children(state == STATES.index("ambiguous")),
        "base-model-malformed": children(state == STATES.index("malformed")),
        "base-model-self-reference": (columns.knots & int(Knot.SELF_REFERENCE)) > 0,
        "base-model-cycle": (columns.knots & int(Knot.CYCLE)) > 0,
        "license-dropped": children(~bare[parent]) & bare & held,
        "license-missing": bare & held,
        "undocumented": held & (columns.declares == 0),
    }
