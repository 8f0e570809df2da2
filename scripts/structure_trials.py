"""Trials: what is said of structures that were not learned from, of types that were and of types that were not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple
from zlib import crc32

import numpy as np
from structure_learning import Example, learn

from filiation.structure.features import KINDS, OF_NAMES, OF_SHAPES, hash_of, of_side
from filiation.structure.model import Model
from filiation.structure.ranking import Settings, odds, rank
from filiation.structure.spelling import Stated, gguf_name

FOLDS = 4
VIEWS = ("all", "names", "shapes")
TABLES = ("types", "architectures", "heads")
SEED = 13
COVERED, LONGEST = 0.9, 50


class Learned(NamedTuple):
    """The three models of one fold."""

    types: Model
    architectures: Model
    heads: Model


class Trial(NamedTuple):
    """What was said of one example in one view, of a fold whose models had not seen it.

    `known` is whether the models had seen its family; `right` whether model type, family, architecture and task are right, the
    last two only where the example has one; ``told type`` and so on, where the type that the configuration, or a GGUF file,
    states is heard, and ``current type`` where the numbers of tokens of current models are; both in the view of all. `before`
    is the share of all answers that are ranked before the right one, `shares` those of the answers, best first. `signs` by what
    answer, for the judges.
    """

    example: Example
    fold: int
    view: str
    known: bool
    right: dict[str, bool]
    before: dict[str, float]
    shares: dict[str, np.ndarray]
    signs: dict[str, np.ndarray]


def weights(table: str, view: str) -> np.ndarray:
    """Return how much each kind of feature counts: of architectures and heads only what tells them, where names can be seen."""
    seen = {"all": frozenset(KINDS), "names": OF_NAMES, "shapes": OF_SHAPES}[view]
    if table == "architectures" and view != "shapes":
        seen &= frozenset("eqh")
    if table == "heads":
        seen &= frozenset("fpwh")
    return np.array([WEIGHTS.get(kind, 1.0) if kind in seen else 0.0 for kind in KINDS])


WEIGHTS = {"e": 0.5, "q": 6.0, "d": 0.3, "b": 0.5, "h": 3.0}
SPREAD = {
    "types all": 30.0, "types names": 24.0, "types shapes": 14.0,
    "architectures all": 2.5, "architectures names": 2.5, "architectures shapes": 8.0,
    "heads all": 6.0, "heads names": 6.0, "heads shapes": 6.0,
}  # fmt: skip
"""Chosen on the first fold of transformers' types from a to e, by the likelihood of what is right."""


def settings(popularity: Mapping[str, int], vocabularies: Mapping[int, Mapping[str, int]] | None = None) -> Settings:
    """Return how scores become shares; `vocabularies` are those of current models, which drawn configurations do not have."""
    tokens = {hash_of(of_side(side)): counts for side, counts in (vocabularies or {}).items()}
    return Settings({f"{table} {view}": weights(table, view) for table in TABLES for view in VIEWS}, SPREAD, popularity, tokens)


def learned(found: Sequence[Example], family: dict[str, int]) -> Learned:
    """Return models of these examples."""
    return Learned(*(Model(learn(found, family, table)) for table in TABLES))


def fold_of(text: str) -> int:
    """Return to which fold a group or a family belongs."""
    return crc32(f"{SEED} {text}".encode()) % FOLDS


def trials(
    found: Sequence[Example],
    family: dict[str, int],
    popularity: Mapping[str, int],
    most: int,
    *,
    vocabularies: Mapping[int, Mapping[str, int]] | None = None,
    closed: bool = False,
) -> list[Trial]:
    """Return trials of each fold: of at most `most` examples of known types, and half as many of types held out.

    Equal structures never straddle: a group is in one fold, and so is a family of types whose tensors have the same names.
    Where `closed`, no type is held out.
    """
    with ProcessPoolExecutor(mp_context=get_context("fork")) as pool:
        _SHARED.update(found=found, family=family, popularity=popularity, most=most, closed=closed, vocabularies=vocabularies)
        return [one for some in pool.map(_of_fold, range(FOLDS)) for one in some]


_SHARED: dict = {}
"""What the processes of the folds have from the one that they are forked of."""


