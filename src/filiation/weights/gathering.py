"""Tensors that share a line of a sketch, where a model has more of them than a small file has room for.

Tensors of one kind and shape, in their order, share a line by so many at a time: that line is of a matrix that has theirs along
its diagonal. Everything that is kept of it follows from what is kept of them, so a sketch is gathered after it was made, and
two models that were gathered alike compare like any others.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from blake3 import blake3

from filiation.weights.centring import centred, ones
from filiation.weights.columns import Columns
from filiation.weights.hashing import mixed
from filiation.weights.rounding import rounded

if TYPE_CHECKING:
    from filiation.weights.recipe import Recipe

SIGNS = 7
"""What the signs are drawn for, beside the axes of `weights.hashing` and what stands in `portrait` and `budget`."""
MOST_NAME = 200
ANY_KIND = "tensors"


def groups(columns: Columns, together: int, any_kind: bool = False) -> list[np.ndarray]:
    """Return which lines become one, each int64[m] with m up to `together`, in the order of their first.

    Args:
        columns: Of a sketch.
        together: How many at most.
        any_kind: Whether tensors of different kinds and shapes share lines too; matrices and others never do.
    """
    keys: list[Hashable] = columns.flat.tolist()
    if not any_kind:
        keys = list(zip(columns.kinds, columns.parts, columns.long.tolist(), columns.short.tolist(), strict=True))
    lines = defaultdict[Hashable, list[int]](list)
    for line, key in enumerate(keys):
        lines[key].append(line)
    found = [np.array(of[at : at + together]) for of in lines.values() for at in range(0, len(of), together)]
    return sorted(found, key=lambda group: int(group[0]))


def gathered(columns: Columns, recipe: Recipe, together: int, any_kind: bool = False) -> Columns:
    """Return the columns with lines that `groups` tells made one.

    Linear parts are added with signs, after their means were taken off, and the mean of all is added again: so they stay linear
    in the values, and the squared norm of what the lines changed is estimated without bias. Moments, shares and steps are those
    of all values; singular values the greatest of all; quantiles and levels means and maxima. Digests are over those of the
    tensors. There are no heads of what shares a line.

    Args:
        columns: Of a sketch that is not gathered.
        recipe: Of it.
        together: As in `groups`.
        any_kind: As in `groups`.
    """
    found = groups(columns, together, any_kind)
    shared = [number for number, group in enumerate(found) if len(group) > 1]
    values, turned = _firsts(columns, found, shared), _Turned(columns, recipe)
    signs = np.where(mixed(np.arange(together, dtype=np.uint64), recipe.seed, SIGNS) >> np.uint64(63), -1.0, 1.0)
    middle = centred(columns, recipe)
    for number in shared:
        group = found[number]
        line = _line(columns, group) | _called(columns, group, number if any_kind else None)
        line["open"] = bool(line["open"] and turned.holds(group))
        for name, value in line.items():
            values[name][number] = value
        flat = ones(line["long"], line["short"], recipe.buckets, recipe.flat, recipe.seed) * line["mean"]
        values["linear"][number] = signs[: len(group)] @ middle[group] + flat
        values["turned"].pop(number, None)
        if line["open"]:
            values["turned"][number] = signs[: len(group)] @ turned.centred(group) + flat
    return _as_kept(values, recipe)


def _firsts(columns: Columns, found: list[np.ndarray], shared: list[int]) -> dict[str, Any]:
    """Return the fields of the first line of each group, ready to be changed; of `turned` rows by line."""
    first = columns.taken(np.array([group[0] for group in found], np.int64))
    values: dict[str, Any] = {field.name: getattr(first, field.name) for field in fields(first)}
    for name, value in values.items():
        values[name] = list(value) if isinstance(value, tuple) else value.copy()
    alone = ~np.isin(first.head_of, shared)
    values |= {name: values[name][alone] for name in ("head_of", "head_rows", "head")}
    for name in ("linear", "quantiles", "singular"):
        values[name] = values[name].astype(np.float64)
    values["turned"] = dict(zip(first.turned_of.tolist(), first.turned.astype(np.float64), strict=True))
    return values


def _as_kept(values: dict[str, Any], recipe: Recipe) -> Columns:
    """Return columns of these fields, rounded as a file keeps them."""
    rows = dict(sorted(values["turned"].items()))
    values |= {name: tuple(value) for name, value in values.items() if isinstance(value, list)}
    values["turned_of"] = np.array(list(rows), np.int32)
    values["turned"] = rounded(np.array(list(rows.values()), np.float64).reshape(len(rows), recipe.buckets**2))
    for name, bits in (("linear", 24), ("quantiles", 16), ("singular", 16)):
        values[name] = rounded(values[name], bits)
    return Columns(**values)


class _Turned:
    """The linear parts of transposes, as if their mean had been taken off."""

    def __init__(self, columns: Columns, recipe: Recipe) -> None:
        self._columns, self._recipe = columns, recipe
        self._row = {line: row for row, line in enumerate(columns.turned_of.tolist())}

    def holds(self, group: np.ndarray) -> bool:
        """Return whether there are those of all these lines."""
        return all(line in self._row for line in group.tolist())

    def centred(self, group: np.ndarray) -> np.ndarray:
        """Return float64[m, k * k] of lines that it holds, all of one shape."""
        columns, recipe = self._columns, self._recipe
        side = int(columns.long[group[0]])
        rows = columns.turned[[self._row[line] for line in group.tolist()]].astype(np.float64)
        flat = ones(side, side, recipe.buckets, recipe.flat, recipe.seed)
        return (rows - columns.mean[group].astype(np.float64)[:, None] * flat) * (columns.std[group] > 0)[:, None]


def _line(columns: Columns, group: np.ndarray) -> dict[str, Any]:
    """Return the numbers of a line that several share, but for its linear parts."""
    size = columns.size[group].astype(np.float64)
    share = size / size.sum()
    step = columns.step[group].astype(np.float64)
    every = np.sort(columns.singular[group], axis=None)[::-1]
    every = every[~np.isnan(every)][: columns.singular.shape[1]]
    digest = blake3(columns.digests[group].astype("<u8").tobytes()).digest(16)
    return _moments(columns, group, share) | {
        "zeros": share @ columns.zeros[group],
        "nonfinite": columns.nonfinite[group].sum(),
        "levels": columns.levels[group].max(),
        "row_levels": share @ columns.row_levels[group],
        "bits": columns.bits[group].max(),
        "step": np.sqrt(share @ step**2) if step.all() else 0.0,
        "quantiles": share @ columns.quantiles[group],
        "singular": np.pad(every, (0, columns.singular.shape[1] - len(every)), constant_values=np.nan),
        "digests": np.frombuffer(digest, "<u8"),
        "multisets": columns.multisets[group].sum(axis=0, dtype=np.uint64),
    }


def _moments(columns: Columns, group: np.ndarray, share: np.ndarray) -> dict[str, Any]:
    """Return the moments of all values of several tensors."""
    own = [getattr(columns, name)[group].astype(np.float64) for name in ("mean", "std", "skew", "kurtosis")]
    mean = float(share @ own[0])
    off, second = own[0] - mean, own[1] ** 2
    third, fourth = own[2] * own[1] ** 3, own[3] * second**2
    variance = float(share @ (second + off**2))
    if variance <= 1e-14 * mean**2 or variance == 0:
        return {"mean": mean, "std": 0.0, "skew": 0.0, "kurtosis": 0.0}
    skew = share @ (third + 3 * off * second + off**3) / variance**1.5
    kurtosis = share @ (fourth + 4 * off * third + 6 * off**2 * second + off**4) / variance**2
    return {"mean": mean, "std": variance**0.5, "skew": skew, "kurtosis": kurtosis}


def _called(columns: Columns, group: np.ndarray, number: int | None) -> dict[str, Any]:
    """Return what a line that several share is called, and its sides; `number` where they are of any kind."""
    first, size = int(group[0]), int(columns.size[group].sum())
    short = int(columns.short[group].max())
    long = -(-size // short)
    alike = number is None and short > 1
    largest = max(group.tolist(), key=lambda line: int(columns.size[line]))
    found: dict[str, Any] = {
        "names": f"{columns.names[first][:MOST_NAME]} + {len(group) - 1}",
        "dtypes": columns.dtypes[largest],
        "shapes": (len(group), *columns.shapes[first]) if alike else (long, short) if short > 1 else (long,),
        "long": long,
        "short": short,
        "open": alike and bool(columns.open[group].all()),
    }
    return found if number is None else found | {"kinds": ANY_KIND, "parts": "weight", "layers": number}


def steps(many: int) -> Sequence[tuple[int, bool]]:
    """Return what is tried in turn for so many tensors, as `together` and `any_kind`: the least loss first."""
    powers = [1 << power for power in range(1, max(many, 2).bit_length())]
    return [(together, any_kind) for any_kind in (False, True) for together in powers]
