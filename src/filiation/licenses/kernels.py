"""Terms along the whole lineage, compiled. Importing this takes a second: import it where it is used."""

from __future__ import annotations

import numpy as np
from numba import njit

from filiation.licenses import loops
from filiation.licenses.loops import DERIVATIVE

spread = njit(cache=True)(loops.spread)


@njit(cache=True)
def sureness(order, parent_start, parent, way, confidence, own, certain, row):
    """Return float32[k, 64]: for each term that a node has by derivation, how sure the surest line to it is.

    Args:
        order: int32[j]; parents before children.
        parent_start: int64[n + 1]; where the edges of each node begin.
        parent: int32[m]; of each edge.
        way: uint8[m]; what each edge carries terms along.
        confidence: float32[m]; of each edge.
        own: uint64[n]; own terms that travel along derivation.
        certain: uint64[n]; own terms that hold whatever is chosen; others count half.
        row: int32[n]; where each node's line of the result is, -1 for none.
    """
    result = np.zeros((row.max() + 1 if len(row) else 0, 64), np.float32)
    for i in range(len(order)):
        node = order[i]
        if row[node] == -1:
            continue
        for k in range(parent_start[node], parent_start[node + 1]):
            if way[k] != DERIVATIVE:
                continue
            above = parent[k]
            for bit in range(64):
                mask = np.uint64(1) << np.uint64(bit)
                held = np.float32(0)
                if own[above] & mask:
                    held = np.float32(1.0 if certain[above] & mask else 0.5)
                if row[above] != -1:
                    held = max(held, result[row[above], bit])
                result[row[node], bit] = max(result[row[node], bit], held * confidence[k])
    return result
