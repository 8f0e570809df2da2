"""Claims held against measurements over a whole atlas, as tables that checks ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb

from filiation.scores.answer import claimed_by_model
from filiation.scores.compare import Comparison, Row, compare
from filiation.scores.measured import measured_by_model
from filiation.scores.pipeline_effect import with_pipeline
from filiation.scores.track import Track, tracks

if TYPE_CHECKING:
    from filiation.core.score import Score

MAX_MODELS = 20_000
"""Models of which more was measured than a leaderboard holds; of more, the first by name are compared."""
TABLES = ("score_row", "score_step")
_LIKELY = {"plain": 0.8, "chance unknown": 0.6, "unsaid": 0.5}
"""How often a contradiction is true: by judgement, not by a count; see docs/scores.md."""


def prepare_scores(con: duckdb.DuckDBPyConnection) -> None:
    """Make the temporary tables ``score_row`` and ``score_step``.

    ``score_row`` has a row for each claim that met a measurement: ``name`` of the model on the Hub, ``metric``, ``dataset``,
    ``claimed``, ``measured``, ``verdict``, ``contradicted``, ``confidence``, ``locations``. ``score_step`` has one for each
    measurement that differs from the one before: ``name``, ``metric``, ``dataset``, ``change``, ``before``, ``after``,
    ``confidence``, ``locations``.
    """
    con.execute(_TABLES)
    if not con.execute("SELECT 1 FROM claim WHERE predicate = 'metric' AND basis = 'measured' LIMIT 1").fetchall():
        return
    results = measured_by_model(con, None, MAX_MODELS)
    claims = claimed_by_model(con, list(results))
    compared = {name: compare(claims[name], scores) for name, scores in results.items() if claims.get(name)}
    rows = [row for name, found in compared.items() for row in _rows(name, found, compared)]
    steps = [step for name, scores in results.items() for step in _steps(name, scores)]
    if rows:
        con.executemany("INSERT INTO temp.score_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
    if steps:
        con.executemany("INSERT INTO temp.score_step VALUES (?, ?, ?, ?, ?, ?, ?, ?)", steps)


def scores_held(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Return what there is to be asked about, by the names that a check's `needs` has."""
    held = set()
    for name, query in (("score contradicted", "score_row WHERE contradicted"), ("score step", "score_step")):
        if con.execute(f"SELECT 1 FROM temp.{query} LIMIT 1").fetchall():
            held.add(name)
    return held


def drop_scores(con: duckdb.DuckDBPyConnection) -> None:
    """Drop what `prepare_scores` made."""
    for table in TABLES:
        con.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _rows(name: str, found: Comparison, compared: dict[str, Comparison]) -> list[tuple[object, ...]]:
    rows = found.rows
    if any(row.contradicted for row in rows):
        about = {(row.metric, row.dataset) for row in rows if row.contradicted}
        beside = [row for other in compared.values() for row in other.rows if (row.metric, row.dataset) in about]
        rows = with_pipeline(rows, beside)
    return [
        (
            name, row.metric, row.dataset, row.claimed, row.measured, row.verdict, row.contradicted, _confidence(row),
            [row.claim.source, row.result.source],
        )
        for row in rows
    ]  # fmt: skip


def _confidence(row: Row) -> float:
    unknown = row.tolerance is None or row.tolerance.sampling is None
    likely = _LIKELY["unsaid" if row.unsaid else "chance unknown" if unknown else "plain"]
    return round(likely * row.claim.confidence, 3)


def _steps(name: str, scores: list[Score]) -> list[tuple[object, ...]]:
    return [row for track in tracks(scores) for row in _steps_of(name, track)]


def _steps_of(name: str, track: Track) -> list[tuple[object, ...]]:
    """Return the steps of a line: where it fell and rose again, only the last counts."""
    if not track.steps:
        return []
    step = track.steps[-1]
    before, after = track.points[step.before], track.points[step.after]
    is_sure = bool(before.samples or before.stderr) and bool(after.samples or after.stderr)
    sure = _LIKELY["plain" if is_sure else "chance unknown"]
    named = track.dataset or ""
    return [(name, track.metric, named, step.change, before.value, after.value, sure, [before.source, after.source])]


_TABLES = """
CREATE OR REPLACE TEMP TABLE score_row (
    name VARCHAR, metric VARCHAR, dataset VARCHAR, claimed DOUBLE, measured DOUBLE, verdict VARCHAR, contradicted BOOLEAN,
    confidence DOUBLE, locations VARCHAR[]
);
CREATE OR REPLACE TEMP TABLE score_step (
    name VARCHAR, metric VARCHAR, dataset VARCHAR, change VARCHAR, "before" DOUBLE, "after" DOUBLE, confidence DOUBLE,
    locations VARCHAR[]
);
"""
