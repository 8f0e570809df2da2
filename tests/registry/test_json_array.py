from __future__ import annotations

import gzip
import json
import tracemalloc

import pytest

from filiation.core.errors import SourceError
from filiation.core.ref import Kind
from filiation.formats import json_rows
from filiation.registry.json_array import SOURCE

ROWS = [{"id": f"o/m{i}", "pipeline_tag": "x", "downloads": i} for i in range(50)]


def test_every_element_becomes_a_record_with_its_number(tmp_path, look):
    path = tmp_path / "models.json"
    path.write_text(json.dumps(ROWS))
    seen = look(SOURCE, path)
    assert list(seen.bodies.values()) == ROWS
    assert seen.lines["o/m7"] == 8
    assert {batch.kind for batch in seen.batches} == {Kind.MODEL}
    assert seen.skipped == []


def test_gzip_is_read_through(tmp_path, look):
    path = tmp_path / "models.json.gz"
    path.write_bytes(gzip.compress(json.dumps(ROWS).encode()))
    assert len(look(SOURCE, path).bodies) == 50


@pytest.mark.parametrize("text", ['{"model_type": "bert"}', "[1, 2]", "[]", "", "not json"])
def test_only_an_array_of_objects_is_claimed(tmp_path, text):
    path = tmp_path / "config.json"
    path.write_text(text)
    assert not SOURCE.recognises(path)


def test_truncated_text_keeps_the_elements_before(tmp_path, look):
    path = tmp_path / "models.json"
    path.write_text(json.dumps(ROWS)[:-30])
    seen = look(SOURCE, path)
    assert list(seen.bodies) == [f"o/m{i}" for i in range(49)]
    assert [item.line for item in seen.skipped] == [50]


def test_truncated_gzip_keeps_the_elements_before(tmp_path, look):
    rows = [{"id": f"o/m{i}", "pipeline_tag": "x", "noise": hash((i, "noise"))} for i in range(20_000)]
    path = tmp_path / "models.json.gz"
    whole = gzip.compress(json.dumps(rows).encode())
    path.write_bytes(whole[: len(whole) // 2])
    seen = look(SOURCE, path)
    assert 1_000 < len(seen.bodies) < 20_000
    assert len(seen.skipped) == 1


def test_elements_that_are_no_objects_are_skipped_by_number(tmp_path, look):
    path = tmp_path / "models.json"
    path.write_text('[{"id": "o/a", "pipeline_tag": 1}, 7, null, {"id": "o/b"}]')
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/a", "o/b"]
    assert [item.line for item in seen.skipped] == [2, 3]


@pytest.mark.parametrize("damage", [b"\xff\xfe", b'{"id": "o/b", "x": 1e', b'{"id": 99999999999999999999999999}'])
def test_hostile_text_ends_the_reading_with_a_reason(tmp_path, look, damage):
    path = tmp_path / "models.json"
    path.write_bytes(b'[{"id": "o/a"}, ' + damage + b"]")
    seen = look(SOURCE, path, kind=Kind.MODEL)
    assert "o/a" in seen.bodies
    assert seen.skipped


def test_deep_nesting_is_no_record(tmp_path, look):
    path = tmp_path / "models.json"
    path.write_text('[{"id": "o/a"}, {"id": "o/b", "x": ' + "[" * 100_000 + "]" * 100_000 + "}]")
    seen = look(SOURCE, path, kind=Kind.MODEL)
    assert list(seen.bodies) == ["o/a"]
    assert seen.skipped


def test_brackets_in_strings_are_no_nesting(tmp_path, look):
    rows = [{"id": f"o/m{i}", "card": '[{\\"' * 1_000 + '"' + "\\" * (i % 7)} for i in range(200)]
    path = tmp_path / "models.json"
    path.write_text(json.dumps(rows))
    seen = look(SOURCE, path, kind=Kind.MODEL)
    assert list(seen.bodies.values()) == rows
    assert seen.skipped == []


def test_an_endless_element_is_given_up_in_bounded_memory(tmp_path, look, monkeypatch):
    monkeypatch.setattr(json_rows, "MAX_RECORD_BYTES", 1 << 20)
    path = tmp_path / "models.json.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(b'[{"id": "o/a"}, {"id": "o/b", "x": [')
        for _ in range(100):
            file.write(b'"' + b"x" * (1 << 20) + b'",')
        file.write(b"1]}]")
    tracemalloc.start()
    seen = look(SOURCE, path, kind=Kind.MODEL)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert list(seen.bodies) == ["o/a"]
    assert "longer than" in seen.skipped[0].reason
    assert peak < 32 << 20


def test_a_kind_that_nothing_tells_is_asked_for(tmp_path, look):
    path = tmp_path / "things.json"
    path.write_text('[{"id": "o/a"}]')
    with pytest.raises(SourceError, match="--kind"):
        look(SOURCE, path)
