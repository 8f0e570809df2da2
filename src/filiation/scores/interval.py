"""How far chance alone moves a figure: intervals of shares, of their differences, and of anything that items make."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import numpy as np

LEVEL = 0.95
RESAMPLES = 2000
_SEED = 20221110


class Interval(NamedTuple):
    """Lower and upper end, both inside."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Return whether `value` lies inside."""
        return self.low <= value <= self.high


def wilson(share: float, samples: int, level: float = LEVEL) -> Interval:
    """Return the interval of a share.

    Args:
        share: In [0, 1]; the mean of `samples` values that are 0 or 1. Of values between, it is wider than it need be, since no
            variable in [0, 1] varies more than one that is only 0 or 1 and has the same mean.
        samples: At least 1.
        level: Such as 0.95: of so many intervals, so many hold the truth.

    Source:
        Wilson 1927; without correction for continuity.
    """
    z = _quantile(level)
    spread = z * z / samples
    middle = (share + spread / 2) / (1 + spread)
    half = z / (1 + spread) * (share * (1 - share) / samples + spread / (4 * samples)) ** 0.5
    return Interval(max(0.0, min(middle - half, share)), min(1.0, max(middle + half, share)))


def difference_of_shares(share: float, samples: int, other: float, others: int | None, level: float = LEVEL) -> Interval:
    """Return the interval of ``share - other``.

    Args:
        share: In [0, 1], of `samples`.
        samples: At least 1.
        other: In [0, 1], of `others`; None where it is no sample but exact.
        others: At least 1.
        level: As in `wilson`.

    Source:
        Newcombe 1998, method 10: the two Wilson intervals, added in squares. For two samples of the same items it is wider than
        it need be, as far as the answers agree.
    """
    one = wilson(share, samples, level)
    two = Interval(other, other) if others is None else wilson(other, others, level)
    gap = share - other
    below = ((share - one.low) ** 2 + (two.high - other) ** 2) ** 0.5
    above = ((one.high - share) ** 2 + (other - two.low) ** 2) ** 0.5
    return Interval(gap - below, gap + above)


def difference_by_error(gap: float, error: float, other: float | None, level: float = LEVEL) -> Interval:
    """Return the interval of a difference whose sides have standard errors; `other` None where that side is exact."""
    half = _quantile(level) * (error**2 + (other or 0.0) ** 2) ** 0.5
    return Interval(gap - half, gap + half)


def bootstrap(
    values: np.ndarray, statistic: Callable[[np.ndarray], float], level: float = LEVEL, resamples: int = RESAMPLES
) -> Interval:
    """Return the interval of a statistic of items: corrected for bias and skew (BCa), the same each time.

    Args:
        values: float64[n], or [n, k] for items of several columns; n of at least 2.
        statistic: Of such an array.
        level: As in `wilson`.
        resamples: How often items are drawn anew.

    Source:
        Efron 1987. Where the correction cannot be had, since all items are alike, the statistic itself is both ends; where it
        fails otherwise, the plain percentiles.
    """
    import numpy as np  # noqa: PLC0415  # 0.1 s that the command line pays only here

    random = np.random.default_rng(_SEED)
    count = len(values)
    drawn = np.array([statistic(values[random.integers(0, count, count)]) for _ in range(resamples)])
    whole = statistic(values)
    if np.ptp(drawn) == 0:
        return Interval(float(whole), float(whole))
    low, high = _corrected(values, statistic, drawn, float(whole), level)
    ends = np.quantile(drawn, [low, high])
    return Interval(float(ends[0]), float(ends[1]))


def _corrected(
    values: np.ndarray, statistic: Callable[[np.ndarray], float], drawn: np.ndarray, whole: float, level: float
) -> tuple[float, float]:
    """Return which quantiles of what was drawn are the ends."""
    import numpy as np  # noqa: PLC0415  # as above
    from scipy.special import ndtr, ndtri  # noqa: PLC0415  # as above

    plain = (1 - level) / 2, (1 + level) / 2
    share = (np.sum(drawn < whole) + np.sum(drawn == whole) / 2) / len(drawn)
    if not 0 < share < 1:
        return plain
    without = np.array([statistic(np.delete(values, at, axis=0)) for at in range(len(values))])
    away = without.mean() - without
    spread = float(np.sum(away**2)) ** 1.5
    skew = float(np.sum(away**3)) / (6 * spread) if spread else 0.0
    bias = float(ndtri(share))
    z = bias + ndtri(np.array(plain))
    ends = ndtr(bias + z / (1 - skew * z))
    return (float(ends[0]), float(ends[1])) if np.all(np.isfinite(ends)) and ends[0] < ends[1] else plain


@lru_cache(maxsize=256)
def _quantile(level: float) -> float:
    from statistics import NormalDist  # noqa: PLC0415  # its module imports numbers and fractions that few verbs need

    return NormalDist().inv_cdf((1 + level) / 2)
