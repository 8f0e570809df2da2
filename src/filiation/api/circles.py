"""The circles of a view as columns."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from filiation.api.region import NO_RELATION, Circles
from filiation.core.relation import RELATIONS
from filiation.lineage.arrays import NULL, Lineage


def circle_columns(lineage: Lineage, circles: Circles) -> pa.Table:
    """Return a row for each circle, in their order."""
    downloads = np.asarray(lineage.downloads)[circles.node]
    words = [str(RELATIONS[code]) if code != NO_RELATION else None for code in circles.relation.tolist()]
    return pa.table(
        {
            "ref": pa.array(lineage.refs(circles.node.tolist()), pa.large_string()),
            "x": circles.x,
            "y": circles.y,
            "r": circles.r,
            "relation": pa.array(words, pa.string()).dictionary_encode(),
            "downloads": pa.array(downloads, mask=downloads == NULL),
            "descendants": np.asarray(lineage.descendants)[circles.node],
        }
    )
