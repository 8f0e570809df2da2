"""One score of one model over its revisions: what fell, what rose, and what does not come out twice the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Literal

import msgspec

from filiation.core.score import Protocol, Score
from filiation.scores.agreement import interval, is_worse, tolerance
from filiation.scores.canonical import key

Change = Literal["dropped", "rose", "unsteady"]
_SOFT = ("harness_version", "precision")
"""What may differ between two points of one line: it is told, and widens what is let pass."""


class Point(msgspec.Struct, frozen=True):
    """One measurement: of which revision, when, how high."""

    revision: str | None
    at: datetime | None
    value: float
    samples: int | None
    stderr: float | None
    precision: str | None
    harness_version: str | None
    source: str


class Step(msgspec.Struct, frozen=True):
    """Two measurements in a row that differ by more than is let pass.

    Attributes:
        change: ``dropped`` and ``rose``: it became worse, or better; ``unsteady`` is the same revision, measured twice.
        before: Position of the first in `points`.
        after: Position of the second.
        delta: Second less first.
        allowed: What is let pass, in the unit of the metric.
    """

    change: Change
    before: int
    after: int
    delta: float
    allowed: float


class Track(msgspec.Struct, frozen=True):
    """One metric on one dataset by one protocol, measured more than once.

    Attributes:
        metric: Canonical id, or as written.
        dataset: Canonical id, or as written.
        protocol: What all points have in common.
        points: In the order in which they were measured.
        steps: The alerts: none where all agree.
    """

    metric: str
    dataset: str | None
    protocol: Protocol
    points: tuple[Point, ...]
    steps: tuple[Step, ...]


def tracks(results: Iterable[Score]) -> list[Track]:
    """Return what was measured more than once of one model, in order of dataset and metric.

    Measurements belong to one line only where the whole protocol is the same but for precision and the harness's version. What
    does not say when it was taken comes first, in the order given.
    """
    lines: dict[tuple[str, str, Protocol], list[Score]] = defaultdict(list)
    for score in results:
        protocol = msgspec.structs.replace(score.protocol, **dict.fromkeys(_SOFT))
        lines[key(score.dataset or ""), score.metric, protocol].append(score)
    found = []
    for (_, metric, protocol), scores in lines.items():
        ordered = sorted(scores, key=lambda score: (score.at is not None, score.at or datetime.min))  # noqa: DTZ901  # naive UTC
        if len(ordered) > 1:
            points = tuple(_point(score) for score in ordered)
            found.append(Track(metric, ordered[0].dataset, protocol, points, _steps(ordered)))
    return sorted(found, key=lambda track: (track.dataset or "", track.metric, str(track.protocol)))


def _steps(scores: Sequence[Score]) -> tuple[Step, ...]:
    steps = []
    for number, (before, after) in enumerate(pairwise(scores)):
        delta = after.value - before.value
        allowed = _allowed(before, after)
        if abs(delta) <= allowed + 1e-9:
            continue
        revisions = {_revision(before), _revision(after)}
        change: Change = "dropped" if is_worse(after.metric, delta) else "rose"
        if len(revisions) == 1 and None not in revisions:
            change = "unsteady"
        steps.append(Step(change, number, number + 1, round(delta, 12), allowed))
    return tuple(steps)


def _allowed(before: Score, after: Score) -> float:
    """Return how far two measurements may be apart: by the study's point, by chance, by what differs a little."""
    one, two = before.protocol, after.protocol
    unsaid = [field for field in _SOFT if (getattr(one, field) is None) != (getattr(two, field) is None)]
    moved = any(getattr(one, field) != getattr(two, field) for field in _SOFT)
    found = tolerance(before, after, [], unsaid or (["precision"] if moved else []))
    noise = interval(before, after)
    delta = after.value - before.value
    chance = 0.0 if noise is None else delta - noise.low if delta > 0 else noise.high - delta
    return max(found.point, chance, found.protocol)


def _point(score: Score) -> Point:
    protocol = score.protocol
    return Point(
        _revision(score), score.at, score.value, score.samples, score.stderr, protocol.precision, protocol.harness_version,
        str(score.source),
    )  # fmt: skip


def _revision(score: Score) -> str | None:
    return score.ref.partition("@")[2] or None
