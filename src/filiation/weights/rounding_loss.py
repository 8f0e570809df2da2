"""Rules for what was lost: precision, values set to zero."""

from __future__ import annotations

from weakref import WeakKeyDictionary

import numpy as np

from filiation.knowledge import load
from filiation.weights.comparison import Comparison
from filiation.weights.relation import Direction, Evidence, Relation, Verdict
from filiation.weights.sketch import Sketch

COARSE = 0.003
"""Rounding from which zeros are no wonder."""
WIDE = {"I8", "F32", "F64"}
"""Types that say little of how fine the values are."""
COARSEST = "Q2_K"
"""What no scale of a file may exceed: a rounding that explains every difference tells nothing."""
SINGLE = 23
"""Mantissa bits of single precision."""


def quantized(pair: Comparison) -> Verdict | None:
    """One is the other rounded, or both are of one model: they differ by no more than the roundings of both explain."""
    grains = grain(pair.a), grain(pair.b)
    coarse = 0 if grains[0][0] > grains[1][0] else 1
    least, most = sorted(value for value, _ in grains)
    alike = most <= 1.2 * least  # two roundings of one model, if both are coarse
    if (alike and least < COARSE) or not pair.matrix.any() or pair.covered < 0.9:
        return None
    matrices = pair.matrix & ~pair.identical
    if not matrices.any() or len(pair.pairs.layers) or pair.partly.any():
        return None
    slack = load("kinship")["rounding"]["slack"]
    limit = slack * np.hypot(least, most)
    if pair.distance > limit or float(np.median(pair.relative[matrices])) > 1.5 * limit:
        return None
    scheme = grains[coarse][1]
    said = (
        Evidence("precision", most, f"the values of one are coarser: {scheme}"),
        Evidence("distance", pair.distance, f"they differ by no more than rounding to {scheme} explains"),
    )
    direction = Direction.FIRST_IS_PARENT if coarse == 1 else Direction.SECOND_IS_PARENT
    direction = Direction.EITHER if alike or pair.distance > slack * most else direction  # it takes both
    return Verdict(Relation.QUANTIZED, direction, said, {"scheme": scheme})


_GRAINS: WeakKeyDictionary[Sketch, tuple[float, str]] = WeakKeyDictionary()


def grain(sketch: Sketch) -> tuple[float, str]:
    """Return how much rounding its matrices show, relative to their norm, and what that rounding is called.

    By the scales of whole numbers, which leave an error of a step over the root of 12; by the type of a block as the format
    calls it; by how many mantissa bits are used; or by how few different values a row has.
    """
    if sketch not in _GRAINS:
        _GRAINS[sketch] = _grain(sketch)
    return _GRAINS[sketch]


def _grain(sketch: Sketch) -> tuple[float, str]:
    columns = sketch.tensors
    matrix = (columns.short > 1) & (columns.std > 0)
    if not matrix.any():
        return 0.0, "F32"
    known = load("kinship")["rounding"]["schemes"]
    weights, sizes = columns.norm[matrix] ** 2, columns.size[matrix]
    lines = np.flatnonzero(matrix)
    squares = np.zeros(len(lines))
    names: list[str] = []
    for at, line in enumerate(lines):
        squares[at], name = _by_scale(sketch, int(line), known) or _of_tensor(sketch, int(line), known)
        names.append(name)
    top = max(set(names), key=lambda name: sum(size for size, n in zip(sizes, names, strict=True) if n == name))
    return float(np.sqrt(weights @ squares**2 / weights.sum())), top


def _by_scale(sketch: Sketch, line: int, known: dict[str, float]) -> tuple[float, str] | None:
    """Return the same of one tensor by the scale of its whole numbers; None where none is known."""
    columns = sketch.tensors
    if not columns.step[line] > 0:
        return None
    error = float(columns.step[line]) / 12**0.5 * float(columns.size[line]) ** 0.5 / max(float(columns.norm[line]), 1e-30)
    return min(error, known[COARSEST]), columns.dtypes[line]


def _of_tensor(sketch: Sketch, line: int, known: dict[str, float]) -> tuple[float, str]:
    columns = sketch.tensors
    dtype, bits = columns.dtypes[line], int(columns.bits[line]) or SINGLE
    if dtype in known and dtype not in WIDE:
        return known[dtype], dtype
    shape = columns.shapes[line]
    row = min(shape[-1] if len(shape) > 1 else 1, 4096)
    levels = float(columns.row_levels[line])
    if columns.zeros[line] < 0.2 and row >= 2 and levels <= min(256, 0.8 * row):
        spread = float(columns.quantiles[line, -1] - columns.quantiles[line, 0]) * 1.3
        return spread / levels / 12**0.5 / max(float(columns.std[line]), 1e-30), dtype if dtype.startswith(
            ("I", "U")
        ) else f"{levels:.0f} levels"
    if dtype.startswith(("I", "U", "F8")):
        return known["I8"], dtype
    if bits <= 7:
        return known["BF16"], "BF16"
    if bits <= 10:
        return known["F16"], "F16"
    return 2.0 ** -(bits + 1) * 0.5, "F32"


def pruned(pair: Comparison) -> Verdict | None:
    """One has zeros where the other has values, and is the same elsewhere."""
    matrix = pair.matrix & ~pair.partly
    if not matrix.any() or pair.likeness < 0.3 or len(pair.pairs.layers):
        return None
    x, y = pair.a.tensors, pair.b.tensors
    size = pair.size[matrix].astype(np.float64)
    zeros = [float(size @ c.zeros[lines[matrix]] / size.sum()) for c, lines in ((x, pair.pairs.a), (y, pair.pairs.b))]
    more = float(zeros[1] - zeros[0])
    if abs(more) < 0.04 or grain(pair.b if more > 0 else pair.a)[0] > COARSE:
        return None
    lost = (x.norm[pair.pairs.a[matrix]] ** 2 - y.norm[pair.pairs.b[matrix]] ** 2).sum() * np.sign(more)
    growth = (y.norm[pair.pairs.b[matrix]] ** 2 - x.norm[pair.pairs.a[matrix]] ** 2) / np.maximum(pair.changed[matrix], 1e-30)
    explained = float(np.median(-np.sign(more) * growth))
    if lost <= 0 or not 0.8 < explained < 1.25:
        return None
    said = (
        Evidence("zeros", abs(more), f"{max(zeros):.0%} of one's values are zeros, {min(zeros):.0%} of the other's"),
        Evidence("norm lost", explained, "what differs is what the norm lost: the other values are the same"),
    )
    direction = Direction.FIRST_IS_PARENT if more > 0 else Direction.SECOND_IS_PARENT
    return Verdict(Relation.PRUNED, direction, said, {"share": round(max(zeros), 3)})
