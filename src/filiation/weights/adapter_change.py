"""Adapters: the change that two thin matrices stand for, sketched as if it were a model of its own.

Shapes alone tell no base from another model of its architecture, so of an adapter and a model nothing is said. Three
sketches do tell: where a model less another is what the adapter adds, the one is its base, the other has it merged in.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from filiation.core.record import Skipped
from filiation.core.tensor import BLOCK, Tensor
from filiation.knowledge import load
from filiation.weights.adapter import Adapter, Pair, adapter_of, factors
from filiation.weights.relation import Direction, Evidence, Relation, Verdict
from filiation.weights.sketch import Sketch, require_same_name

if TYPE_CHECKING:
    from filiation.weights.checkpoint import Checkpoint

FORMAT = "adapter"
"""The format of a sketch that is of a change."""
MOST_VALUES = 1 << 28
"""Of one matrix that an adapter adds: 1 GB."""
HALVES = {"lora_a", "lora_b"}


class Change:
    """What an adapter adds to each matrix, as a source to be sketched: ``scale * up @ down`` under the name of the matrix.

    Args:
        checkpoint: Of an adapter; stays open meanwhile.
        adapter: What it says.

    Attributes:
        adapter: What it says.
    """

    format = FORMAT

    def __init__(self, checkpoint: Checkpoint, adapter: Adapter) -> None:
        self._checkpoint = checkpoint
        self.adapter = adapter
        self.name = checkpoint.name
        self.config: dict[str, Any] | None = checkpoint.config
        self.skipped: tuple[Skipped, ...] = checkpoint.skipped
        self._pairs = {f"{pair.target}.weight": pair for pair in adapter.pairs if _size(pair) <= MOST_VALUES}
        self.weights = tuple(_whole(name, pair) for name, pair in self._pairs.items())

    @property
    def bytes_read(self) -> int:
        """Bytes that the files gave so far."""
        return self._checkpoint.bytes_read

    def values(self, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the values of a change, float32[k], row by row of the matrix.

        Raises:
            WeightsError: If they cannot be had.
        """
        up, down = factors(self._checkpoint, self._pairs[tensor.name])
        step = max(1, BLOCK // max(down.shape[1], 1))
        for start in range(0, len(up), step):
            yield (up[start : start + step] @ down).ravel()


def _size(pair: Pair) -> int:
    return prod(_sides(pair))


def _sides(pair: Pair) -> tuple[int, int]:
    """Return the sides of the change: outputs and inputs, or tokens and width."""
    down, up = pair.down.size // pair.rank, pair.up.size // pair.rank
    return (down, up) if pair.embedding else (up, down)


def _whole(name: str, pair: Pair) -> Tensor:
    return msgspec.structs.replace(pair.up, name=name, shape=_sides(pair), start=-1, stop=-1, quantization=None)


def adapter_change(checkpoint: Checkpoint) -> Change | None:
    """Return what an adapter adds, to be sketched in its place; None if the checkpoint is no low-rank adapter."""
    adapter = adapter_of(checkpoint)
    change = None if adapter is None else Change(checkpoint, adapter)
    return change if change is not None and change.weights else None


def is_adapter(sketch: Sketch) -> bool:
    """Return whether a sketch is of an adapter: of its change, or of its thin matrices."""
    return sketch.format == FORMAT or bool(HALVES & set(sketch.tensors.parts))


def placed(a: Sketch, b: Sketch) -> Verdict:
    """Return what is said of a pair one of which is an adapter: a duplicate, or whether it fits by shape and no more."""
    require_same_name(a, b)
    if a.digest == b.digest:
        return Verdict(Relation.DUPLICATE, Direction.EITHER, (Evidence("identical", 1.0, "every tensor has the same values"),))
    adapter, other = (a, b) if is_adapter(a) else (b, a)
    keys = _by_role(other)
    lines = _by_role(adapter)
    fits = sum(key in keys and _shape(adapter, line) == _shape(other, keys[key]) for key, line in lines.items())
    share = fits / max(len(lines), 1)
    if is_adapter(other) or adapter.format != FORMAT or share < 1:
        said = Evidence("shapes", share, "share of what the adapter changes that the other has in that shape")
        return Verdict(Relation.UNRELATED if share == 0 else Relation.UNKNOWN, Direction.EITHER, (said,))
    said = Evidence("shapes", share, "the adapter fits by its shapes, as it fits every model of this architecture")
    return Verdict(Relation.UNKNOWN, Direction.EITHER, (said,), {"targets": sorted({k for k, _, _ in lines})})


def _by_role(sketch: Sketch) -> dict[tuple[str, int, str], int]:
    columns = sketch.tensors
    keys = zip(columns.kinds, map(int, columns.layers), columns.parts, strict=True)
    return {key: line for line, key in enumerate(keys)}


def _shape(sketch: Sketch, line: int) -> tuple[int, int]:
    return int(sketch.tensors.long[line]), int(sketch.tensors.short[line])


@dataclass(frozen=True)
class Merged:
    """A model less another is what an adapter adds.

    Attributes:
        base: Which of the candidates the adapter was made for.
        merged: Which has it added.
        residual: What of the adapter's change is not explained, relative to it.
        scale: How strongly it was added.
    """

    base: int
    merged: int
    residual: float
    scale: float


def merged_pairs(adapter: Sketch, candidates: Sequence[Sketch]) -> list[Merged]:
    """Return the pairs of candidates that differ by what an adapter adds, the best first.

    Args:
        adapter: Of an `adapter_change`.
        candidates: Of models; those that lack a matrix that the adapter changes are passed over.

    Raises:
        SketchMismatch: If they were made by different recipes.
    """
    keys = _by_role(adapter)
    change = adapter.tensors.linear.astype(np.float64).ravel()
    rows: list[tuple[int, np.ndarray]] = []
    for number, candidate in enumerate(candidates):
        require_same_name(adapter, candidate)
        lines = _by_role(candidate)
        if keys.keys() <= lines.keys() and all(_shape(adapter, n) == _shape(candidate, lines[k]) for k, n in keys.items()):
            rows.append((number, candidate.tensors.linear[[lines[key] for key in keys]].astype(np.float64).ravel()))
    if len(rows) < 2 or not change.any():
        return []
    return sorted(_matching(rows, change), key=lambda found: found.residual)


def kept_beside(adapter: Sketch, base: Sketch, merged: Sketch) -> float:
    """Return the share of the tensors that an adapter does not change that are the same in two models, but for rounding.

    A model less its sibling may be what the adapter adds, in the matrices that it changes; elsewhere the two differ.
    """
    changed, others = _by_role(adapter).keys(), _by_role(merged)
    lines = np.array([(n, others[key]) for key, n in _by_role(base).items() if key in others.keys() - changed], np.int64)
    if not len(lines):
        return 1.0
    x, y = base.tensors, merged.tensors
    i, j = lines.T
    same = (x.digests[i] == y.digests[j]).all(axis=1)
    bits = np.minimum(x.bits[i], y.bits[j]).astype(np.float64)
    apart = np.linalg.norm(x.linear[i].astype(np.float64) - y.linear[j], axis=1)
    near = apart <= np.maximum(x.norm[i], 1e-30) * 2.0 ** -np.where(bits > 0, bits, 23)
    return float((same | near).mean())


def _matching(rows: list[tuple[int, np.ndarray]], change: np.ndarray) -> Iterator[Merged]:
    stack = np.stack([row for _, row in rows])
    along = stack @ change / (change @ change)
    square = (stack**2).sum(axis=1)
    apart = square[:, None] + square[None] - 2 * stack @ stack.T
    most = load("kinship")["adapters"]["residual"]
    for i, j in zip(*np.nonzero(apart > 0), strict=True):
        scale = along[j] - along[i]
        if not 0.05 < scale < 20 or abs(apart[i, j] / (change @ change) - scale**2) > 0.5 * scale**2:
            continue
        left = stack[j] - stack[i] - scale * change
        residual = float(np.linalg.norm(left) / (scale * np.linalg.norm(change)))
        if residual < most:
            yield Merged(rows[i][0], rows[j][0], residual, float(scale))
