"""Two sketches side by side, tensor by tensor: what every rule of kinship looks at."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from filiation.weights.centring import centred, cosines
from filiation.weights.pairing import Pairs, paired
from filiation.weights.sketch import Sketch, require_same_name

SAME_DIRECTION = 2e-6
"""How far a cosine may be from 1 where a tensor was only scaled: 24 bits of each bucket were kept."""
RANK_FLOOR = 1e-3
"""Of the largest singular value of a difference; what is below counts as nothing."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What two sketches, `a` and `b`, say of one another.

    Attributes:
        a: The first.
        b: The second.
        pairs: Lines that answer to one another, m of them.
        identical: bool[m]; the same values.
        cosine: float64[m]; of the values less their means, estimated; 0 of constants.
        scale: float64[m]; what `a` must be multiplied by to be nearest to `b`.
        changed: float64[m]; the squared norm of ``b - a``, estimated.
        ranks: int64[m]; of the difference, at most the buckets of a side; 0 of identical ones.
        partly: bool[m]; only the leading rows were compared.
    """

    a: Sketch
    b: Sketch
    pairs: Pairs
    identical: np.ndarray
    cosine: np.ndarray
    scale: np.ndarray
    changed: np.ndarray
    ranks: np.ndarray
    partly: np.ndarray

    @cached_property
    def matrix(self) -> np.ndarray:
        """bool[m]: matrices that are not constant."""
        x, y = self.a.tensors, self.b.tensors
        return (x.short[self.pairs.a] > 1) & (x.std[self.pairs.a] > 0) & (y.std[self.pairs.b] > 0)

    @cached_property
    def telling(self) -> np.ndarray:
        """bool[m]: tensors that strangers do not share: matrices, and vectors of more than a few different values."""
        x, y = self.a.tensors, self.b.tensors
        many = np.minimum(x.levels[self.pairs.a], y.levels[self.pairs.b])
        return self.matrix | ((x.std[self.pairs.a] > 0) & (y.std[self.pairs.b] > 0) & (many > 4))

    @cached_property
    def size(self) -> np.ndarray:
        """int64[m]: values of each pair."""
        return np.minimum(self.a.tensors.size[self.pairs.a], self.b.tensors.size[self.pairs.b])

    @cached_property
    def freedom(self) -> np.ndarray:
        """float64[m]: how many independent numbers stand behind each cosine."""
        recipe = self.a.recipe
        buckets = np.where(self.matrix, recipe.buckets**2, recipe.flat)
        return np.minimum(self.size, buckets).astype(np.float64)

    @cached_property
    def norm(self) -> np.ndarray:
        """float64[m]: of `a`; of what was compared of it."""
        whole = self.a.tensors.norm[self.pairs.a]
        share = self.size / np.maximum(self.a.tensors.size[self.pairs.a], 1)
        return whole * np.sqrt(np.where(self.partly, share, 1.0))

    @cached_property
    def relative(self) -> np.ndarray:
        """float64[m]: the norm of ``b - a`` over that of `a`."""
        return np.sqrt(self.changed) / np.where(self.norm > 0, self.norm, 1)

    @cached_property
    def covered(self) -> float:
        """Share of the values of the smaller model's matrices that have an answer in the other."""

        def held(sketch: Sketch) -> int:
            columns = sketch.tensors
            return int(columns.size[(columns.short > 1) & (columns.std > 0)].sum())

        whole = min(held(self.a), held(self.b))
        return min(1.0, float(self.size[self.matrix].sum()) / whole) if whole else 0.0

    @cached_property
    def likeness(self) -> float:
        """The mean cosine over matrices, each weighed by its independent numbers; over all tensors where none is a matrix."""
        kept = self.matrix if self.matrix.any() else self.telling
        weights = self.freedom * kept
        return float(weights @ self.cosine / weights.sum()) if weights.sum() else 0.0

    @cached_property
    def body_likeness(self) -> float:
        """The same over matrices that are no embedding and no output: those follow the frequencies of a corpus."""
        kinds = [self.a.tensors.kinds[line] for line in self.pairs.a]
        body = np.array([not kind.startswith(("embedding", "output")) for kind in kinds], bool) & self.matrix
        weights = self.freedom * body
        return float(weights @ self.cosine / weights.sum()) if weights.sum() else self.likeness

    @cached_property
    def distance(self) -> float:
        """The norm of all that differs over that of all, over matrices."""
        kept = self.matrix if self.matrix.any() else self.telling
        whole = float((self.norm[kept] ** 2).sum())
        return float(np.sqrt(self.changed[kept].sum() / whole)) if whole else 0.0

    @cached_property
    def same_share(self) -> float:
        """The share of the values of matrices that stayed as they were."""
        whole = self.size[self.matrix].sum()
        return float(self.size[self.matrix & self.identical].sum() / whole) if whole else 0.0


