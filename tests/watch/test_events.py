"""What two readings of a registry show is told as the right events."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime, timedelta

import pytest

from filiation.core.errors import AtlasError
from filiation.core.event import Change, Event
from filiation.core.finding import Severity
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas
from filiation.watch.observed import Window, events
from filiation.watch.rating import rating

DAYS = [datetime(2024, 7, day, 12) for day in (9, 10, 11)]  # noqa: DTZ001  # the atlas keeps naive UTC
END = datetime(2025, 1, 1)  # noqa: DTZ001  # the atlas keeps naive UTC
SECOND = {
    ("added", "model:o/born", "id", None, "o/born"),
    ("gone", "model:o/deleted", "id", "o/deleted", "unseen: not in models-1.jsonl"),
    ("renamed", "model:o/now", "id", "o/renamed", "o/now"),
    ("score", "model:o/scored", "metric", "accuracy on glue 0.5", "accuracy on glue 0.7"),
    ("task", "model:o/now", "pipeline_tag", None, "text-generation"),
    ("replaced", "model:o/taken", "_id", "4", "44"),
    ("license", "model:o/a", "license", "mit", "cc-by-nc-4.0"),
    ("parent", "model:o/a", "base_model", "o/base", "o/other"),
    ("access", "model:o/a", "gated", None, "auto"),
    ("revision", "model:o/a", "sha", "x1", "x2"),
    ("tag", "model:o/a", "tags", None, "fast"),
    ("weights", "model:o/a", "siblings", "model.safetensors aaaaaaaaaaaa", "model.safetensors bbbbbbbbbbbb"),
}
THIRD = {
    ("back", "model:o/deleted", "id", None, "o/deleted"),
    ("license", "model:o/a", "license", "cc-by-nc-4.0", "mit"),
    ("parent", "model:o/a", "base_model", "o/other", None),
    ("dataset", "model:o/a", "dataset", "d/first", "d/second"),
    ("revision", "model:o/a", "sha", "x2", "x3"),
    ("tag", "model:o/a", "tags", "fast", None),
}


def told(atlas, window: Window, only=None) -> set[tuple]:
    with Atlas.open(atlas) as opened:
        found = [item.event for item in events(opened.con, window, only)]
    assert len(found) == len({(e.change, e.ref, e.field, e.at) for e in found})
    cards = [event for event in found if event.change == "card"]
    assert all(len(event.before) == len(event.after) == 12 for event in cards)
    return {(e.change, e.ref, e.field, e.before, e.after) for e in found if e.change != "card"}


def test_each_day_has_its_events(three_days):
    assert told(three_days, Window(DAYS[1], DAYS[0])) == SECOND
    assert told(three_days, Window(END, DAYS[1])) == THIRD


def test_a_cursor_counts_snapshots(three_days):
    assert told(three_days, Window(END, snapshot=2)) == THIRD
    assert told(three_days, Window(END, snapshot=1)) == SECOND | THIRD
    assert told(three_days, Window(END, snapshot=3)) == set()


def test_what_a_source_says_first_is_no_news(three_days):
    assert told(three_days, Window(DAYS[0], datetime(2000, 1, 1))) == set()  # noqa: DTZ001  # as above


def test_only_the_ends_of_a_window_count_where_that_is_asked(three_days):
    found = told(three_days, Window(END, DAYS[0], only_ends=True))
    assert ("parent", "model:o/a", "base_model", "o/base", None) in found
    assert ("revision", "model:o/a", "sha", "x1", "x3") in found
    assert ("renamed", "model:o/now", "id", "o/renamed", "o/now") in found
    assert not {change for change, ref, *_ in found if ref == "model:o/deleted"}
    assert not [row for row in found if row[:2] == ("license", "model:o/a")]


def test_one_repository_is_followed_through_its_names(three_days):
    found = told(three_days, Window(END, DAYS[0]), {("model", "o/now")})
    assert {ref for _, ref, *_ in found} == {"model:o/now"}
    assert ("renamed", "model:o/now", "id", "o/renamed", "o/now") in found


def test_nothing_is_left_in_the_database(three_days):
    with Atlas.open(three_days) as atlas:
        events(atlas.con, Window(END, DAYS[0]))
        assert atlas.con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall() == []


def test_records_that_no_stage_read_are_refused(tmp_path, dump):
    with Atlas.open(tmp_path / "a", "create") as atlas:
        observe(atlas, [dump(tmp_path / "models.jsonl", [{"id": "o/a", "tags": []}])], DAYS[0], None, lambda *_: None)
        with pytest.raises(AtlasError, match="filiation build"):
            events(atlas.con, Window(END, DAYS[0]))


def _said(body: dict, prefix: str) -> set[str]:
    return {tag.removeprefix(prefix) for tag in body["tags"] if tag.startswith(prefix)}


def _plain(before: dict | None, after: dict | None, last: dict | None) -> list[str]:
    """The slow twin: what differs between two bodies, read by itself; what comes back is compared with its last word."""
    if after is None or (before is None and last is None):
        return ["gone"] if after is None else ["added"]
    fields = {"license": "license:", "parent": "base_model:", "dataset": "dataset:"}
    known = before or last or {}
    found = [change for change, prefix in fields.items() if _said(known, prefix) != _said(after, prefix)]
    found += ["task"] if known.get("pipeline_tag") != after.get("pipeline_tag") else []
    return found if before else [*found, "back"]


def test_a_plain_comparison_finds_the_same(tmp_path, dump):
    dice = random.Random(7)  # noqa: S311  # a test
    tags = ["license:mit", "license:gpl-3.0", "base_model:o/1", "base_model:o/2", "dataset:d/1", "region:us"]
    listings, expected = [], Counter()
    here: dict[str, dict] = {}
    past: dict[str, dict] = {}
    for day in range(5):
        names = [f"o/{number}" for number in range(40) if dice.random() < 0.8]
        now = {name: {"id": name, "tags": dice.sample(tags, dice.randint(0, 4))} for name in names}
        for name in names:
            if dice.random() < 0.5:
                now[name]["pipeline_tag"] = dice.choice(["a", "b"])
            if name in here and dice.random() < 0.5:
                now[name] = here[name]
        for name in here.keys() | now.keys() if day else ():
            expected.update((change, name) for change in _plain(here.get(name), now.get(name), past.get(name)))
        past |= now
        here = now
        listings.append(dump(tmp_path / f"models-{day}.jsonl", now.values()))
    with Atlas.open(tmp_path / "a", "create") as atlas:
        for day, listing in enumerate(listings):
            observe(atlas, [listing], DAYS[0] + timedelta(day), None, lambda *_: None, whole=True)
        build(atlas, lambda *_: None, without=("names", "predict", "audit", "search"))
        found = [item.event for item in events(atlas.con, Window(END, DAYS[0]))]
    got = Counter((str(event.change), event.ref.removeprefix("model:")) for event in found if event.change != "tag")
    assert len(expected) > 50
    assert got == expected


@pytest.mark.parametrize(
    ("change", "field", "before", "after", "severity"),
    [
        ("license", "license", "mit", "cc-by-nc-4.0", "high"),
        ("license", "license", "cc-by-nc-4.0", "mit", "low"),
        ("license", "license", "mit", None, "high"),
        ("license", "license", None, "mit", "low"),
        ("license", "license", "mit", "no-such-license-x", "medium"),
        ("access", "gated", None, "auto", "medium"),
        ("access", "gated", "auto", None, "info"),
        ("access", "private", "false", "true", "high"),
        ("tag", "tags", None, "x", "info"),
    ],
)
def test_what_takes_away_weighs_more(change, field, before, after, severity):
    assert rating(Event(Change(change), "model:o/a", field, before, after, DAYS[0], "hub")) is Severity(severity)
