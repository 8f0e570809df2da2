"""Rules for copies: the same values under other names, in another order, scaled, or turned about."""

from __future__ import annotations

import numpy as np

from filiation.weights.comparison import SAME_DIRECTION, Comparison
from filiation.weights.relation import Direction, Evidence, Relation, Verdict

ROTATED = 1e-4
"""How far norms may differ where a matrix was only rotated or permuted; those of strangers differ by more than 1e-3."""
ROTATED_HOW = "rotated or permuted"


def duplicate(pair: Comparison) -> Verdict | None:
    """The same values in every tensor, whatever their names, files or the width of their type."""
    a, b = pair.a, pair.b
    whole = len(a.tensors) == len(b.tensors) == len(pair.identical)
    if a.digest != b.digest and not (pair.matrix.any() and pair.identical.all() and whole):
        return None
    says = "every tensor has the same values"
    details = {}
    if a.dtype != b.dtype:
        details["how"] = f"stored as {a.dtype} and as {b.dtype}"
    elif a.format != b.format:
        details["how"] = f"{a.format} and {b.format}"
    elif set(a.tensors.names) != set(b.tensors.names):
        details["how"] = "other names"
    return Verdict(Relation.DUPLICATE, Direction.EITHER, (Evidence("identical", 1.0, says),), details)


def permuted(pair: Comparison) -> Verdict | None:
    """The same values in another order: neurons, heads or axes were permuted."""
    x, y = pair.a.tensors, pair.b.tensors
    same = (x.multisets[pair.pairs.a] == y.multisets[pair.pairs.b]).all(axis=1) & pair.matrix
    share = float(pair.size[same].sum() / max(pair.size[pair.matrix].sum(), 1))
    if pair.a.multiset != pair.b.multiset and not (share > 0.9 and pair.covered > 0.9):
        return None
    if pair.same_share > 0.5:
        return None
    said = Evidence("multiset", max(share, float(pair.a.multiset == pair.b.multiset)), "the same values lie in another order")
    return Verdict(Relation.CONVERTED, Direction.EITHER, (said,), {"how": "permuted"})


def rotated(pair: Comparison) -> Verdict | None:
    """Matrices of the same norms and singular values that look like strangers: rotated, or permuted and rounded."""
    matrix = pair.matrix & (pair.size >= 256) & ~pair.partly
    if matrix.sum() < 4 or pair.covered < 0.9 or pair.likeness > 0.9:
        return None
    x, y = pair.a.tensors, pair.b.tensors
    norms = np.abs(y.norm[pair.pairs.b[matrix]] / x.norm[pair.pairs.a[matrix]] - 1)
    first, second = x.singular[pair.pairs.a[matrix]], y.singular[pair.pairs.b[matrix]]
    spectra = np.abs(second - first).max(axis=1) / np.maximum(first[:, 0], 1e-30)
    share = float(((norms < ROTATED) & (spectra < 0.02)).mean())
    if share < 0.8:
        return None
    said = (
        Evidence("norms", float(np.median(norms)), "matrices have the same norms"),
        Evidence("singular values", float(np.median(spectra)), "matrices have the same leading singular values"),
    )
    return Verdict(Relation.CONVERTED, Direction.EITHER, said, {"how": ROTATED_HOW})


def rescaled(pair: Comparison) -> Verdict | None:
    """Some matrices are exact multiples of their counterparts, and nearly all others the same."""
    matrix = pair.matrix & ~pair.partly
    scaled = matrix & ~pair.identical & (1 - pair.cosine < SAME_DIRECTION) & (np.abs(pair.scale - 1) > 1e-3)
    rest = matrix & ~pair.identical & ~scaled
    if (
        scaled.sum() < 2
        or pair.size[rest].sum() > 0.4 * pair.size[matrix].sum()
        or (rest.any() and pair.cosine[rest].min() < 0.5)
    ):
        return None
    share = float(pair.size[scaled].sum() / pair.size[matrix].sum())
    factors = sorted({round(float(scale), 4) for scale in pair.scale[scaled]})[:8]
    said = Evidence("rescaled", share, f"{int(scaled.sum())} matrices are exact multiples of their counterparts")
    return Verdict(Relation.CONVERTED, Direction.EITHER, (said,), {"how": "rescaled", "factors": factors})


def exported(pair: Comparison) -> Verdict | None:
    """Two formats hold the same matrices, and one of them something more or less beside."""
    if pair.a.format == pair.b.format or pair.same_share < 0.99 or pair.covered < 0.5:
        return None
    said = Evidence("identical", pair.same_share, "the matrices that both have are the same")
    return Verdict(Relation.CONVERTED, Direction.EITHER, (said,), {"how": f"{pair.a.format} and {pair.b.format}"})


def folded(pair: Comparison) -> Verdict | None:
    """Every matrix points nearly the same way, and one side has normalisation that the other took into its matrices."""
    normed = [_normalisation(s.tensors.kinds, s.tensors.parts, lines) for s, lines in _only(pair)]
    if (
        max(normed) < 2
        or min(normed) > max(normed) // 2
        or not pair.matrix.any()
        or pair.same_share > 0.5
        or pair.covered < 0.8
    ):
        return None
    if float(np.quantile(pair.cosine[pair.matrix], 0.2)) < 0.6 or pair.likeness < 0.75:
        return None
    direction = Direction.FIRST_IS_PARENT if normed[0] > normed[1] else Direction.SECOND_IS_PARENT
    said = (
        Evidence("cosine", pair.likeness, "every matrix points nearly the same way"),
        Evidence(
            "normalisation", float(max(normed)), "tensors of normalisation are gone from one side: folded into its matrices"
        ),
    )
    return Verdict(Relation.CONVERTED, direction, said, {"how": "batch normalisation folded"})


def _only(pair: Comparison) -> tuple[tuple, tuple]:
    return (pair.a, pair.pairs.only_a), (pair.b, pair.pairs.only_b)


def _normalisation(kinds: tuple[str, ...], parts: tuple[str, ...], lines: np.ndarray) -> int:
    """Return how many of these tensors belong to a normalisation."""
    words = ("norm", "bn", "batch")
    return sum(
        any(word in kinds[line].lower() for word in words) or parts[line].startswith("running") for line in map(int, lines)
    )
