"""Which model types, architectures and tasks fit a structure best: shares of all that is known, before any doubt."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from math import exp, log
from typing import NamedTuple, Protocol

import numpy as np

from filiation.knowledge import load
from filiation.structure.model import Fit, Klass, Model

NEAREST = 6
"""So many types are asked for their architectures."""
FARTHEST = 40.0
"""Scores that are so much lower, in logarithms, are no longer told apart."""
DOUBT = 1e-4
TOKENS_TELL = 1.0
"""How much the logarithm of how many current models of a type have just so many tokens counts."""


class Told(Protocol):
    """What a ranking needs of `filiation.structure.model.Knowledge`."""

    @property
    def types(self) -> Model: ...  # noqa: D102
    @property
    def architectures(self) -> Model: ...  # noqa: D102
    @property
    def heads(self) -> Model: ...  # noqa: D102


class Settings(NamedTuple):
    """How features count and scores become shares; by ``table view``.

    `vocabularies` has for the feature of a number of tokens how many current models of each type have so many, the largest
    number first.
    """

    weights: Mapping[str, np.ndarray]
    spread: Mapping[str, float]
    popularity: Mapping[str, int]
    vocabularies: Mapping[int, Mapping[str, int]] = {}


class Ranking(NamedTuple):
    """What fits a structure.

    Attributes:
        types: Model types and their shares, the best first.
        families: The best type's family and the shares of all, by number.
        architectures: Architectures with their shares, the best first.
        tasks: Tasks by the architectures that fit, the best first; an empty text where an architecture has none.
        head_tasks: Tasks by the head alone, whatever the type.
        nearest: The class of the best type.
        signs: What tells whether the type is known at all, float[7]: which part of the structure the class knows, which part of
            the class is there, both again of its nearest architecture, how far the next family is, how much there is, and 1.
    """

    types: list[tuple[str, float]]
    families: dict[int, float]
    architectures: list[tuple[str, float]]
    tasks: list[tuple[str, float]]
    head_tasks: list[tuple[str, float]]
    nearest: Klass
    signs: np.ndarray


def rank(
    told: Told, settings: Settings, hashes: np.ndarray, kinds: np.ndarray, view: str, stated: Collection[str] = ()
) -> Ranking:
    """Return what fits the features of a structure.

    Args:
        told: What was learned.
        settings: How scores become shares.
        hashes: Its features, uint32[n], sorted.
        kinds: Of each the index in `KINDS`.
        view: ``all``, ``names`` or ``shapes``: what of it can be seen.
        stated: Model types that it is said to be; they decide between types whose tensors have the same names, nothing else.
    """
    weights = settings.weights[f"types {view}"]
    fit = told.types.fit(hashes, kinds, weights)
    liked = np.array([log(1 + settings.popularity.get(one.model_type, 0)) for one in told.types.classes])
    scores = fit.scores / settings.spread[f"types {view}"] + 0.2 * liked
    if view != "names":
        scores += _by_vocabulary(told.types.classes, int(np.argmax(scores)), hashes, settings.vocabularies)
    shares = _softmax(scores)
    best = int(np.argmax(shares))
    shares = _as_stated(told.types.classes, shares, best, stated)
    types = _summed((one.model_type, share) for one, share in zip(told.types.classes, shares, strict=True))
    families = dict(_summed((one.family, share) for one, share in zip(told.types.classes, shares, strict=True)))
    heads = told.heads.fit(hashes, kinds, settings.weights[f"heads {view}"])
    architectures, tasks = _architectures(told, settings, (hashes, kinds, view), dict(types[:NEAREST]))
    by_head = _softmax(heads.scores / settings.spread[f"heads {view}"])
    head_tasks = _summed((one.task, share) for one, share in zip(told.heads.classes, by_head, strict=True))
    nearest = told.types.classes[best]
    overlaps = (*told.types.overlap(fit, best, weights), *_closest(told.architectures, nearest, hashes, kinds, settings, view))
    signs = np.array([*overlaps, _margin(told.types, fit, best), log(1 + len(hashes)), 1.0])
    return Ranking(types, families, architectures, tasks, head_tasks, told.types.classes[best], signs)


def _by_vocabulary(
    classes: Sequence[Klass], best: int, hashes: np.ndarray, vocabularies: Mapping[int, Mapping[str, int]]
) -> np.ndarray:
    """Return what the number of tokens tells between types whose tensors have the same names, as those of the best class."""
    tokens = next((found for key, found in vocabularies.items() if _is_in(key, hashes)), {})
    kin = [tokens.get(one.model_type, 0) if one.family == classes[best].family else 0 for one in classes]
    return TOKENS_TELL * np.log1p(np.array(kin, dtype=float))


def _is_in(key: int, hashes: np.ndarray) -> bool:
    at = int(np.searchsorted(hashes, key))
    return at < len(hashes) and int(hashes[at]) == key


def _as_stated(classes: Sequence[Klass], shares: np.ndarray, best: int, stated: Collection[str]) -> np.ndarray:
    """Return the shares, those of the best class's family given to the types of it that are stated, if there are any."""
    family = np.array([one.family == classes[best].family for one in classes])
    meant = family & np.array([one.model_type in stated for one in classes])
    if not meant.any():
        return shares
    given = np.where(meant, np.maximum(shares, DOUBT**2), 0.0)
    return np.where(family, given * shares[family].sum() / given.sum(), shares)


