"""Of which models another was merged, how, and in which shares: solved on sketches, which are linear in the weights.

A weighted mean, and what was added to a base by task arithmetic, are affine in the parents: ``y = sum w_i x_i`` with weights
that sum to one, the base's among them, which may be negative. So the smallest set of candidates whose affine hull holds the
child is looked for; the residuals of all sets of one size come from the Gram matrix of differences alone.

Sources:
    Weights that sum to one from a Gram matrix: Roweis and Saul 2000 (locally linear embedding).
    Task arithmetic: Ilharco et al. 2023. TIES: Yadav et al. 2023. DARE: Yu et al. 2024.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from filiation.knowledge import load
from filiation.weights.affine import Found, decimals, smallest
from filiation.weights.aligned import aligned
from filiation.weights.comparison import Comparison, compare
from filiation.weights.copies import permuted, rescaled
from filiation.weights.curved import Curve, along_curves
from filiation.weights.direction import features
from filiation.weights.relation import Direction, Evidence
from filiation.weights.rounding_loss import grain, pruned, quantized
from filiation.weights.sparse_merges import sparse
from filiation.weights.stacks import stack
from filiation.weights.training import adapter_merged

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch


EXPLAINED = (quantized, pruned, permuted, rescaled, adapter_merged)
"""What explains a child by one parent better than a merge that only nearly fits."""


class Parent(msgspec.Struct, frozen=True):
    """One of the models that were merged: its place among the candidates, and its share."""

    candidate: int
    weight: float


class Merge(msgspec.Struct, frozen=True):
    """How a model was merged.

    Attributes:
        parents: The heaviest first; weights are those that the method takes, which sum to one except for task arithmetic.
        base: Place of the base among the candidates; None where the method has none.
        method: ``linear``, ``task-arithmetic``, ``slerp``, ``ties``, ``dare`` or ``layers``.
        residual: What is left unexplained, relative to the distance to the nearest candidate; 0 of stacks of layers.
        explained: Of TIES and DARE, the share of what is left that is known from other candidates; 0 of the others.
        evidence: What was seen.
        layers: For ``layers``, which candidate each layer is of; where shares differ by layer, that of the first of the pair.
    """

    parents: tuple[Parent, ...]
    base: int | None
    method: str
    residual: float
    evidence: tuple[Evidence, ...]
    layers: dict[int, float] = {}
    explained: float = 0.0


class _Table(msgspec.Struct, frozen=True):
    """Rows of the child and of what may be its parents, over the tensors that all have, and where those are among the given."""

    child: np.ndarray
    rows: np.ndarray
    places: tuple[int, ...]
    layers: np.ndarray
    matrix: np.ndarray


def merge(
    child: Sketch, candidates: Sequence[Sketch], base: Sketch | None = None, comparisons: Sequence[Comparison] | None = None
) -> Merge | None:
    """Return of which candidates a model was merged; None where it shows no sign of that.

    Copies of the child and roundings of it among the candidates are passed over; of equal candidates the first stands for all.

    Args:
        child: The model.
        candidates: What may be its parents, older where times are known; the nearest of them are looked at, as many as
            ``merging.most`` of ``knowledge/kinship.toml``.
        base: What the parents were trained from, if known; may be among the candidates, and is added to them if it is not.
        comparisons: Of each candidate (the first) with the child (the second), if they were made already.

    Raises:
        SketchMismatch: If they were made by different recipes.
    """
    everyone = [*candidates]
    if base is not None and not any(base is one for one in everyone):
        everyone.append(base)
        comparisons = None
    pairs = list(comparisons) if comparisons is not None else [compare(one, child) for one in everyone]
    kept = _kept(child, everyone, pairs)
    if len(kept) < 2:
        return None
    stacked = stack(child, [pairs[n] for n in kept])
    if stacked is not None:
        return _of_stack(stacked, kept)
    table = _table(child, [pairs[n] for n in kept], kept)
    if table is None:
        return None
    known = next((at for at, place in enumerate(table.places) if everyone[place] is base), None)
    return _solved(child, table, pairs, known)


def _kept(child: Sketch, candidates: Sequence[Sketch], pairs: Sequence[Comparison]) -> list[int]:
    """Return the candidates that may be parents: of one family and shape, neither copies nor roundings, each once."""
    limits = load("kinship")
    own, slack = grain(child)[0], limits["rounding"]["slack"]
    kept: list[int] = []
    seen: set[str] = set()
    for n in sorted(range(len(candidates)), key=lambda n: pairs[n].distance):
        one, pair = candidates[n], pairs[n]
        if one.digest in seen or one.digest == child.digest or one.multiset == child.multiset:
            continue
        if pair.likeness < limits["kin"]["likeness"] or pair.covered < 0.95 or pair.partly.any() or pair.pairs.layers:
            continue
        coarse = grain(one)[0]
        if coarse > 1.2 * own and pair.distance < slack * coarse:
            continue
        seen.add(one.digest)
        kept.append(n)
    return sorted(kept[: limits["merging"]["most"]])


def _table(child: Sketch, pairs: Sequence[Comparison], kept: Sequence[int]) -> _Table | None:
    """Return the rows of all, without roundings of other candidates."""
    found = aligned(child, pairs)
    if found is None:
        return None
    own = _not_rounded(found.rows[:, found.matrix], np.array([grain(pair.a)[0] for pair in pairs]))
    places = tuple(kept[n] for n in own)
    return _Table(found.child, found.rows[own], places, child.tensors.layers[found.lines], found.matrix)


def _not_rounded(rows: np.ndarray, grains: np.ndarray) -> np.ndarray:
    """Return the numbers of candidates of which no finer one is there: a rounding stands for what was rounded."""
    flat = rows.reshape(len(rows), -1)
    square = (flat**2).sum(axis=1)
    apart = np.sqrt(np.maximum(square[:, None] + square[None] - 2 * flat @ flat.T, 0)) / np.sqrt(max(rows.shape[1], 1))
    slack = load("kinship")["rounding"]["slack"]
    rounded = (apart <= slack * grains[:, None]) & (grains[:, None] > 1.2 * grains[None])
    return np.flatnonzero(~rounded.any(axis=1))


def _of_stack(found: tuple[list[tuple[int, float]], dict[int, int]], kept: Sequence[int]) -> Merge:
    shares, layers = found
    parents = tuple(Parent(kept[n], share) for n, share in shares)
    said = Evidence("identical", 1.0, "every matrix is one parent's or the other's, to the bit")
    return Merge(parents, None, "layers", 0.0, (said,), {layer: kept[n] for layer, n in layers.items()})


def _solved(child: Sketch, table: _Table, pairs: Sequence[Comparison], known: int | None) -> Merge | None:
    settings = load("kinship")["merging"]
    apart = (table.rows - table.child).reshape(len(table.rows), -1)
    nearest = float(np.sqrt(np.einsum("ij,ij->i", apart, apart).min()))
    rounding = grain(child)[0] * np.sqrt(len(table.child)) / max(nearest, 1e-30)
    if max(settings["exact"], 2 * rounding) < 0.5 and len(table.places) > 1:
        found = smallest(apart @ apart.T, nearest, max(settings["exact"], 2 * rounding), settings["parents"], known)
        found = [one for one in found if not _turned_about(one, table, pairs)]
        if found:
            return _of_affine(found, table, known)
        curve = along_curves(table.child, table.rows, table.matrix, max(settings["curve"], 2 * rounding))
        if curve is not None:
            return _of_curve(curve, table)
    if any(_explains(pairs[place]) for place in table.places):
        return None
    rough = sparse(table.child, table.rows, table.matrix, known)
    if rough is None:
        return None
    parents = _ordered([(table.places[n], share) for n, share in rough.parents])
    return Merge(parents, table.places[rough.base], rough.method, rough.residual, rough.evidence, {}, rough.explained)


def _explains(pair: Comparison) -> bool:
    """Return whether the second of a pair comes from the first alone."""
    verdicts = [rule(pair) for rule in EXPLAINED]
    return any(verdict is not None and verdict.direction is not Direction.SECOND_IS_PARENT for verdict in verdicts)


def _turned_about(found: Found, table: _Table, pairs: Sequence[Comparison]) -> bool:
    """Return whether the members are rather merges of the child: norms grow towards it, and weights are not plain."""
    if all(decimals(weight) <= 3 for weight in found.weights):
        return False
    if len(found.members) > 3 and min(found.weights) < 0:
        return True
    parents = [(n, weight) for n, weight in zip(found.members, found.weights, strict=True) if weight > 0]
    growth = sum(weight * features(pairs[table.places[n]])[0] for n, weight in parents) / sum(weight for _, weight in parents)
    return growth > load("kinship")["merging"]["most_growth"]


def _of_curve(curve: Curve, table: _Table) -> Merge:
    parents = _ordered([(table.places[n], share) for n, share in zip(curve.pair, curve.shares, strict=True)])
    said = Evidence("curve", curve.residual, "each tensor lies between its counterparts in the two parents")
    return Merge(parents, None, curve.method, curve.residual, (said,), _by_layer(table.layers, curve.by_tensor))


def _ordered(parents: Sequence[tuple[int, float]]) -> tuple[Parent, ...]:
    return tuple(Parent(place, float(share)) for place, share in sorted(parents, key=lambda one: -one[1]))


def _by_layer(layers: np.ndarray, shares: np.ndarray) -> dict[int, float]:
    return {int(layer): float(np.median(shares[layers == layer])) for layer in np.unique(layers[layers >= 0])}


def _of_affine(found: Sequence[Found], table: _Table, known: int | None) -> Merge:
    """Return what an affine set means: a mean where all weights are positive, else what was added to the base."""
    weights = dict(zip(found[0].members, found[0].weights, strict=True))
    base = min(weights, key=weights.__getitem__) if min(weights.values()) < 0 else known if known in weights else None
    if base is not None and len(weights) > 2:
        weights.pop(base)
        method = "task-arithmetic"
    else:
        base, method = None, "linear"
    parents = _ordered([(table.places[n], weight) for n, weight in weights.items()])
    says = "so much of the distance to the nearest candidate is not explained by these parents"
    said = [Evidence("residual", found[0].residual, says)]
    if len(found) > 1:
        said.append(Evidence("alternatives", float(len(found) - 1), "other sets explain it too, merges of these among them"))
    return Merge(parents, None if base is None else table.places[base], method, found[0].residual, tuple(said))