def compare(a: Sketch, b: Sketch) -> Comparison:
    """Return two sketches side by side.

    Raises:
        SketchMismatch: If they were made by different recipes.
    """
    require_same_name(a, b)
    pairs = paired(a.tensors, b.tensors, a.recipe)
    x, y, partly = _linear(a, b, pairs)
    turned = _turned(a, b, pairs, x, y)
    identical = (a.tensors.digests[pairs.a] == b.tensors.digests[pairs.b]).all(axis=1) & ~partly
    difference = y - x
    changed = np.where(identical, 0.0, (difference**2).sum(axis=1))
    moved = (a.tensors.multisets[pairs.a] == b.tensors.multisets[pairs.b]).all(axis=1) & ~partly
    identical |= moved & (changed <= 1e-10 * np.maximum((x**2).sum(axis=1), 1e-30))
    mean_x, mean_y = centred(a.tensors, a.recipe)[pairs.a], centred(b.tensors, b.recipe)[pairs.b]
    cosine = np.where(partly | turned, cosines(x, y), cosines(mean_x, mean_y))
    cosine[identical & (a.tensors.std[pairs.a] > 0)] = 1.0
    inner, square = np.einsum("ij,ij->i", x, y), (x**2).sum(axis=1)
    scale = np.where(square > 0, inner / np.where(square > 0, square, 1), 1.0)
    changed[identical] = 0.0
    ranks = _ranks(a, b, pairs, difference, identical)
    return Comparison(a, b, pairs, identical, cosine, scale, changed, ranks, partly)


def _linear(a: Sketch, b: Sketch, pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the linear sketches of both, float64[m, k * k], and where only the leading rows are compared."""
    x, y = (s.tensors.linear[lines].astype(np.float64) for s, lines in ((a, pairs.a), (b, pairs.b)))
    partly = a.tensors.long[pairs.a] != b.tensors.long[pairs.b]
    heads = [dict(zip(map(int, s.tensors.head_of), s.tensors.head, strict=True)) for s in (a, b)]
    for m in np.flatnonzero(partly):
        x[m], y[m] = heads[0][int(pairs.a[m])], heads[1][int(pairs.b[m])]
    return x, y, partly


def _turned(a: Sketch, b: Sketch, pairs: Pairs, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Turn the rows of `y` whose tensor is better understood with its sides exchanged; return which, bool[m]."""
    result = np.zeros(len(pairs.a), bool)
    other = {int(line): row.astype(np.float64) for line, row in zip(b.tensors.turned_of, b.tensors.turned, strict=True)}
    of_a = {int(line): row.astype(np.float64) for line, row in zip(a.tensors.turned_of, a.tensors.turned, strict=True)}
    for m, (i, j) in enumerate(zip(map(int, pairs.a), map(int, pairs.b), strict=True)):
        rows = other.get(j) if j in other else None
        if rows is not None and _cosine(x[m], rows) > _cosine(x[m], y[m]) + 0.2:
            y[m], result[m] = rows, True
        elif rows is None and i in of_a and _cosine(of_a[i], y[m]) > _cosine(x[m], y[m]) + 0.2:
            x[m], result[m] = of_a[i], True
    return result


def _cosine(x: np.ndarray, y: np.ndarray) -> float:
    norms = float(np.linalg.norm(x) * np.linalg.norm(y))
    return float(x @ y) / norms if norms else 0.0


def _ranks(a: Sketch, b: Sketch, pairs: Pairs, difference: np.ndarray, identical: np.ndarray) -> np.ndarray:
    """Return the ranks of the differences as far as the sketch shows them: what storing rounds away does not count."""
    k = a.recipe.buckets
    values = np.linalg.svd(difference.reshape(-1, k, k), compute_uv=False) if len(difference) else np.zeros((0, k))
    norm = a.tensors.norm[pairs.a]
    bits = np.minimum(a.tensors.bits[pairs.a], b.tensors.bits[pairs.b]).astype(np.float64)
    noise = norm * (2e-6 + 0.4 * 2.0 ** -(np.where(bits > 0, bits, 23) + 1))
    floor = np.maximum(noise, RANK_FLOOR * values[:, 0])
    ranks = (values > floor[:, None]).sum(axis=1)
    flat = a.tensors.short[pairs.a] == 1
    return np.where(identical, 0, np.where(flat, 1, ranks))
