"""Scores that were measured, out of an atlas and into it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec

from filiation.core.claim import Basis, Locator
from filiation.core.ref import HUB, Kind, Ref
from filiation.core.score import Protocol, Score

MAX_SCORES = 20_000
"""Of one model."""
_SAID = (
    "metric", "dataset", "value", "metric_written", "dataset_written", "value_written", "samples", "stderr", "at", "by",
)  # fmt: skip
"""What a claim says of a score as `Score` calls it; its protocol stands beside."""


class _Written(Protocol, frozen=True, kw_only=True, omit_defaults=True):
    """A measured score as its claim holds it, beside its protocol.

    The revision of the dataset is called ``revision`` there, as in every claim of a metric.
    """

    dataset: str | None
    metric: str
    value: float
    revision: str | None = None
    metric_written: str = ""
    dataset_written: str = ""
    value_written: str = ""
    samples: int | None = None
    stderr: float | None = None
    at: datetime | None = None
    by: str = ""
    model_revision: str | None = None
    measured: bool = True


def written(score: Score) -> str:
    """Return a measured score as the value of a claim; `read` returns it."""
    protocol = msgspec.structs.asdict(score.protocol)
    revision = protocol.pop("dataset_revision")
    said = {name: getattr(score, name) for name in _SAID}
    pinned = score.ref.partition("@")[2] or None
    return msgspec.json.encode(_Written(**protocol, **said, revision=revision, model_revision=pinned)).decode()


def read(ref: str, value: str, basis: str, confidence: float, source: Locator) -> Score | None:
    """Return the score that a claim's value is, None where it is none of ours.

    Args:
        ref: Of the model, without a revision.
        value: Of the claim.
        basis: Of the claim.
        confidence: Of the claim.
        source: Of the claim.
    """
    try:
        found = msgspec.json.decode(value, type=_Written)
    except (ValueError, RecursionError):
        return None
    how = {name: getattr(found, name) for name in Protocol.__struct_fields__} | {"dataset_revision": found.revision}
    said = {name: getattr(found, name) for name in _SAID}
    at = found.at.astimezone(UTC).replace(tzinfo=None) if found.at and found.at.tzinfo else found.at
    pinned = f"{ref}@{found.model_revision}" if found.model_revision else ref
    return Score(
        pinned, basis=Basis(basis), source=source, protocol=Protocol(**how), confidence=confidence, **said | {"at": at}
    )


def measured(con: duckdb.DuckDBPyConnection, ref: Ref | str, given: Iterable[Score] = ()) -> list[Score]:
    """Return all that was measured of a model, at any revision and by anybody, what was charted last first.

    Args:
        con: Of an atlas that is charted.
        ref: The model; the revision does not count.
        given: Measurements of it from elsewhere, which come last; one that the atlas holds too counts once.
    """
    wanted = ref if isinstance(ref, Ref) else Ref.parse(ref)
    rows = con.execute(_OF_ONE, [wanted.registry, wanted.name, MAX_SCORES]).fetchall()
    return _scores(rows, given)


def measured_by_model(con: duckdb.DuckDBPyConnection, datasets: list[str] | None, models: int) -> dict[str, list[Score]]:
    """Return what was measured on some datasets, by the name of the model on the Hub.

    Args:
        con: Of an atlas that is charted.
        datasets: Canonical ids, or as written where we know none; None for all.
        models: How many at most, in order of name.
    """
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for row in con.execute(_OF_MANY, {"datasets": datasets, "models": models}).fetchall():
        rows.setdefault(row[1], []).append(row)
    return {name: _scores(held) for name, held in rows.items()}


def _scores(rows: Iterable[tuple[Any, ...]], given: Iterable[Score] = ()) -> list[Score]:
    """Return each run once; one that does not say when it was is of the day on which its file was charted first."""
    found: dict[tuple[object, ...], Score] = {}
    seen: dict[tuple[object, ...], datetime] = {}
    for registry, name, value, basis, confidence, source, pointer, seen_at in rows:
        if score := read(str(Ref(Kind.MODEL, name, registry)), value, basis, confidence, Locator(source, pointer)):
            found.setdefault(_run(score), score)
            seen[_run(score)] = seen_at  # the newest come first
    dated = {run: msgspec.structs.replace(score, at=score.at or seen[run]) for run, score in found.items()}
    for score in given:
        dated.setdefault(_run(score), score)
    return list(dated.values())


def _run(score: Score) -> tuple[object, ...]:
    """Return what tells a figure from others: the same run, read from two copies of a file, is one."""
    return score.ref.lower(), score.metric, score.dataset, score.value, score.protocol, score.at


_MEASURED = f"""
FROM claim JOIN record USING (record_id)
WHERE predicate = 'metric' AND claim.basis = 'measured' AND record.kind = '{Kind.MODEL}'
"""
_OF_ONE = f"""
SELECT registry, id, value, claim.basis::VARCHAR, claim.confidence, claim.source, pointer, seen_at {_MEASURED}
AND registry = ? AND lower(id) = lower(?) ORDER BY seen_at DESC, claim_id LIMIT ?
"""
_OF_MANY = f"""
SELECT registry, id, value, claim.basis::VARCHAR, claim.confidence, claim.source, pointer, seen_at {_MEASURED}
AND registry = '{HUB}' AND ($datasets IS NULL OR list_contains($datasets, value::JSON ->> '$.dataset'))
QUALIFY dense_rank() OVER (ORDER BY id) <= $models
ORDER BY id, seen_at DESC, claim_id
"""
