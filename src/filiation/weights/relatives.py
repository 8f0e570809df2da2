"""Whether the nearest of many models is what another was made of, or only a relative of a parent that is not among them.

What a child learned from its parent is new: no other model has it, norms grow by it in each matrix, and what the relation
leaves alone stayed as it was. Of a sibling, what lies between the two is partly the sibling's own: norms shrink where that
one had moved, and the other children of the absent parent tell where the two parted.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import exp
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from filiation.knowledge import load
from filiation.weights.aligned import aligned, foreseen
from filiation.weights.comparison import Comparison
from filiation.weights.relation import Relation

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch

GROWTH_QUANTILE = 0.1
LEAVES_VECTORS = {Relation.QUANTIZED, Relation.PRUNED}
"""Relations that change matrices alone."""
LEAVES_ALL = {Relation.UPSCALED, Relation.LAYER_DROPPED, Relation.VOCABULARY_EXTENDED}
"""Relations that change no tensor that has a counterpart."""


WHOLE = 0.98
"""Share of what a relation leaves alone from which all of it counts as left alone."""


class Standing(NamedTuple):
    """What tells a parent from a relative.

    Attributes:
        explained: Share of what the child differs by that other models explain; near 0 of a parent.
        growth: Of squared norms, relative to what changed, the median over matrices: 1 of a child, 0 of a sibling, in [-1, 1].
        least_growth: The same where it grew least but for a tenth.
        kept: Share of what the relation leaves alone that is the same; 1 where it leaves nothing alone.
        others: How many models were asked.
    """

    explained: float
    growth: float
    least_growth: float
    kept: float
    others: int


def standing(child: Sketch, through: Comparison, relation: Relation, others: Sequence[Comparison]) -> Standing:
    """Return how a candidate stands to a model that may have been made of it.

    Args:
        child: The model.
        through: Of the candidate (the first) with it.
        relation: What the pair is called.
        others: Of other models (the first) with it, that are no copies or children of it.
    """
    growth = _growth(through)
    asked = _comparable(through, others)
    return Standing(explained(child, through, asked), *growth, _kept(through, relation), len(asked))


def trained_confidence(stands: Standing, lead: float, *, timed: bool) -> float:
    """Return how often a candidate that stands so is the parent, where half of the parents are not among the candidates.

    Args:
        stands: Of the nearest candidate.
        lead: By which share it is nearer than the next.
        timed: Whether it is known to be older.
    """
    table = load("kinship")["absent"]
    explained_weight = table["explained"] if timed else table["explained_untimed"]
    odds = table["bias"] + table["lead"] * lead + table["timed"] * timed + explained_weight * stands.explained
    odds += table["growth"] * stands.growth + table["least_growth"] * stands.least_growth
    return 1 / (1 + exp(-odds))


def explained(child: Sketch, through: Comparison, others: Sequence[Comparison]) -> float:
    """Return which share of what a child differs by from another model is a weighted sum of how others differ from that.

    The weights are found on three quarters of the sketches' numbers and tried on the last, in turn, so chance explains nothing.

    Returns:
        Share in [0, 1]; 0.0 where there are no others or nothing differs.
    """
    table = aligned(child, [through, *others]) if others else None
    if table is None or not table.matrix.any():
        return 0.0
    wanted = (table.child - table.rows[0])[table.matrix]
    given = (table.rows[1:] - table.rows[0])[:, table.matrix]
    return foreseen(wanted, given)


def _comparable(through: Comparison, others: Sequence[Comparison]) -> list[Comparison]:
    """Return the nearest of the others that have all matrices in the same shape; none if the candidate itself does not."""
    if not _same_shape(through):
        return []
    limits = load("kinship")
    kin = [o for o in others if _same_shape(o) and o.likeness >= limits["kin"]["likeness"] and o.covered >= 0.95]
    return sorted(kin, key=lambda o: o.distance)[: limits["absent"]["others"]]


def _same_shape(pair: Comparison) -> bool:
    return not pair.partly.any() and not pair.pairs.layers


def _growth(pair: Comparison) -> tuple[float, float]:
    """Return the median growth of squared norms relative to what changed, and the least but for a tenth; 1 if nothing moved."""
    moved = pair.matrix & ~pair.identical & ~pair.partly & (pair.changed > 0)
    if not moved.any():
        return 1.0, 1.0
    before, after = pair.a.tensors.norm[pair.pairs.a[moved]] ** 2, pair.b.tensors.norm[pair.pairs.b[moved]] ** 2
    growth = np.clip((after - before) / pair.changed[moved], -1, 1)
    return float(np.median(growth)), float(np.quantile(growth, GROWTH_QUANTILE))


def _kept(pair: Comparison, relation: Relation) -> float:
    """Return the share of the tensors that a relation leaves alone that are the same, but for rounding."""
    if relation in LEAVES_VECTORS:
        left = pair.telling & ~pair.matrix
    elif relation in LEAVES_ALL:
        left = pair.telling & ~pair.partly
    else:
        return 1.0
    bits = np.minimum(pair.a.tensors.bits[pair.pairs.a], pair.b.tensors.bits[pair.pairs.b]).astype(np.float64)
    same = pair.identical | (pair.relative <= 2.0 ** -np.where(bits > 0, bits, 23))
    return float(same[left].mean()) if left.any() else 1.0
