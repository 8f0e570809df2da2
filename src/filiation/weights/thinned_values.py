"""TIES told from DARE by a few of the values themselves, where the files of a merge, its base and its parents are at hand.

Each value of the merge less that of the base is nothing, what one parent changed there times a factor, or a sum of both. The
factor is the one that most values agree on. DARE adds the two as they are; TIES takes their mean where both point the same way.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from filiation.core.tensor import Tensor
from filiation.weights.checkpoint import Checkpoint
from filiation.weights.trimmed_merges import Trimmed

MOST_MATRICES, MOST_VALUES = 24, 1 << 16
"""So much is read at most; a block of each matrix, of which so many values count."""
LEAST_VALUES = 256
CLOSE = 1e-3
"""Relative error from which a value is explained; single precision leaves less, half precision makes the answer None."""
FACTORS = np.linspace(0.05, 20, 39_901)
"""Middles of the bins in which a factor is looked for, 0.0005 apart."""
LEAST_AGREEING = 0.05
"""Share of values that must agree on a factor."""
TIES_APART = 0.02
"""By how much factors differ where both are kept from where one is, relatively, so that it is TIES."""


def thinned_values(child: Checkpoint, base: Checkpoint, parents: Sequence[Checkpoint]) -> Trimmed | None:
    """Return how two parents' changes were thinned; None where values do not show it.

    Args:
        child: The merge.
        base: What both were trained from.
        parents: Two.

    Raises:
        WeightsError: If values cannot be read.
    """
    blocks = [np.stack(block) for block in _blocks((child, base, *parents))]
    if not blocks:
        return None
    values = np.concatenate(blocks, axis=1).astype(np.float64)
    merged, *changes = values[[0, 2, 3]] - values[1]
    noise = 4 * np.finfo(np.float32).eps * np.abs(values).max(axis=0)
    moved = (np.abs(changes[0]) > noise / CLOSE) & (np.abs(changes[1]) > noise / CLOSE)
    if moved.sum() < LEAST_VALUES:
        return None
    return _thinned(merged[moved], np.stack(changes)[:, moved], noise[moved])


def _blocks(models: Sequence[Checkpoint]) -> Iterator[list[np.ndarray]]:
    """Yield the first values of the largest matrices that all models have under one name and shape, float32[k] of each."""
    named = [{tensor.name: tensor for tensor in model.weights} for model in models]
    shared = [tensor for tensor in named[0].values() if len(tensor.shape) > 1 and _everywhere(tensor, named)]
    for tensor in sorted(shared, key=lambda one: (-one.size, one.name))[:MOST_MATRICES]:
        found = [next(model.values(names[tensor.name]))[:MOST_VALUES] for model, names in zip(models, named, strict=True)]
        shortest = min(map(len, found))
        yield [values[:shortest] for values in found]


def _everywhere(tensor: Tensor, named: Sequence[dict[str, Tensor]]) -> bool:
    return all(tensor.name in names and names[tensor.name].shape == tensor.shape for names in named)


def _thinned(merged: np.ndarray, changes: np.ndarray, noise: np.ndarray) -> Trimmed | None:
    factors = [_factor(merged, change) for change in changes]
    if None in factors:
        return None
    alone = [np.abs(merged - f * c) <= noise + CLOSE * np.abs(merged) for f, c in zip(factors, changes, strict=True)]  # type: ignore[operator]
    nothing = np.abs(merged) <= noise
    both = ~(nothing | alone[0] | alone[1])
    if both.sum() < LEAST_VALUES:
        return None
    shares = np.linalg.lstsq(changes[:, both].T, merged[both], rcond=None)[0]
    left = np.abs(merged[both] - shares @ changes[:, both]) > noise[both] + CLOSE * np.abs(merged[both])
    if left.mean() > 0.1 or shares.min() <= 0:
        return None
    apart = float(max(abs(share / factor - 1) for share, factor in zip(shares, factors, strict=True)))  # type: ignore[operator]
    if apart > TIES_APART:
        whole = shares.sum()
        return Trimmed("ties", (float(shares[0] / whole), float(shares[1] / whole)), 1 - float(nothing.mean()) ** 0.5, 0.0)
    kept = [float((one | both).mean()) for one in alone]
    return Trimmed("dare", (float(shares[0] * kept[0]), float(shares[1] * kept[1])), float(np.mean(kept)), 0.0)


def _factor(merged: np.ndarray, change: np.ndarray) -> float | None:
    """Return by what most values of a change were multiplied; None where they do not agree."""
    ratio = merged / change
    ratio = ratio[(ratio > FACTORS[0]) & (ratio < FACTORS[-1])]
    if not len(ratio):
        return None
    counts = np.histogram(ratio, FACTORS)[0]
    best = int(counts.argmax())
    if counts[max(best - 1, 0) : best + 2].sum() < LEAST_AGREEING * len(change):
        return None
    return float(np.median(ratio[np.abs(ratio - FACTORS[best]) < 2 * (FACTORS[1] - FACTORS[0])]))
