"""Models off in one direction: what they share is the pipeline, and it is looked at before any claim is doubted.

The study measured eight object detectors, and all came out below their claims, by 3.5 points in the mean: that is how images
were resized and boxes were counted, and not eight false claims.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec

from filiation.core.ref import Ref
from filiation.scores.agreement import is_worse
from filiation.scores.compare import Row, Shared
from filiation.scores.interval import bootstrap

LEAST_MODELS = 5
"""Fewer may all be off in one direction by chance: of four, one time in eight."""
CHANCE = 0.1
"""All of five in one direction are as likely as 1 in 16, either way counted; a doubt in favour of the claim needs no more."""
SPREADS = 3.0
"""A model that is off by more than so many spreads of the others is not explained by what they share."""
_SCALE = 1.4826
"""The median distance from the median, times this, is the standard deviation of what is distributed normally."""


class PipelineEffect(msgspec.Struct, frozen=True):
    """Models that are off in one direction under one metric and dataset, measured by one pipeline.

    Attributes:
        metric: Canonical id.
        dataset: Canonical id.
        harness: What measured them; null where that is not said.
        worse: Whether they came out worse than claimed.
        shared: The figures.
        refs: The models, the farthest off first.
    """

    metric: str
    dataset: str
    harness: str | None
    worse: bool
    shared: Shared
    refs: tuple[str, ...]


def pipeline_effects(rows: Iterable[Row]) -> list[PipelineEffect]:
    """Return what is off in one direction, the largest group first.

    Args:
        rows: Of many models; those that are not comparable do not count, and of each model only one in each group.
    """
    found = []
    for (metric, dataset, harness), group in _groups(rows).items():
        gaps = [row.delta for row in group.values()]
        if shared := _shared(gaps, None):
            refs = sorted(group, key=lambda ref: -abs(group[ref].delta))
            found.append(PipelineEffect(metric, dataset, harness, is_worse(metric, shared.median), shared, tuple(refs)))
    return sorted(found, key=lambda one: -one.shared.models)


def with_pipeline(rows: Sequence[Row], others: Iterable[Row]) -> tuple[Row, ...]:
    """Return the rows of one model, each with what the others have in common that were measured in the same way.

    A row that the pipeline explains contradicts no claim; one that is off farther than the others stays as it is.

    Args:
        rows: Of one model.
        others: Of any models; those of the same model do not count.
    """
    groups = _groups(others)
    return tuple(_with(row, groups) for row in rows)


def _with(row: Row, groups: dict[tuple[str, str, str | None], dict[str, Row]]) -> Row:
    own = _bare(row.result.ref)
    group = groups.get(_group(row), {})
    gaps = [other.delta for ref, other in group.items() if ref != own]
    if row.tolerance is None or row.verdict not in ("lower", "higher"):
        return row
    shared = _shared([*gaps, row.delta], row)
    if shared is None:
        return row
    return msgspec.structs.replace(row, pipeline=shared, contradicted=row.contradicted and not shared.explains)


def _shared(gaps: list[float], row: Row | None) -> Shared | None:
    """Return what the gaps have in common; with `row`, whose gap is the last, whether that is off no farther than the rest."""
    signed = [gap for gap in gaps if abs(gap) > 1e-9]
    up = sum(1 for gap in signed if gap > 0)
    most = max(up, len(signed) - up)
    if len(signed) < LEAST_MODELS or _chance(most, len(signed)) > CHANCE:
        return None
    median, low, high = _middle(tuple(gaps))
    if (median > 0) != (up * 2 > len(signed)) or low <= 0 <= high:
        return None
    explains = row is not None and (row.delta > 0) == (median > 0) and _is_among(row, gaps[:-1])
    return Shared(len(gaps), most, round(median, 12), low, high, _chance(most, len(signed)), explains)


def _is_among(row: Row, others: list[float]) -> bool:
    """Return whether a row is off no farther than the others are, or no farther than what is let pass beyond their middle."""
    ordered = sorted(others)
    median = ordered[len(ordered) // 2]
    spread = sorted(abs(gap - median) for gap in ordered)[len(ordered) // 2] * _SCALE
    allowed = row.tolerance
    slack = max(allowed.point, allowed.sampling or 0.0) if allowed else 0.0
    beyond = (row.delta - median) * (1 if median > 0 else -1)
    return beyond <= max(SPREADS * spread, slack)


@lru_cache(maxsize=4096)
def _middle(gaps: tuple[float, ...]) -> tuple[float, float, float]:
    import numpy as np  # noqa: PLC0415  # 0.1 s that only a report of several models pays

    held = np.array(gaps[:500])
    ends = bootstrap(held, lambda values: float(np.median(values)), resamples=500)
    return float(np.median(held)), ends.low, ends.high


@lru_cache(maxsize=4096)
def _chance(most: int, models: int) -> float:
    """Return how likely so many of `models`, or more, are in one direction or in the other, were both as likely."""
    from math import comb  # noqa: PLC0415  # nothing else here needs it

    tail = sum(comb(models, count) for count in range(most, models + 1)) / 2**models
    return min(1.0, 2 * tail)


def _groups(rows: Iterable[Row]) -> dict[tuple[str, str, str | None], dict[str, Row]]:
    """Return rows by what was measured and by what, in each the one of each model that is measured most like its claim."""
    groups: dict[tuple[str, str, str | None], dict[str, Row]] = defaultdict(dict)
    for row in rows:
        if row.tolerance is None or row.dataset is None:
            continue
        held, model = groups[_group(row)], _bare(row.result.ref)
        if model not in held or len(row.unsaid) < len(held[model].unsaid):
            held[model] = row
    return groups


def _group(row: Row) -> tuple[str, str, str | None]:
    return row.metric, row.dataset or "", row.result.protocol.harness


def _bare(ref: str) -> str:
    found = Ref.parse(ref)
    return str(Ref(found.kind, found.name, found.registry)).lower()
