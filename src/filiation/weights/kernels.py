"""What is done to every value of a tensor, compiled. Importing this takes a second: import it where it is used."""

from __future__ import annotations

import numpy as np
from numba import njit

from filiation.weights.hashing import GOLDEN, LAST_SHIFT, ROUNDS

FINITE = np.uint32(0x7F7FFFFF)
"""Bits of the largest finite float32 without its sign."""
TILE = 1024
"""Columns of a matrix that are gone through together."""


@njit(cache=True, nogil=True)
def cleaned(values, bits):
    """Set what is not finite to 0, in place; return (how much that was, the largest magnitude, float32).

    Args:
        values: float32[n]; `bits` is the same memory as uint32[n].
        bits: As above.
    """
    most = np.uint32(0)
    for i in range(len(bits)):
        most = max(most, bits[i] & np.uint32(0x7FFFFFFF))
    count = 0
    if most > FINITE:
        most = np.uint32(0)
        for i in range(len(bits)):
            if bits[i] & np.uint32(0x7FFFFFFF) > FINITE:
                values[i] = 0.0
                count += 1
            most = max(most, bits[i] & np.uint32(0x7FFFFFFF))
    largest = np.empty(1, np.uint32)
    largest[0] = most
    return count, largest.view(np.float32)[0]


@njit(cache=True, nogil=True, fastmath=True)
def power_sums(values, shift, sums):
    """Add to `sums`, float64[4], those of the first four powers of ``values - shift``."""
    first = second = third = fourth = 0.0
    for i in range(len(values)):
        x = np.float64(values[i]) - shift
        square = x * x
        first += x
        second += square
        third += square * x
        fourth += square * square
    sums[0] += first
    sums[1] += second
    sums[2] += third
    sums[3] += fourth


