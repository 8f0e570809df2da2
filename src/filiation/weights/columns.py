"""What a sketch holds of each tensor, in columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from filiation.weights.recipe import Recipe
from filiation.weights.rounding import rounded
from filiation.weights.tally import Tallied


@dataclass(frozen=True, eq=False)
class Columns:
    """One line for each tensor, n of them, sorted by kind, layer, part and name.

    A tensor with more than one axis is a matrix, of `long` by `short`: see `weights.axes`.

    Attributes:
        names: As the files spell them.
        kinds: Canonical roles, such as ``attention.query``: see `weights.roles`.
        parts: ``weight``, ``bias``, ``lora_a``, ...
        layers: int64[n]; -1 outside of layers.
        shapes: As the files have them.
        dtypes: As stored: ``BF16``, ``Q4_K``.
        long: int64[n]; the longer side of the matrix, or the number of values.
        short: int64[n]; the shorter one; 1 of a tensor with one axis.
        linear: float32[n, k * k]: the matrix W as R W C', row-major, k by k: R adds rows (of the longer side) with signs into k
            buckets, C columns. Of a tensor with one axis the first `flat` are its CountSketch and the rest is 0. Linear in the
            values; the squared norm is an unbiased estimate of the tensor's, and inner products likewise.
        open: bool[n]; square, and nobody knows which side is which: `turned` has the transpose.
        mean: float32[n], as all moments over finite values.
        std: float32[n].
        skew: float32[n]; 0 where all values are equal.
        kurtosis: float32[n]; 3 of a normal distribution, 0 where all values are equal.
        zeros: float32[n]; the share of exact zeros.
        nonfinite: int64[n]; values that are not finite; they count as 0 above.
        levels: int32[n]; how many different values there are, of those whose leading sixteen bits differ: exact for BF16.
        row_levels: float32[n]; the median over up to sixteen rows, the first 4,096 values of each, of how many differ.
        bits: uint8[n]; mantissa bits that are used, up to 23: at most 7 where values were once BF16, 10 where F16.
        step: float32[n]; how far apart values are that are stored as whole numbers with a scale, the root mean square over
            all scales of the tensor; 0 where no scale is known.
        quantiles: float32[n, q], at (i + 1/2) / q.
        singular: float32[n, s]: leading singular values, descending; NaN of a tensor with one axis.
        digests: uint64[n, 2]: BLAKE3 of the values as float32 in the order of the file.
        multisets: uint64[n, 2]: a sum over the values that does not depend on their order; that of a tensor is the sum of those
            of its parts. Not proof against forgery.
        head_of: int32[h]; lines of `head`.
        head_rows: int32[h]; how many rows.
        head: float32[h, k * k]: as `linear`, of the first rows of the longer side alone.
        turned_of: int32[t]; lines of `turned`.
        turned: float32[t, k * k]: `linear` of the transpose.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    parts: tuple[str, ...]
    layers: np.ndarray
    shapes: tuple[tuple[int, ...], ...]
    dtypes: tuple[str, ...]
    long: np.ndarray
    short: np.ndarray
    linear: np.ndarray
    open: np.ndarray
    mean: np.ndarray
    std: np.ndarray
    skew: np.ndarray
    kurtosis: np.ndarray
    zeros: np.ndarray
    nonfinite: np.ndarray
    levels: np.ndarray
    row_levels: np.ndarray
    bits: np.ndarray
    step: np.ndarray
    quantiles: np.ndarray
    singular: np.ndarray
    digests: np.ndarray
    multisets: np.ndarray
    head_of: np.ndarray
    head_rows: np.ndarray
    head: np.ndarray
    turned_of: np.ndarray
    turned: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    @property
    def size(self) -> np.ndarray:
        """int64[n]: the number of values of each tensor."""
        return self.long * self.short

    @property
    def norm(self) -> np.ndarray:
        """float64[n]: the root of the sum of the squares of the values, exact up to rounding."""
        return np.sqrt(self.size * (self.std.astype(np.float64) ** 2 + self.mean.astype(np.float64) ** 2))

    @property
    def flat(self) -> np.ndarray:
        """bool[n]: whether the tensor has one axis."""
        return self.short == 1

    def taken(self, lines: np.ndarray) -> Columns:
        """Return the given lines, int[m], in that order."""
        new: dict[str, object] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name.startswith(("head", "turned")):
                continue
            new[field.name] = tuple(value[i] for i in lines) if isinstance(value, tuple) else value[lines]
        place = np.full(len(self), -1, np.int64)
        place[lines] = np.arange(len(lines))
        for name, others in (("head", ("head_rows", "head")), ("turned", ("turned",))):
            of = place[getattr(self, f"{name}_of")]
            new[f"{name}_of"] = of[of >= 0].astype(np.int32)
            for other in others:
                new[other] = getattr(self, other)[of >= 0]
        return Columns(**new)  # type: ignore[arg-type]  # every field has been set

    def folded(self, buckets: int, flat: int) -> Columns:
        """Return these columns with sides of `buckets`, and `flat` of a tensor with one axis; `Recipe.folded` checks both."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, of in (("linear", None), ("head", self.head_of), ("turned", self.turned_of)):
            is_flat = self.flat if of is None else self.flat[of]
            values[name] = rounded(_folded(getattr(self, name), buckets, flat, is_flat))
        return Columns(**values)


def _folded(linear: np.ndarray, buckets: int, flat: int, is_flat: np.ndarray) -> np.ndarray:
    n, k = len(linear), round(linear.shape[1] ** 0.5)
    shape = (n, k // buckets, buckets, k // buckets, buckets)
    result = linear.astype(np.float64).reshape(shape).sum(axis=(1, 3)).reshape(n, buckets * buckets)
    result[is_flat] = 0
    vectors = linear[is_flat].astype(np.float64)
    held = vectors.reshape(len(vectors), vectors.shape[1] // flat, flat)  # both are powers of two
    result[is_flat, :flat] = held.sum(axis=1)
    return result


def moments(line: Tallied, size: int) -> tuple[float, float, float, float]:
    """Return (mean, standard deviation, skewness, kurtosis) of `size` values; all 0 of none."""
    if not size:
        return 0.0, 0.0, 0.0, 0.0
    first, second, third, fourth = (float(total) / size for total in line.sums)
    variance = max(second - first**2, 0.0)
    mean = line.shift + first
    if variance <= 1e-14 * max(second, mean**2):
        return mean, 0.0, 0.0, 0.0
    skew = (third - 3 * first * second + 2 * first**3) / variance**1.5
    kurtosis = (fourth - 4 * first * third + 6 * first**2 * second - 3 * first**4) / variance**2
    return mean, variance**0.5, skew, kurtosis


def numbers(lines: Sequence[Tallied], sizes: Sequence[int], recipe: Recipe) -> dict[str, np.ndarray]:
    """Return the columns of numbers, rounded as a file keeps them: what is written and read again is the same.

    Args:
        lines: One for each tensor.
        sizes: Their numbers of values.
        recipe: Of the sketch.
    """
    shape = np.array([moments(line, size) for line, size in zip(lines, sizes, strict=True)], np.float32).reshape(-1, 4)
    head = [(i, line.head) for i, line in enumerate(lines) if line.head is not None]
    turned = [(i, line.turned) for i, line in enumerate(lines) if line.turned is not None]

    def stacked(rows: Sequence[np.ndarray], many: int) -> np.ndarray:
        return np.array(rows, np.float64).reshape(len(rows), many)

    width = recipe.buckets**2
    return {
        "linear": rounded(stacked([line.linear for line in lines], width)),
        "mean": shape[:, 0],
        "std": shape[:, 1],
        "skew": shape[:, 2],
        "kurtosis": shape[:, 3],
        "zeros": np.array([line.zeros / max(size, 1) for line, size in zip(lines, sizes, strict=True)], np.float32),
        "nonfinite": np.array([line.nonfinite for line in lines], np.int64),
        "levels": np.array([line.levels for line in lines], np.int32),
        "row_levels": np.array([line.row_levels for line in lines], np.float32),
        "bits": np.array([line.bits for line in lines], np.uint8),
        "quantiles": rounded(stacked([line.quantiles for line in lines], recipe.quantiles), 16),
        "singular": rounded(stacked([line.singular for line in lines], recipe.singular), 16),
        "digests": np.frombuffer(b"".join(line.digest for line in lines), "<u8").reshape(-1, 2).astype(np.uint64),
        "multisets": np.array([line.multiset for line in lines], np.uint64).reshape(-1, 2),
        "head_of": np.array([i for i, _ in head], np.int32),
        "head": rounded(stacked([row for _, row in head], width)),
        "turned_of": np.array([i for i, _ in turned], np.int32),
        "turned": rounded(stacked([row for _, row in turned], width)),
    }
