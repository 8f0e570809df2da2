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


class _Written(msgspec.Struct, omit_defaults=True):
    """A measured score as its claim holds it: first what every claim of a metric says, then the rest."""

    dataset: str | None
    metric: str
    value: float
    config: str | None = None
    split: str | None = None
    revision: str | None = None
    shots: int | None = None
    prompt: str | None = None
    precision: str | None = None
    harness: str | None = None
    harness_version: str | None = None
    variant: str | None = None
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
    protocol = score.protocol
    return msgspec.json.encode(
        _Written(
            score.dataset, score.metric, score.value, protocol.config, protocol.split, protocol.dataset_revision,
            protocol.shots, protocol.prompt, protocol.precision, protocol.harness, protocol.harness_version, protocol.variant,
            score.metric_written, score.dataset_written, score.value_written, score.samples, score.stderr, score.at, score.by,
            score.ref.partition("@")[2] or None,
        )
    ).decode()  # fmt: skip


def read(ref: str, value: str, basis: str, confidence: float, source: Locator, seen_at: datetime | None = None) -> Score | None:
    """Return the score that a claim's value is, None where it is none of ours.

    Args:
        ref: Of the model, without a revision.
        value: Of the claim.
        basis: Of the claim.
        confidence: Of the claim.
        source: Of the claim.
        seen_at: When the file was charted, for one that does not say when it was measured.
    """
    try:
        found = msgspec.json.decode(value, type=_Written)
    except (ValueError, RecursionError):
        return None
    protocol = Protocol(
        found.config, found.split, found.revision, found.shots, found.prompt, found.precision, found.harness,
        found.harness_version, found.variant,
    )  # fmt: skip
    at = found.at.astimezone(UTC).replace(tzinfo=None) if found.at and found.at.tzinfo else found.at
    pinned = f"{ref}@{found.model_revision}" if found.model_revision else ref
    return Score(
        pinned, found.metric, found.dataset, found.value, Basis(basis), source, protocol, found.metric_written,
        found.dataset_written, found.value_written, found.samples, found.stderr, at or seen_at, found.by, confidence,
    )  # fmt: skip


def measured(con: duckdb.DuckDBPyConnection, ref: Ref | str) -> list[Score]:
    """Return all that was measured of a model, at any revision and by anybody, the newest first.

    Args:
        con: Of an atlas that is charted.
        ref: The model; the revision does not count.
    """
    wanted = ref if isinstance(ref, Ref) else Ref.parse(ref)
    rows = con.execute(_OF_ONE, [wanted.registry, wanted.name, MAX_SCORES]).fetchall()
    return _scores(rows)


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


def _scores(rows: Iterable[tuple[Any, ...]]) -> list[Score]:
    found: dict[tuple[object, ...], Score] = {}
    for registry, name, value, basis, confidence, source, pointer, seen_at in rows:
        score = read(str(Ref(Kind.MODEL, name, registry)), value, basis, confidence, Locator(source, pointer), seen_at)
        if score:  # the same run, read from two copies of a file, is one
            found.setdefault((score.ref, score.metric, score.dataset, score.value, score.protocol, score.at), score)
    return list(found.values())


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
