"""From features to the parents of one child: a sum of weighed evidence, and a confidence that is allowed to say "none"."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np

from filiation.core.relation import Relation
from filiation.lineage.recovery_features import (
    CHILD_FEATURES,
    KINDS,
    LEAF_FEATURES,
    NAME_FEATURES,
    PRIOR_FEATURES,
    Item,
    days_before,
    kinds,
    prior_features,
)
from filiation.lineage.recovery_names import parts
from filiation.lineage.recovery_similarity import SIMILARITY_FEATURES, Similarity, similarity_features

GROUPS: Mapping[str, tuple[str, ...]] = {
    "names": NAME_FEATURES,
    "order": ("newer", "newer_same_day", "newer_same_owner", "undated"),
    "age": ("gap", "gap_squared", "age_rank", "oldest"),
    "leaf": LEAF_FEATURES,
    "child": CHILD_FEATURES,
}
"""What the priors are made of: each group is one sum, fitted on a registry, and weighed as a whole beside the similarities."""
EVIDENCE = (*GROUPS, *SIMILARITY_FEATURES, "one")
GROUP_LIMIT = 6.0
LEAST_RAW = 1e-6
MORE_PARENTS = 0.5
"""What is left of the chance of a second parent for each one after it."""


class Weights(msgspec.Struct, frozen=True):
    """How evidence is weighed.

    Attributes:
        prior: Of each of `PRIOR_FEATURES`, as fitted on a registry; what is not in it weighs nothing.
        evidence: Of each of `EVIDENCE`, all measures heard together.
        alone: The same of a measure heard alone, by its name.
        calibration: Slope and intercept on the log-odds of the raw confidence.
        first: Least confidence of a child's first parent.
        more: Least confidence of any further one.
    """

    prior: Mapping[str, float]
    evidence: Mapping[str, float]
    alone: Mapping[str, Mapping[str, float]] = {}
    calibration: tuple[float, float] = (1.0, 0.0)
    first: float = 0.5
    more: float = 0.5

    def without(self, *names: str) -> Weights:
        """Return these weights with nothing for the evidence of `names`: what an ablation needs."""
        views = {view: {name: w for name, w in evidence.items() if name not in names} for view, evidence in self.alone.items()}
        return msgspec.structs.replace(self, alone=views, evidence={n: w for n, w in self.evidence.items() if n not in names})


def weights_of(table: Mapping[str, Any], name: str = "weights") -> Weights:
    """Return the weights kept in ``knowledge/recovery.toml``: those for any measure, or those of `name`."""
    return msgspec.convert({"prior": table["prior"], **table[name]}, Weights)


def evidence(child: Item, candidates: Sequence[Item], features: np.ndarray, prior: Mapping[str, float]) -> np.ndarray:
    """Return the evidence for each candidate: float64[k, e], in the order of `EVIDENCE`.

    Args:
        child: The model whose parents are sought.
        candidates: k of them.
        features: What similarities say, as `similarity_features` returns it.
        prior: Weight of each of `PRIOR_FEATURES`.
    """
    said = prior_features(child, candidates) * np.array([prior.get(name, 0.0) for name in PRIOR_FEATURES])
    place = {name: number for number, name in enumerate(PRIOR_FEATURES)}
    sums = [np.clip(said[:, [place[name] for name in names]].sum(1), -GROUP_LIMIT, GROUP_LIMIT) for names in GROUPS.values()]
    return np.column_stack([*sums, features, np.ones(len(candidates))])


def eligibility(child: Item, candidates: Sequence[Item]) -> np.ndarray:
    """Return how far kinds and times allow each candidate to be a parent, in [0, 1]; only nearness is counted by it."""
    said = np.array([kinds(item) for item in candidates])
    leaf = np.maximum(0.6 * said[:, 0], said[:, 1])
    leaf = np.maximum(leaf, [0.99 * parts(item.name).frozen for item in candidates])
    days = np.array([days_before(child, item) for item in candidates])
    return (1 - leaf) * np.where(np.isnan(days) | (days > 0), 1.0, np.where(days >= -1, 0.1, 0.01))


class View(NamedTuple):
    """Measures that are heard together, and how the evidence weighs that they give: float64[e], in the order of `EVIDENCE`."""

    measures: Sequence[Similarity]
    weights: np.ndarray


def views(measures: Sequence[Similarity], weights: Weights) -> list[View]:
    """Return the ways to hear the measures: together, unless there is one that is known alone, and each that is known so."""
    heard = [([one], weights.alone[one.name]) for one in measures if one.name in weights.alone]
    if len(measures) != 1 or not heard:
        heard = [(list(measures), weights.evidence), *heard]
    return [View(together, np.array([evidence.get(name, 0.0) for name in EVIDENCE])) for together, evidence in heard]


def confidences(child: Item, scores: Sequence[np.ndarray], weights: Weights) -> np.ndarray:
    """Return how sure it is, in [0, 1], that each candidate is a parent: float64[k].

    Each view is asked by itself, and their log-odds are averaged: what one of them gets wrong, by a difference in the sixth
    decimal, the others outvote.

    Args:
        child: The model whose parents are sought.
        scores: Sums of weighed evidence, float64[k], of each view.
        weights: Its calibration is that of the average.
    """
    raw = np.clip([_raw(child, score) for score in scores], LEAST_RAW, 1 - LEAST_RAW)
    slope, intercept = weights.calibration
    return 1 / (1 + np.exp(-(slope * np.log(raw / (1 - raw)).mean(0) + intercept)))


def _raw(child: Item, score: np.ndarray) -> np.ndarray:
    """Return how likely each candidate is a parent in one view.

    The first parent competes with the others and with "none of them". A merge has a second: where the child may be one, the
    others compete for that place, and for each place after it with `MORE_PARENTS` of the chance.
    """
    most = max(float(score.max()), 0.0)
    odds, none = np.exp(score - most), np.exp(-most)
    raw = odds / (odds.sum() + none)
    left, chance = odds.copy(), odds.sum() / (odds.sum() + none) * kinds(child)[KINDS.index(Relation.MERGE)]
    for place in np.argsort(-score, kind="stable"):
        left[place] = 0
        if chance <= 0 or left.sum() <= 0:
            break
        raw = np.maximum(raw, chance * left / left.sum())
        chance *= MORE_PARENTS
    return raw


def similarities(measures: Sequence[Similarity], items: Sequence[Item], child: int, candidates: np.ndarray) -> np.ndarray:
    """Return `similarity_features` of the candidates of one child, all called by their numbers."""
    allowed = eligibility(items[child], [items[number] for number in candidates])
    return similarity_features(measures, np.concatenate([[child], candidates]), allowed)
