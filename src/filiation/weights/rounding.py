"""Rows of numbers as whole numbers times a power of two of each row: what a file keeps, and what a sketch holds.

24 bits see a change of 1e-7 of the largest number of a row, 16 bits one of 3e-5. Every such number is a float32, so rounding
what was rounded changes nothing.
"""

from __future__ import annotations

import numpy as np

LEAST_POWER = -149
"""Of two, that is not 0 as float32."""


def exponents(rows: np.ndarray, bits: int) -> np.ndarray:
    """Return int16[n]: the power of two of each row that brings its largest number just into `bits` bits, within float32."""
    largest = np.nanmax(np.abs(rows), axis=1, initial=0.0) if rows.size else np.zeros(len(rows))
    power = np.where(largest > 0, np.frexp(largest)[1] - (bits - 1), 0)
    return np.clip(power, LEAST_POWER, most_power(bits)).astype(np.int16)


def most_power(bits: int) -> int:
    """Return the greatest power with which numbers of `bits` bits are finite as float32."""
    return 128 - (bits - 1)


def whole(rows: np.ndarray, power: np.ndarray, bits: int) -> np.ndarray:
    """Return int32[n, m]: the numbers over two to the power of their row; NaN is the least number of `bits` bits."""
    most = (1 << (bits - 1)) - 1
    scaled = np.clip(np.rint(np.ldexp(rows.astype(np.float64), -power.astype(np.int32)[:, None])), -most, most)
    return np.where(np.isnan(scaled), -most - 1, scaled).astype(np.int32)


def real(numbers: np.ndarray, power: np.ndarray, bits: int) -> np.ndarray:
    """Return float32[n, m]: the inverse of `whole`."""
    rows = np.ldexp(numbers.astype(np.float64), power.astype(np.int32)[:, None])
    return np.where(numbers == -(1 << (bits - 1)), np.nan, rows).astype(np.float32)


def rounded(rows: np.ndarray, bits: int = 24) -> np.ndarray:
    """Return float32[n, m]: what remains of the numbers, float64[n, m], in `bits` bits a row."""
    power = exponents(rows, bits)
    return real(whole(rows, power, bits), power, bits)
