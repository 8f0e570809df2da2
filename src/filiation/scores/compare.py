"""What was claimed against what was measured."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from filiation.core.score import Protocol, Score
from filiation.scores.agreement import Difference, Tolerance, differences, interval, is_worse, names_agree, rounding, tolerance
from filiation.scores.canonical import key
from filiation.scores.interval import LEVEL
from filiation.scores.repeated import told_once

_SHARP = 0.0005
"""A figure that is written to this, half of a tenth of a point, is hardly met by chance."""
Verdict = Literal["confirmed", "within_noise", "lower", "higher", "not_comparable"]


class Side(msgspec.Struct, frozen=True):
    """Where a figure comes from; `also` is where else the same is said."""

    ref: str
    source: str
    basis: str
    metric_written: str
    dataset_written: str
    value_written: str
    protocol: Protocol
    samples: int | None
    stderr: float | None
    at: datetime | None
    by: str
    confidence: float
    also: tuple[str, ...] = ()


class Shared(msgspec.Struct, frozen=True):
    """What several models have in common that were measured this way: the pipeline, before any one claim, is to be looked at.

    Attributes:
        models: How many were compared.
        same_direction: How many of them are off in the direction of most.
        median: Of measured less claimed, in the unit of the metric.
        low: Lower end of its interval, by bootstrap over models.
        high: Upper end.
        chance: How likely so many would be in one direction, were either as likely.
        explains: Whether this model is off no further than the others.
    """

    models: int
    same_direction: int
    median: float
    low: float
    high: float
    chance: float
    explains: bool


class Row(msgspec.Struct, frozen=True):
    """One claim and the measurement that fits it best.

    Attributes:
        metric: Canonical id, or as written.
        dataset: Canonical id, or as written; null where the claim names none.
        claimed: In the unit of the metric; a ratio is in [0, 1].
        measured: The same.
        delta: Measured less claimed.
        verdict: ``lower`` and ``higher`` say where the measured figure stands, not which is better.
        contradicted: Whether it was measured to be worse than claimed, beyond the tolerance, and no pipeline explains it.
        differs: What makes them incomparable, or differs a little.
        unsaid: Fields of the protocol that only one side says.
        tolerance: How far apart they may be; null where they are not comparable for what differs.
        low: Lower end of the interval of `delta`; null where chance cannot be told.
        high: Upper end.
        claim: The claim.
        result: The measurement.
        pipeline: What others have in common that were measured so; null where nothing was found.
    """

    metric: str
    dataset: str | None
    claimed: float
    measured: float
    delta: float
    verdict: Verdict
    contradicted: bool
    differs: tuple[Difference, ...]
    unsaid: tuple[str, ...]
    tolerance: Tolerance | None
    low: float | None
    high: float | None
    claim: Side
    result: Side
    pipeline: Shared | None = None


class Comparison(msgspec.Struct, frozen=True):
    """Claims against measurements of one model: what met, what was not measured, and what nobody claimed."""

    rows: tuple[Row, ...]
    unmeasured: tuple[Score, ...]
    unclaimed: tuple[Score, ...]


def compare(claims: Iterable[Score], results: Iterable[Score], level: float = LEVEL) -> Comparison:
    """Return each claim beside the measurement of the same metric and dataset whose protocol is nearest.

    A claim whose dataset was only measured by other metrics is *not comparable*. An honest model is accused in 1 - `level` of
    all comparisons of whole models at most: the interval of each row is widened for how many rows there are (Bonferroni).

    Args:
        claims: Of one model; what is told more than once is compared once (`told_once`).
        results: Of the same model, in any order; where several fit equally, the newest and then the nearest figure counts.
        level: Of confidence, for all rows together.
    """
    held = list(results)
    about: dict[str, list[Score]] = {}
    for result in held:
        about.setdefault(key(result.dataset or ""), []).append(result)
    pairs, unmeasured = [], []
    for claim in told_once(claims):
        if (best := _best(claim, about.get(key(claim.dataset), []) if claim.dataset else [])) is None:
            unmeasured.append(claim)
        else:
            pairs.append((claim, best))
    comparable = sum(1 for claim, result in pairs if not _apart(claim, result))
    each = 1 - (1 - level) / max(1, comparable)
    rows = [row(claim, result, each) for claim, result in pairs]
    met = {id(result) for _, result in pairs}
    unclaimed = [result for result in held if id(result) not in met]
    return Comparison(tuple(rows), tuple(unmeasured), tuple(unclaimed))


def row(claim: Score, result: Score, level: float = LEVEL) -> Row:
    """Return one claim beside one measurement."""
    apart, soft, unsaid = differences(claim, result)
    apart = _names_apart(claim, result) + apart
    delta = result.value - claim.value
    allowed = None if apart else tolerance(claim, result, soft, unsaid, level)
    noise = None if apart else interval(claim, result, level)
    verdict: Verdict = "not_comparable"
    if allowed is not None:
        verdict = _verdict(delta, allowed, noise is not None and noise.holds(0.0), bool(unsaid))
    return Row(
        claim.metric,
        claim.dataset,
        claim.value,
        result.value,
        round(delta, 12),
        verdict,
        verdict in ("lower", "higher") and is_worse(claim.metric, delta),
        (*apart, *soft),
        tuple(unsaid),
        allowed,
        None if noise is None else noise.low,
        None if noise is None else noise.high,
        side(claim),
        side(result),
    )


def side(score: Score) -> Side:
    """Return where a score comes from."""
    return Side(
        score.ref, str(score.source), str(score.basis), score.metric_written, score.dataset_written, score.value_written,
        score.protocol, score.samples, score.stderr, score.at, score.by, score.confidence, tuple(map(str, score.also)),
    )  # fmt: skip


def _verdict(delta: float, allowed: Tolerance, is_chance: bool, is_unsaid: bool) -> Verdict:
    """Return what a difference means between two scores with nothing decisive between them."""
    size, slack = abs(delta), 1e-9
    if size <= allowed.rounding + slack:
        return "confirmed"
    if size <= allowed.point + slack:
        is_sharp = allowed.sampling is None or allowed.sampling <= allowed.point
        return "confirmed" if is_sharp else "within_noise"
    if is_chance:
        return "within_noise"
    if size <= allowed.protocol + (allowed.sampling or 0.0) + slack and allowed.protocol:
        return "not_comparable" if is_unsaid else "within_noise"
    return "lower" if delta < 0 else "higher"


def _best(claim: Score, results: Sequence[Score]) -> Score | None:
    """Return the measurement of the claim's dataset that a claim is held against; None where there is none.

    One with nothing decisive between comes first; of those, one that is the very figure of the claim, to three digits or more,
    since the claim is then of that variant; then one that says more of what the claim says, then the one of the claim's own
    revision, then the newest, then the nearest figure.
    """
    step = rounding(claim)

    def distance(result: Score) -> tuple[object, ...]:
        apart, soft, unsaid = differences(claim, result)
        apart = _names_apart(claim, result) + apart
        at = result.at.timestamp() if result.at else 0.0
        other = "@" in claim.ref and claim.ref != result.ref
        gap = abs(result.value - claim.value)
        itself = 0 < step <= _SHARP and gap <= step + 1e-9
        return len(apart), not itself, len(unsaid), len(soft), other, -at, gap

    return min(results, key=distance, default=None)


def _apart(claim: Score, result: Score) -> bool:
    return bool(_names_apart(claim, result) or differences(claim, result)[0])


def _names_apart(claim: Score, result: Score) -> list[Difference]:
    same = names_agree(claim.metric, result.metric)
    return [] if same else [Difference("metric", claim.metric, result.metric)]
