"""What is gathered of one tensor while its values pass by once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from blake3 import blake3

from filiation.weights.axes import Axes
from filiation.weights.hashing import FLAT, LONG, SHORT, places
from filiation.weights.recipe import Recipe

CHUNK = 1 << 16
"""Values that all kernels see before the next ones: they stay in the nearest cache."""
ROWS_AT_ONCE = 1 << 12
"""Rows that are hashed together."""
WIDE = 1 << 17
"""Longest row that is added up column by column; of longer ones each value goes to its bucket at once."""
HELD = 1 << 26
"""Largest matrix that is held for its singular values, 256 MB; a larger one is first compressed by rows."""
COMPRESSED = 1 << 25
"""Values of a matrix so compressed."""
SAMPLED_ROWS, SAMPLED_VALUES = 16, 4096


@dataclass(frozen=True)
class Tallied:
    """One tensor's line of a sketch; `weights.columns.Columns` says what each means."""

    linear: np.ndarray
    turned: np.ndarray | None
    head: np.ndarray | None
    sums: np.ndarray
    shift: float
    zeros: int
    nonfinite: int
    levels: int
    row_levels: float
    bits: int
    quantiles: np.ndarray
    singular: np.ndarray
    digest: bytes
    multiset: np.ndarray


class Tally:
    """Gathers one tensor's line of a sketch from its values, in any blocks, in their order.

    Args:
        axes: How they lie.
        recipe: Of the sketch.
        head: How many of the first rows (of the longer side) are sketched once more by themselves; 0 for none.
        parts: Where the stretches begin that are all that will be added, by `add_part`; None if all values will be.
    """

    def __init__(self, axes: Axes, recipe: Recipe, head: int = 0, parts: Sequence[int] | None = None) -> None:
        self._axes, self._recipe, self._head = axes, recipe, head
        self._at = 0
        self._shift: float | None = None
        self._sums, self._bit_sums = np.zeros(4), np.zeros(4, np.uint64)
        self._counts = np.zeros(1 << 16, np.int64)
        self._nonfinite, self._largest = 0, 0.0
        self._digest = blake3()
        self._linear = _linear(axes, recipe, axes.turned, head)
        self._turned = _linear(axes, recipe, not axes.turned, 0) if axes.open else None
        self._spectrum = None if axes.flat or not recipe.singular or parts is not None else _Held(axes, recipe)
        self._samples = _samples(axes) if parts is None else dict.fromkeys(parts, np.empty(0, np.float32))
        self.count = 0

    def add(self, block: np.ndarray) -> None:
        """Take the next values, float32[n]."""
        from filiation.weights import kernels  # noqa: PLC0415  # compiled code

        block = np.ascontiguousarray(block, np.float32)
        self._digest.update(block.view(np.uint8).data)
        if not block.flags.writeable:
            block = block.copy()
        for start in range(0, len(block), CHUNK):
            values = block[start : start + CHUNK]
            bits = values.view(np.uint32)
            kernels.counted(bits, self._counts)
            kernels.bit_sums(bits, self._bit_sums)
            nonfinite, largest = kernels.cleaned(values, bits)
            self._nonfinite += nonfinite
            self._largest = max(self._largest, float(largest))
            if self._shift is None:
                self._shift = float(values.mean(dtype=np.float64))
            kernels.power_sums(values, self._shift, self._sums)
            for linear in (self._linear, self._turned):
                if linear is not None:
                    linear.add(values, self._at + start)
        if self._spectrum is not None:
            self._spectrum.add(block, self._at)
        self._sample(block)
        self._at += len(block)
        self.count += len(block)

    def add_part(self, block: np.ndarray, at: int) -> None:
        """Take values, float32[n], from `at` on in the order of the file."""
        self._at = at
        self.add(block)

    def result(self) -> Tallied:
        """Return the line."""
        recipe = self._recipe
        counts = self._counts
        rows = [len(np.unique(sample)) for sample in self._samples.values() if len(sample)]
        used = int(self._bit_sums[3]) & 0x7FFFFF
        return Tallied(
            self._linear.result(),
            None if self._turned is None else self._turned.result(),
            self._linear.head(),
            self._sums,
            self._shift or 0.0,
            int(self._bit_sums[2]),
            self._nonfinite,
            int(np.count_nonzero(counts)),
            float(np.median(rows)) if rows else 0.0,
            23 - (used & -used).bit_length() + 1 if used else 0,
            quantiles(counts, recipe.quantiles),
            np.full(recipe.singular, np.nan)
            if self._spectrum is None
            else self._spectrum.result(recipe.singular, self._largest),
            self._digest.digest(16),
            self._bit_sums[:2].copy(),
        )

    def _sample(self, block: np.ndarray) -> None:
        start, stop = self._at, self._at + len(block)
        for first in self._samples:
            if first < stop and start < first + SAMPLED_VALUES:
                last = min(first + min(SAMPLED_VALUES, self._axes.cols), stop)
                part = block[max(first, start) - start : last - start]
                self._samples[first] = np.concatenate([self._samples[first], part])


