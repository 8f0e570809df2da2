"""Laws of increments: what a build leaves after many small changes is what one build leaves of all that was observed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from same_atlas import QUERIES, differences

from filiation.checks import checks
from filiation.core.record import Record, Sighting, batches_of
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
DAYS = 3


@pytest.fixture(scope="module")
def variants() -> dict[tuple[str, str], list[Record]]:
    """What the examples of all checks say of each repository."""
    found: dict[tuple[str, str], list[Record]] = {}
    for check in checks():
        for record in (*check.bad.records, *check.good.records):
            found.setdefault((record.kind, record.id), []).append(record)
    return found


def days(variants: dict[tuple[str, str], list[Record]], seed: int) -> list[list[Record]]:
    """Return what is seen on each day: of most repositories something on the first, of some another thing later."""
    choose = random.Random(seed)  # noqa: S311  # nothing secret
    names = sorted(variants)
    seen = [choose.sample(names, len(names) * 3 // 4)] + [
        choose.sample(names, choose.randrange(1, 25)) for _ in range(DAYS - 1)
    ]
    return [[choose.choice(variants[name]) for name in day] for day in seen]


def observed(atlas: Atlas, day: int, records: list[Record]) -> None:
    sightings = [Sighting(line, record, "hub") for line, record in enumerate(records, 1)]
    ingest(atlas, Path("day"), batches_of(sightings, "day"), NOON + timedelta(day), lambda _: None)


def charted(path: Path, seen: list[list[Record]], *, daily: bool) -> Path:
    with Atlas.open(path, "create") as atlas:
        for day, records in enumerate(seen):
            observed(atlas, day, records)
            if daily:
                build(atlas, lambda *_: None)
        build(atlas, lambda *_: None)
    return path


def test_days_one_by_one_equal_all_at_once(tmp_path, variants):
    seen = days(variants, 1)
    grown, made = charted(tmp_path / "grown", seen, daily=True), charted(tmp_path / "made", seen, daily=False)
    assert differences(grown, made, tuple(set(QUERIES) - {"prediction"})) == {}  # by another fit
