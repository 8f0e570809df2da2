"""What becomes of parents that cards name in prose."""

from __future__ import annotations

import json

CARD = "This model is a fine-tuned version of [o/stated](https://huggingface.co/o/stated).\nIt is based on BERT.\n"


def trace(tmp_path, run, card: str) -> list[tuple[str, str]]:
    info = {"id": "me/old", "_id": "1", "tags": ["base_model:finetune:o/declared"]}
    rows = [
        {"id": "me/m", "info": {**info, "id": "me/m"}, "card": card},
        {"id": "o/declared", "info": {"_id": "2"}, "card": ""},
    ]
    dump = tmp_path / "models.jsonl"
    dump.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    atlas = tmp_path / "atlas"
    assert run("chart", dump, "--kind", "model", "--json", atlas=atlas).returncode == 0
    answer = json.loads(run("trace", "me/m", "--json", atlas=atlas).stdout)
    return sorted((edge["parent"], edge["basis"]) for edge in answer["edges"])


def test_a_declared_and_a_different_stated_parent_both_stay_and_a_family_makes_no_edge(tmp_path, run):
    assert trace(tmp_path, run, CARD) == [("model:o/declared", "declared"), ("model:o/stated", "stated")]


def test_the_same_parent_stated_and_declared_is_one_edge(tmp_path, run):
    assert trace(tmp_path, run, CARD.replace("o/stated", "o/declared")) == [("model:o/declared", "declared")]
