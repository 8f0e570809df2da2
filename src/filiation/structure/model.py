"""How well a structure fits what was learned: naive Bayes over features, present and absent.

A class (a model type, an architecture, a kind of head) knows the share of its examples that have a feature; one that it has and
the structure lacks counts against it as one that both have counts for it.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import as_file, files
from typing import NamedTuple

import msgspec
import numpy as np

from filiation.structure.features import KINDS, RECIPE

FILE = "structures.npz"
SMOOTHING = 0.5
"""So many examples stand for what is known of all classes together."""
STEPS = 255
PARTS = ("hashes", "kinds", "lengths", "classes", "shares")
ALL = np.ones(len(KINDS))
MOST = 1 - 1 / 64
"""No share is taken for surer than this: of few examples all may have what others do not."""


class Klass(msgspec.Struct, frozen=True):
    """What examples were learned of, as one: a model type, an architecture, or a kind of head.

    Attributes:
        model_type: As the library's configuration calls it; ``timm/`` and ``diffusers/`` before those of other libraries.
            Empty of a kind of head.
        architecture: Name of the class; of a head what comes after the type in it; empty of a model type.
        task: Tag of the Hub; empty where it has none.
        dialect: Whose names the tensors have: ``native`` are the library's own, or ``gguf``.
        family: Types of one number have tensors of the same names; -1 of a kind of head.
        examples: So many were learned from.
    """

    model_type: str
    architecture: str
    task: str
    dialect: str
    family: int
    examples: int


class Fit(NamedTuple):
    """How one structure fits: logarithms of odds by class, and its features that any class has, as indexes."""

    scores: np.ndarray
    known: np.ndarray
    unknown: float


class Table(NamedTuple):
    """What is kept of the examples: for each feature the classes that have it, and in which share of their examples.

    Attributes:
        hashes: Of the features, uint32[f], sorted.
        kinds: Of each the index in `KINDS`, uint8[f].
        starts: Of each its first entry, int64[f + 1].
        classes: Of each entry its class, uint16[n].
        shares: Of each entry the share of examples that have it, uint8[n], in 1/255.
        told: The classes.
    """

    hashes: np.ndarray
    kinds: np.ndarray
    starts: np.ndarray
    classes: np.ndarray
    shares: np.ndarray
    told: tuple[Klass, ...]


class Model:
    """Answers how well structures fit; made once of a table."""

    def __init__(self, table: Table) -> None:
        self.table = table
        self.classes = table.told
        lengths = np.diff(table.starts)
        feature = np.repeat(np.arange(len(lengths)), lengths)
        examples = np.array([one.examples for one in table.told], dtype=np.float64)[table.classes]
        share = table.shares / STEPS
        background = np.bincount(feature, share, len(lengths)) / max(1, len(table.told))
        self.rarity = -np.log(np.clip(background, 1e-4, 1.0))
        without = SMOOTHING * np.clip(background, 1e-4, 1.0)[feature] / (examples + SMOOTHING)
        having = np.minimum(without + share * examples / (examples + SMOOTHING), MOST)
        self._absent = np.log1p(-having)
        self._gain = np.log(having / without) - self._absent
        self._kind = table.kinds[feature]
        self._share = share
        self._feature = feature
        self._order = np.argsort(table.classes, kind="stable")
        self._firsts = np.searchsorted(table.classes[self._order], np.arange(len(table.told) + 1))
        self._absences: dict[tuple[float, ...], np.ndarray] = {}

    def fit(self, hashes: np.ndarray, kinds: np.ndarray, weights: np.ndarray = ALL) -> Fit:
        """Return how a structure fits each class.

        Args:
            hashes: Its features, uint32[n], sorted.
            kinds: Of each the index in `KINDS`.
            weights: How much each kind of feature counts, float[len(KINDS)]; those of 0 are not looked at.
        """
        found = self.has(hashes)
        features = np.searchsorted(self.table.hashes, hashes[found])
        features = features[weights[self.table.kinds[features]] > 0]
        entries = ranges(self.table.starts, features)
        gained = self._gain[entries] * weights[self._kind[entries]]
        scores = self._absence(weights) + np.bincount(self.table.classes[entries], gained, len(self.classes))
        strange = float(weights[kinds[~found]].sum() * self.rarity.max(initial=0.0))
        return Fit(scores, features, strange)

    def has(self, hashes: np.ndarray) -> np.ndarray:
        """Return which features any class has, bool[n]."""
        at = np.searchsorted(self.table.hashes, hashes)
        return self.table.hashes[np.minimum(at, len(self.table.hashes) - 1)] == hashes

    def overlap(self, fit: Fit, klass: int, weights: np.ndarray = ALL) -> tuple[float, float]:
        """Return which part of the structure a class knows, and which part of the class is in the structure; in [0, 1]."""
        if not fit.known.size:
            return 0.0, 0.0
        own = self._order[self._firsts[klass] : self._firsts[klass + 1]]
        features = self._feature[own]
        mine = self._worth(features, weights) * self._share[own]
        at = np.minimum(np.searchsorted(fit.known, features), fit.known.size - 1)
        common = float(mine[fit.known[at] == features].sum())
        whole = float(self._worth(fit.known, weights).sum()) + fit.unknown
        return common / max(whole, 1e-9), common / max(float(mine.sum()), 1e-9)

    def _worth(self, features: np.ndarray, weights: np.ndarray) -> np.ndarray:
        return self.rarity[features] * weights[self.table.kinds[features]]

    def _absence(self, weights: np.ndarray) -> np.ndarray:
        key = tuple(weights.tolist())
        if key not in self._absences:
            self._absences[key] = np.bincount(self.table.classes, self._absent * weights[self._kind], len(self.classes))
        return self._absences[key]


def ranges(starts: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Return the indexes from ``starts[i]`` up to ``starts[i + 1]`` for each chosen i."""
    lengths = starts[chosen + 1] - starts[chosen]
    ends = np.cumsum(lengths)
    return np.repeat(starts[chosen] - (ends - lengths), lengths) + np.arange(ends[-1] if len(ends) else 0)


