"""One figure of a results file, under the names that scores are compared by."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from filiation.core.claim import Basis, Locator
from filiation.core.score import Protocol, Score
from filiation.formats.score_files import ScoreFile
from filiation.scores.canonical import dataset_name, metric_name, normalised

MAX_WORDS = 200
"""Characters of anything written that is kept."""
_YEARS = (datetime(2000, 1, 1, tzinfo=UTC).timestamp(), datetime(2100, 1, 1, tzinfo=UTC).timestamp())


class Taken(msgspec.Struct, frozen=True):
    """How all figures of one task of one run were taken.

    Attributes:
        datasets: Names of the dataset as the file writes them, the one that tells most first; a name may have a config.
        protocol: What the file says of it; None fields are not said.
        samples: How many were asked.
        at: When, naive UTC.
        by: Who.
        basis: Of the figures; measured but where the file is only a copy of what a publisher claims.
    """

    datasets: Sequence[tuple[str, str | None]]
    protocol: Protocol
    samples: int | None = None
    at: datetime | None = None
    by: str = ""
    basis: Basis = Basis.MEASURED


def figure(
    file: ScoreFile, taken: Taken, metric: str, value: object, pointer: str, *, stderr: object = None, ratio: bool = False
) -> Score | None:
    """Return a figure as a score; None where it is no finite number.

    Args:
        file: Where it stands.
        taken: How it was taken.
        metric: As the file writes it.
        value: As the file writes it.
        pointer: Place in the document.
        stderr: Standard error as the file writes it; what is no number is not said.
        ratio: Whether the format writes ratios as ratios: then 1.5 is 1.5, and not 1.5 %.
    """
    number = _number(value)
    if number is None or not metric:
        return None
    known = metric_name(metric[:MAX_WORDS])
    scaled = number if known.metric is None or ratio else normalised(number, known.metric)
    if scaled is None:
        return None
    error = _number(stderr)
    factor = scaled / number if number else 1.0
    written, dataset, config = _dataset(taken.datasets)
    protocol = msgspec.structs.replace(
        taken.protocol,
        config=config or taken.protocol.config,
        split=taken.protocol.split or known.split,
        shots=known.shots if taken.protocol.shots is None else taken.protocol.shots,
        variant=", ".join(sorted({part for part in (taken.protocol.variant, known.variant) if part})) or None,
    )
    revision = f"@{file.revision}" if file.revision else ""
    return Score(
        f"model:{file.model}{revision}",
        known.metric.id if known.metric else metric[:MAX_WORDS],
        dataset,
        scaled,
        taken.basis,
        Locator(file.file, pointer),
        protocol,
        metric[:MAX_WORDS],
        written[:MAX_WORDS],
        repr(value)[:MAX_WORDS],
        taken.samples if taken.samples and taken.samples > 0 else None,
        None if error is None or error <= 0 else error * abs(factor),
        taken.at,
        taken.by[:MAX_WORDS],
    )


def moment(written: object) -> datetime | None:
    """Return a moment as files write it, seconds since 1970 or ISO 8601, as naive UTC; None where it is none."""
    seconds = _number(written) if not isinstance(written, str) or written.replace(".", "", 1).isdigit() else None
    if seconds is None and isinstance(written, str) and written.replace(".", "", 1).isdigit():
        seconds = _number(float(written)) if len(written) < 24 else None
    if seconds is not None:
        inside = _YEARS[0] <= seconds <= _YEARS[1]
        return datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None) if inside else None
    try:
        found = datetime.fromisoformat(written.strip()) if isinstance(written, str) else None
    except ValueError:
        return None
    return found.astimezone(UTC).replace(tzinfo=None) if found and found.tzinfo else found


def count(written: object) -> int | None:
    """Return a whole number that is at least 0; None where it is none."""
    if isinstance(written, str) and written.isdigit() and len(written) < 12:
        written = int(written)
    if isinstance(written, bool) or not isinstance(written, (int, float)) or not 0 <= written < 1 << 40:
        return None
    return int(written) if int(written) == written else None


def _dataset(names: Sequence[tuple[str, str | None]]) -> tuple[str, str | None, str | None]:
    """Return how the dataset is written, its canonical id or else its name, and the configuration apart from that."""
    for written, config in names:
        if (found := dataset_name(written[:MAX_WORDS], config)).id is not None:
            return written, found.id, found.config
    written, config = next(iter(names), ("", None))
    return written, written[:MAX_WORDS] or None, config


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if abs(value) < 1e15 and math.isfinite(value) else None
