"""Which tensor of one model answers to which of another: by role, by layers that look alike, by contents, by shape."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from filiation.weights.centring import centred, cosines, directions
from filiation.weights.recipe import RECIPE, Recipe

if TYPE_CHECKING:
    from filiation.weights.columns import Columns

LIKE = 0.3
"""Mean cosine from which two layers are taken for one another."""
SURE = 0.7
"""Cosine from which two tensors are taken for one another by nothing but their shape."""
USUAL_BUCKETS = 8
"""Of a side; for this many `LIKE` and `SURE` were chosen. With fewer, strangers come nearer to one another by chance."""
MOST_OF_ONE_SHAPE = 512
MOST_LAYERS = 200


@dataclass(frozen=True, eq=False)
class Pairs:
    """Lines of two sketches that answer to one another.

    Attributes:
        a: int64[m]; lines of the first.
        b: int64[m]; lines of the second.
        layers: Layer of the second by layer of the first, where they are not all the same; empty otherwise.
        only_a: int64; lines of the first that nothing answers to.
        only_b: int64; lines of the second.
        renamed: How many pairs were found by contents or shape, not by role.
    """

    a: np.ndarray
    b: np.ndarray
    only_a: np.ndarray
    only_b: np.ndarray
    layers: dict[int, int] = field(default_factory=dict)
    renamed: int = 0


def paired(a: Columns, b: Columns, recipe: Recipe = RECIPE) -> Pairs:
    """Return which lines of `a` and `b` answer to one another; of the layers of the deeper model several may meet one."""
    if _depth(a) < _depth(b):
        turned = paired(b, a, recipe)
        return Pairs(turned.b, turned.a, turned.only_b, turned.only_a, turned.layers, turned.renamed)
    x, y = centred(a, recipe), centred(b, recipe)
    if _same_lines(a, b):
        lines = np.arange(len(a))
        layered = (a.layers >= 0) & (a.short > 1) & (a.std > 0)
        if not layered.any() or np.median(cosines(x[layered], y[layered])) >= LIKE or not _layer_map(a, b, x, y, recipe):
            return Pairs(lines, lines, lines[:0], lines[:0])
    layers = _layer_map(a, b, x, y, recipe) if _layers(a) != _layers(b) else {}
    found = _by_key(a, b, x, y, layers)
    if not layers and _shuffled(a, b, x, y, found):
        moved = _layer_map(a, b, x, y, recipe)
        if any(own != other for own, other in moved.items()):  # else they only look like strangers, such as when turned
            layers = moved
            found = _by_key(a, b, x, y, layers)
    known = len(found)
    found += _by_contents(a, b, found)
    found += _by_shape(a, b, x, y, found, _sure(recipe))
    lines = np.array(sorted(found), np.int64).reshape(-1, 2)
    only_a = np.setdiff1d(np.arange(len(a)), lines[:, 0])
    only_b = np.setdiff1d(np.arange(len(b)), lines[:, 1])
    return Pairs(lines[:, 0], lines[:, 1], only_a, only_b, layers, len(found) - known)


def _same_lines(a: Columns, b: Columns) -> bool:
    """Return whether line n of one answers to line n of the other, for all n, by role and shape."""
    return (
        len(a) == len(b)
        and a.kinds == b.kinds
        and a.parts == b.parts
        and all(np.array_equal(x, y) for x, y in ((a.layers, b.layers), (a.long, b.long), (a.short, b.short)))
    )


def _depth(columns: Columns) -> int:
    return len(_layers(columns))


def _layers(columns: Columns) -> set[int]:
    return {int(layer) for layer in columns.layers if layer >= 0}


def _groups(keys: Iterable[Hashable]) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for line, key in enumerate(keys):
        groups[key].append(line)
    return groups


def _by_key(a: Columns, b: Columns, x: np.ndarray, y: np.ndarray, layers: dict[int, int]) -> list[tuple[int, int]]:
    """Return the lines of the same kind, layer and part; several of one key meet in their order."""
    mapped = [layers.get(int(layer), -2) if layers and layer >= 0 else int(layer) for layer in a.layers]
    of_b = _groups(zip(b.kinds, map(int, b.layers), b.parts, strict=True))
    found = []
    for key, lines in _groups(zip(a.kinds, mapped, a.parts, strict=True)).items():
        others = of_b.get(key, [])
        many = len(others)
        if not many or len(lines) % many:
            continue
        met = [(line, others[i % many]) for i, line in enumerate(lines) if _comparable(a, b, line, others[i % many])]
        if many == 1 or _alike(a, b, x, y, met):
            found += met
    return found


def _alike(a: Columns, b: Columns, x: np.ndarray, y: np.ndarray, met: list[tuple[int, int]]) -> bool:
    """Return whether several tensors of one key were met in the right order: names that tell nothing come in any."""
    if all(a.names[i] == b.names[j] for i, j in met):
        return True
    lines = np.array([(i, j) for i, j in met if a.long[i] == b.long[j]], np.int64).reshape(-1, 2)
    return bool(len(lines)) and bool(np.median(cosines(x[lines[:, 0]], y[lines[:, 1]])) >= LIKE)


def _comparable(a: Columns, b: Columns, i: int, j: int) -> bool:
    """Return whether two tensors have one shape, or are matrices that differ only in how many rows the longer side has."""
    if a.long[i] == b.long[j]:
        return bool(a.short[i] == b.short[j])
    return bool(a.short[i] == b.short[j] > 1 and i in a.head_of and j in b.head_of)


def _shuffled(a: Columns, b: Columns, x: np.ndarray, y: np.ndarray, found: list[tuple[int, int]]) -> bool:
    """Return whether layers that should answer to one another look like strangers."""
    lines = np.array([(i, j) for i, j in found if a.layers[i] >= 0 and a.short[i] > 1 and a.long[i] == b.long[j]], np.int64)
    if not len(lines) or _depth(a) > MOST_LAYERS:
        return False
    return bool(np.median(cosines(x[lines[:, 0]], y[lines[:, 1]])) < LIKE)


def _layer_map(a: Columns, b: Columns, x: np.ndarray, y: np.ndarray, recipe: Recipe) -> dict[int, int]:
    """Return, for each layer of `a`, the layer of `b` that its matrices look most like, if they do."""
    vectors_a, vectors_b = _stacked(a, x), _stacked(b, y)
    keys = sorted({key for of in (vectors_a, vectors_b) for vectors in of.values() for key in vectors}, key=str)
    if not vectors_a or not vectors_b or max(len(vectors_a), len(vectors_b)) > MOST_LAYERS:
        return {}
    likeness = _dense(vectors_a, keys) @ _dense(vectors_b, keys).T
    held = [np.array([[key in vectors for key in keys] for vectors in of.values()], float) for of in (vectors_a, vectors_b)]
    likeness /= np.maximum(held[0] @ held[1].T, 1)
    others = np.array(list(vectors_b))
    least = min(LIKE * USUAL_BUCKETS / min(recipe.buckets, USUAL_BUCKETS), 1.0)  # as many standard deviations
    result = {}
    for row, layer in zip(likeness, vectors_a, strict=True):
        best = int(np.lexsort((np.abs(others - layer), -row))[0])
        if row[best] >= least:
            result[layer] = int(others[best])
    return result


def _dense(vectors: dict[int, dict[Hashable, np.ndarray]], keys: list[Hashable]) -> np.ndarray:
    """Return float64[layers, keys * d]: the directions of each layer's matrices side by side; 0 of those it lacks."""
    width = len(next(iter(next(iter(vectors.values())).values())))
    nothing = np.zeros(width)
    return np.stack([np.concatenate([of.get(key, nothing) for key in keys]) for of in vectors.values()])


