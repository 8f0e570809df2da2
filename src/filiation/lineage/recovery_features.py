"""What speaks for one model being the parent of another, as numbers: from names, times and kinds, and from similarities.

Everything here is a function of one child, its candidates and the similarities among them, so that what is decided of a
model does not change with models that are not its candidates.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np

from filiation.core.ref import HUB
from filiation.core.relation import Relation
from filiation.lineage.recovery_names import NameParts, containment, parts

DAY_SECONDS = 86_400.0
KINDS = (Relation.QUANTIZED, Relation.ADAPTER, Relation.MERGE, Relation.CONVERTED)
COMMON_GRAM = 0.1
"""What a run of letters that all names share still weighs."""


class Item(msgspec.Struct, frozen=True):
    """A model to be placed: its name, ``owner/name`` where it has an owner, when it was made, and what it is known to be.

    `kinds` says how sure it is, in [0, 1], that the model is quantised, an adapter, a merge or a conversion, by its tensors,
    files or tags; what is not in it is asked of the name. What is held in another `registry` than the Hub is parent to models
    of that registry alone. Only models of one `sketched`, the recipe of their sketches, are candidates of one another.
    """

    name: str
    created_at: datetime | None = None
    kinds: Mapping[Relation, float] = {}
    registry: str = HUB
    sketched: str = ""


def kinds(item: Item) -> np.ndarray:
    """Return how sure it is that `item` is of each of `KINDS`: float64[4]."""
    said = parts(item.name).kinds
    return np.array([item.kinds.get(kind, said.get(kind, 0.0)) for kind in KINDS])


_NAME = ("holds", "whole", "back", "same", "best", "owner")
_CHILD = ("plain", "quantized", "adapter", "merge")
NAME_FEATURES = (
    *(f"{name}_{child}" for name in _NAME for child in _CHILD),
    "size_differs",
    "size_same",
    "built_on",
)
TIME_FEATURES = ("newer", "newer_same_day", "newer_same_owner", "undated", "gap", "gap_squared", "age_rank", "oldest")
LEAF_FEATURES = (
    "parent_quantized",
    "parent_adapter",
    "parent_merge",
    "parent_converted",
    "parent_frozen",
    "adapter_on_quantized",
)
CHILD_FEATURES = (
    "one", "candidates", "child_oldest", "named_after", "child_quantized", "child_adapter", "child_merge", "child_converted",
)  # fmt: skip
PRIOR_FEATURES = NAME_FEATURES + TIME_FEATURES + LEAF_FEATURES + CHILD_FEATURES


def prior_features(child: Item, candidates: Sequence[Item]) -> np.ndarray:
    """Return what names, times and kinds say of each candidate: float64[k, f], in the order of `PRIOR_FEATURES`."""
    of = kinds(child)
    return np.concatenate(
        [_names(child, candidates, of), _times(child, candidates), _leaves(candidates, of), _of_child(child, candidates, of)],
        axis=1,
    )


def _names(child: Item, candidates: Sequence[Item], of: np.ndarray) -> np.ndarray:
    own, others = parts(child.name), [parts(item.name) for item in candidates]
    weight = _gram_weights([own, *others])
    rows = [_name_row(own, other, weight) for other in others]
    best = np.array([_overlap(own, other, weight) for other in others])
    rows = np.column_stack([np.array(rows)[:, :4], best >= best.max() - 1e-9, np.array(rows)[:, 4]])
    plain = 1 - of[:2].max()
    by_kind = rows[:, :, None] * np.array([plain, of[0], of[1], of[2]])
    sizes = [(bool(own.millions and other.millions), bool(own.millions & other.millions)) for other in others]
    return np.column_stack(
        [by_kind.reshape(len(rows), -1), [[both and not same, same] for both, same in sizes], _built_on(others)]
    )


def _name_row(own: NameParts, other: NameParts, weight: Mapping[str, float]) -> list[float]:
    whole = len(other.letters) > 2 and other.letters in own.letters
    same = bool(own.letters) and own.letters == other.letters
    return [
        containment(other.grams, own.grams, weight), whole, containment(own.grams, other.grams, weight), same,
        bool(own.owner) and own.owner == other.owner,
    ]  # fmt: skip


def _built_on(others: Sequence[NameParts]) -> list[float]:
    """Return, for each candidate, the share of the others that bear its name within theirs."""
    counts = [sum(len(own.letters) > 2 and own.letters in other.letters != own.letters for other in others) for own in others]
    return [count / len(others) for count in counts]


def _overlap(own: NameParts, other: NameParts, weight: Mapping[str, float]) -> float:
    """Return the weight of what a candidate's name shares with the child's, less that of what it has alone."""
    return sum(weight[gram] if gram in own.grams else -weight[gram] for gram in other.grams)


def _gram_weights(names: Sequence[NameParts]) -> dict[str, float]:
    count: dict[str, int] = {}
    for name in names:
        for gram in name.grams:
            count[gram] = count.get(gram, 0) + 1
    return {gram: math.log(len(names) / times) + COMMON_GRAM for gram, times in count.items()}


def _times(child: Item, candidates: Sequence[Item]) -> np.ndarray:
    days = np.array([days_before(child, item) for item in candidates])
    known = ~np.isnan(days)
    gap = np.log1p(np.where(known, np.maximum(days, 0), 0)) / 7
    older = known & (days > 0)
    rank = np.array([(older & (days > day)).sum() for day in days]) / max(1, older.sum())
    oldest = older & (days >= np.max(days, where=known, initial=-np.inf))
    home = np.array([parts(item.name).owner == parts(child.name).owner != "" for item in candidates])
    newer = known & (days < 0)
    day = newer & (days >= -1)
    return np.column_stack([newer & ~day, day, day & home, ~known, gap, gap**2, rank * older, oldest])


def days_before(child: Item, parent: Item) -> float:
    """Return how many days `parent` is older; not a number where that is not known, as where both have one date."""
    if child.created_at is None or parent.created_at is None or child.created_at == parent.created_at:
        return math.nan
    return (child.created_at - parent.created_at).total_seconds() / DAY_SECONDS


def _leaves(candidates: Sequence[Item], of: np.ndarray) -> np.ndarray:
    said = np.array([kinds(item) for item in candidates])
    frozen = np.array([parts(item.name).frozen for item in candidates])
    return np.column_stack([said, frozen, said[:, 0] * of[1] * ~frozen])


def _of_child(child: Item, candidates: Sequence[Item], of: np.ndarray) -> np.ndarray:
    """Return what speaks for the child having a parent at all: the same for each candidate."""
    letters = parts(child.name).letters
    days = np.array([days_before(child, item) for item in candidates])
    after = np.mean([len(letters) > 2 and letters in parts(item.name).letters for item in candidates])
    row = [1.0, math.log(len(candidates)), not (days > 0).any(), after, *of]
    return np.tile(np.array(row, float), (len(candidates), 1))
