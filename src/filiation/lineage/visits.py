"""Walks below many nodes, compiled. Importing this takes a second: import it where it is used."""

from __future__ import annotations

import numpy as np
from numba import njit


@njit(cache=True)
def downloads_below(sources, child_start, child_of, downloads, budget):  # arrays; see the caller
    """Return (int64[k] sums of known downloads of all descendants of each source, how many were done within the budget)."""
    n = len(child_start) - 1
    sums = np.zeros(len(sources), np.int64)
    stamp = np.full(n, -1, np.int32)
    stack = np.empty(n, np.int32)
    visits = 0
    for i in range(len(sources)):
        stack[0] = sources[i]
        stamp[sources[i]] = i
        height = 1
        while height > 0:
            height -= 1
            at = stack[height]
            for k in range(child_start[at], child_start[at + 1]):
                child = child_of[k]
                visits += 1
                if stamp[child] == i:
                    continue
                stamp[child] = i
                sums[i] += max(downloads[child], 0)
                stack[height] = child
                height += 1
            if visits > budget:
                return sums, i
    return sums, len(sources)
