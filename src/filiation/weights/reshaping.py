"""Rules for models of another shape: layers repeated or left out, words added."""

from __future__ import annotations

import numpy as np

from filiation.weights.comparison import Comparison
from filiation.weights.relation import Direction, Evidence, Relation, Verdict


def layers(pair: Comparison) -> Verdict | None:
    """One has more layers, and those of the other are found among them."""
    depth = [_depth(s.tensors.layers[s.tensors.short > 1]) for s in (pair.a, pair.b)]
    sizes = [float(s.tensors.size[s.tensors.short > 1].sum()) for s in (pair.a, pair.b)]
    if depth[0] == depth[1] or not pair.pairs.layers or max(sizes) < 1.02 * min(sizes):  # only numbered otherwise
        return None
    deeper = 0 if depth[0] > depth[1] else 1
    mapping = pair.pairs.layers  # of the deeper model's layers
    met = set(mapping.values())
    if len(met) < 0.7 * min(depth) or pair.likeness < 0.4:
        return None
    repeated = len(mapping) - len(met)
    said = Evidence("layers", len(mapping) / max(depth), f"{len(mapping)} of {max(depth)} layers are found among {min(depth)}")
    if repeated > 0.5 * (max(depth) - min(depth)):
        direction = Direction.SECOND_IS_PARENT if deeper == 0 else Direction.FIRST_IS_PARENT
        return Verdict(Relation.UPSCALED, direction, (said,), {"layers": [mapping.get(n) for n in range(max(depth))]})
    direction = Direction.FIRST_IS_PARENT if deeper == 0 else Direction.SECOND_IS_PARENT
    return Verdict(Relation.LAYER_DROPPED, direction, (said,), {"kept": sorted(mapping)})


def _depth(numbers: np.ndarray) -> int:
    return len(np.unique(numbers[numbers >= 0]))


def vocabulary(pair: Comparison) -> Verdict | None:
    """One has more words, and the first of them are the other's."""
    x, y = pair.a.tensors, pair.b.tensors
    for m in np.flatnonzero(pair.partly):
        more = int(y.long[pair.pairs.b[m]] - x.long[pair.pairs.a[m]])
        if pair.cosine[m] < 0.5 or pair.likeness < 0.4:
            continue
        said = (
            Evidence("leading rows", float(pair.cosine[m]), "the first rows of the embedding answer to one another"),
            Evidence("rows", float(abs(more)), "one has so many rows more"),
        )
        direction = Direction.FIRST_IS_PARENT if more > 0 else Direction.SECOND_IS_PARENT
        return Verdict(Relation.VOCABULARY_EXTENDED, direction, said, {"rows": abs(more)})
    return None
