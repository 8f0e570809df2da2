"""Leading singular values of a matrix in a few passes over it."""

from __future__ import annotations

import numpy as np

from filiation.weights.hashing import mixed

BLOCK_OF_VECTORS = 8
PASSES = {1 << 20: 10, 1 << 24: 5, 1 << 62: 4}
"""How often a matrix of at most so many values is gone through."""
SMALL = 64
"""Up to so many rows or columns the answer is exact."""


def leading(matrix: np.ndarray, count: int, scale: float) -> np.ndarray:
    """Return float64[count]: the leading singular values, descending; 0 beyond the smaller side.

    Exact where one side has at most `SMALL` values. Otherwise by a block Lanczos process on the Gram matrix with full
    orthogonalisation, started from fixed signs: from below, within 5 % for the dense end of a random matrix's spectrum and
    within 1e-4 for values that stand out (`bench/weights_cost.py --part spectrum` measures it).

    Args:
        matrix: float32[rows, cols], C-contiguous, finite.
        count: How many.
        scale: About the largest magnitude of its values; 0 where all are 0.

    Source:
        Musco and Musco 2015, Randomized Block Krylov Methods, arXiv 1504.05477.
    """
    result = np.zeros(count)
    if scale == 0:
        return result
    if not 1e-12 < scale < 1e12:  # products of its values are out of range
        return leading(matrix / np.float32(scale), count, 1.0) * scale
    values = _exact(matrix / np.float32(scale)) if min(matrix.shape) <= SMALL else _lanczos(matrix, scale)
    found = np.sqrt(np.maximum(values[::-1][:count], 0)) * scale
    result[: len(found)] = found
    return result


def _exact(matrix: np.ndarray) -> np.ndarray:
    """Return the eigenvalues of the smaller Gram matrix, ascending."""
    tall = matrix if matrix.shape[0] >= matrix.shape[1] else matrix.T
    gram = np.zeros((tall.shape[1], tall.shape[1]))
    for start in range(0, len(tall), 1 << 16):
        part = tall[start : start + (1 << 16)].astype(np.float64)
        gram += part.T @ part
    return np.linalg.eigvalsh(gram)


def _lanczos(matrix: np.ndarray, scale: float) -> np.ndarray:
    """Return the Ritz values of the Gram matrix of ``matrix / scale``, ascending."""
    from filiation.weights.kernels import add_dots, gram_times, orthonormalise  # noqa: PLC0415  # compiled code

    cols, k = matrix.shape[1], BLOCK_OF_VECTORS
    vectors = k * next(passes for size, passes in PASSES.items() if matrix.size <= size)
    basis = np.zeros((vectors, cols))
    images = np.zeros((vectors, cols), np.float32)
    signs = mixed(np.arange(cols * k, dtype=np.uint64), 0, 0) >> np.uint64(63)
    basis[:k] = np.where(signs, -1.0, 1.0).reshape(k, cols)
    for at in range(0, vectors, k):
        if at:
            basis[at : at + k] = images[at - k : at]
        orthonormalise(basis[: at + k], at)
        gram_times(matrix, np.float32(1 / scale), basis[at : at + k].astype(np.float32), images[at : at + k])
    small = np.zeros((vectors, vectors))
    add_dots(basis, images, small)
    return np.linalg.eigvalsh((small + small.T) / 2)
