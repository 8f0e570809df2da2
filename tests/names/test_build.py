"""The tables of names in an atlas, and the search for what they say."""

from __future__ import annotations

import json

import duckdb
import pytest

from filiation.names.build import Row, read_chunk


@pytest.fixture(scope="module")
def named(tmp_path_factory):
    from datetime import datetime

    from filiation.pipeline import build, observe
    from filiation.store.atlas import Atlas

    folder = tmp_path_factory.mktemp("named")
    bodies = [
        {"id": "o/bert-base-japanese-ner", "downloads": 5, "pipeline_tag": "token-classification", "tags": ["bert", "ja"]},
        {"id": "o/biobert-ner", "downloads": 9, "tags": ["bert"]},
        {"id": "o/llama-7b-ro", "downloads": 7, "tags": ["ro", "base_model:o/bert-base-japanese-ner"]},
        {"id": "o/puffy", "downloads": 1},
    ]
    dump = folder / "models.jsonl"
    dump.write_text("".join(json.dumps(body) + "\n" for body in bodies))
    with Atlas.open(folder / "a", "create") as atlas:
        observe(atlas, [dump], datetime(2024, 7, 11), None, lambda *_: None)  # noqa: DTZ001  # naive UTC, as the atlas keeps it
        build(atlas, lambda *_: None, without=("audit", "predict"))
    return folder / "a"


def test_every_model_is_read(named):
    with duckdb.connect(named / "atlas.duckdb", read_only=True) as con:
        rows = con.execute(
            "SELECT element, value, by_context FROM name_element JOIN node USING (node_id) WHERE name = 'o/llama-7b-ro'"
            " ORDER BY position"
        ).fetchall()
        assert [row[:2] for row in rows] == [("architecture", "llama"), ("parameters", "7b"), ("language", "ro")]
        conventions = con.execute("SELECT name, convention FROM name_convention JOIN node USING (node_id)").fetchall()
    assert dict(conventions) == {"o/bert-base-japanese-ner": "IT", "o/biobert-ner": "IT", "o/llama-7b-ro": "IA", "o/puffy": "O"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arch:bert task:ner", ["o/biobert-ner", "o/bert-base-japanese-ner"]),
        ("arch:bert lang:ja", ["o/bert-base-japanese-ner"]),
        ("task:ner bio", ["o/biobert-ner"]),
        ("params:7B", ["o/llama-7b-ro"]),
        ("arch:t5", []),
    ],
)
def test_models_are_found_by_elements(named, text, expected):
    from filiation.api.finding import find

    assert [hit.ref.removeprefix("model:") for hit in find(named, text, 10).hits] == expected


def test_a_chunk_reads_as_one_name_does():
    rows: list[Row] = [
        (7, "o/bert-base", None, None, None, None, None, None),
        (9, "o/", None, None, None, ["en"] * 99, [], None),
    ]
    elements, conventions = read_chunk(rows)
    assert elements.column("value").to_pylist() == ["bert", "base"]
    assert conventions.column("node_id").to_pylist() == [7, 9]
