"""Tables of what vendors announce, from the file to scores."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from filiation.core.claim import Basis
from filiation.core.record import ReadOptions, Record, Skipped
from filiation.core.ref import Kind
from filiation.extract.announced_scores import extract
from filiation.registry import source_for
from filiation.registry.announced_scores import SOURCE
from filiation.scores.claimed import score_of

TABLE = """Model,Lab,MMLU,"MMLU
-Pro",GPQA,Announced,Paper
Bird 2,Acme,78.5,,49,Feb/2024,https://huggingface.co/acme/bird-2-7b-it and https://arxiv.org/abs/1
acme/fish,Acme,0.5,0.25,,2024-03-01,
Cat,Acme,60,,,,https://huggingface.co/acme/dog
Cow,Acme,61,,,,https://huggingface.co/acme/cow https://huggingface.co/acme/cow-2
acme/fish,Acme,51,,,,
Hen,Acme,,,,,
"""


def read(path: Path) -> tuple[list[tuple[str, str]], list[Skipped]]:
    rows, skipped = [], []
    for item in SOURCE.read(path, ReadOptions()):
        if isinstance(item, Skipped):
            skipped.append(item)
        else:
            rows += item.table.to_pylist()
    return [(json.loads(row["body"])["id"], json.loads(row["files"])["announced.json"]) for row in rows], skipped


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "announced.csv.gz"
    path.write_bytes(gzip.compress(TABLE.encode()))
    return path


def test_rows_that_name_one_repository_become_scores(table):
    assert source_for(table) is SOURCE
    held, skipped = read(table)
    assert [name for name, _ in held] == ["acme/bird-2-7b-it", "acme/fish"]
    assert [(item.line, item.reason[:20]) for item in skipped] == [
        (4, "names no one reposit"), (5, "names no one reposit"), (6, "acme/fish again, aft"),
    ]  # fmt: skip
    scores = []
    for name, told in held:
        for claim in extract(Record(Kind.MODEL, name, {}, {"announced.json": told})):
            assert claim.basis == Basis.STATED
            scores.append(score_of(name, json.loads(claim.value), claim.basis, claim.locator, claim.confidence))
    assert [(one.metric, one.dataset, one.value, one.by, one.confidence) for one in scores] == [
        ("accuracy", "mmlu", 0.785, "Acme", 0.6), ("accuracy", "gpqa", 0.49, "Acme", 0.6),
        ("accuracy", "mmlu", 0.5, "Acme", 0.8), ("accuracy", "mmlu_pro", 0.25, "Acme", 0.8),
    ]  # fmt: skip
    assert str(scores[0].source) == "announced.csv.gz#row=2,column=MMLU"
    assert str(scores[0].at)[:10] == "2024-02-01"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "child,parent,relation\na,b,finetune\n",
        "Model,Color\na/b,red\n",
        "MMLU,GPQA\n1,2\n",
        "\0\0\0",
        'Model,MMLU\n"a/b,1\n',
    ],
)
def test_other_tables_are_left_alone(tmp_path, text):
    path = tmp_path / "x.csv"
    path.write_text(text)
    assert SOURCE.recognises(path) == text.startswith("Model,MMLU")
    assert read(path)[0] == []
