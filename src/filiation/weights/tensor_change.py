"""What became of one tensor, read from its values before and after."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from filiation.core.tensor import Tensor
from filiation.formats.stored_values import BITS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from filiation.weights.axes import Axes

PROBES = 64
"""Random directions along which a change is looked at; ranks up to half as many are seen."""
LOW_RANK_REST = 1e-3
"""What low rank leaves out of a change must be less, relative to its norm."""
SAME_DIRECTION = 1e-6
"""How far a cosine may be from 1 where a tensor was only rescaled."""
ROUNDING = {"F16": 6e-4, "BF16": 5e-3, "F8_E4M3": 0.06, "F8_E5M2": 0.12}
"""The relative distance that rounding to a type explains, where it is no whole number of steps."""
STEPS = 2.0
"""Rounding to n bits explains a relative distance of this over two to the n."""


class Status(StrEnum):
    """What became of a tensor."""

    IDENTICAL = "identical"
    RESCALED = "rescaled"
    PERMUTED = "permuted"
    QUANTIZED = "quantized"
    LOW_RANK = "low-rank"
    DENSE = "dense"
    RESIZED = "resized"
    ADDED = "added"
    REMOVED = "removed"
    NOT_READ = "not-read"


class Change(msgspec.Struct, frozen=True):
    """What was measured of a pair of tensors.

    Attributes:
        status: What became of it.
        rel_l2: Norm of the change over the norm before; over the rows that both have, where it was resized.
        cosine: Between before and after.
        rank: Of the change, where it is low.
        scale: What it was multiplied by, where it was rescaled.
    """

    status: Status
    rel_l2: float | None = None
    cosine: float | None = None
    rank: int | None = None
    scale: float | None = None


def matrix(blocks: Iterable[np.ndarray], lies: Axes) -> np.ndarray:
    """Return the values of a tensor as float32[long, short], its axes in the order that `axes` gives them in any layout."""
    values = np.concatenate(list(blocks)).reshape(lies.rows, lies.cols)
    if lies.row_inner or lies.col_inner:
        laid = np.empty_like(values)
        laid[np.ix_(lies.row_numbers(0, lies.rows).astype(np.int64), lies.col_numbers(0, lies.cols).astype(np.int64))] = values
        values = laid
    return values.T if lies.turned else values


def change(first: Tensor, second: Tensor, before: np.ndarray, after: np.ndarray) -> Change:
    """Return what became of a tensor.

    Args:
        first: As its file describes it.
        second: The same of what it became.
        before: float32[long, short], as `matrix` gives it.
        after: The same.
    """
    if before.shape != after.shape:
        rows, cols = (min(pair) for pair in zip(before.shape, after.shape, strict=True))
        _, rel_l2, cosine, _ = _measures(before[:rows, :cols], after[:rows, :cols])
        return Change(Status.RESIZED, rel_l2, cosine)
    if np.array_equal(before, after):
        return Change(Status.IDENTICAL, 0.0, 1.0)
    moved, rel_l2, cosine, scale = _measures(before, after)
    if rel_l2 < max(_allowance(first), _allowance(second)) and _allowance(first) != _allowance(second):
        return Change(Status.QUANTIZED, rel_l2, cosine)
    if 1 - cosine < SAME_DIRECTION and abs(scale - 1) > 10 * SAME_DIRECTION:
        return Change(Status.RESCALED, rel_l2, cosine, scale=scale)
    if cosine < 0.9 and np.array_equal(np.sort(before, axis=None), np.sort(after, axis=None)):
        return Change(Status.PERMUTED, rel_l2, cosine)
    rank = _rank(moved)
    return Change(Status.LOW_RANK if rank else Status.DENSE, rel_l2, cosine, rank)


def _measures(before: np.ndarray, after: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    """Return the change, its relative norm, the cosine, and the scale that brings `before` nearest to `after`."""
    moved = after - before
    own, other = float(np.vdot(before, before)), float(np.vdot(after, after))
    along = float(np.vdot(before, after))
    cosine = along / (own * other) ** 0.5 if own and other else float(own == other)
    rel_l2 = (float(np.vdot(moved, moved)) / own) ** 0.5 if own else float(bool(other))
    return moved, rel_l2, min(cosine, 1.0), along / own if own else 0.0


def _allowance(tensor: Tensor) -> float:
    """Return the relative distance that storing a tensor so explains."""
    if tensor.dtype in ROUNDING:
        return ROUNDING[tensor.dtype]
    if tensor.quantization is not None:
        return STEPS / 2**tensor.quantization.bits
    return STEPS / 2 ** min(BITS.get(tensor.dtype, 32), 24)


def _rank(moved: np.ndarray) -> int | None:
    """Return the rank of a change if it is low: at most half of `PROBES`, and of what could be.

    Source:
        Halko, Martinsson and Tropp 2011, randomised range finder.
    """
    if min(moved.shape) < 2:
        return None
    probes = min(PROBES, *moved.shape)
    seen = moved @ np.random.default_rng(0).standard_normal((moved.shape[1], probes), np.float32)
    energy = np.linalg.svd(seen, compute_uv=False).astype(np.float64) ** 2
    rest = 1 - np.cumsum(energy) / energy.sum()
    rank = int(np.argmax(rest < LOW_RANK_REST**2)) + 1
    return rank if rank <= probes // 2 and rest[rank - 1] < LOW_RANK_REST**2 else None
