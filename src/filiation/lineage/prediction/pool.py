"""What a neighbourhood says of an attribute: witnesses' words weighed, multiplied, and made into a probability."""

from __future__ import annotations

from types import ModuleType
from typing import Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from filiation.core.relation import RELATIONS
from filiation.knowledge import load
from filiation.lineage.prediction.loops import BINS, REASONS
from filiation.lineage.prediction.witnesses import AttributeRule, Keys, Labels, Neighborhood, witnesses

COMPILED_FROM = 2000
"""How many subjects are worth the second that compiled loops take to load."""

SITUATIONS = ("alone", "strangers", "relatives")
"""Who of its line of descent stands around a model: nobody, some but none who declares the attribute, some who declare it."""

MOST_VALUES = 64
"""Of the values that models with one key have, so many are kept: a word that thousands have says little of rare values."""


class Weights(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much each witness's word is worth, by how many stand behind it.

    Attributes:
        prior: The power to which a value's share of all models is taken.
        witness: For each witness the weights of all that it says together, and of the strongest of it: 2 x `BINS` numbers.
        knots: For each of `SITUATIONS` pairs (pooled probability, how often that was right), ascending; confidence is read off
            between them. Where there are none it is the probability.
        models: How many models these were learned from.
    """

    prior: float
    witness: dict[str, tuple[tuple[float, ...], ...]]
    knots: dict[str, tuple[tuple[float, float], ...]] = {}
    models: int = 0

    def array(self) -> np.ndarray:
        """Return the weights as the loops take them: float64[witnesses * 2 * BINS]; those of an unknown witness are 0."""
        none = np.zeros((2, BINS))
        return np.concatenate([np.asarray(self.witness.get(rule.id, none), float).ravel() for rule in witnesses()])


class Pooled(NamedTuple):
    """What was pooled of s subjects.

    Attributes:
        value: int32[s]; number into the labels' names.
        confidence: float64[s] in [0, 1].
        key: int32[s, REASONS]; the keys that spoke most for the value, -1 where there are fewer; from the number of keys on
            they are what the parent says: relation and value.
        agree: int32[s, REASONS]; how many others with that key have the value.
        of: int32[s, REASONS]; of how many that declare any.
    """

    value: np.ndarray
    confidence: np.ndarray
    key: np.ndarray
    agree: np.ndarray
    of: np.ndarray


class Counted(NamedTuple):
    """How many models declare what.

    Attributes:
        prior: float64[values]; each value's share of all that is declared.
        key: int64[e], ascending; a key of the neighbourhood, or what a parent says of a value.
        value: int32[e]; what so many with that key declare.
        count: int32[e].
        total: int32[keys]; how many with the key declare any.
    """

    prior: np.ndarray
    key: np.ndarray
    value: np.ndarray
    count: np.ndarray
    total: np.ndarray


class Pool:
    """The witnesses of one attribute, ready to be asked.

    Args:
        near: Of all models.
        labels: What is declared; what is to stay hidden is left out of it.
        rule: The attribute.
        hears_own: Whether the model's own other fields are heard.
        counted: What was counted of others, with the keys of `near` and the values of `labels`; None to count these.
    """

    def __init__(
        self,
        near: Neighborhood,
        labels: Labels,
        rule: AttributeRule,
        *,
        hears_own: bool = True,
        counted: Counted | None = None,
    ) -> None:
        self.near, self.labels = near, labels
        rules = witnesses()
        self._relations = len(RELATIONS)
        self._spoken = self._what_parents_say()
        keys = len(near.names) + len(labels.names) * self._relations
        uncounted = np.array([bool(one.shares) for one in rules])
        muted = np.array([one.id in rule.mutes or (one.own and not hears_own) for one in rules])
        own = np.array([one.own for one in rules])
        self._settings = _muted(near, labels, rule, own, keys), muted, uncounted, len(rules) - 1
        self.counted = counted or self._count(uncounted, keys)
        self.prior = self.counted.prior
        self._table = self._tables()

    @property
    def names(self) -> list[str]:
        """The values, by their numbers."""
        return self.labels.names

    def answer(self, subjects: np.ndarray, weights: Weights, *, is_counted: bool) -> Pooled:
        """Return what is said of `subjects`, rows int64[s]; where they are counted, each is left out of its own keys."""
        s = len(subjects)
        result = Pooled(
            np.zeros(s, np.int32), np.zeros(s), np.full((s, REASONS), -1, np.int32), np.zeros((s, REASONS), np.int32),
            np.zeros((s, REASONS), np.int32),
        )  # fmt: skip
        if s and self.names:
            first, *others = self.arguments(subjects)
            self._loops().answer(first, is_counted, *others, weights.array(), self.prior, weights.prior, tuple(result))
        situation = self.situation(is_counted=is_counted)[subjects]
        for number, name in enumerate(SITUATIONS):
            if name in weights.knots:
                inside = situation == number
                result.confidence[inside] = np.interp(result.confidence[inside], *np.array(weights.knots[name]).T)
        return result

    def situation(self, *, is_counted: bool) -> np.ndarray:
        """Return of every model who stands around it, number into `SITUATIONS`: int8[k]; where counted, itself aside."""
        keys, (_, muted, uncounted, spoken_by) = self.near.keys, self._settings
        kin = np.array([one.kin for one in witnesses()])
        total, own = self._table[3], np.diff(self.labels.start) if is_counted else np.zeros(len(self.near.node), np.int64)
        place = np.flatnonzero(kin[keys.witness])
        row, witness = np.searchsorted(keys.start, place, side="right") - 1, keys.witness[place]
        others = total[keys.key[place]] - np.where(uncounted[witness], 0, own[row])
        situation = np.zeros(len(self.near.node), np.int8)
        situation[row] = 1
        situation[row[(others > 0) & ~muted[witness]]] = 2
        if kin[spoken_by] and not muted[spoken_by]:
            said = np.flatnonzero(self._spoken >= 0)
            situation[said[total[self._spoken[said]] > own[said]]] = 2
        return situation

    def slope(self, subjects: np.ndarray, prior_weight: float, weights: np.ndarray) -> tuple[float, np.ndarray]:
        """Return the mean of -log p(what `subjects` declare), each left out of its keys, and its gradient, the prior first."""
        gradient = np.zeros(1 + len(weights))
        loss = self._loops().slope(*self.arguments(subjects), weights, self.prior, prior_weight, gradient)
        return float(loss), gradient

    def arguments(self, subjects: np.ndarray) -> tuple[Any, ...]:
        """Return what `loops.slope` takes before the weights."""
        labels = self.labels.start, self.labels.value
        force = np.log1p(self._table[2] / self.prior[self._table[1]])
        return subjects, labels, tuple(self.near.keys), self._spoken, (*self._table, force), self._settings

    def said_by_parent(self, key: int) -> tuple[int, int]:
        """Return the (value, relation) that a key beyond those of the neighbourhood stands for."""
        return divmod(key - len(self.near.names), self._relations)

    def _loops(self) -> ModuleType:
        if len(self.near.node) < COMPILED_FROM:
            from filiation.lineage.prediction import loops  # noqa: PLC0415  # one of the two
        else:
            from filiation.lineage.prediction import kernels as loops  # noqa: PLC0415  # a second to load
        return loops

    def _what_parents_say(self) -> np.ndarray:
        """Return the key of what the first parent declares, with the relation to it: int32[k], -1 for none."""
        start, value = self.labels.start, self.labels.value
        parent, relation = self.near.parent, self.near.relation
        has = (parent >= 0) & (start[parent + 1] > start[parent])
        said = np.full(len(parent), -1, np.int32)
        said[has] = len(self.near.names) + value[start[parent[has]]] * self._relations + relation[has]
        return said

    def _count(self, uncounted: np.ndarray, keys: int) -> Counted:
        """Return how many of the models with each key declare what."""
        often = np.maximum(np.bincount(self.labels.value, minlength=len(self.names)), 0.5)
        rows, value = _labelled(self.labels)
        key, which = of_rows(self.near.keys, rows)
        counted = ~uncounted[self.near.keys.witness[key]]
        said = self._spoken[rows]
        key_of = np.concatenate([self.near.keys.key[key[counted]], said[said >= 0]]).astype(np.int64)
        value_of = np.concatenate([value[which[counted]], value[said >= 0]])
        both, count = np.unique(key_of * len(self.names) + value_of, return_counts=True)
        at, values = np.divmod(both, max(len(self.names), 1))
        total = np.bincount(at, count, minlength=keys).astype(np.int32)
        kept = _most_counted(at, count)
        return Counted(often / often.sum(), at[kept], values[kept].astype(np.int32), count[kept].astype(np.int32), total)

    def _tables(self) -> tuple[np.ndarray, ...]:
        """Return (start, value, count, total, worth) of every key."""
        prior, at, values, count, total = self.counted
        start = np.searchsorted(at, np.arange(len(total) + 1)).astype(np.int64)
        share = np.log(count / total[at]) - np.log(prior[values])
        worth = np.bincount(at, count / total[at] * share, minlength=len(total)) * total / (total + 1)
        return start, values, count, total, worth


def weights(attribute: str) -> dict[str, Weights]:
    """Return those of an attribute by what is heard: ``all``, or ``neighbors`` alone."""
    return msgspec.convert(load("prediction_weights")[attribute], dict[str, Weights])


def _muted(near: Neighborhood, labels: Labels, rule: AttributeRule, own: np.ndarray, keys: int) -> np.ndarray:
    """Return which keys say the answer in other words: bool[keys]."""
    muted = np.zeros(keys, bool)
    asked = np.flatnonzero(own[near.key_witness])
    names = near.names.take(pa.array(asked))
    says = pc.call_function("is_in", [names], pc.SetLookupOptions(value_set=pa.array(labels.names, pa.string())))
    for prefix in rule.prefixes:
        says = pc.call_function("or", [says, pc.call_function("starts_with", [names], pc.MatchSubstringOptions(prefix))])
    muted[asked] = says.to_numpy(zero_copy_only=False)
    return muted


def _most_counted(at: np.ndarray, count: np.ndarray) -> np.ndarray:
    """Return which entries are among the `MOST_VALUES` of their key that most models have: bool[e]; `at` is sorted."""
    order = np.lexsort((-count, at))
    first = np.searchsorted(at, at)
    kept = np.zeros(len(at), bool)
    kept[order] = np.arange(len(at)) - first < MOST_VALUES
    return kept


def _labelled(labels: Labels) -> tuple[np.ndarray, np.ndarray]:
    """Return (row, value) of every label."""
    return np.repeat(np.arange(len(labels.start) - 1), np.diff(labels.start)), labels.value


def of_rows(keys: Keys, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (place in ``keys.key``, number into `rows`) of every key of `rows`."""
    count = keys.start[rows + 1] - keys.start[rows]
    which = np.repeat(np.arange(len(rows)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(keys.start[rows], count)
    return place, which