class Kept(msgspec.Struct, frozen=True):
    """What stands beside the arrays in the file.

    Attributes:
        recipe: Of the features; see `filiation.structure.features.RECIPE`.
        classes: Of each table, by its name.
        weights: Of the kinds of features, for each table and view, by ``table view``.
        spread: What logarithms of odds are divided by before they become shares, likewise.
        judges: Coefficients of logistic regressions that tell how sure an answer is, by ``what view``; see `confidence`.
        covering: By ``what view``, so much share must answers have together that in nine of ten cases one of them is right.
        least: The confidence under which a structure is called unknown, by view.
        popularity: How many models of a type a list of current models has: decides between types that fit equally.
        vocabularies: How many of these models have so many tokens, by number, the largest first, and type.
        exact: Names of architectures whose structures, heads left out, have this signature.
    """

    recipe: str
    classes: dict[str, tuple[Klass, ...]]
    weights: dict[str, tuple[float, ...]]
    spread: dict[str, float]
    judges: dict[str, tuple[float, ...]]
    covering: dict[str, float]
    least: dict[str, float]
    popularity: dict[str, int]
    vocabularies: dict[int, dict[str, int]]
    exact: dict[str, tuple[str, ...]]


class Knowledge(NamedTuple):
    """The models that the package ships, by the names of their tables, and what belongs to them."""

    told: Kept
    types: Model
    architectures: Model
    heads: Model


TABLES = ("types", "architectures", "heads")


@cache
def knowledge() -> Knowledge:
    """Return what the package knows of structures; some 0.2 s the first time.

    Raises:
        RuntimeError: If the file was made for other features than these.
    """
    with as_file(files("filiation.knowledge").joinpath(FILE)) as path, np.load(path) as arrays:
        told = msgspec.json.decode(arrays["told"].tobytes(), type=Kept)
        if told.recipe != RECIPE:
            raise RuntimeError(f"{FILE} is of another recipe: run scripts/train_structure.py")
        models = {}
        for name in TABLES:
            hashes, kinds, lengths, classes, shares = (arrays[f"{name}_{part}"] for part in PARTS)
            starts = np.concatenate(([0], np.cumsum(lengths, dtype=np.int64)))
            models[name] = Model(Table(hashes, kinds, starts, classes, shares, told.classes[name]))
        return Knowledge(told, **models)
