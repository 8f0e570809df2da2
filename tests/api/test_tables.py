"""Answers as columns."""

from __future__ import annotations

from datetime import UTC, datetime
from enum import StrEnum

import msgspec
import pyarrow as pa
import pytest
from pyarrow.interchange import from_dataframe

from filiation.api.arrow import flat, schema_of, table_of
from filiation.api.table import Rows, Table


class Colour(StrEnum):
    """An enumeration."""

    RED = "red"


class Inner(msgspec.Struct, frozen=True):
    """Inside another."""

    at: datetime
    parts: dict[str, int]


class Outer(msgspec.Struct, frozen=True, omit_defaults=True, rename={"from_": "from"}):
    """Every kind of field."""

    from_: str
    colour: Colour
    share: float | None
    inner: Inner
    many: tuple[Inner, ...]
    words: list[str]
    odd: int | str
    left_out: int | msgspec.UnsetType = msgspec.UNSET
    state: str | None = None


MOMENT = datetime(2024, 7, 11, 12, tzinfo=UTC)
INNER = Inner(MOMENT, {"a": 1})
ROWS = [Outer("x", Colour.RED, None, INNER, (INNER,), ["<b>", "\u202e"], 7), Outer("y", Colour.RED, 0.5, INNER, (), [], "w")]


def test_columns_follow_from_the_type_and_rows_from_the_objects():
    table = table_of(ROWS, Outer)
    assert table.schema == schema_of(Outer) == table_of([], Outer).schema
    inner = {"at": MOMENT, "parts": '{"a":1}'}
    assert table.to_pylist()[0] == {
        "from": "x", "colour": "red", "share": None, "inner": inner, "many": [inner], "words": ["<b>", "\u202e"], "odd": "7",
        "left_out": None, "state": None,
    }  # fmt: skip
    assert flat(table).column("words").to_pylist() == ['["<b>","\u202e"]', "[]"]


def test_rows_are_objects_and_columns():
    rows = Rows(ROWS, Outer)
    assert rows[0] is ROWS[0]
    assert list(rows) == ROWS
    assert [row.from_ for row in rows[1:]] == ["y"]
    assert rows.columns == rows.to_arrow().column_names
    assert pa.table(rows).equals(rows.to_arrow())
    assert pa.schema(rows) == rows.to_arrow().schema
    assert from_dataframe(rows).column("from").to_pylist() == ["x", "y"]


def test_a_notebook_shows_no_markup_of_strangers():
    shown = Rows(ROWS, Outer)._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    long = Table(pa.table({"a": list(range(50))}))
    assert "50 rows; the first 20 are shown" in long._repr_html_()
    assert repr(long) == "Table(50 rows: a)"


def test_frames_of_others_take_them(small):
    polars = pytest.importorskip("polars")
    assert polars.DataFrame(small.trace("o/base", down=True)).shape == (2, 3)
    assert small.nodes().to_polars().height == 4


def test_pandas_takes_them(small):
    pandas = pytest.importorskip("pandas")
    assert small.trace("o/base", down=True).to_pandas().shape == (2, 3)
    assert pandas.api.interchange.from_dataframe(small.show("o/base").findings).shape[1] == 8


def test_the_whole_lineage_is_two_tables(small):
    nodes, edges = small.nodes().to_arrow().to_pylist(), small.edges().to_arrow().to_pylist()
    assert [(node["name"], node["downloads"], node["license"], node["descendants"]) for node in nodes] == [
        ("o/alone", None, "other", 0), ("o/base", 900, "apache-2.0", 2), ("o/child", 50, "mit", 1),
        ("o/child-GGUF", 7, None, 0),
    ]  # fmt: skip
    names = {node["node"]: node["name"] for node in nodes}
    told = {(names[edge["child"]], names[edge["parent"]], edge["relation"]) for edge in edges}
    traced = {(edge.child[6:], edge.parent[6:], edge.relation) for edge in small.trace("o/base", down=True).edges}
    assert told == traced


@pytest.mark.parametrize("ask", [
    lambda atlas: atlas.find("child"), lambda atlas: atlas.show("o/base"), lambda atlas: atlas.trace("o/base"),
    lambda atlas: atlas.impact("o/base"), lambda atlas: atlas.critical(), lambda atlas: atlas.license("o/child"),
    lambda atlas: atlas.audit("o/child"), lambda atlas: atlas.show("o/base").parents, lambda atlas: atlas.show("o/base").scores,
    lambda atlas: atlas.show("o/child").findings, lambda atlas: atlas.trace("o/child").edges,
    lambda atlas: atlas.impact("o/base").by_relation, lambda atlas: atlas.impact("o/base").by_depth,
    lambda atlas: atlas.impact("o/base").licenses, lambda atlas: atlas.license("o/child").conflicts,
    lambda atlas: atlas.audit("o/child").findings, lambda atlas: atlas.audit("o/child").reasons,
    lambda atlas: atlas.history("o/base", last=0).answers, lambda atlas: atlas.history("o/base", last=0),
    lambda atlas: atlas.events("2024-07-01"), lambda atlas: atlas.query("SELECT name FROM node"), lambda atlas: atlas.nodes(),
    lambda atlas: atlas.edges(), lambda atlas: atlas.map().nodes,
])  # fmt: skip
def test_every_list_of_an_answer_is_a_table(small, ask):
    answer = ask(small)
    table = pa.table(answer)
    assert table.column_names
    assert from_dataframe(answer).num_rows == table.num_rows
    assert "<table>" in answer._repr_html_()
    assert repr(answer)


def test_reports_of_an_audit_are_those_of_the_verb(small):
    told = small.audit("o/alone")
    assert told.verdict in {"pass", "review", "block"}
    assert "o/alone" in told.markdown()
    assert "<script>alert" not in told.html()
