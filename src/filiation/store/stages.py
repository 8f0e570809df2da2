"""Which stages ran on what, so that a build does only what is out of date."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import duckdb
import msgspec


class StageRun(msgspec.Struct, frozen=True):
    """A run as it stands in the table; `token` names what was written outside the database."""

    version: str
    input: str
    token: str | None


def last_run(con: duckdb.DuckDBPyConnection, stage: str) -> StageRun | None:
    """Return what stands of `stage`, or None before its first run."""
    rows = con.execute(
        "SELECT version, input, token FROM stage_run WHERE stage = ? ORDER BY run_id DESC LIMIT 1", [stage]
    ).fetchall()
    return StageRun(*rows[0]) if rows else None


class Running(msgspec.Struct):
    """A stage at work: it sets how many rows it made, and what names what it wrote outside the database."""

    rows: int = 0
    token: str | None = None


@contextmanager
def recorded(
    con: duckdb.DuckDBPyConnection, stage: str, version: str, given: str, token: str | None = None
) -> Iterator[Running]:
    """Time what is done inside and note it; in the caller's transaction, so that both or neither are kept."""
    started, clock = datetime.now(UTC).replace(tzinfo=None), time.perf_counter()
    running = Running(token=token)
    yield running
    con.execute(
        "INSERT INTO stage_run SELECT coalesce(max(run_id), 0) + 1, ?, ?, ?, ?, ?, ?, ? FROM stage_run",
        [stage, version, given, started, time.perf_counter() - clock, running.rows, running.token],
    )
