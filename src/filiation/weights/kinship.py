"""Whether one model descends from another, how, and how sure that is: by their sketches alone.

Rules are tried in the order of how little can be said against them: copies, what was lost, another shape, some parts
trained, all of it trained. What none of them explains is unrelated if it looks like a stranger, and unknown if it does not.
Distillation cannot be seen in weights: a student is a stranger to its teacher.
"""

from __future__ import annotations

from collections.abc import Callable
from math import exp
from typing import TYPE_CHECKING

import numpy as np

from filiation.knowledge import load
from filiation.weights.adapter_change import is_adapter, placed
from filiation.weights.comparison import Comparison, compare
from filiation.weights.copies import duplicate, exported, folded, permuted, rescaled, rotated
from filiation.weights.direction import direction
from filiation.weights.relation import Direction, Evidence, Hints, Kinship, Relation, Verdict
from filiation.weights.reshaping import layers, vocabulary
from filiation.weights.rounding_loss import pruned, quantized
from filiation.weights.training import adapter_merged, finetune, partial_finetune

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch

RULES: tuple[Callable[[Comparison], Verdict | None], ...] = (
    duplicate,
    permuted,
    rotated,
    quantized,
    pruned,
    layers,
    vocabulary,
    exported,
    rescaled,
    folded,
    adapter_merged,
    partial_finetune,
    finetune,
)
TRAINED = {Relation.FINETUNE, Relation.PARTIAL_FINETUNE, Relation.ADAPTER_MERGED, Relation.CHECKPOINT}
"""Relations whose direction training tells."""
INVISIBLE = "distillation cannot be seen in weights: a student is a stranger to its teacher"


def kinship(a: Sketch, b: Sketch, hints: Hints | None = None, without: frozenset[str] = frozenset()) -> Kinship:
    """Return what two sketches say of the descent of their models.

    Args:
        a: The first.
        b: The second.
        hints: What is known beside the weights.
        without: Names of rules to leave out, as an ablation does.

    Raises:
        SketchMismatch: If they were made by different recipes.
    """
    if is_adapter(a) or is_adapter(b):
        return _settled(placed(a, b), 1.0, Direction.EITHER, 0.5, ())
    return judged(compare(a, b), hints, without)


def judged(pair: Comparison, hints: Hints | None = None, without: frozenset[str] = frozenset()) -> Kinship:
    """Return what a comparison says: as `kinship`."""
    sure = kin(pair)
    verdict = next((said for rule in RULES if rule.__name__ not in without and (said := rule(pair))), None)
    if verdict is None:
        return _settled(_stranger(pair, sure), sure, Direction.EITHER, 0.5, ())
    trained = verdict.relation in TRAINED
    found, confidence, evidence = direction(pair, hints, trained=trained)
    if verdict.direction is not Direction.EITHER:
        found, confidence = verdict.direction, load("kinship")["direction"]["by_rule"]
    exact = verdict.relation in {Relation.DUPLICATE, Relation.CONVERTED}
    return _settled(verdict, 1.0 if exact else sure, found, confidence, evidence)


def kin(pair: Comparison) -> float:
    """Return how sure it is that two models share an ancestor, in [0, 1], by the mean cosine of their matrices."""
    table = load("kinship")["kin"]
    independent = float(pair.freedom[pair.matrix].sum())
    if independent < table["least_independent"] or pair.covered < table["least_covered"]:
        return 0.5 if pair.likeness > table["unlike"] else 0.0
    noise = 3 / np.sqrt(independent)
    odds = table["slope"] * (min(pair.likeness, pair.body_likeness + table["body_slack"]) - noise - table["likeness"])
    return 1 / (1 + exp(-max(min(odds, 50.0), -50.0)))


def _stranger(pair: Comparison, sure: float) -> Verdict:
    """Return what is said of a pair that no rule explains."""
    table = load("kinship")["kin"]
    said = (
        Evidence("cosine", pair.likeness, "the mean cosine of matrices"),
        Evidence("covered", pair.covered, "share of the matrices of the smaller that have a counterpart"),
        Evidence("invisible", 0.0, INVISIBLE),
    )
    part = (
        pair.matrix & (pair.cosine > table["part"]) & (pair.size >= table["part_size"] * max(pair.size[pair.matrix].sum(), 1))
    )
    if part.any():
        alike = Evidence("part", float(pair.cosine[part].max()), "one large matrix is alike, the others are strangers")
        return Verdict(Relation.UNKNOWN, Direction.EITHER, (alike, *said))
    if not pair.matrix.any() or pair.likeness < table["unlike"]:
        recipe = _same_recipe(pair)
        return Verdict(Relation.SAME_RECIPE if recipe else Relation.UNRELATED, Direction.EITHER, (*recipe, *said))
    apart = sure < 1 - table["sure"]  # more alike than strangers are, and yet no kin
    if (apart or pair.likeness < table["recipe"]) and pair.a.architecture == pair.b.architecture:
        return Verdict(Relation.SAME_RECIPE, Direction.EITHER, said)
    if apart:
        return Verdict(Relation.UNRELATED, Direction.EITHER, said)
    return Verdict(Relation.UNKNOWN, Direction.EITHER, said)


def _same_recipe(pair: Comparison) -> tuple[Evidence, ...]:
    """Return what shows that strangers were made alike: norms of each kind of matrix agree far better than shapes explain."""
    table = load("kinship")["kin"]
    if pair.a.architecture != pair.b.architecture or not pair.matrix.any():
        return ()
    x, y = pair.a.tensors, pair.b.tensors
    lines = pair.pairs.a[pair.matrix], pair.pairs.b[pair.matrix]
    differ = float(np.median(np.abs(np.log(np.maximum(y.std[lines[1]], 1e-30) / np.maximum(x.std[lines[0]], 1e-30)))))
    if differ > table["recipe_spread"]:
        return ()
    return (Evidence("spread", differ, "matrices have nearly the same spread, tensor by tensor, and nothing else in common"),)


def _settled(verdict: Verdict, sure: float, found: Direction, confidence: float, evidence: tuple[Evidence, ...]) -> Kinship:
    held = load("kinship")["confidence"].get(verdict.relation.value, 0.5)
    related = verdict.relation not in {Relation.UNRELATED, Relation.SAME_RECIPE}
    return Kinship(
        relation=verdict.relation,
        direction=found,
        confidence=held * (sure if related else 1 - sure),
        direction_confidence=confidence if found is not Direction.EITHER else 0.5,
        kin=sure,
        evidence=(*verdict.evidence, *evidence),
        details=verdict.details,
    )
