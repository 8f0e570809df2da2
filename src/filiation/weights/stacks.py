"""Models put together of whole layers of several others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from filiation.weights.comparison import Comparison

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch


def stack(child: Sketch, pairs: Sequence[Comparison]) -> tuple[list[tuple[int, float]], dict[int, int]] | None:
    """Return which candidates have the child's matrices between them, with shares, and of which each layer is; None if none.

    Args:
        child: The model.
        pairs: Of each candidate (the first) with it (the second).
    """
    columns = child.tensors
    lines = np.flatnonzero((columns.short > 1) & (columns.std > 0))
    if len(lines) < 4:
        return None
    same = np.array([np.isin(lines, pair.pairs.b[pair.identical & pair.matrix]) for pair in pairs])
    size = columns.size[lines].astype(np.float64)
    chosen = _cover(same, size)
    if len(chosen) < 2 or _known_base(same, chosen, pairs):
        return None
    owner = np.array([next(n for n in chosen if same[n, m]) for m in range(len(lines))])
    inside = columns.layers[lines] >= 0
    weighed = inside if inside.any() else np.ones(len(lines), bool)
    shares = [(n, float(size[weighed & (owner == n)].sum() / size[weighed].sum())) for n in chosen]
    layers = {}
    for layer in np.unique(columns.layers[lines[inside]]):
        votes = Counter(owner[inside & (columns.layers[lines] == layer)].tolist())
        layers[int(layer)] = votes.most_common(1)[0][0]
    return sorted(shares, key=lambda one: -one[1]), layers


def _cover(same: np.ndarray, size: np.ndarray) -> list[int]:
    """Return few candidates that have all matrices between them, each what the ones before lack; empty if they do not."""
    missing = np.ones(len(size), bool)
    if not same.any(axis=0).all():
        return []
    chosen = []
    while missing.any():
        best = int(np.argmax(same[:, missing] @ size[missing]))
        chosen.append(best)
        missing &= ~same[best]
    return chosen if len(chosen) <= 8 else []


def _known_base(same: np.ndarray, chosen: Sequence[int], pairs: Sequence[Comparison]) -> bool:
    """Return whether the child is rather what the chosen descend from: each moved little of it, and not what the others moved.

    Parents that were trained apart differ from each other nearly everywhere, so that no matrix is found in two of them.
    """
    shared = same[list(chosen)].sum(axis=0) > 1
    grown = [np.sign(pairs[n].b.tensors.norm[pairs[n].pairs.b] - pairs[n].a.tensors.norm[pairs[n].pairs.a]) for n in chosen]
    shrunk = [float(g[pairs[n].matrix & ~pairs[n].identical].mean()) for n, g in zip(chosen, grown, strict=True)]
    return bool(shared.mean() > 0.2 or max(shrunk) < -0.5)
