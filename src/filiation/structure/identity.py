"""What a model is, by its structure: model type, architecture and task, each with how sure that is, or unknown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from filiation.core.tensor import Content
from filiation.formats.tensor_contents import is_anonymous
from filiation.structure.features import KINDS, OF_NAMES, hash_of, hashed, of_side
from filiation.structure.model import Knowledge, knowledge
from filiation.structure.ranking import Ranking, Settings, chance, first_of, odds, rank
from filiation.structure.rows import Row, fold, signature
from filiation.structure.sizes import Sizes, sizes
from filiation.structure.spelling import Stated

if TYPE_CHECKING:
    from filiation.weights.checkpoint import Checkpoint

LISTED = 4
LEAST_ALTERNATIVE = 0.01
MOST_AMONG = 12
SPEAKING = 0.12
"""Where a smaller part of the features of names is known, names are made up: shapes alone are looked at."""
LEAST_NAMED = 0.3
"""An architecture or a task that is less sure than this is not named."""
HEADS = frozenset({"head", "fc", "classifier", "head_dist", "last_linear", "classif", "heads", "linear", "last_layer"})
"""What timm calls the last layer, whose size follows the labels."""


COMPANIONS = ("_scale", "_zero_point", "_quantized_scale", ".scales", ".qzeros", ".g_idx", ".absmax", ".quant_map", ".SCB")
"""What quantisation puts beside a tensor."""


class Guess(msgspec.Struct, frozen=True):
    """An answer and how sure it is, in [0, 1]."""

    value: str
    confidence: float


class Identity(msgspec.Struct, frozen=True):
    """What a structure is.

    Attributes:
        model_type: As the library's configuration calls it, ``timm/`` or ``diffusers/`` before the module or class of those;
            None where the structure is not known.
        architecture: Name of the class; None where that is not known, or nothing tells the head.
        task: Tag of the Hub, by the head; known at times where the type is not.
        alternatives: Other answers for each of these, the likeliest first.
        among: For each of these the answers, the likeliest first, of which one is right in nine of ten cases: one where the
            structure tells it, several where it does not. Only where the structure is known.
        by_statement: Whether a statement decided between model types whose tensors have the same names.
        same_names: Model types whose tensors have the same names: between them only sizes tell.
        exact: Architectures of timm with exactly these tensors, heads left out.
        seen: ``all``, or of what alone it is concluded: ``names`` or ``shapes``.
        familiar: Which part of the structure the nearest type knows, in [0, 1].
        nearest: That type, also where it is too far to be the answer.
        known: How sure it is that the structure is one of those that were learned, in [0, 1].
        sizes: What the tensors say of layers and parameters.
    """

    model_type: Guess | None
    architecture: Guess | None
    task: Guess | None
    alternatives: dict[str, tuple[Guess, ...]]
    among: dict[str, tuple[str, ...]]
    by_statement: bool
    same_names: tuple[str, ...]
    exact: tuple[str, ...]
    seen: str
    familiar: float
    nearest: str
    known: float
    sizes: Sizes


def identify(
    tensors: Iterable[tuple[str, Sequence[int]]], *, names: bool = True, shapes: bool = True, stated: Stated | None = None
) -> Identity:
    """Return what a model with these tensors is.

    Laws: the order of the tensors does not matter, nor what training code wraps around all names.

    Args:
        tensors: Names and shapes; those of an optimiser are to be left out.
        names: Whether names may be looked at; where they say nothing they are not, either.
        shapes: Whether shapes may be.
        stated: What a configuration or a file calls the model type; it decides between types whose tensors have the same names,
            and nothing else.
    """
    held = list(tensors)
    names = names and sum(not is_anonymous(name) for name, _ in held) * 5 >= len(held)
    rows = fold(held)
    told = knowledge()
    if not rows:
        return Identity(None, None, None, {}, {}, False, (), (), "all", 0.0, "", 0.0, sizes(held))
    hashes, kinds = hashed(rows)
    seen = _view(told, hashes, kinds, names=names, shapes=shapes)
    exact = _exact(told, rows) if names and shapes else ()
    meant = stated.meant({one.model_type for one in told.types.classes}) if stated else frozenset()
    found = rank(told, _settings(told), hashes, kinds, seen, meant)
    return _identity(told, found, seen, exact, sizes(held), decided=_decided(told, found, meant))


def _decided(told: Knowledge, found: Ranking, meant: frozenset[str]) -> int:
    """Return how many of the types of the nearest family are meant; 0 where all or none are."""
    family = {one.model_type for one in told.types.classes if one.family == found.nearest.family}
    return len(meant & family) if meant & family != family else 0


def identity_of(checkpoint: Checkpoint) -> Identity:
    """Return what an opened checkpoint is, by its headers; no value is read."""
    return identify(structure_of(checkpoint))


def structure_of(checkpoint: Checkpoint) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield names and shapes of what belongs to the model, a tensor that is stored once under each of its names."""
    shapes = {}
    for tensor in checkpoint.tensors:
        if tensor.content not in {Content.OPTIMIZER, Content.CONSTANT} and not tensor.name.endswith(COMPANIONS):
            shapes[tensor.name] = tensor.shape
            yield tensor.name, tensor.shape
    for name, kept in checkpoint.aliases.items():
        if kept in shapes:
            yield name, shapes[kept]