def _stacked(columns: Columns, rows: np.ndarray) -> dict[int, dict[Hashable, np.ndarray]]:
    """Return by layer the directions of its matrices, by kind, part and shape."""
    lines = np.flatnonzero((columns.layers >= 0) & (columns.short > 1) & (columns.std > 0))
    vectors = directions(rows[lines])
    result: dict[int, dict[Hashable, np.ndarray]] = defaultdict(dict)
    for line, vector in zip(lines, vectors, strict=True):
        key = (columns.kinds[line], columns.parts[line], int(columns.long[line]), int(columns.short[line]))
        result[int(columns.layers[line])].setdefault(key, vector)
    return result


def _left(columns: Columns, found: list[tuple[int, int]], side: int) -> list[int]:
    used = {pair[side] for pair in found}
    return [line for line in range(len(columns)) if line not in used]


def _by_contents(a: Columns, b: Columns, found: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the lines that hold the same values, in the same order or another, and are not constant."""

    def keyed(columns: Columns, side: int) -> dict[Hashable, list[int]]:
        lines = [line for line in _left(columns, found, side) if columns.std[line] > 0]
        return _groups_of(
            lines,
            lambda n: (int(columns.multisets[n, 0]), int(columns.multisets[n, 1]), int(columns.long[n]), int(columns.short[n])),
        )

    of_a, of_b = keyed(a, 0), keyed(b, 1)
    return [pair for key in of_a.keys() & of_b.keys() for pair in zip(of_a[key], of_b[key], strict=False)]


def _groups_of(lines: list[int], key: Callable[[int], Hashable]) -> dict[Hashable, list[int]]:
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for line in lines:
        groups[key(line)].append(line)
    return groups


def _by_shape(
    a: Columns, b: Columns, x: np.ndarray, y: np.ndarray, found: list[tuple[int, int]], sure: float
) -> list[tuple[int, int]]:
    """Return the matrices of one shape whose values surely agree; each is taken once."""
    from scipy.optimize import linear_sum_assignment  # noqa: PLC0415  # most pairs never come here

    def shaped(columns: Columns, side: int) -> dict[Hashable, list[int]]:
        lines = [line for line in _left(columns, found, side) if columns.short[line] > 1 and columns.std[line] > 0]
        return _groups_of(lines, lambda n: (int(columns.long[n]), int(columns.short[n])))

    of_a, of_b = shaped(a, 0), shaped(b, 1)
    result = []
    for key in of_a.keys() & of_b.keys():
        if max(len(of_a[key]), len(of_b[key])) > MOST_OF_ONE_SHAPE:
            continue
        likeness = directions(x[of_a[key]]) @ directions(y[of_b[key]]).T
        for turned_a, turned_b in ((False, True), (True, False)):
            other = directions(_turned(a, x, of_a[key], turned_a)) @ directions(_turned(b, y, of_b[key], turned_b)).T
            likeness = np.maximum(likeness, other)
        rows, cols = linear_sum_assignment(-likeness)
        result += [(of_a[key][r], of_b[key][c]) for r, c in zip(rows, cols, strict=True) if likeness[r, c] >= sure]
    return result


def _sure(recipe: Recipe) -> float:
    """Return the cosine that strangers reach by chance as rarely as `SURE` with the usual number of buckets."""
    buckets = min(recipe.buckets, USUAL_BUCKETS)
    return float(np.sqrt(1 - (1 - SURE**2) ** ((USUAL_BUCKETS**2 - 1) / max(buckets**2 - 1, 1))))


def _turned(columns: Columns, rows: np.ndarray, lines: list[int], turned: bool) -> np.ndarray:
    """Return the rows of those lines, of square matrices nobody knows the sides of with the sides exchanged if asked."""
    if not turned:
        return rows[lines]
    other = {int(line): row for line, row in zip(columns.turned_of, columns.turned, strict=True)}
    return np.stack([other[line].astype(np.float64) if line in other else rows[line] for line in lines])
