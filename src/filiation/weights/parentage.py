"""Of which of many models another descends: the pairs judged, merges solved, and one answer, or none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from filiation.knowledge import load
from filiation.weights.adapter_change import Merged, is_adapter, kept_beside, merged_pairs
from filiation.weights.aligned import turned_back
from filiation.weights.comparison import Comparison, compare
from filiation.weights.copies import ROTATED_HOW
from filiation.weights.kinship import judged
from filiation.weights.merging import Merge, merge
from filiation.weights.relation import Direction, Evidence, Hints, Kinship, Relation
from filiation.weights.relatives import WHOLE, Standing, standing, trained_confidence
from filiation.weights.rounding_loss import grain

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch

EXACT = {
    Relation.DUPLICATE,
    Relation.CONVERTED,
    Relation.QUANTIZED,
    Relation.PRUNED,
    Relation.ADAPTER_MERGED,
    Relation.UPSCALED,
    Relation.LAYER_DROPPED,
    Relation.VOCABULARY_EXTENDED,
}
"""Relations that tell more than nearness does."""


class Ancestor(msgspec.Struct, frozen=True):
    """A parent that was found: its place among the candidates, its share of a merge (else 1), how sure it is, in [0, 1]."""

    candidate: int
    weight: float
    confidence: float


class Parentage(msgspec.Struct, frozen=True):
    """Of what a model was made.

    Attributes:
        relation: How; `Relation.UNKNOWN` where nothing is said.
        parents: The heaviest first; empty where nothing is said.
        confidence: Of the least sure parent; of the best that was not sure enough where nothing is said.
        evidence: What was seen.
        details: Of the relation; ``method`` and ``base`` (a place among the candidates) of a merge; ``nearest``, another
            place, is the relative of which nothing more is said.
        abstained: Why nothing is said; empty where something is.
    """

    relation: Relation
    parents: tuple[Ancestor, ...]
    confidence: float
    evidence: tuple[Evidence, ...]
    details: dict[str, Any] = {}
    abstained: str = ""


class _Candidate(NamedTuple):
    place: int
    pair: Comparison
    kinship: Kinship
    cost: float
    before: bool


def parentage(
    child: Sketch,
    candidates: Sequence[Sketch],
    made: Sequence[float | None] | None = None,
    child_made: float | None = None,
    least: float | None = None,
    without: frozenset[str] = frozenset(),
) -> Parentage:
    """Return of which candidates a model was made.

    Args:
        child: The model.
        candidates: Whoever may be its parent; the child is not among them. Adapters are never parents.
        made: When each was made, any growing number, None where nobody knows; None if nobody knows of any.
        child_made: When the child was.
        least: Confidence below which nothing is said; that of ``knowledge/kinship.toml`` if None.
        without: Signals to leave out, as an ablation does: names of rules, ``merges``, ``precision``, ``growth``.

    Raises:
        SketchMismatch: If they were made by different recipes.
    """
    least = load("kinship")["parents"]["least"] if least is None else least
    times = [None] * len(candidates) if made is None else list(made)
    if is_adapter(child):
        return _adapted(child, candidates, times, child_made, least)
    places = [n for n, one in enumerate(candidates) if not is_adapter(one) and not _later(times[n], child_made)]
    able = _able(child, [(n, candidates[n]) for n in places], times, child_made, without)
    if not able:
        return Parentage(Relation.UNKNOWN, (), 0.0, (), abstained="none of the candidates is kin and came before")
    best = _chosen(child, [one for one in able if one.before], without)
    told = best is not None and best.kinship.relation in EXACT
    clear = best is not None and told and best.cost < load("kinship")["parents"]["exact"]
    if "merges" not in without and not clear:
        found = merge(child, [one.pair.a for one in able], None, [one.pair for one in able])
        if found is not None and (found.method not in {"ties", "dare"} or not (told or _of_relatives(found))):
            return _merged(found, able, timed=child_made is not None)
    if best is None:
        return Parentage(Relation.UNKNOWN, (), 0.0, (), abstained="its kin among the candidates came after it")
    return _single(child, best, able, least, without)


def _later(candidate: float | None, child: float | None) -> bool:
    return candidate is not None and child is not None and candidate > child


def _able(
    child: Sketch,
    candidates: Sequence[tuple[int, Sketch]],
    times: Sequence[float | None],
    child_made: float | None,
    without: frozenset[str],
) -> list[_Candidate]:
    """Return the candidates that are kin and may have come before, with what speaks against each as a distance."""
    settings = load("kinship")["parents"]
    own = grain(child)[0]
    result = []
    for n, one in candidates:
        pair = compare(one, child)
        if pair.likeness < 0 and one.multiset != child.multiset and pair.pairs.layers == {}:
            continue
        told = judged(pair, Hints(times[n], child_made), without)
        timed = times[n] is not None and child_made is not None
        back = told.direction is Direction.SECOND_IS_PARENT
        if not timed and told.relation not in EXACT and "growth" not in without:  # nothing better is known
            back = next((said.value for said in told.evidence if said.signal == "growth"), 0.0) < -settings["shrunk"]
        if not told.related or (back and told.relation in EXACT):
            continue
        result.append(_Candidate(n, pair, told, _cost(pair, told, own, without), timed or not back))
    return [one for one in result if not _copy_of_child(one, result)]


def _copy_of_child(one: _Candidate, able: Sequence[_Candidate]) -> bool:
    """Return whether a converted candidate of unknown time is rather a copy of the child: others are nearer to the child."""
    if one.kinship.relation is not Relation.CONVERTED or one.kinship.direction is not Direction.EITHER:
        return False
    others = [o.pair.distance for o in able if o.kinship.relation not in {Relation.CONVERTED, Relation.DUPLICATE}]
    return min(others, default=np.inf) < one.pair.distance


def _chosen(child: Sketch, able: Sequence[_Candidate], without: frozenset[str]) -> _Candidate | None:
    """Return the nearest candidate that the child does not turn back from, to where that candidate came from."""
    table = load("kinship")["parents"]
    ranked = sorted(able, key=lambda one: one.cost)
    for one in ranked:
        if one.kinship.relation in EXACT or "path" in without:
            return one
        if _overgrown(one) and "merges" not in without and _merged_of_child(child, one, able):
            continue
        origins = [o for o in ranked[: table["origins"]] if o is not one and o.cost < table["farther"] * one.cost]
        origins = [o for o in origins if _older(o, one) and o.pair.a.digest != one.pair.a.digest]
        if all(turned_back(child, one.pair, origin.pair) < table["back"] for origin in origins):
            return one
    return ranked[0] if ranked else None


def _overgrown(one: _Candidate) -> bool:
    """Return whether norms grow from a candidate of unknown time more than training makes them: merging shrinks them."""
    said = {seen.signal: seen.value for seen in one.kinship.evidence}
    return "time" not in said and said.get("growth", 0.0) > load("kinship")["parents"]["overgrown"]


def _merged_of_child(child: Sketch, one: _Candidate, able: Sequence[_Candidate]) -> bool:
    """Return whether a candidate is itself a merge of the child and others."""
    others = [other.pair.a for other in able if other is not one]
    found = merge(one.pair.a, [child, *others])
    return found is not None and any(parent.candidate == 0 for parent in found.parents)


def _older(one: _Candidate, other: _Candidate) -> bool:
    """Return whether a candidate is older than another: by time, or as norms grow."""
    times = [next((said.value for said in o.kinship.evidence if said.signal == "time"), None) for o in (one, other)]
    if times[0] is not None and times[1] is not None:
        return times[0] > times[1]  # so long before the child
    return float((one.pair.a.tensors.norm**2).sum()) < float((other.pair.a.tensors.norm**2).sum())


def _cost(pair: Comparison, told: Kinship, own: float, without: frozenset[str]) -> float:
    """Return the distance that the relation does not explain, and what speaks against this candidate, as a distance."""
    settings = load("kinship")["parents"]
    cost = pair.distance
    if told.relation in {Relation.DUPLICATE, Relation.CONVERTED}:
        cost = settings["rotated"] if told.details.get("how") == ROTATED_HOW else 0.0
    elif told.relation is Relation.PRUNED:
        cost *= settings["pruned"]
    cost *= 1 - settings["same"] * pair.same_share
    left = len(pair.pairs.only_a) + len(pair.pairs.only_b)
    cost += settings["unmatched"] * left / max(len(pair.a.tensors) + len(pair.b.tensors), 1)
    cost += settings["other_shape"] * (pair.a.architecture != pair.b.architecture)
    if "precision" not in without:  # what was rounded or thinned out has few children
        coarse = grain(pair.a)[0]
        cost *= 1 + settings["rounded"] * (coarse > 1.2 * own) + settings["coarse"] * min(coarse, 0.1)
        cost *= 1 + settings["thinned"] * (_zeros(pair.a) > 0.04)
    return cost + settings["least_cost"] * (1 + grain(pair.a)[0])


def _zeros(sketch: Sketch) -> float:
    columns = sketch.tensors
    matrix = columns.short > 1
    size = columns.size[matrix].astype(np.float64)
    return float(size @ columns.zeros[matrix] / size.sum()) if size.sum() else 0.0


def _single(child: Sketch, best: _Candidate, able: Sequence[_Candidate], least: float, without: frozenset[str]) -> Parentage:
    """Return the nearest candidate as the parent, if it is clearly that and no mere relative."""
    told = best.kinship
    others = [one.pair for one in able if one is not best and one.before]
    stands = standing(child, best.pair, told.relation, [] if "relatives" in without else others)
    sure = _confidence(told, stands, lead := _lead(best, able))
    told = msgspec.structs.replace(told, evidence=(*told.evidence, *_seen(told, stands, lead)))
    if sure < least:
        reason = "the nearest of the candidates is a relative, but not clearly a parent: a sibling, a descendant or farther"
        return Parentage(Relation.UNKNOWN, (), sure, told.evidence, told.details | {"nearest": best.place}, reason)
    return Parentage(told.relation, (Ancestor(best.place, 1.0, sure),), sure, told.evidence, told.details)


def _seen(told: Kinship, stands: Standing, lead: float) -> list[Evidence]:
    """Return what tells a parent from a relative, as evidence."""
    if _exactly(told, stands):
        return []
    seen = [
        Evidence("lead", lead, "how much nearer it is than the next"),
        Evidence("median growth", stands.growth, "growth of norms in most matrices: near 1 of a child, near 0 of a sibling"),
        Evidence("least growth", stands.least_growth, "growth of norms where it is least: below 0 the other had moved there"),
    ]
    if stands.others:
        seen.append(Evidence("explained", stands.explained, "so much of what differs is known from other candidates"))
    if stands.kept < WHOLE:
        seen.append(Evidence("kept", stands.kept, "so much is the same of what this relation leaves alone, which is not all"))
    return seen


def _exactly(told: Kinship, stands: Standing) -> bool:
    """Return whether a relation that tells more than nearness also left alone what it leaves alone."""
    return told.relation in EXACT and told.relation is not Relation.ADAPTER_MERGED and stands.kept >= WHOLE


def _lead(best: _Candidate, able: Sequence[_Candidate]) -> float:
    """Return by which share the chosen candidate is nearer than the nearest of the others; negative where one is nearer."""
    rivals = [one.cost for one in able if one.pair.a.digest != best.pair.a.digest]
    return max(-1.0, 1 - best.cost / max(min(rivals, default=best.cost * 2), 1e-30))


def _confidence(told: Kinship, stands: Standing, lead: float) -> float:
    """Return how sure it is that the chosen candidate is the parent, whether or not the parent is among the candidates."""
    if _exactly(told, stands):
        return told.kin * load("kinship")["parents"]["exact_confidence"]
    timed = any(said.signal == "time" for said in told.evidence)
    return told.kin * trained_confidence(stands, lead, timed=timed)


def _of_relatives(found: Merge) -> bool:
    """Return whether a merge that fits in part is rather one of relatives of these: others know what is left."""
    return found.explained > load("kinship")["absent"]["left"]


def _merged(found: Merge, able: Sequence[_Candidate], *, timed: bool) -> Parentage:
    table = load("kinship")["parents"]
    sure = table[f"{found.method}_confidence".replace("-", "_")] * (1.0 if timed else table["merge_untimed"])
    parents = tuple(Ancestor(able[one.candidate].place, one.weight, sure) for one in found.parents)
    details: dict[str, Any] = {"method": found.method, "residual": round(found.residual, 5)}
    if found.base is not None:
        details["base"] = able[found.base].place
    if found.layers:
        whole = found.method == "layers"
        details["layers"] = {n: able[int(value)].place if whole else round(value, 4) for n, value in found.layers.items()}
    return Parentage(Relation.MERGE, parents, sure, found.evidence, details)


def _adapted(
    child: Sketch, candidates: Sequence[Sketch], times: Sequence[float | None], made: float | None, least: float
) -> Parentage:
    """Return the base of an adapter: told by a model that has it added."""
    models = [n for n, one in enumerate(candidates) if not is_adapter(one)]
    found = [
        one
        for one in merged_pairs(child, [candidates[n] for n in models])
        if not _later(times[models[one.base]], made) and not _later(times[models[one.base]], times[models[one.merged]])
    ]
    if not found:
        reason = "an adapter fits every model of its architecture; none of the candidates is another with it added"
        return Parentage(Relation.UNKNOWN, (), 0.0, (), abstained=reason)

    def order(one: Merged) -> tuple[int, float]:
        base, merged = (candidates[models[n]].tensors for n in (one.base, one.merged))
        return len({*map(bytes, base.digests)} ^ {*map(bytes, merged.digests)}), times[models[one.base]] or 0.0

    best = min(found, key=order)
    table = load("kinship")["parents"]
    ranks = child.tensors.singular > 1e-5 * np.maximum(child.tensors.singular[:, :1], 1e-30)
    kept = kept_beside(child, *(candidates[models[n]] for n in (best.base, best.merged)))
    said = (
        Evidence("merged copy", best.residual, "another candidate is this one with the adapter added"),
        Evidence("kept", kept, "so much of what the adapter leaves alone is the same in the two"),
    )
    details = {
        "rank": int(np.median(ranks.sum(axis=1))),
        "targets": sorted(set(child.tensors.kinds)),
        "merged": models[best.merged],
        "scale": round(best.scale, 4),
    }
    sure = float(table["exact_confidence"] if kept >= WHOLE else table["sibling_confidence"])
    if sure < least:
        reason = "two candidates differ as the adapter makes them, and elsewhere too: the base is a relative of theirs"
        return Parentage(Relation.UNKNOWN, (), sure, said, details | {"nearest": models[best.base]}, reason)
    return Parentage(Relation.ADAPTER, (Ancestor(models[best.base], 1.0, sure),), sure, said, details)
