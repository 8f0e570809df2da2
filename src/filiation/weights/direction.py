"""Which of two models came first, by what training does to weights.

What training adds is nearly at right angles to what was there, so norms grow: of a child ``b = a + d`` the squared norm
grows by that of ``d``, seen from the child it shrinks by as much. `growth` is +1 of a child, -1 of a parent, 0 of siblings.
"""

from __future__ import annotations

from math import exp

import numpy as np

from filiation.knowledge import load
from filiation.weights.comparison import Comparison
from filiation.weights.relation import Direction, Evidence, Hints

FEATURES = ("growth", "grown", "spectrum")


def features(pair: Comparison) -> np.ndarray:
    """Return float64[3], each odd: that of the pair the other way round has the other sign. 0 where nothing moved.

    Median growth over matrices; the share of them that grew less the share that shrank; how much of the spectrum left its head.
    """
    moved = pair.matrix & ~pair.identical & ~pair.partly & (pair.changed > 0)
    if not moved.any():
        return np.zeros(len(FEATURES))
    x, y = pair.a.tensors, pair.b.tensors
    i, j = pair.pairs.a[moved], pair.pairs.b[moved]
    first, second = x.norm[i] ** 2, y.norm[j] ** 2
    growth = np.clip((second - first) / pair.changed[moved], -3, 3)
    heads = [s[:, 0] / np.maximum(s.sum(axis=1), 1e-30) for s in (x.singular[i], y.singular[j])]
    spectrum = np.clip(np.nan_to_num(heads[0] - heads[1]) / np.maximum(pair.relative[moved], 1e-6), -3, 3)
    return np.array([np.median(growth), np.sign(growth).mean(), np.median(spectrum)])


def direction(pair: Comparison, hints: Hints | None, *, trained: bool = True) -> tuple[Direction, float, tuple[Evidence, ...]]:
    """Return which of a pair is the parent where the relation itself does not say, how sure that is, and why.

    Args:
        pair: The two.
        hints: What is known beside the weights.
        trained: Whether they differ by training; if not, only time tells.
    """
    table = load("kinship")["direction"]
    values = features(pair) if trained else np.zeros(len(FEATURES))
    odds = sum(weight * value for weight, value in zip(table["weights"], values, strict=True))
    evidence = [] if not values.any() else [Evidence("growth", float(values[0]), _says(values[0]))]
    if (
        hints is not None
        and hints.first_made is not None
        and hints.second_made is not None
        and hints.first_made != hints.second_made
    ):
        odds += table["time_weight"] * (1 if hints.first_made < hints.second_made else -1)
        evidence.append(Evidence("time", hints.second_made - hints.first_made, "a parent is made before its child"))
    sure = 1 / (1 + exp(-abs(odds)))
    if sure < table["least"]:
        return Direction.EITHER, 0.5, tuple(evidence)
    return (Direction.FIRST_IS_PARENT if odds > 0 else Direction.SECOND_IS_PARENT), sure, tuple(evidence)


def _says(growth: float) -> str:
    if growth > 0.3:
        return "norms grew from the first to the second, as training makes them"
    if growth < -0.3:
        return "norms grew from the second to the first, as training makes them"
    return "norms grew in neither direction, as between siblings"
