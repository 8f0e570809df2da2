"""Scores that are claimed of a model: by its publisher's fields, by its card's tables and prose, by what others announced."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import duckdb
import msgspec

from filiation.core.claim import Basis, Locator
from filiation.core.ref import Ref
from filiation.core.score import Protocol, Score
from filiation.knowledge import load
from filiation.scores.canonical import MetricName, dataset_name, metric_name, normalised, number, split_name, usual_metric
from filiation.scores.harnesses import harness_version
from filiation.store.atlas import Atlas

MAX_CLAIMS = 5000
"""Most claims of one model that are read."""
MAX_TEXT = 300
_MAX_CONFIG, _MAX_DIGITS = 60, 9
_APART = 300
"""Characters between two figures of one text that belong to different lists."""
_SPAN = re.compile(r"char=(?P<start>\d{1,9}),(?P<stop>\d{1,9})")
_SHOT_KEYS = ("num_few_shot", "num_fewshot", "n_shot", "shots", "fewshot", "few_shot")


class _Row(NamedTuple):
    value: str
    basis: str
    confidence: float
    source: str
    pointer: str
    witness: str
    seen_at: datetime
    revision: str | None


def claimed(atlas: Atlas, ref: Ref | str, *, every: bool = False) -> list[Score]:
    """Return what is claimed of a model: declared and stated scores, each with its source, in the order of the sources.

    Args:
        atlas: Charted.
        ref: The model; a name that it had before counts too.
        every: Also what sources said before they said something else, the newest first; each score has its own `ref`, with the
            revision it was said of where that is known.

    Returns:
        Measured scores are not among them. A value that is no figure, or that may be a ratio or per cent, is no score.
    """
    return claimed_in(atlas.con, ref if isinstance(ref, Ref) else Ref.parse(ref), every=every)


def claimed_in(con: duckdb.DuckDBPyConnection, wanted: Ref, *, every: bool = False) -> list[Score]:
    """Return what is claimed of a model, as `claimed` does, over the database of an atlas."""
    rows = [_Row(*row) for row in con.execute(_CLAIMS, _named(wanted)).fetchall()]
    newest: dict[str, datetime] = {}
    for row in rows:
        newest.setdefault(row.witness, row.seen_at)
    kept = [row for row in rows if every or row.seen_at == newest[row.witness]]
    return list(scores_of(str(Ref(wanted.kind, wanted.name, wanted.registry)), kept))


def scores_of(ref: str, rows: Iterable[tuple[Any, ...]]) -> Iterator[Score]:
    """Yield the scores that claims of the predicate ``metric`` tell.

    Args:
        ref: Whose they are, without a revision.
        rows: Value (JSON), basis, confidence, source, pointer, witness, time seen and revision of each claim.
    """
    said = []
    for row in map(_Row._make, rows):
        try:
            about = msgspec.json.decode(row.value)
        except msgspec.DecodeError:
            continue
        if isinstance(about, dict):
            said.append((row, about))
    lists = _lists(said)
    among: dict[tuple[object, ...], list[float]] = {}
    for where, (_, about) in zip(lists, said, strict=True):
        if (figure := number(_value(about))) and not figure[1]:  # a sign of per cent says nothing of those without one
            among.setdefault(where, []).append(figure[0])
    for where, (row, about) in zip(lists, said, strict=True):
        pinned = f"{ref}@{row.revision}" if row.revision else ref
        place = Locator(row.source, row.pointer)
        if (told := score_of(pinned, about, Basis(row.basis), place, row.confidence, among.get(where, ()))) is not None:
            yield told


def _lists(said: list[tuple[_Row, dict[str, Any]]]) -> list[tuple[object, ...]]:
    """Return for each claim what those share that are written in one way, as ratios or in per cent: list, author and metric.

    Front matter is one list; in a text, what stands close to one another is. A card may tell one error rate as 24.68 in a table
    and as 0.2468 further down.
    """
    found: list[tuple[object, ...]] = []
    last: dict[tuple[str, ...], tuple[int, int]] = {}
    for row, about in said:
        metric = _text(about.get("metric")).lower()
        group = (
            row.witness,
            row.source,
            row.basis,
            _text(about.get("by")),
            metric,
            "" if metric else _text(about.get("dataset")),
        )
        place = _SPAN.fullmatch(row.pointer)
        number_, stop = last.get(group, (0, 0))
        if place and int(place["start"]) - stop > _APART:
            number_ += 1
        last[group] = number_, int(place["stop"]) if place else 0
        found.append((*group, number_))
    return found


def score_of(
    ref: str,
    about: dict[str, Any],
    basis: Basis,
    source: Locator,
    confidence: float = 1.0,
    among: Iterable[float] = (),
) -> Score | None:
    """Return the score that a claim tells; None where it has no figure, or one that may be a ratio or per cent.

    Args:
        ref: Whose it is.
        about: The claim's value: ``metric``, ``value`` and what else `Protocol` has, as written; see docs/scores.md.
        basis: Of the claim.
        source: Where it was read.
        confidence: Of the claim, in [0, 1].
        among: Figures of the same metric beside it, as written.
    """
    config = _config(about)
    data = _dataset(about, config)
    measure = _metric(about)
    is_bare = not _text(about.get("metric"))
    by = _text(about.get("by"))
    usual = _board_metric(data.id, by) or data.usual or _text(about.get("otherwise"))
    metric = measure.metric or (metric_name(usual).metric if is_bare else None)
    written = _value(about)
    figure = normalised(written, metric, among) if metric else (number(written) or (None,))[0]
    metric_written = _text(about.get("metric_name")) or _text(about.get("metric"))
    if figure is None or not (metric or metric_written):
        return None
    said = _text(about.get("harness"))
    harness, version = harness_version(said) if said else harness_version(by)
    protocol = Protocol(
        data.config,
        split_name(_text(about.get("split"))) or measure.split or data.split,
        _text(about.get("revision")) or None,
        next((shots for shots in (_shots(about), measure.shots, data.shots) if shots is not None), None),
        _text(about.get("prompt")) or None,
        _text(about.get("precision")) or None,
        harness or said or None,
        _text(about.get("harness_version")) or version,
        _variant(about, measure.variant, data.id, by),
    )
    return Score(
        ref,
        metric.id if metric else metric_written,
        data.id or _text(about.get("dataset")) or _text(about.get("dataset_name")) or None,
        figure,
        basis,
        source,
        protocol,
        metric_written,
        _text(about.get("dataset_name")) or _text(about.get("dataset")),
        str(written),
        _count(about.get("samples")),
        _error(about.get("stderr"), written, figure),
        _time(about.get("at")),
        by,
        round(confidence, 4),
    )


class _Data(NamedTuple):
    id: str | None
    config: str | None
    split: str | None
    shots: int | None
    usual: str | None


def _dataset(about: dict[str, Any], config: str | None) -> _Data:
    """Return what is said of the dataset: by its id, or by its name where that says more."""
    first = dataset_name(_text(about.get("dataset")), config)
    second = dataset_name(_text(about.get("dataset_name")), config)
    best = first
    if first.id is None or (second.id or "").startswith(f"{first.id}/"):
        best = second if second.id else first
    shots = first.shots if first.shots is not None else second.shots
    return _Data(best.id, best.config, first.split or second.split, shots, usual_metric(best.id))


def _metric(about: dict[str, Any]) -> MetricName:
    """Return what is said of the metric: by its name, which says more, and by its type."""
    named, typed = metric_name(_text(about.get("metric_name"))), metric_name(_text(about.get("metric")))
    best = named.metric or typed.metric
    return MetricName(best, named.split or typed.split, named.variant or typed.variant, named.shots or typed.shots)


def _config(about: dict[str, Any]) -> str | None:
    """Return the configuration; what old cards call arguments is one where it is a word."""
    if config := _text(about.get("config")):
        return config
    arguments = about.get("args")
    return arguments.strip() if isinstance(arguments, str) and 0 < len(arguments.strip()) <= _MAX_CONFIG else None


def _shots(about: dict[str, Any]) -> int | None:
    arguments = about.get("args")
    said = [about.get("shots")] + ([arguments.get(key) for key in _SHOT_KEYS] if isinstance(arguments, dict) else [])
    return next((count for one in said if (count := _count(one)) is not None), None)


def _variant(about: dict[str, Any], of_metric: str | None, dataset: str | None, by: str) -> str | None:
    """Return what else the score needs to be the same, sorted."""
    told = {_text(about.get("variant")), of_metric or "", *_of_board(dataset, by)} - {""}
    return ", ".join(sorted(told)) or None


def _of_board(dataset: str | None, by: str) -> Iterator[str]:
    """Yield what a leaderboard does to the scores that it writes into cards."""
    for board in load("benchmarks")["board"].values():
        if by.lower() in board["names"] and dataset in board["datasets"]:
            yield board["variant"]


def _board_metric(dataset: str | None, by: str) -> str | None:
    """Return the metric that a leaderboard has for a dataset; None where it is none, or has no such dataset."""
    boards = (board for board in load("benchmarks")["board"].values() if by.lower() in board["names"])
    return next((board["metrics"][dataset] for board in boards if dataset in board["metrics"]), None)


def _value(about: dict[str, Any]) -> str | float:
    value = about.get("value")
    return value if isinstance(value, (int, float)) and not isinstance(value, bool) else _text(value)


def _error(written: object, value: str | float, figure: float) -> float | None:
    """Return a standard error in the unit of the figure: whatever made the value a ratio makes it one."""
    stderr, shown = number(written if isinstance(written, (int, float)) else _text(written)), number(value)
    if stderr is None or shown is None or stderr[0] < 0:
        return None
    return stderr[0] / 100 if figure and abs(shown[0] / figure - 100) < 1 else stderr[0]


def _count(value: object) -> int | None:
    if isinstance(value, str) and value.strip().isdigit() and len(value) < _MAX_DIGITS:
        value = int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def _time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(_text(value))
    except ValueError:
        return None
    return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at


def _text(value: object) -> str:
    """Return a field of a claim as text, cut; nothing for what is none."""
    return str(value).strip()[:MAX_TEXT] if isinstance(value, (str, int, float)) and not isinstance(value, bool) else ""


def _named(ref: Ref) -> dict[str, object]:
    return {"registry": ref.registry, "kind": str(ref.kind), "name": ref.name}


_CLAIMS = f"""
SELECT claim.value, claim.basis::VARCHAR, claim.confidence, claim.source, pointer, record.source, record.seen_at, trait.revision
FROM claim JOIN record USING (record_id) LEFT JOIN trait USING (record_id)
WHERE claim.predicate = 'metric' AND claim.basis IN ('declared', 'stated') AND record_id IN (
    SELECT record_id FROM record WHERE registry = $registry AND kind = $kind AND id = $name
    UNION SELECT record_id FROM node WHERE registry = $registry AND kind = $kind AND name = $name AND record_id IS NOT NULL
)
ORDER BY seen_at DESC, record.source, claim.basis, claim.source, length(pointer), pointer, claim_id LIMIT {MAX_CLAIMS}
"""
