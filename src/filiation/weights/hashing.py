"""Which bucket each row and each column of a matrix falls into, and with which sign.

The same for every tensor of every model: a row's hash depends on its number alone. So layers compare with layers, renamed
copies with their source, and a matrix with itself after rows were added at its end.
"""

from __future__ import annotations

import numpy as np

LONG, SHORT, FLAT = 1, 2, 3
"""The axis that a hash is for: rows, columns, or the elements of what has one axis."""
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
ROUNDS = ((np.uint64(30), np.uint64(0xBF58476D1CE4E5B9)), (np.uint64(27), np.uint64(0x94D049BB133111EB)))
LAST_SHIFT = np.uint64(31)
"""Constants of the mix; `kernels.add_signs` mixes likewise."""


def mixed(numbers: np.ndarray, seed: int, axis: int) -> np.ndarray:
    """Return uint64[n]: the numbers, uint64[n], mixed by SplitMix64 (Steele, Lea, Flood 2014, doi:10.1145/2660193.2660195)."""
    with np.errstate(over="ignore"):
        state = numbers.astype(np.uint64) + offset(seed, axis)
        for shift, factor in ROUNDS:
            state = (state + GOLDEN) ^ (state >> shift)
            state = state * factor
    return state ^ (state >> LAST_SHIFT)


def offset(seed: int, axis: int) -> np.uint64:
    """Return what a seed and an axis add to every number before it is mixed."""
    return np.uint64((seed * 8 + axis) * int(GOLDEN) % 2**64)


def places(numbers: np.ndarray, seed: int, axis: int, buckets: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (uint8[n] bucket of each number, float32[n] sign of each).

    Args:
        numbers: Row or column numbers, uint64[n].
        seed: Of the recipe.
        axis: `LONG`, `SHORT` or `FLAT`.
        buckets: A power of two up to 256. That of `buckets / 2` is this one modulo `buckets / 2`: sketches fold.
    """
    state = mixed(numbers, seed, axis)
    sign = np.where(state >> np.uint64(63), np.float32(-1), np.float32(1))
    return (state & np.uint64(buckets - 1)).astype(np.uint8), sign
