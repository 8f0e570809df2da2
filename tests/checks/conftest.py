"""Small registries, taken through the real stages."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from datetime import datetime
from pathlib import Path

import pytest

from filiation.checks.run import run
from filiation.core.record import Record, Sighting, batches_of
from filiation.lineage.arrays import Lineage
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC


@pytest.fixture
def checked(tmp_path) -> Callable[..., list[dict]]:
    """Chart `records` and run the checks: `checked(records, only=None)` returns the findings as dictionaries."""

    def checked(records: Iterable[Record], only: Collection[str] | None = None) -> list[dict]:
        sightings = [Sighting(line, record, "hub") for line, record in enumerate(records, 1)]
        with Atlas.open(tmp_path / "atlas", "create") as atlas:
            ingest(atlas, Path("example"), batches_of(sightings, "example"), NOON, lambda _: None)
            build(atlas, lambda *_: None)
            lineage = Lineage.load(tmp_path / "atlas")
            with atlas.transaction() as con:
                if only is not None:
                    run(con, lineage, only)
            cursor = atlas.con.execute("SELECT finding.*, kind, name FROM finding JOIN node USING (node_id) ORDER BY ALL")
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    return checked
