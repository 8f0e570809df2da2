"""Rules for what training leaves: some layers, low rank, or everything moved."""

from __future__ import annotations

import numpy as np

from filiation.knowledge import load
from filiation.weights.comparison import Comparison
from filiation.weights.relation import Direction, Evidence, Relation, Verdict


def adapter_merged(pair: Comparison) -> Verdict | None:
    """What changed has low rank, or is whole kinds of matrices in every layer while no vector moved."""
    moved = pair.matrix & ~pair.identical
    vectors = pair.telling & ~pair.matrix & ~pair.identical
    if not moved.any() or pair.likeness < 0.4 or pair.pairs.layers or len(pair.pairs.only_a) + len(pair.pairs.only_b):
        return None
    full = np.minimum(pair.a.recipe.buckets, pair.a.tensors.short[pair.pairs.a])
    low = moved & (pair.ranks > 0) & (pair.ranks < full)
    share = float(low.sum() / moved.sum())
    rank = int(np.median(pair.ranks[moved]))
    targets = sorted({pair.a.tensors.kinds[line] for line in pair.pairs.a[moved]})
    if share >= 0.8 and rank < full.max():
        said = Evidence("rank", float(rank), f"what changed has rank {rank} in {share:.0%} of the matrices that changed")
        return Verdict(Relation.ADAPTER_MERGED, Direction.EITHER, (said,), {"rank": rank, "targets": targets})
    if vectors.any() or not _whole_kinds(pair, moved) or pair.same_share < 0.05:
        return None
    said = Evidence(
        "kinds", pair.same_share, "only matrices of some kinds changed, in every layer; no vector and nothing else did"
    )
    return Verdict(Relation.ADAPTER_MERGED, Direction.EITHER, (said,), {"least_rank": int(full.max()), "targets": targets})


def _whole_kinds(pair: Comparison, moved: np.ndarray) -> bool:
    """Return whether each kind of matrix in layers moved everywhere or nowhere, some moved and some did not."""
    states: dict[str, set[bool]] = {}
    for m in np.flatnonzero(pair.matrix):
        line = pair.pairs.a[m]
        if pair.a.tensors.layers[line] < 0:
            if moved[m]:
                return False
            continue
        states.setdefault(pair.a.tensors.kinds[line], set()).add(bool(moved[m]))
    one = [next(iter(state)) for state in states.values() if len(state) == 1]
    return len(one) == len(states) and any(one) and not all(one)


def partial_finetune(pair: Comparison) -> Verdict | None:
    """Some matrices moved, others stayed to the bit."""
    still = pair.matrix & pair.identical
    moved = pair.matrix & ~pair.identical
    if pair.same_share < load("kinship")["training"]["least_same_share"] or not moved.any() or pair.likeness < 0.4:
        return None
    columns = pair.a.tensors

    def numbers(lines: np.ndarray) -> set[int]:
        return {int(n) for n in columns.layers[pair.pairs.a[lines]] if n >= 0}

    changed, frozen = sorted(numbers(moved)), sorted(numbers(still) - numbers(moved))
    names = [columns.names[line] for line in pair.pairs.a[still]]
    said = (
        Evidence("identical", pair.same_share, f"{len(names)} matrices stayed as they were, {int(moved.sum())} moved"),
        Evidence("cosine", float(pair.cosine[moved].mean()), "how alike those that moved still are"),
    )
    return Verdict(
        Relation.PARTIAL_FINETUNE, Direction.EITHER, said, {"layers": changed, "frozen_layers": frozen, "frozen": names[:200]}
    )


def finetune(pair: Comparison) -> Verdict | None:
    """Everything moved a little: more training. Where it moved far, the two are checkpoints of one run."""
    table = load("kinship")["training"]
    if pair.likeness < load("kinship")["kin"]["likeness"] or pair.covered < table["least_covered"]:
        return None
    if pair.distance > table["most_distance"]:
        return None
    said = (
        Evidence("cosine", pair.likeness, "the mean cosine of matrices"),
        Evidence("distance", pair.distance, "the norm of what differs, relative to all"),
    )
    far = pair.distance > table["run_distance"]
    return Verdict(Relation.CHECKPOINT if far else Relation.FINETUNE, Direction.EITHER, said)
