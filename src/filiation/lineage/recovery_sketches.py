"""Who descends from whom among sketched models: candidates by digests, portraits and profiles; kinship for those alone."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from filiation.core.ref import HUB
from filiation.core.relation import Relation
from filiation.knowledge import load
from filiation.lineage.recovery import Evidence, Recovered, Told, recover
from filiation.lineage.recovery_features import Item
from filiation.lineage.recovery_score import Weights, weights_of
from filiation.lineage.recovery_similarity import KIN_LIMIT
from filiation.weights.adapter_change import FORMAT, is_adapter, placed
from filiation.weights.comparison import compare
from filiation.weights.kinship import judged
from filiation.weights.parentage import parentage
from filiation.weights.relation import Direction, Hints, Kinship
from filiation.weights.relation import Relation as Kin

if TYPE_CHECKING:
    from filiation.weights.sketch import Sketch
    from filiation.weights.sketch_folder import Line, SketchFolder

WHOLE = ("F16", "F32", "F64", "BF16")
LEAST_NEAR = 32
MOST_FITTING = 256
"""An adapter fits every model of its architecture; so many of them are looked at, for the one that has it added."""
SKETCHES_HELD = 512
"""So many sketches, of at most 100 kB each, are kept in memory."""
COPIES = frozenset({
    Kin.QUANTIZED, Kin.ADAPTER_MERGED, Kin.PRUNED, Kin.CONVERTED, Kin.UPSCALED, Kin.LAYER_DROPPED, Kin.VOCABULARY_EXTENDED,
    Kin.PARTIAL_FINETUNE,
})  # fmt: skip
"""What shows that the weights of one were made from those of the other, or of a copy of it."""
RELATIONS = {
    Kin.QUANTIZED: Relation.QUANTIZED,
    Kin.ADAPTER: Relation.ADAPTER,
    Kin.MERGE: Relation.MERGE,
    Kin.DUPLICATE: Relation.CONVERTED,
    Kin.CONVERTED: Relation.CONVERTED,
}
"""In the words of the atlas, where they are not a fine-tune."""


class Pair(NamedTuple):
    """What two sketches say of one another: their kinship, and the norm of what differs over that of all."""

    kinship: Kinship
    distance: float


class SketchedModels:
    """Sketches as a measure that `recover` can ask: pairs are compared when they are asked for, each once.

    Args:
        items: The models.
        sketch_of: Gives the sketch of a model by its number; may read it each time.
        near: Gives the numbers of models that may be kin of one, the likeliest first, at most as many as asked for.
        reach: Gives the numbers of all models that may find one near; all there are if None.
        without: Signals of `weights.parentage.parentage` to leave out, as an ablation does.

    Attributes:
        lines: What the manifest says of each, where they come from a folder.
    """

    name = "sketches"
    top = 1.0
    noise = 1e-9

    def __init__(
        self,
        items: Sequence[Item],
        sketch_of: Callable[[int], Sketch],
        near: Callable[[int, int], Sequence[int]],
        reach: Callable[[int], Sequence[int]] | None = None,
        without: frozenset[str] = frozenset(),
    ) -> None:
        self.items, self._near, self._reach, self.without = items, near, reach, without
        self.sketch_of = lru_cache(maxsize=SKETCHES_HELD)(sketch_of)
        self._pairs: dict[tuple[int, int], Pair] = {}
        self.lines: Sequence[Line] = ()

    def nearest(self, child: int, count: int) -> np.ndarray:
        """Return who may be kin of `child`; see `Similarity.nearest`."""
        return np.array(list(self._near(child, max(count, LEAST_NEAR))), np.intp)

    def within_reach(self, newcomer: int) -> np.ndarray:
        """Return who may find `newcomer` near; see `Similarity.within_reach`."""
        return np.array(range(len(self.items)) if self._reach is None else list(self._reach(newcomer)), np.intp)

    def duplicates(self) -> list[list[int]]:
        """Return the groups of models with the same weights, each of two or more."""
        groups: dict[str, list[int]] = {}
        for number in range(len(self.items)):
            digest = self.lines[number].digest if self.lines else self.sketch_of(number).digest
            groups.setdefault(digest, []).append(number)
        return [group for group in groups.values() if len(group) > 1]

    def pair(self, first: int, second: int) -> Pair:
        """Return what the sketches of two models say, the first's view."""
        low, high = min(first, second), max(first, second)
        if (low, high) not in self._pairs:
            self._pairs[low, high] = self._compared(low, high)
        found = self._pairs[low, high]
        return found if first == low else Pair(_turned(found.kinship), found.distance)

    def _compared(self, low: int, high: int) -> Pair:
        a, b = self.sketch_of(low), self.sketch_of(high)
        compared = compare(a, b)
        hints = Hints(_seconds(self.items[low]), _seconds(self.items[high]))
        said = judged(compared, hints)
        if is_adapter(a) or is_adapter(b):
            said = msgspec.structs.replace(said, relation=Kin.UNKNOWN, kin=0.0)
        return Pair(said, min(compared.distance, math.sqrt(2)) if compared.pairs.a.size else math.sqrt(2))

    def block(self, models: np.ndarray) -> np.ndarray:
        """Return one less half the squared distance of the first to the others; not a number among the others."""
        block = np.full((len(models), len(models)), np.nan)
        np.fill_diagonal(block, 1.0)
        block[0, 1:] = block[1:, 0] = [1 - self.pair(int(models[0]), int(other)).distance ** 2 / 2 for other in models[1:]]
        return block

    def kin(self, models: np.ndarray) -> np.ndarray:
        """Return the log-odds of kinship; see `Similarity.kin`."""
        pairs = [self.pair(int(models[0]), int(other)).kinship for other in models[1:]]
        sure = np.clip([pair.kin if pair.related else min(pair.kin, 0.5) for pair in pairs], 1e-6, 1 - 1e-6)
        return np.clip(np.log(sure / (1 - sure)), -KIN_LIMIT, KIN_LIMIT)

    def said(self, models: np.ndarray) -> np.ndarray:
        """Return direction and whether it is a copy; see `Similarity.said`."""
        return np.array([_said(self.pair(int(models[0]), int(other)).kinship) for other in models[1:]]).reshape(-1, 2)

    def relation(self, child: int, parent: int) -> Relation | None:
        """Return the relation of a child to its parent as its weights show it; None where they do not."""
        found = self.pair(child, parent).kinship
        return RELATIONS.get(found.relation, Relation.FINETUNE) if found.related else None

    def told(self, child: int, candidates: np.ndarray) -> Told | None:
        """Return what the weights tell of the parents of one model; None where `weights.parentage` abstains."""
        others = [int(other) for other in candidates]
        found = parentage(
            self.sketch_of(child),
            [self.sketch_of(other) for other in others],
            [_seconds(self.items[other]) for other in others],
            _seconds(self.items[child]),
            without=self.without,
        )
        if not found.parents:
            return None
        relation = RELATIONS.get(found.relation, Relation.FINETUNE)
        shares = {others[parent.candidate]: (parent.confidence, parent.weight) for parent in found.parents}
        seen = tuple(Evidence(said.signal, round(said.value, 4)) for said in found.evidence)
        return Told(relation, shares, str(found.details.get("method", found.relation)), seen)