def _of_fold(fold: int) -> list[Trial]:
    found, family, most = _SHARED["found"], _SHARED["family"], _SHARED["most"]
    told = settings(_SHARED["popularity"], _SHARED["vocabularies"])
    held = {name for name, number in family.items() if not _SHARED["closed"] and fold_of(f"family {number}") == fold}
    inside = [one for one in found if one.model_type not in held and fold_of(one.group) != fold]
    models = learned(inside, family)
    seen = {one.model_type for one in inside}
    known = [one for one in found if one.model_type in seen and fold_of(one.group) == fold]
    strange = [one for one in found if one.model_type in held]
    draw = random.Random(SEED)  # noqa: S311  # nothing secret
    made = []
    for chosen, is_known in ((_some(known, most, draw), True), (_some(strange, most // 2, draw), False)):
        made += [trial(models, told, one, view, family, fold, known=is_known) for one in chosen for view in VIEWS]
    return made


def _some(found: Sequence[Example], most: int, draw: random.Random) -> Sequence[Example]:
    return found if len(found) <= most else draw.sample(list(found), most)


def trial(models, told: Settings, one: Example, view: str, family: dict[str, int], fold: int, *, known: bool) -> Trial:
    """Return what is said of one example, and whether that is right."""
    ranking = rank(models, told._replace(vocabularies={}), one.hashes, one.kinds, view)
    name, share = ranking.types[0]
    within = share / max(ranking.families[ranking.nearest.family], 1e-9)
    right = {
        "type": known and name == one.model_type,
        "family": known and family[name] == family[one.model_type],
        "architecture": bool(ranking.architectures) and ranking.architectures[0][0] == one.architecture,
        "task": bool(ranking.tasks) and ranking.tasks[0][0] == one.task,
        "head task": ranking.head_tasks[0][0] == one.task,
    }
    if view == "all":
        right |= _told(models, told, one)
    ranked = {"type": ranking.types, "architecture": ranking.architectures, "task": ranking.tasks}
    answer = {"type": one.model_type, "architecture": one.architecture, "task": one.task}
    signs = {
        "family": ranking.signs,
        "type": np.array([odds(share), odds(within), 1.0]),
        "architecture": np.array([odds(ranking.architectures[0][1]), 1.0]),
        "task": np.array([odds(ranking.tasks[0][1]), 1.0]),
        "head task": np.array([odds(ranking.head_tasks[0][1]), 1.0]),
    }
    bare = one._replace(rows=(), hashes=one.hashes[:0], kinds=one.kinds[:0])
    before = {what: _before(ranked[what], answer[what]) for what in ranked}
    shares = {what: np.array([share for _, share in ranked[what]][:LONGEST]) for what in ranked}
    return Trial(bare, fold, view, known, right, before, shares, signs)


def _told(models, told: Settings, one: Example) -> dict[str, bool]:
    """Return what is right where the stated type is heard: as llama.cpp calls it in its files, else as it is."""
    stated = Stated(gguf_name(one.model_type), in_gguf=True) if one.variant == "gguf" else Stated(one.model_type)
    meant = stated.meant({each.model_type for each in models.types.classes})
    ranking = rank(models, told._replace(vocabularies={}), one.hashes, one.kinds, "all", meant)
    return {
        "told type": ranking.types[0][0] == one.model_type,
        "told architecture": bool(ranking.architectures) and ranking.architectures[0][0] == one.architecture,
        "told task": bool(ranking.tasks) and ranking.tasks[0][0] == one.task,
        "current type": rank(models, told, one.hashes, one.kinds, "all").types[0][0] == one.model_type,
    }


def _before(ranked: Sequence[tuple[str, float]], answer: str) -> float:
    total = 0.0
    for value, share in ranked:
        if value == answer:
            return total
        total += share
    return 1.0


def covering(found: Sequence[Trial], what: str) -> float:
    """Return the least share that answers must have together so that one of them is right in `COVERED` of the trials."""
    before = np.sort([one.before[what] for one in found])
    return round(float(min(1.0, before[min(len(before) - 1, int(np.ceil(COVERED * (len(before) + 1))) - 1)] + 1e-4)), 4)


def how_many(shares: np.ndarray, least: float) -> int:
    """Return how many of the best answers it takes."""
    return min(int(np.searchsorted(np.cumsum(shares), least)) + 1, len(shares))


def judge(found: Sequence[Trial], what: str) -> tuple[float, ...]:
    """Return coefficients of a logistic regression from signs to whether an answer is right; known and strange count alike."""
    from scipy.optimize import minimize

    signs = np.array([one.signs[what] for one in found])
    right = np.array([one.right[what] for one in found], dtype=float)
    known = np.array([one.known for one in found])
    balance = (
        np.where(known, 0.5 / max(1, known.sum()), 0.5 / max(1, (~known).sum()))
        if not known.all()
        else np.full(len(found), 1 / len(found))
    )

    def loss(x):
        z = signs @ x
        wrong = np.logaddexp(0, z) - right * z
        slope = signs.T @ (balance * (1 / (1 + np.exp(-z)) - right))
        return float(balance @ wrong + 1e-4 * x @ x), slope + 2e-4 * x

    return tuple(round(float(value), 4) for value in minimize(loss, np.zeros(signs.shape[1]), jac=True, method="BFGS").x)
