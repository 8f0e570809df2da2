"""What was changed between two models, tensor by tensor: read from the values of both, one pair at a time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import numpy as np

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.weights.checkpoint import Checkpoint
from filiation.weights.job import Job, jobs_of
from filiation.weights.pairing import paired
from filiation.weights.settings_difference import SettingChange, setting_changes
from filiation.weights.sketch import Sketch, sketch
from filiation.weights.sketching import Telling
from filiation.weights.tensor_change import Change, Status, change, matrix

MOST_VALUES = 1 << 28
"""A tensor of more, 1 GB of float32, is not looked into."""


class TensorChange(msgspec.Struct, frozen=True):
    """What became of one tensor; of `rel_l2`, `cosine`, `rank` and `scale` see `tensor_change.Change`.

    Attributes:
        name: In the first model; in the second where it was added.
        role: What it is in its network.
        layer: There; None outside of layers.
        status: What became of it.
        shape: Before; after, where it was added.
        size: Values of that.
        renamed: What the second calls it, where that differs.
        new_shape: After, where that differs.
    """

    name: str
    role: str
    layer: int | None
    status: Status
    shape: tuple[int, ...]
    size: int
    renamed: str | None = None
    new_shape: tuple[int, ...] | None = None
    rel_l2: float | None = None
    cosine: float | None = None
    rank: int | None = None
    scale: float | None = None


class Summary(msgspec.Struct, frozen=True):
    """How many tensors, and how many values, are of each status; the relative change of all that have a counterpart."""

    tensors: dict[str, int]
    values: dict[str, int]
    rel_l2: float


class Difference(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/weights-diff/v1"):
    """What was changed between two models: the tensors by layer and role, and what the files beside the weights say."""

    first: str
    second: str
    summary: Summary
    tensors: tuple[TensorChange, ...]
    settings: tuple[SettingChange, ...]
    skipped: tuple[Skipped, ...]


def difference(a: Checkpoint, b: Checkpoint, tell: Telling = lambda _, __: None) -> Difference:
    """Return what changed from `a` to `b`.

    Each is read twice: once to find which tensor answers to which, though it be renamed or lie in another layer, once to
    compare those. Of one pair all values are held.

    Args:
        a: The first.
        b: The second.
        tell: Told how many tensors were compared.

    Raises:
        WeightsError: If one is an adapter and the other a model, or values cannot be read.
    """
    if (a.adapter is None) != (b.adapter is None):
        adapter, model = (b.name, a.name) if a.adapter is None else (a.name, b.name)
        raise WeightsError(f"{adapter} is an adapter and {model} is none; compare two adapters, or two models")
    x, y = sketch(a), sketch(b)
    pairs = paired(x.tensors, y.tensors, x.recipe)
    changes = [_alone(x, int(line), Status.REMOVED) for line in pairs.only_a]
    changes += [_alone(y, int(line), Status.ADDED) for line in pairs.only_b]
    moved = whole = 0.0
    for number, (i, j, found) in enumerate(_compared(a, b, x, y, list(zip(pairs.a.tolist(), pairs.b.tolist(), strict=True)))):
        tell("comparing tensors", number)
        changes.append(_told(x, y, i, j, found))
        norm = float(x.tensors.norm[i])
        moved, whole = moved + (norm * (found.rel_l2 or 0.0)) ** 2, whole + norm**2
    changes.sort(key=lambda item: (-1 if item.layer is None else item.layer, item.role, item.name))
    summary = _summed(changes, (moved / whole) ** 0.5 if whole else 0.0)
    return Difference(a.name, b.name, summary, tuple(changes), tuple(setting_changes(a, b)), (*x.skipped, *y.skipped))


def _compared(
    a: Checkpoint, b: Checkpoint, x: Sketch, y: Sketch, pairs: list[tuple[int, int]]
) -> Iterator[tuple[int, int, Change]]:
    """Yield each pair of lines with what became of the tensor."""
    first, second = ({job.tensor.name: job for job in jobs_of(one, x.recipe)} for one in (a, b))
    for i, j in pairs:
        before, after = first[x.tensors.names[i]], second[y.tensors.names[j]]
        if (x.tensors.digests[i] == y.tensors.digests[j]).all() and before.axes[:2] == after.axes[:2]:
            yield i, j, Change(Status.IDENTICAL, 0.0, 1.0)
        elif max(before.tensor.size, after.tensor.size) > MOST_VALUES:
            yield i, j, Change(Status.NOT_READ)
        else:
            yield i, j, change(before.tensor, after.tensor, _matrix(a, before), _matrix(b, after))


def _matrix(checkpoint: Checkpoint, job: Job) -> np.ndarray:
    return matrix(job.values(checkpoint), job.axes)


def _alone(one: Sketch, line: int, status: Status) -> TensorChange:
    columns = one.tensors
    layer = int(columns.layers[line])
    shape = columns.shapes[line]
    size = int(columns.size[line])
    return TensorChange(columns.names[line], columns.kinds[line], None if layer < 0 else layer, status, shape, size)


def _told(x: Sketch, y: Sketch, i: int, j: int, found: Change) -> TensorChange:
    own, other = x.tensors, y.tensors
    return msgspec.structs.replace(
        _alone(x, i, found.status),
        renamed=other.names[j] if other.names[j] != own.names[i] else None,
        new_shape=other.shapes[j] if other.shapes[j] != own.shapes[i] else None,
        rel_l2=found.rel_l2,
        cosine=found.cosine,
        rank=found.rank,
        scale=found.scale,
    )


def _summed(changes: list[TensorChange], rel_l2: float) -> Summary:
    tensors: dict[str, int] = {}
    values: dict[str, int] = {}
    for item in changes:
        tensors[str(item.status)] = tensors.get(str(item.status), 0) + 1
        values[str(item.status)] = values.get(str(item.status), 0) + item.size
    return Summary(tensors, values, rel_l2)
