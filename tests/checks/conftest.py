"""Small registries, taken through the real stages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb
import pytest

from filiation.checks.run import run
from filiation.core.record import Record, Sighting, batches_of
from filiation.extract.run import extract
from filiation.licenses.build import build_terms
from filiation.lineage.build import build_tables
from filiation.names.build import build_names
from filiation.pipeline import END_OF_TIME
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC


@pytest.fixture
def checked(tmp_path) -> Callable[..., list[dict]]:
    """Take `records` through extract, lineage, licences and, some `times`, the checks `only`; return the findings."""

    def checked(records: Iterable[Record], only: Collection[str] | None = None, times: int = 1) -> list[dict]:
        with duckdb.connect() as memory:  # nothing is kept: a file for each of so many would take half of the time
            memory.execute(files("filiation.store").joinpath("schema.sql").read_text(encoding="utf-8"))
            atlas = Atlas(tmp_path, memory)
            for days, seen in enumerate(_observations(records)):
                ingest(atlas, Path("example"), batches_of(seen, "example"), NOON + timedelta(days), lambda _: None)
            with atlas.transaction() as con:
                extract(con, -1)
                lineage = build_tables(con, END_OF_TIME)
                build_names(con)
            with atlas.transaction() as con:
                build_terms(con, lineage)
                for _ in range(times):
                    run(con, lineage, only)
            cursor = atlas.con.execute("SELECT finding.*, kind, name FROM finding JOIN node USING (node_id) ORDER BY ALL")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return checked


def _observations(records: Iterable[Record]) -> list[list[Sighting]]:
    """Divide `records` into observations: one that comes again under the same name was seen a day later."""
    days: list[dict[tuple[str, str], Sighting]] = []
    for line, record in enumerate(records, 1):
        name = (str(record.kind), record.id)
        day = next((day for day in days if name not in day), None)
        if day is None:
            days.append(day := {})
        day[name] = Sighting(line, record, *(("osv", "osv") if "affected" in record.body else ("hub",)))
    return [list(day.values()) for day in days]
