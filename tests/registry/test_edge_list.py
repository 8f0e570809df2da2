from __future__ import annotations

import gzip

import pytest

from filiation.registry import edge_list
from filiation.registry.edge_list import SOURCE

HEADER = "child,parent,relation\n"


def test_the_rows_of_a_child_become_one_sorted_record(tmp_path, look):
    path = tmp_path / "edges.csv"
    path.write_text(HEADER + 'o/c,o/z,merged\no/d,o/q,quantized\no/c,"o/a",merged\r\no/c,o/z,merged\no/e,o/x,finetuned\n')
    seen = look(SOURCE, path)
    assert seen.bodies == {
        "o/c": {
            "id": "o/c",
            "base_models": [{"id": "o/a", "relation": "merge"}, {"id": "o/z", "relation": "merge"}],
        },
        "o/d": {"id": "o/d", "base_models": [{"id": "o/q", "relation": "quantized"}]},
        "o/e": {"id": "o/e", "base_models": [{"id": "o/x", "relation": "finetune"}]},
    }
    assert seen.lines == {"o/c": 2, "o/d": 3, "o/e": 6}
    assert {batch.source for batch in seen.batches} == {f"edges {path.parent.name}/{path.name}"}


def test_an_unknown_word_is_kept_beside_unknown(tmp_path, look):
    path = tmp_path / "edges.csv"
    path.write_text(HEADER + "o/c,o/p,soup\n")
    assert look(SOURCE, path).bodies["o/c"]["base_models"] == [{"id": "o/p", "relation": "unknown", "as_written": "soup"}]


@pytest.mark.parametrize(
    "row",
    [b"o/c,o/p", b"o/c,o/p,x,y", b",o/p,merge", b"o/c,,merge", b"\xff,o/p,merge", b"o c,o/p,merge", b'o/c,"o/p,merge'],
)
def test_a_bad_row_is_skipped_with_its_line(tmp_path, look, row):
    path = tmp_path / "edges.csv"
    path.write_bytes(HEADER.encode() + b"o/a,o/p,merge\n" + row + b"\no/b,o/p,merge\n")
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/a", "o/b"]
    assert [item.line for item in seen.skipped] == [3]


def test_truncated_gzip_keeps_the_rows_before(tmp_path, look):
    text = HEADER + "".join(f"o/c{i},o/p{hash((i, 'p'))},finetuned\n" for i in range(20_000))
    whole = gzip.compress(text.encode())
    path = tmp_path / "edges.csv.gz"
    path.write_bytes(whole[: len(whole) // 2])
    seen = look(SOURCE, path)
    assert 0 < len(seen.bodies) < 20_000
    assert "ends early" in seen.skipped[0].reason


def test_a_line_of_100_mb_is_passed_over(tmp_path, look):
    path = tmp_path / "edges.csv.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(HEADER.encode())
        for _ in range(100):
            file.write(b"x" * (1 << 20))
        file.write(b"\no/b,o/p,merge\n")
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/b"]
    assert [item.line for item in seen.skipped] == [2]


def test_what_is_held_is_bounded(tmp_path, look, monkeypatch):
    monkeypatch.setattr(edge_list, "MAX_EDGES", 2)
    path = tmp_path / "edges.csv"
    path.write_text(HEADER + "o/a,o/p,merge\no/b,o/p,merge\no/c,o/p,merge\n")
    seen = look(SOURCE, path)
    assert list(seen.bodies) == ["o/a", "o/b"]
    assert seen.skipped[0].line == 4


def test_other_tables_are_not_claimed(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text("model,score\na,1\n")
    assert not SOURCE.recognises(path)


@pytest.mark.shared
def test_real_lists(shared, look):
    seen = look(SOURCE, shared / "edges-2025-06" / "edges.csv.gz")
    assert sum(len(body["base_models"]) for body in seen.bodies.values()) == 30_642
    assert seen.skipped == []
    assert len(look(SOURCE, shared / "trees-2025-04" / "edges.csv.gz").bodies) > 8_000