def _samples(axes: Axes) -> dict[int, np.ndarray]:
    """Return the first value of each row that is looked at for itself, with what was seen of it."""
    rows = np.unique(np.linspace(0, axes.rows - 1, SAMPLED_ROWS).astype(np.int64))
    return {int(row) * axes.cols: np.empty(0, np.float32) for row in rows}


def quantiles(counts: np.ndarray, many: int) -> np.ndarray:
    """Return float64[many]: values that equal shares lie between, at ``(i + 1/2) / many``.

    Args:
        counts: int64[65536] of the leading sixteen bits of the values; within one count they are taken as spread evenly.
        many: How many.
    """
    leading = np.concatenate([np.arange(0xFF7F, 0x7FFF, -1), np.arange(0, 0x7F80)]).astype(np.uint32)
    here = counts[leading]
    total = int(here.sum())
    if not total:
        return np.zeros(many)
    ends = np.stack([leading << np.uint32(16), (leading << np.uint32(16)) + np.uint32(0xFFFF)]).view(np.float32)
    low, high = ends.min(axis=0).astype(np.float64), ends.max(axis=0).astype(np.float64)
    before = np.concatenate([[0], np.cumsum(here)])
    wanted = (np.arange(many) + 0.5) / many * total
    cell = np.searchsorted(before, wanted, side="right") - 1
    within = (wanted - before[cell]) / here[cell]
    return low[cell] + within * (high - low)[cell]


def _linear(axes: Axes, recipe: Recipe, turned: bool, head: int) -> _Flat | _Matrix:
    return _Flat(axes, recipe) if axes.flat else _Matrix(axes, recipe, turned, head)


class _Flat:
    """CountSketch of a tensor with one axis."""

    def __init__(self, axes: Axes, recipe: Recipe) -> None:
        self._axes, self._recipe = axes, recipe
        self._total = np.zeros(recipe.flat)

    def add(self, values: np.ndarray, at: int) -> None:
        from filiation.weights.kernels import add_scattered  # noqa: PLC0415  # compiled code

        numbers = self._axes.col_numbers(at, at + len(values))
        add_scattered(values, *places(numbers, self._recipe.seed, FLAT, self._recipe.flat), self._total)

    def result(self) -> np.ndarray:
        """Return float64[buckets * buckets]; what is beyond the flat buckets is 0."""
        return np.pad(self._total, (0, self._recipe.buckets**2 - len(self._total)))

    def head(self) -> None:
        """Return None: it has no rows."""