@njit(cache=True, nogil=True)
def bit_sums(bits, totals):
    """Add to `totals`, uint64[4]: two sums over all values of a mix of their bits, how many are 0, and the OR of all bits.

    The sums do not depend on the order of the values: equal for any permutation of them. Zero has one mix, whatever its sign.
    """
    one = two = zeros = np.uint64(0)
    seen = np.uint32(0)
    for i in range(len(bits)):
        b = bits[i]
        seen |= b
        zero = (b & np.uint32(0x7FFFFFFF)) == np.uint32(0)
        x = np.uint64(0) if zero else np.uint64(b)
        zeros += np.uint64(zero)
        x = (x + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
        x ^= x >> np.uint64(32)
        y = x * np.uint64(0x94D049BB133111EB)
        one += y ^ (y >> np.uint64(29))
        y = x * np.uint64(0xD6E8FEB86659FD93)
        two += y ^ (y >> np.uint64(31))
    totals[0] += one
    totals[1] += two
    totals[2] += zeros
    totals[3] |= np.uint64(seen)


@njit(cache=True, nogil=True)
def counted(bits, counts):
    """Add one to the count, int64[65536], of the leading sixteen bits of each value."""
    for i in range(len(bits)):
        counts[bits[i] >> np.uint32(16)] += 1


@njit(cache=True, nogil=True)
def add_rows(values, at, cols, bucket, sign, total):
    """Add rows, each with its sign, to the total of its bucket.

    Args:
        values: float32[n], part of a matrix in row-major order.
        at: Of the first of them in the matrix.
        cols: Of the matrix.
        bucket: uint8[rows].
        sign: float32[rows].
        total: float64 or float32[buckets, cols], added to in place.
    """
    i = 0
    while i < len(values):
        row = (at + i) // cols
        col = (at + i) % cols
        stop = min(len(values), i + cols - col)
        into = total[bucket[row], col : col + stop - i]
        part = values[i:stop]
        s = sign[row]
        for j in range(len(part)):  # adding and subtracting are compiled to vectors, indices from elsewhere are not
            into[j] += s * part[j]  # a sign changes no digit
        i = stop


@njit(cache=True, nogil=True)
def add_scattered(values, bucket, sign, total):
    """Add each value, with its sign, to the total, float64[buckets], of its bucket."""
    for i in range(len(values)):
        total[bucket[i]] += np.float64(sign[i]) * np.float64(values[i])


@njit(cache=True, nogil=True, fastmath=True)
def gram_times(matrix, scale, vectors, image):
    """Add to `image`, float32[k, cols], the product of the Gram matrix of ``matrix * scale`` with each of the vectors.

    Args:
        matrix: float32[rows, cols]; read once.
        scale: float32; keeps squares within range.
        vectors: float32[k, cols].
        image: As above.
    """
    rows, cols = matrix.shape
    none = np.zeros(cols, np.float32)
    square = scale * scale
    dots = np.empty((len(vectors), 4), np.float32)
    for row in range(0, rows, 4):  # four rows at a time: the vectors are fetched a quarter as often
        a = matrix[row]
        b = matrix[row + 1] if row + 1 < rows else none
        c = matrix[row + 2] if row + 2 < rows else none
        d = matrix[row + 3] if row + 3 < rows else none
        dots[:] = 0
        for start in range(0, cols, TILE):  # what four rows have in a tile stays in the nearest cache
            stop = min(cols, start + TILE)
            a_part, b_part, c_part, d_part = a[start:stop], b[start:stop], c[start:stop], d[start:stop]
            for k in range(len(vectors)):
                v = vectors[k, start:stop]
                at = bt = ct = dt = np.float32(0)
                for j in range(len(v)):
                    at += a_part[j] * v[j]
                    bt += b_part[j] * v[j]
                    ct += c_part[j] * v[j]
                    dt += d_part[j] * v[j]
                dots[k, 0] += at
                dots[k, 1] += bt
                dots[k, 2] += ct
                dots[k, 3] += dt
        dots *= square
        for start in range(0, cols, TILE):
            stop = min(cols, start + TILE)
            a_part, b_part, c_part, d_part = a[start:stop], b[start:stop], c[start:stop], d[start:stop]
            for k in range(len(vectors)):
                at, bt, ct, dt = dots[k, 0], dots[k, 1], dots[k, 2], dots[k, 3]
                into = image[k, start:stop]
                for j in range(len(into)):
                    into[j] += at * a_part[j] + bt * b_part[j] + ct * c_part[j] + dt * d_part[j]


@njit(cache=True, nogil=True, fastmath=True)
def orthonormalise(basis, known):
    """Make the vectors of `basis`, float64[k, n], orthogonal to those before them and of length 1, in place.

    Args:
        basis: The first `known` of them are so already. A vector that lies among those before it becomes 0.
        known: As above.
    """
    for i in range(known, len(basis)):
        v = basis[i]
        before = after = 0.0
        for j in range(len(v)):
            before += v[j] * v[j]
        for _ in range(2):  # twice is enough: Parlett 1998, The Symmetric Eigenvalue Problem, section 6.9
            for k in range(i):
                u = basis[k]
                dot = 0.0
                for j in range(len(v)):
                    dot += u[j] * v[j]
                for j in range(len(v)):
                    v[j] -= dot * u[j]
        for j in range(len(v)):
            after += v[j] * v[j]
        factor = 1 / np.sqrt(after) if after > before * 1e-12 else 0.0
        for j in range(len(v)):
            v[j] *= factor


@njit(cache=True, nogil=True, fastmath=True)
def add_dots(a, b, dots):
    """Add to `dots`, float64[k, k], the products of each row of `a`, float64[k, n], with each of `b`, float32[k, n]."""
    for i in range(len(a)):
        for j in range(len(b)):
            x, y = a[i], b[j]
            dot = 0.0
            for m in range(len(x)):
                dot += x[m] * np.float64(y[m])
            dots[i, j] += dot


@njit(cache=True, nogil=True)
def add_signs(count, offset, mask, total):
    """Add to `total`, float64[buckets], the signs of the numbers below `count` in their buckets, as `hashing.places` has them.

    Args:
        count: How many.
        offset: uint64; of the seed and the axis, see `hashing.offset`.
        mask: uint64; the number of buckets less one.
        total: As above.
    """
    (one, first), (two, second) = ROUNDS
    for number in range(count):
        state = np.uint64(number) + offset
        state = ((state + GOLDEN) ^ (state >> one)) * first
        state = ((state + GOLDEN) ^ (state >> two)) * second
        state ^= state >> LAST_SHIFT
        total[state & mask] += 1.0 - 2.0 * np.float64(state >> np.uint64(63))
