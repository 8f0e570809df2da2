"""TIES told from DARE, with shares: what either would leave in a sketch, matrix by matrix.

DARE drops values by chance and scales up the rest: of each parent's change its share is left, the same in every matrix, and
noise whose size the shares and the drop rate tell. TIES keeps the larger values and, where two disagree, the larger: so the
more a parent moved in a matrix, relative to the other, the more of its change is left. How much, is worked out for changes with
normally distributed values, for a grid of shares and densities, and the likeliest is taken.

Sources: Yadav et al. 2023 (TIES), Yu et al. 2024 (DARE).
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from filiation.knowledge import load

POINTS = 24
"""Values that stand for a normal distribution, of each parent."""
MOST_MATRICES = 48
SHARES = np.linspace(0.1, 0.9, 9)
DENSITIES = (0.1, 0.2, 0.3, 0.5, 0.7, 0.9)
DROPPED = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95)
ROUNDS = 3
LEAST_VARIANCE = 1e-12


class Trimmed(NamedTuple):
    """How two changes were thinned: ``ties`` or ``dare``, both shares, the part of values kept, and the lead of DARE.

    `lead` is by how much DARE is the likelier, in natural logarithms of odds for each matrix.
    """

    method: str
    shares: tuple[float, float]
    kept: float
    lead: float


def trimmed(wanted: np.ndarray, changes: np.ndarray) -> Trimmed:
    """Return how two parents' changes were thinned in a merge.

    Args:
        wanted: float64[t, d]; sketches of what the child changed, of each matrix.
        changes: float64[2, t, d]; of what each parent changed.
    """
    largest = np.argsort(-(changes**2).sum(axis=(0, 2)), kind="stable")[:MOST_MATRICES]
    wanted, changes = wanted[largest], changes[:, largest]
    ties, share, density = _ties(wanted, changes)
    dare, shares, dropped = _dare(wanted, changes)
    lead = (ties - dare) / 2 / len(wanted)
    if lead > load("kinship")["merging"]["dare_lead"]:
        return Trimmed("dare", shares, 1 - dropped, lead)
    return Trimmed("ties", (share, 1 - share), density, lead)


def _ties(wanted: np.ndarray, changes: np.ndarray) -> tuple[float, float, float]:
    """Return the best misfit, the first's mean share by likelihood, and the likeliest density."""
    square = (changes**2).sum(axis=2)
    moved = np.sqrt(square[1] / square[0])
    cosine = np.clip((changes[0] * changes[1]).sum(axis=1) / np.sqrt(square[0] * square[1]), -0.9, 0.9)
    table = load("kinship")["merging"]
    misfits = np.empty((len(DENSITIES), len(SHARES)))
    for i, density in enumerate(DENSITIES):
        for j, share in enumerate(SHARES):
            left, noise = kept_of_ties(moved, cosine, float(share), density)
            misfits[i, j] = misfit(wanted, changes, left, noise * square[0])
    misfits += ((SHARES - 0.5) / table["ties_even"]) ** 2  # most merges have even shares
    weights = np.exp(-(misfits - misfits.min()) / 2 / table["ties_doubt"])
    best = np.unravel_index(misfits.argmin(), misfits.shape)
    return float(misfits.min()), float((weights * SHARES).sum() / weights.sum()), DENSITIES[best[0]]


def kept_of_ties(moved: np.ndarray, cosine: np.ndarray, share: float, density: float) -> tuple[np.ndarray, np.ndarray]:
    """Return what TIES leaves of two changes with normally distributed values, of which the first has variance 1.

    Args:
        moved: float64[t]; standard deviation of the second.
        cosine: float64[t]; correlation of the two.
        share: Of the first.
        density: Part of the values that are kept.

    Returns:
        float64[2, t], the coefficients of both changes, and float64[t], the variance of what these do not explain.
    """
    first, other, edge = _points(density)
    second = cosine[:, None] * first + np.sqrt(1 - cosine[:, None] ** 2) * other
    held = (
        share * np.where(np.abs(first) >= edge, first, 0.0),
        (1 - share) * moved[:, None] * np.where(np.abs(second) >= edge, second, 0.0),
    )
    sign = np.sign(held[0] + held[1])
    agree = [(np.sign(one) == sign) & (one != 0) for one in held]
    out = (held[0] * agree[0] + held[1] * agree[1]) / np.maximum(share * agree[0] + (1 - share) * agree[1], 1e-9)
    second = second * moved[:, None]
    square = np.mean(first**2), np.mean(second**2, axis=1)
    inner = np.mean(first * second, axis=1)
    along = np.mean(out * first, axis=1), np.mean(out * second, axis=1)
    determinant = square[0] * square[1] - inner**2
    left = np.stack([square[1] * along[0] - inner * along[1], square[0] * along[1] - inner * along[0]]) / determinant
    return left, np.mean(out**2, axis=1) - left[0] * along[0] - left[1] * along[1]


@lru_cache(maxsize=32)
def _points(density: float) -> tuple[np.ndarray, np.ndarray, float]:
    from scipy.special import ndtri  # noqa: PLC0415  # most models are no such merges

    values = ndtri((np.arange(POINTS) + 0.5) / POINTS)
    values /= np.sqrt(np.mean(values**2))
    first, other = np.meshgrid(values, values)
    return first.ravel()[None], other.ravel()[None], float(ndtri(1 - density / 2))


def misfit(wanted: np.ndarray, changes: np.ndarray, left: np.ndarray, noise: np.ndarray) -> float:
    """Return twice the negative logarithm of the likelihood, but for a constant.

    Args:
        wanted: float64[t, d]; as in `trimmed`.
        changes: float64[2, t, d].
        left: float64[2, t]; coefficients.
        noise: float64[t]; the squared norm of what they do not explain.
    """
    apart = wanted - left[0][:, None] * changes[0] - left[1][:, None] * changes[1]
    many = wanted.shape[1]
    each = np.maximum(noise, LEAST_VARIANCE) / many
    return float((many * np.log(each) + (apart**2).sum(axis=1) / each).sum())


def _dare(wanted: np.ndarray, changes: np.ndarray) -> tuple[float, tuple[float, float], float]:
    """Return the best misfit, the shares, and the part of values that was dropped."""
    square = (changes**2).sum(axis=2)
    rows = changes.reshape(2, -1)
    plain = np.linalg.lstsq(rows.T, wanted.ravel(), rcond=None)[0]
    found = []
    for dropped in DROPPED:
        shares, noise = plain, np.ones(len(wanted))
        for _ in range(ROUNDS):  # noise depends on the shares, and they on how much each matrix says
            noise = np.maximum(shares**2 @ square * dropped / (1 - dropped), LEAST_VARIANCE)
            weight = np.repeat(noise**-0.5, wanted.shape[1])
            shares = np.linalg.lstsq((rows * weight).T, wanted.ravel() * weight, rcond=None)[0]
        left = np.repeat(shares[:, None], len(wanted), axis=1)
        found.append((misfit(wanted, changes, left, noise), dropped))
    best, dropped = min(found)
    return best, (float(plain[0]), float(plain[1])), dropped