class _Matrix:
    """CountSketch of both sides of a matrix."""

    def __init__(self, axes: Axes, recipe: Recipe, turned: bool, head: int) -> None:
        self._axes, self._recipe, self._turned, self._head = axes, recipe, turned, head
        k = recipe.buckets
        self._wide = axes.cols > WIDE
        self._total = np.zeros((k, k if self._wide else axes.cols))
        self._head_total: np.ndarray | None = None
        self._known = (0, 0, np.zeros(0, np.uint8), np.zeros(0, np.float32))

    def add(self, values: np.ndarray, at: int) -> None:
        """Take values from `at` on, in the order of the file."""
        cut = self._head * self._axes.cols
        if self._head and not self._turned and at < cut < at + len(values):
            self._rows(values[: cut - at], at)
            self._head_total = self._total.copy()
            self._rows(values[cut - at :], cut)
            return
        self._rows(values, at)
        if self._head and not self._turned and at + len(values) == cut:
            self._head_total = self._total.copy()

    def _rows(self, values: np.ndarray, at: int) -> None:
        from filiation.weights.kernels import add_rows  # noqa: PLC0415  # compiled code

        cols = self._axes.cols
        first, last = at // cols, (at + len(values) - 1) // cols + 1
        bucket, sign = self._row_places(first, last)
        if not self._wide:
            add_rows(values, at - first * cols, cols, bucket, sign, self._total)
            return
        for row in range(first, last):
            start, stop = max(at, row * cols), min(at + len(values), (row + 1) * cols)
            total = self._by_column(values[start - at : stop - at], start - row * cols)
            self._total[bucket[row - first]] += sign[row - first] * total

    def _row_places(self, first: int, last: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the places of rows, hashed for more than a chunk at a time: chunks have few rows, and come in order."""
        start, stop, bucket, sign = self._known
        if first < start or last > stop:
            start, stop = first, max(last, min(first + ROWS_AT_ONCE, self._axes.rows))
            bucket, sign = self._places(True, start, stop)
            self._known = (start, stop, bucket, sign)
        return bucket[first - start : last - start], sign[first - start : last - start]

    def _by_column(self, values: np.ndarray, at: int) -> np.ndarray:
        from filiation.weights.kernels import add_scattered  # noqa: PLC0415  # compiled code

        total = np.zeros(self._recipe.buckets)
        add_scattered(values, *self._places(False, at, at + len(values)), total)
        return total

    def _places(self, of_rows: bool, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        numbers = self._axes.row_numbers(start, stop) if of_rows else self._axes.col_numbers(start, stop)
        axis = LONG if of_rows != self._turned else SHORT
        return places(numbers, self._recipe.seed, axis, self._recipe.buckets)

    def _columns_added(self, total: np.ndarray, cols: int) -> np.ndarray:
        """Return float64[k * k] of what was added up row by row, the longer side first."""
        k = self._recipe.buckets
        if not self._wide:
            bucket, sign = self._places(False, 0, self._axes.cols)
            bucket, sign = bucket[:cols], sign[:cols]
            total = np.stack([np.bincount(bucket, row[:cols] * sign, k) for row in total])
        return (total.T if self._turned else total).reshape(k * k)

    def result(self) -> np.ndarray:
        """Return float64[buckets * buckets]."""
        return self._columns_added(self._total, self._axes.cols)

    def head(self) -> np.ndarray | None:
        """Return the same of the first rows of the longer side alone; None where none were asked for."""
        if not self._head or (self._turned and self._wide):
            return None
        if self._turned:
            return self._columns_added(self._total, self._head)
        return None if self._head_total is None else self._columns_added(self._head_total, self._axes.cols)


class _Held:
    """A matrix, or one with the same leading singular values, in memory."""

    def __init__(self, axes: Axes, recipe: Recipe) -> None:
        self._axes, self._recipe = axes, recipe
        size = axes.rows * axes.cols
        self._compressed = max(256, COMPRESSED // axes.cols) if size > HELD else 0
        self._values: np.ndarray | None = None
        if self._compressed:
            self._values = np.zeros((self._compressed, axes.cols), np.float32)

    def add(self, block: np.ndarray, at: int) -> None:
        from filiation.weights.kernels import add_rows  # noqa: PLC0415  # compiled code

        cols = self._axes.cols
        if self._compressed and self._values is not None:
            first, last = at // cols, (at + len(block) - 1) // cols + 1
            bucket, sign = wide_places(first, last, self._recipe.seed, self._compressed)
            add_rows(block, at - first * cols, cols, bucket, sign, self._values)
            return
        if len(block) == self._axes.rows * cols:
            self._values = block  # one block is all of it: nothing to copy
            return
        if self._values is None:
            self._values = np.empty(self._axes.rows * cols, np.float32)
        self._values[at : at + len(block)] = block

    def result(self, count: int, largest: float) -> np.ndarray:
        """Return float64[count]; `largest` is the largest magnitude of all values."""
        from filiation.weights.spectrum import leading  # noqa: PLC0415  # after all values

        if self._values is None:
            return np.zeros(count)
        return leading(self._values.reshape(-1, self._axes.cols), count, largest)


def wide_places(start: int, stop: int, seed: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (int64 bucket, float32 sign) of rows, for any number of buckets."""
    from filiation.weights.hashing import mixed  # noqa: PLC0415  # only large matrices need it

    state = mixed(np.arange(start, stop, dtype=np.uint64), seed, 7)
    sign = np.where(state >> np.uint64(63), np.float32(-1), np.float32(1))
    return (state % np.uint64(buckets)).astype(np.int64), sign
