"""What is looked into first, and what is left out."""

from __future__ import annotations

from datetime import datetime

import duckdb
import numpy as np
import pytest

from filiation.core.ref import Kind, Ref
from filiation.live.plan import wanted
from filiation.live.taking import Place

PLACE = Place("hf", "test", Kind.MODEL)
NODES = [  # name, state, downloads, revision, last modified, descendants
    ("o/used", "present", 900, "a1", None, 0),
    ("o/base", "present", 5, "b1", None, 40),
    ("o/leaf", "present", 1, None, datetime(2024, 6, 2, 8, 0, 0, 123_000), 0),  # noqa: DTZ001  # the atlas keeps naive UTC
    ("gone/parent", "missing", None, None, None, 7),
    ("gone/leaf", "missing", None, None, None, 0),
]


class _Lineage:
    descendants = np.array([row[5] for row in NODES], np.int32)


@pytest.fixture
def con():
    with duckdb.connect() as con:
        con.execute("CREATE TYPE kind AS ENUM ('model', 'dataset')")
        con.execute(
            "CREATE TABLE node (node_id INTEGER, registry VARCHAR, kind kind, name VARCHAR, state VARCHAR, record_id INTEGER,"
            " downloads BIGINT)"
        )
        con.execute("CREATE TABLE trait (record_id INTEGER, revision VARCHAR, modified_at TIMESTAMP, downloads BIGINT)")
        for number, (name, state, downloads, revision, modified, _) in enumerate(NODES):
            record = number if state == "present" else None
            con.execute("INSERT INTO node VALUES (?, 'hf', 'model', ?, ?, ?, ?)", [number, name, state, record, downloads])
            con.execute("INSERT INTO trait VALUES (?, ?, ?, ?)", [number, revision, modified, downloads])
        yield con


def test_what_is_adopted_comes_first_then_what_most_stands_on_then_what_is_used(con):
    rows = wanted(con, _Lineage, PLACE, {}, [Ref(Kind.MODEL, "o/leaf"), Ref(Kind.DATASET, "o/used")], 9, "T")
    assert rows == [
        ("o/leaf", "2024-06-02T08:00:00.123Z"), ("o/base", "b1"), ("gone/parent", "missing T"), ("o/used", "a1"),
    ]  # fmt: skip
    assert [name for name, _ in wanted(con, _Lineage, PLACE, {}, [], 1, "T")] == ["o/base"]


def test_what_has_not_changed_since_it_was_looked_into_is_left_out(con):
    looked = {"o/used": "a1", "o/base": "b0", "gone/parent": "missing T"}
    assert [name for name, _ in wanted(con, _Lineage, PLACE, looked, [], 9, "T")] == ["o/base", "o/leaf"]
    assert ("gone/parent", "missing U") in wanted(con, _Lineage, PLACE, looked, [], 9, "U")


def test_another_registry_is_not_asked_for_names_of_the_hub(con):
    assert wanted(con, _Lineage, Place("ours", "test", Kind.MODEL), {}, [], 9, "T") == []
