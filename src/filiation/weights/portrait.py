"""A model in a few hundred numbers, by which its nearest kin are found among a million."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from filiation.weights.hashing import mixed
from filiation.weights.ones import ones_linear
from filiation.weights.sketch import Sketch, require_same_name

if TYPE_CHECKING:
    from filiation.weights.columns import Columns
    from filiation.weights.recipe import Recipe

WIDTH = 256
PROFILE_GROUPS, PROFILE_POINTS = 4, 16
PAIRS_ROWS = 2048


def portrait(sketch: Sketch) -> np.ndarray:
    """Return float32[WIDTH], of length 1: the sum of the sketches of all matrices, each centred and of norm 1.

    Matrices of one shape are added as they are, so neither names nor the order of layers matter; another shape has its numbers
    in other places with other signs. The cosine of two models' portraits estimates the mean cosine of their matrices, with a
    standard error of 1/16 where shapes are few and 1/8 where there is but one; 0 of a model without matrices.
    """
    columns, recipe = sketch.tensors, sketch.recipe
    result = np.zeros(WIDTH)
    lines = np.flatnonzero(~columns.flat & (columns.std > 0))
    centred = centred_linear(columns, recipe, lines)
    size = columns.size[lines].astype(np.float64)
    scale = np.sqrt(size / max(size.sum(), 1)) / (columns.std[lines].astype(np.float64) * np.sqrt(size))
    groups = shape_group(columns)[lines]
    for group in np.unique(groups):
        total = (centred[groups == group] * scale[groups == group, None]).sum(axis=0)
        place, sign = _spread(int(group), len(total))
        np.add.at(result, place, sign * total)
    length = np.linalg.norm(result)
    return (result / length if length else result).astype(np.float32)


def near_pairs(portraits: np.ndarray, least: float) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield pairs whose portraits have a cosine of at least `least`: (int64[m] i, int64[m] j > i, float32[m] cosine) at a time.

    Args:
        portraits: float32[n, WIDTH], each of length 1 or 0.
        least: Cosine.
    """
    for start in range(0, len(portraits), PAIRS_ROWS):
        rows = portraits[start : start + PAIRS_ROWS]
        cosine = rows @ portraits[start:].T
        i, j = np.nonzero(cosine >= least)
        later = j > i
        i, j = i[later], j[later]
        yield i + start, j + start, cosine[i, j]


def cosines(sketches: Sequence[Sketch]) -> np.ndarray:
    """Return float32[n, n]: the mean cosine of the matrices of each pair of models of one architecture, weighted by their size.

    Matrices are centred first. Its standard error between strangers is 1/8 over the root of the number of matrices; memory is
    4 bytes for each number of all linear parts, and for each pair.

    Raises:
        SketchMismatch: If they were made by different recipes.
        ValueError: If their matrices are not the same, line by line.
    """
    if not sketches:
        return np.zeros((0, 0), np.float32)
    first = sketches[0]
    lines = np.flatnonzero(~first.tensors.flat)
    width = first.recipe.buckets**2
    size = first.tensors.size[lines].astype(np.float64)
    weight = np.sqrt(size / max(size.sum(), 1))
    rows = np.empty((len(sketches), len(lines) * width), np.float32)
    for row, sketch in zip(rows, sketches, strict=True):
        require_same_name(first, sketch)
        if sketch.architecture != first.architecture:
            raise ValueError(f"{sketch.source[:200]} is of another architecture than {first.source[:200]}")
        centred = centred_linear(sketch.tensors, sketch.recipe, lines)
        norm = np.linalg.norm(centred, axis=1, keepdims=True)
        row[:] = (centred / np.where(norm > 0, norm, 1) * weight[:, None]).reshape(-1)
    return rows @ rows.T


def shape_group(columns: Columns) -> np.ndarray:
    """Return int64[n]: tensors of one number may be layers of one kind; a longer vocabulary rarely changes it."""
    slope = np.rint(2 * np.log2(columns.long / np.maximum(columns.short, 1))).astype(np.int64)
    return columns.short * 64 + np.clip(slope, 0, 63)


def centred_linear(columns: Columns, recipe: Recipe, lines: np.ndarray) -> np.ndarray:
    """Return float64[m, k * k]: the linear parts of these lines, all matrices, as if their mean had been taken off first."""
    ones = [ones_linear(int(columns.long[i]), int(columns.short[i]), recipe.buckets, recipe.seed) for i in lines]
    width = recipe.buckets**2
    return columns.linear[lines].astype(np.float64) - columns.mean[lines, None] * np.array(ones).reshape(len(lines), width)


@lru_cache(maxsize=4096)
def _spread(group: int, many: int) -> tuple[np.ndarray, np.ndarray]:
    state = mixed(np.arange(many, dtype=np.uint64) + np.uint64(group * 4096), 0, 6)
    # A permutation, not a hash: while one shape has fewer numbers than there are places, none of them meet.
    place = np.argsort(mixed(np.arange(WIDTH, dtype=np.uint64) + np.uint64(group * 4096), 0, 5))[np.arange(many) % WIDTH]
    return place, np.where(state >> np.uint64(63), -1.0, 1.0)


def profile(sketch: Sketch) -> np.ndarray:
    """Return float32[64]: logarithms of standard deviations of matrices, which no order of rows or columns changes.

    Of each of the four shapes with most values, in the order of their sides, sixteen numbers between the least and the greatest
    of its matrices; 0 where there are fewer shapes. Rotations leave them nearly as they are; a common factor moves all.
    """
    columns = sketch.tensors
    result = np.zeros((PROFILE_GROUPS, PROFILE_POINTS))
    lines = np.flatnonzero(~columns.flat & (columns.std > 0))
    groups = shape_group(columns)[lines]
    found, place = np.unique(groups, return_inverse=True)
    total = np.bincount(place, columns.size[lines], len(found))
    largest = np.sort(np.argsort(-total, kind="stable")[:PROFILE_GROUPS])
    for row, group in enumerate(largest):
        spread = np.sort(np.log(columns.std[lines][place == group]))
        at = np.linspace(0, len(spread) - 1, PROFILE_POINTS)
        result[row] = np.interp(at, np.arange(len(spread)), spread)
    return result.reshape(-1).astype(np.float32)