def _architectures(
    told: Told, settings: Settings, seen: tuple[np.ndarray, np.ndarray, str], types: Mapping[str, float]
) -> tuple[list[tuple[str, float]], list[tuple[str, float]]]:
    """Return architectures and tasks: within each type by what its own architectures have."""
    hashes, kinds, view = seen
    scores = told.architectures.fit(hashes, kinds, settings.weights[f"architectures {view}"]).scores
    usual = {head: 1 / (2 + place) for place, head in enumerate(load("structures")["heads"]["usual"])}
    found: defaultdict[str, list[tuple[Klass, float]]] = defaultdict(list)
    for one, score in zip(told.architectures.classes, scores, strict=True):
        if one.model_type in types:
            fitting = float(score) / settings.spread[f"architectures {view}"] + usual.get(head_of(one.architecture), 0.0)
            found[one.model_type].append((one, fitting))
    named: list[tuple[str, float]] = []
    tasks: list[tuple[str, float]] = []
    for model_type, classes in found.items():
        shares = _softmax(np.array([score for _, score in classes])) * types[model_type]
        named += [(one.architecture, share) for (one, _), share in zip(classes, shares, strict=True)]
        tasks += [(one.task, share) for (one, _), share in zip(classes, shares, strict=True)]
    return _summed(named), _summed(tasks)


def _closest(
    known: Model, nearest: Klass, hashes: np.ndarray, kinds: np.ndarray, settings: Settings, view: str
) -> tuple[float, float]:
    """Return the overlaps with the architecture of a type that is nearest: a bare model lacks what those with heads have."""
    weights = settings.weights[f"architectures {view}"]
    fit = known.fit(hashes, kinds, weights)
    own = [i for i, one in enumerate(known.classes) if (one.model_type, one.dialect) == (nearest.model_type, nearest.dialect)]
    return max((known.overlap(fit, i, weights) for i in own), key=sum, default=(0.0, 0.0))


def head_of(architecture: str) -> str:
    """Return what an architecture's name says of its head: from ``For`` on, or the last word."""
    at = architecture.find("For")
    if at > 0:
        return architecture[at:]
    for ending in ("LMHeadModel", "DoubleHeadsModel", "EncoderModel", "Backbone", "Model"):
        if architecture.endswith(ending):
            return ending
    return ""


def chance(coefficients: Iterable[float], signs: Iterable[float]) -> float:
    """Return a logistic regression's answer, in [0, 1]."""
    total = sum(weight * sign for weight, sign in zip(coefficients, signs, strict=True))
    return 1 / (1 + exp(-max(-FARTHEST, min(FARTHEST, total))))


def first_of(ranked: Sequence[tuple[str, float]], covering: float) -> tuple[str, ...]:
    """Return as many of the best answers as together have a share of `covering`; an empty text is none."""
    found, total = [], 0.0
    for value, share in ranked:
        if total >= covering or share <= 0:
            break
        found.append(value)
        total += share
    return tuple(value for value in found if value)


def odds(share: float) -> float:
    """Return the logarithm of the odds of a share, of none surer than 1 in 10,000."""
    share = min(1 - DOUBT, max(DOUBT, share))
    return log(share / (1 - share))


def _softmax(scores: np.ndarray) -> np.ndarray:
    shares = np.exp(np.maximum(scores - scores.max(), -FARTHEST))
    return shares / shares.sum()


def _summed(pairs: Iterable[tuple]) -> list[tuple]:
    totals: defaultdict = defaultdict(float)
    for name, share in pairs:
        totals[name] += float(share)
    return sorted(totals.items(), key=lambda item: (-item[1], item[0]))


def _margin(types: Model, fit: Fit, best: int) -> float:
    """Return how much better the best class fits than the best of another family, as a logarithm."""
    family = types.classes[best].family
    others = [score for one, score in zip(types.classes, fit.scores, strict=True) if one.family != family]
    return log(1 + max(0.0, float(fit.scores[best]) - max(others))) if others else 0.0
