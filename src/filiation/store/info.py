"""What an atlas holds: snapshots, tables, stages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec

TABLES = ("record", "skipped", "trait", "claim", "node", "reference", "edge", "finding")


class Snapshot(msgspec.Struct, frozen=True):
    """One reading of one source."""

    path: str
    source: str | None
    seen_at: datetime
    seen: int
    added: int
    unchanged: int
    skipped: int


class LastStage(msgspec.Struct, frozen=True):
    """The last run of a stage."""

    stage: str
    started_at: datetime
    rows: int
    seconds: float


class Info(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/info/v1"):
    """What an atlas holds; `tables` counts rows."""

    schema_version: int
    written_by: str
    created_at: datetime
    snapshots: list[Snapshot]
    tables: dict[str, int]
    stages: list[LastStage]


def info(con: duckdb.DuckDBPyConnection) -> Info:
    """Return what the atlas holds."""
    version, created_at, written_by = con.execute("SELECT schema_version, created_at, written_by FROM atlas").fetchall()[0]
    snapshots = con.execute(
        "SELECT path, source, seen_at, seen, added, unchanged, skipped FROM snapshot ORDER BY snapshot_id"
    ).fetchall()
    tables = {name: con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0] for name in TABLES}
    stages = con.execute(
        "SELECT stage, started_at, rows, seconds FROM stage_run"
        " QUALIFY row_number() OVER (PARTITION BY stage ORDER BY run_id DESC) = 1 ORDER BY run_id"
    ).fetchall()
    return Info(
        version,
        written_by,
        created_at.replace(tzinfo=UTC),
        [Snapshot(*aware(row)) for row in snapshots],
        tables,
        [LastStage(*aware(row)) for row in stages],
    )


def aware(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return `row` with its naive moments marked as the UTC that they are."""
    return tuple(value.replace(tzinfo=UTC) if isinstance(value, datetime) else value for value in row)
