"""Checkpoints in memory, and the slow twin of the sketch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from filiation.core.tensor import Tensor
from filiation.weights.sketch import Sketch, sketch


class MadeSource:
    """A checkpoint of arrays, handed out in blocks of a given size."""

    def __init__(
        self, arrays: Mapping[str, np.ndarray], block: int = 1 << 22, form: str = "safetensors", config: dict | None = None
    ) -> None:
        self.arrays = {name: np.asarray(array, np.float32) for name, array in arrays.items()}
        self.name, self.format, self.config, self.adapter, self.skipped, self.bytes_read = "made", form, config, None, (), 0
        self.block = block

    @property
    def weights(self) -> tuple[Tensor, ...]:
        return tuple(Tensor(name, array.shape, "F32", "f", 0, array.nbytes) for name, array in self.arrays.items())

    def values(self, tensor: Tensor) -> Iterator[np.ndarray]:
        flat = self.arrays[tensor.name].ravel()
        for start in range(0, len(flat), self.block):
            yield flat[start : start + self.block].copy()


def sketched(arrays: Mapping[str, np.ndarray], **options: object) -> Sketch:
    """Return the sketch of arrays."""
    return sketch(MadeSource(arrays, **options), threads=1)


def one(array: np.ndarray, **options: object):
    """Return the columns of a sketch of one tensor."""
    return sketched({"x.weight": array}, **options).tensors


def slow_place(number: int, seed: int, axis: int, buckets: int) -> tuple[int, int]:
    """SplitMix64's finalizer, in whole numbers of Python."""
    golden, mask = 0x9E3779B97F4A7C15, 2**64 - 1
    state = (number + (seed * 8 + axis) * golden) & mask
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = ((((state + golden) & mask) ^ (state >> shift)) * factor) & mask
    state ^= state >> 31
    return state % buckets, -1 if state >> 63 else 1


def slow_hash(count: int, seed: int, axis: int, buckets: int) -> np.ndarray:
    """The matrix float64[buckets, count] that adds with signs."""
    result = np.zeros((buckets, count))
    for number in range(count):
        bucket, sign = slow_place(number, seed, axis, buckets)
        result[bucket, number] = sign
    return result


def slow_linear(matrix: np.ndarray, buckets: int = 8, seed: int = 1) -> np.ndarray:
    """R W C' of a matrix, the longer side first."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    rows, cols = slow_hash(tall.shape[0], seed, 1, buckets), slow_hash(tall.shape[1], seed, 2, buckets)
    return (rows @ tall.astype(np.float64) @ cols.T).ravel()


def slow_flat(vector: np.ndarray, flat: int = 16, seed: int = 1) -> np.ndarray:
    """Plain CountSketch."""
    return slow_hash(len(vector), seed, 3, flat) @ vector.astype(np.float64)