def recover_sketches(
    models: SketchedModels,
    *,
    weights: Weights | None = None,
    children: Iterable[int] | None = None,
    told: bool = True,
    tell: Callable[[int], None] = lambda _: None,
) -> Recovered:
    """Return who descends from whom; see `recovery.recover`. Models of one digest are duplicates of the oldest of them.

    Args:
        models: The models.
        weights: How to weigh the candidates of those whose weights tell no parent; ``knowledge/recovery.toml`` if None.
        children: For whom to look; None for all.
        told: Whether what the weights of a child tell comes before what its candidates weigh.
        tell: Told how many models have been asked.
    """
    weights = weights or weights_of(load("recovery"), "sketches")
    return recover(
        models.items,
        [models],
        weights=weights,
        children=children,
        duplicates=models.duplicates(),
        relation_of=models.relation,
        told=models.told if told else None,
        tell=tell,
    )


def kinds_shown(form: str, dtype: str) -> dict[Relation, float]:
    """Return what a sketch's format and type of storage show a model to be: nobody trains on what is stored in few bits."""
    kinds = {Relation.ADAPTER: float(form == FORMAT)}
    return kinds if dtype.startswith(WHOLE) else kinds | {Relation.QUANTIZED: 1.0}


def item_of(line: Line) -> Item:
    """Return a sketched model under the name that the folder has it by."""
    return Item(line.ref, line.at, kinds_shown(line.format, line.dtype))


def models_of(folder: SketchFolder, item_of: Callable[[Line], Item] = item_of) -> SketchedModels:
    """Return the models of a folder of sketches, as `recover_sketches` takes them; no sketch is opened yet.

    They are numbered by their names, those of the Hub first: the order in which they came decides nothing. Those of one recipe
    are compared with one another.
    """
    lines = list(folder.lines())
    named = {line.ref: msgspec.structs.replace(item_of(line), sketched=line.name) for line in lines}
    lines.sort(key=lambda line: (named[line.ref].registry != HUB, line.ref))
    number = {line.ref: place for place, line in enumerate(lines)}
    items = [named[line.ref] for line in lines]

    def sketch_of(place: int) -> Sketch:
        return folder.read(lines[place])

    shaped: dict[tuple[str, str], list[int]] = {}
    for place, line in enumerate(lines):
        if line.format != FORMAT:
            shaped.setdefault((line.name, line.architecture), []).append(place)

    def near(place: int, count: int) -> list[int]:
        own = sketch_of(place)
        if own.format == FORMAT:
            fitting = [places for (name, _), places in shaped.items() if name == own.name and _fits(own, sketch_of(places[0]))]
            return [other for places in fitting for other in places][:MOST_FITTING]
        found = [one.line for one in folder.candidates(own, count) if one.line.name == own.name]
        return [number[line.ref] for line in found if line.ref != lines[place].ref]

    def reach(place: int) -> list[int]:
        adapters = [other for other, line in enumerate(lines) if line.format == FORMAT]
        found = folder.candidates(sketch_of(place), len(folder))
        return adapters + [number[one.line.ref] for one in found]

    models = SketchedModels(items, sketch_of, near, reach)
    models.lines = lines
    return models


def _fits(adapter: Sketch, model: Sketch) -> bool:
    """Return whether a model has every matrix that an adapter changes, in its shape."""
    return bool(placed(adapter, model).details)


def _seconds(item: Item) -> float | None:
    return item.created_at.timestamp() if item.created_at else None


def _turned(said: Kinship) -> Kinship:
    return msgspec.structs.replace(said, direction=said.direction.turned)


def _said(said: Kinship) -> tuple[float, float]:
    """Return the log-odds that the second is the parent, and whether the first is a copy of it."""
    if said.direction is Direction.EITHER or not said.related:
        return 0.0, 0.0
    sure = min(said.direction_confidence, 0.98)
    odds = math.log(sure / (1 - sure))
    second = said.direction is Direction.SECOND_IS_PARENT
    return (odds if second else -odds), float(second and said.relation in COPIES)
