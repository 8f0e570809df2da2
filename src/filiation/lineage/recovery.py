"""Who descends from whom, where nobody wrote it down: a set of models becomes a graph with several parents to a node.

What is decided of a model depends on that model, its candidates and the similarities among them. So charting the whole set,
or only a model that joined it, gives that model the same parents; `joined` says whom else to ask again.

Source:
    Horwitz et al. 2025, appendices C to E, for the priors; here they are weighed, not imposed.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec
import numpy as np

from filiation.core.ref import HUB
from filiation.core.relation import Relation
from filiation.knowledge import load
from filiation.lineage.acyclic import edges_to_set_aside
from filiation.lineage.recovery_features import KINDS, Item, kinds
from filiation.lineage.recovery_names import parts
from filiation.lineage.recovery_score import EVIDENCE, Weights, confidences, evidence, similarities, views, weights_of
from filiation.lineage.recovery_similarity import Similarity

NEAREST, NAMESAKES = 16, 8
"""So many candidates each measure gives, and so many the names."""
MAX_PARENTS = 8
COMMON_NAME = 200
"""A run of letters in more names than this leads to nobody."""
SURE_KIND = 0.5
LEAST_SAID = 0.5
"""Evidence of less weight is not told of an edge."""


class Evidence(msgspec.Struct, frozen=True):
    """One thing that spoke for an edge or against it, in log-odds."""

    signal: str
    value: float


class RecoveredEdge(msgspec.Struct, frozen=True):
    """A parent that was found.

    Attributes:
        child: The model.
        parent: What it descends from.
        relation: How.
        confidence: In [0, 1].
        evidence: What weighed most.
        share: Of a merge, where its weights show it.
        set_aside: Whether surer edges make a cycle with it.
    """

    child: int
    parent: int
    relation: Relation
    confidence: float
    evidence: tuple[Evidence, ...] = ()
    share: float | None = None
    set_aside: bool = False


class Recovered(msgspec.Struct, frozen=True):
    """What was found, models called by their number.

    Attributes:
        edges: By child, the surest parent first.
        duplicates: Groups of models with the same weights, the oldest first; the others have its parents.
        abstained: Models for which no parent is sure enough: roots, and those whose parent is not here.
    """

    edges: tuple[RecoveredEdge, ...]
    duplicates: tuple[tuple[int, ...], ...]
    abstained: tuple[int, ...]


class Told(msgspec.Struct, frozen=True):
    """What the weights tell of a child: how it was made, of each parent how sure that is and its share, and what was seen."""

    relation: Relation
    parents: Mapping[int, tuple[float, float]]
    method: str
    evidence: tuple[Evidence, ...] = ()


RelationOf = Callable[[int, int], Relation | None]
"""Tells the relation of a child to its parent where the weights show it."""
TellsOf = Callable[[int, np.ndarray], Told | None]
"""Tells the parents of a child among candidates, where the weights show them."""


class _Seen(msgspec.Struct, frozen=True):
    relation_of: RelationOf | None
    told: TellsOf | None


def recover(
    items: Sequence[Item],
    measures: Sequence[Similarity],
    *,
    weights: Weights | None = None,
    children: Iterable[int] | None = None,
    duplicates: Sequence[Sequence[int]] = (),
    relation_of: RelationOf | None = None,
    told: TellsOf | None = None,
    tell: Callable[[int], None] = lambda _: None,
) -> Recovered:
    """Return the parents of each model.

    Args:
        items: The models; the others call them by their place here.
        measures: How similar they are, one or several; none leaves names, times and kinds.
        weights: Other weights than those of ``knowledge/recovery.toml``.
        children: For whom to look; None for all.
        duplicates: Groups of models whose weights are the same.
        relation_of: Where the relation can be seen from the weights.
        told: Where parents can be seen from the weights; the candidates of such a child are not weighed.
        tell: Told how many models have been asked.

    Law: the edges of a child, cycles aside, do not depend on what else is in `children`.
    """
    weights = weights or weights_of(load("recovery"))
    seen = _Seen(relation_of, told)
    groups = tuple(tuple(sorted(group, key=lambda number: _age(items, number))) for group in duplicates)
    original = {copy: group[0] for group in groups for copy in group[1:]}
    among = candidates_of(items, measures, frozenset(original))
    wanted = range(len(items)) if children is None else sorted(set(children))
    found: dict[int, list[RecoveredEdge]] = {}
    edges: list[RecoveredEdge] = []
    for number, child in enumerate(wanted):
        tell(number)
        first = original.get(child, child)
        if first not in found:
            found[first] = _parents(items, measures, weights, first, among(first), seen)
        edges += [msgspec.structs.replace(edge, child=child) for edge in found[first]]
    abstained = tuple(child for child in wanted if not found[original.get(child, child)])
    return Recovered(_opened(edges), groups, abstained)


def joined(measures: Sequence[Similarity], items: Sequence[Item], newcomers: Collection[int]) -> list[int]:
    """Return whom to ask again now that `newcomers` are there: those that have one among their candidates, and themselves."""
    came, maybe = set(newcomers), set(newcomers)
    if len(came) == len(items):
        return sorted(came)
    bearers, among = _bearers(items), candidates_of(items, measures, frozenset())
    for newcomer in came:
        maybe.update(*(bearers[gram] for gram in parts(items[newcomer].name).grams if len(bearers[gram]) <= COMMON_NAME))
        maybe.update(*(measure.within_reach(newcomer).tolist() for measure in measures))
    return sorted(child for child in maybe if child in came or not came.isdisjoint(among(child).tolist()))


def candidates_of(items: Sequence[Item], measures: Sequence[Similarity], copies: frozenset[int]) -> Callable[[int], np.ndarray]:
    """Return a function that gives the candidates of a child, in order of number: its nearest neighbours, and its namesakes."""
    bearers = _bearers(items)

    def candidates(child: int) -> np.ndarray:
        near = {int(other) for measure in measures for other in measure.nearest(child, NEAREST)}
        near |= set(_namesakes(items, bearers, child))
        own = items[child]
        able = [
            n for n in near - copies - {child} if items[n].registry in {HUB, own.registry} and items[n].sketched == own.sketched
        ]
        return np.array(sorted(able), np.intp)

    return candidates


def _bearers(items: Sequence[Item]) -> dict[str, list[int]]:
    """Return, for each run of letters, the models that bear it in their name."""
    bearers: dict[str, list[int]] = {}
    for number, item in enumerate(items):
        for gram in parts(item.name).grams:
            bearers.setdefault(gram, []).append(number)
    return bearers


def _namesakes(items: Sequence[Item], bearers: dict[str, list[int]], child: int) -> list[int]:
    """Return the models whose names share most with the child's, most first."""
    shared: dict[int, float] = {}
    for gram in sorted(parts(items[child].name).grams):
        others = bearers[gram]
        if len(others) <= COMMON_NAME:
            worth = math.log(1 + len(items) / len(others))
            for other in others:
                shared[other] = shared.get(other, 0.0) + worth
    shared.pop(child, None)
    size = {other: len(parts(items[other].name).grams) ** 0.5 for other in shared}
    return sorted(shared, key=lambda other: (-shared[other] / size[other], other))[:NAMESAKES]