def _settings(told: Knowledge) -> Settings:
    weights = {name: np.array(values) for name, values in told.told.weights.items()}
    tokens = {hash_of(of_side(side)): counts for side, counts in told.told.vocabularies.items()}
    return Settings(weights, told.told.spread, told.told.popularity, tokens)


def _view(told: Knowledge, hashes: np.ndarray, kinds: np.ndarray, *, names: bool, shapes: bool) -> str:
    if not shapes:
        return "names"
    of_names = np.isin(kinds, [KINDS.index(kind) for kind in OF_NAMES])
    known = told.types.has(hashes[of_names])
    return "all" if names and known.size and known.mean() >= SPEAKING else "shapes"


def _exact(told: Knowledge, rows: Iterable[Row]) -> tuple[str, ...]:
    return told.told.exact.get(signature(body(rows)), ())


def body(rows: Iterable[Row]) -> list[Row]:
    """Return the rows without the last layer, as timm calls it, and without counters."""
    return [row for row in rows if row.path and row.path[0] not in HEADS and row.path[-1] != "num_batches_tracked"]


def _identity(told: Knowledge, found: Ranking, seen: str, exact: tuple[str, ...], measured: Sizes, *, decided: int) -> Identity:
    judges = told.told.judges
    family = found.nearest.family
    known = 1.0 if exact else chance(judges[f"family {seen}"], found.signs)
    least = told.told.least[seen]
    kin = tuple(sorted({one.model_type for one in told.types.classes if one.family == family}))
    type_guess = architecture = None
    if known >= least:
        within = found.types[0][1] / max(found.families[family], 1e-9)
        sure = chance(judges[f"type {seen}"], (odds(found.types[0][1]), odds(within), 1.0))
        type_guess = Guess(found.types[0][0], round(known if decided == 1 else min(known, sure), 3))
        architecture = _guess(found.architectures, judges[f"architecture {seen}"], known)
    return Identity(
        model_type=type_guess,
        architecture=architecture,
        task=_task(told, found, seen, known),
        alternatives={
            "model_type": _others(found.types, type_guess),
            "architecture": _others(found.architectures, architecture) if type_guess else (),
        },
        among=_among(told, found, seen) if type_guess else {},
        by_statement=decided > 0 and type_guess is not None,
        same_names=kin if len(kin) > 1 else (),
        exact=exact,
        seen=seen,
        familiar=round(float(found.signs[0]), 3),
        nearest=found.nearest.model_type,
        known=round(known, 3),
        sizes=measured,
    )


def _among(told: Knowledge, found: Ranking, seen: str) -> dict[str, tuple[str, ...]]:
    ranked = {"model_type": found.types, "architecture": found.architectures, "task": found.tasks}
    return {
        what: first_of(some, told.told.covering[f"{what.removeprefix('model_')} {seen}"])[:MOST_AMONG]
        for what, some in ranked.items()
    }


def _guess(ranked: list[tuple[str, float]], judge: tuple[float, ...], known: float) -> Guess | None:
    value, share = ranked[0]
    sure = min(known, chance(judge, (odds(share), 1.0)))
    return Guess(value, round(sure, 3)) if value and sure >= LEAST_NAMED else None


def _task(told: Knowledge, found: Ranking, seen: str, known: float) -> Guess | None:
    """Return the task by the architecture where the type is known, else by the head alone."""
    if known >= told.told.least[seen]:
        return _guess(found.tasks, told.told.judges[f"task {seen}"], 1.0)
    return _guess(found.head_tasks, told.told.judges[f"head task {seen}"], 1.0) if seen != "shapes" else None


def _others(ranked: list[tuple[str, float]], best: Guess | None) -> tuple[Guess, ...]:
    others = [Guess(name, round(share, 3)) for name, share in ranked if name and (best is None or name != best.value)]
    return tuple(one for one in others if one.confidence >= LEAST_ALTERNATIVE)[:LISTED]
