"""Laws of increments: what a build leaves after many small changes is what one build leaves of all that was observed."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from same_atlas import QUERIES, differences

from filiation.checks import checks
from filiation.core.record import Record, Sighting, batches_of
from filiation.lineage.arrays import Lineage
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest
from filiation.store.search import open_index, search

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC
DAYS = 2


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
        choose.sample(names, choose.randrange(10, 40)) for _ in range(DAYS - 1)
    ]
    return [[choose.choice(variants[name]) for name in day] for day in seen]


def observed(atlas: Atlas, day: int, records: list[Record]) -> None:
    sightings = [Sighting(line, record, "hub") for line, record in enumerate(records, 1)]
    ingest(atlas, Path("day"), batches_of(sightings, "day"), NOON + timedelta(day), lambda _: None)


def charted(path: Path, seen: list[list[Record]], *, daily: bool, without: tuple[str, ...]) -> Path:
    with Atlas.open(path, "create") as atlas:
        for day, records in enumerate(seen):
            observed(atlas, day, records)
            if daily or day == len(seen) - 1:
                build(atlas, lambda *_: None, without=without)
    return path


def test_days_one_by_one_equal_all_at_once(tmp_path, variants):
    seen = days(variants, 1)
    grown, made = (charted(tmp_path / str(daily), seen, daily=daily, without=("search",)) for daily in (True, False))
    assert differences(grown, made, tuple(set(QUERIES) - {"prediction"})) == {}  # by another fit


def test_the_index_finds_what_one_written_afresh_finds(tmp_path, variants):
    seen = days(variants, 2)
    both = [charted(tmp_path / str(daily), seen, daily=daily, without=("predict", "audit")) for daily in (True, False)]
    asked = [(open_index(path, token_of(path)), Lineage.load(path).downloads) for path in both]
    assert (asked[0][0].node < 0).any()  # some were replaced
    words = sorted({word for name in variants for word in name[1].replace("/", "-").split("-") if word.isalnum()})
    for text in (*words, "training", "license"):
        hits = [{node for node, _ in search(index, text, downloads, 1000)} for index, downloads in asked]
        assert hits[0] == hits[1], text


def token_of(atlas: Path) -> str:
    (folder,) = (atlas / "search").iterdir()
    return folder.name