def _parents(
    items: Sequence[Item],
    measures: Sequence[Similarity],
    weights: Weights,
    child: int,
    candidates: np.ndarray,
    seen: _Seen,
) -> list[RecoveredEdge]:
    if not len(candidates):
        return []
    if seen.told and (told := seen.told(child, candidates)):
        return _as_told(child, told)
    item, others = items[child], [items[number] for number in candidates]
    heard = views(measures, weights)
    tables = [evidence(item, others, similarities(view.measures, items, child, candidates), weights.prior) for view in heard]
    worth = [table * view.weights for table, view in zip(tables, heard, strict=True)]
    sure = confidences(item, [weighed.sum(1) for weighed in worth], weights)
    said = np.mean(worth, axis=0)
    chosen = chosen_parents(sure, weights)
    return [
        RecoveredEdge(
            child, int(candidates[place]), _relation(item, child, int(candidates[place]), len(chosen), seen.relation_of),
            round(float(sure[place]), 4), _told(said[place]),
        )
        for place in chosen
    ]  # fmt: skip


def _as_told(child: int, told: Told) -> list[RecoveredEdge]:
    return [
        RecoveredEdge(
            child, parent, told.relation, round(sure, 4), (Evidence(told.method, round(share, 4)), *told.evidence),
            round(share, 4) if told.relation is Relation.MERGE else None,
        )
        for parent, (sure, share) in told.parents.items()
    ]  # fmt: skip


def chosen_parents(sure: np.ndarray, weights: Weights) -> list[int]:
    """Return the places of the parents that are sure enough, the surest first; empty is to abstain."""
    order = [int(place) for place in np.argsort(-sure, kind="stable")[:MAX_PARENTS]]
    if not order or sure[order[0]] < weights.first:
        return []
    return [order[0], *(place for place in order[1:] if sure[place] >= weights.more)]


def _relation(item: Item, child: int, parent: int, parents: int, relation_of: RelationOf | None) -> Relation:
    seen = relation_of(child, parent) if relation_of else None
    if seen is not None:
        return seen
    if parents > 1:
        return Relation.MERGE
    said = kinds(item)
    if said.max() < SURE_KIND:
        return Relation.FINETUNE
    best = KINDS[int(said.argmax())]
    return Relation.FINETUNE if best is Relation.MERGE else best


def _told(said: np.ndarray) -> tuple[Evidence, ...]:
    """Return what weighed most, in order of weight."""
    worth = [(name, float(value)) for name, value in zip(EVIDENCE, said, strict=True)]
    kept = [Evidence(name, round(value, 2)) for name, value in worth if abs(value) >= LEAST_SAID and name != "one"]
    return tuple(sorted(kept, key=lambda item: -abs(item.value)))


def _opened(edges: list[RecoveredEdge]) -> tuple[RecoveredEdge, ...]:
    """Return the edges with the least sure of each cycle set aside."""
    if not edges:
        return ()
    aside = edges_to_set_aside(
        np.array([edge.child for edge in edges]), np.array([edge.parent for edge in edges]),
        np.array([edge.confidence for edge in edges]),
    )  # fmt: skip
    return tuple(msgspec.structs.replace(edge, set_aside=True) if out else edge for edge, out in zip(edges, aside, strict=True))


def _age(items: Sequence[Item], number: int) -> tuple[float, int]:
    made = items[number].created_at
    return (made.timestamp() if made else math.inf, number)
