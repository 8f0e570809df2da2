"""An atlas whose records say as much as records can, and as badly."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from filiation.bill.making import Maker
from filiation.lineage.arrays import Lineage
from filiation.lineage.lookup import locate
from filiation.store.atlas import Atlas

AT = datetime(2024, 7, 12, 8, 30)  # noqa: DTZ001  # bills keep naive UTC, as the atlas does
EVIL = "\x1b[2J\u202e<script>\x00\ud7ff"
COMMIT = "AB".lower() * 20


def models() -> list[dict]:
    """Return a rich adapter, its base, what it is compared with, and records of which every field lies."""
    rich = {
        "id": "eve/rich-lora",
        "sha": COMMIT,
        "author": "eve",
        "createdAt": "2024-06-01T10:00:00.123Z",
        "lastModified": "2024-06-02T10:00:00.000Z",
        "downloads": 12,
        "likes": 3,
        "gated": "auto",
        "pipeline_tag": "text-generation",
        "library_name": "peft",
        "tags": [
            "peft", "base_model:adapter:ada/base", "base_model:ada/base", "dataset:ada/data", "dataset:gone/data",
            "license:apache-2.0", "arxiv:2210.11416", "language:en",
        ],
        "config": {"architectures": ["LlamaForCausalLM"], "model_type": "llama"},
        "safetensors": {"parameters": {"F32": 1418270720}, "total": 1418270720},
        "siblings": [
            {"rfilename": "README.md", "size": 120, "blobId": "c" * 40},
            {"rfilename": "adapter_model.safetensors", "size": 9, "blobId": "d" * 40, "lfs": {"sha256": "e" * 64, "size": 9}},
            {"rfilename": "a b/\u202e.bin"},
        ],
        "cardData": {
            "license": "apache-2.0",
            "co2_eq_emissions": {
                "emissions": 14590, "training_type": "fine-tuning", "geographical_location": "France (~40 gCO\u2082eq/kWh)",
            },
            "model-index": [{"name": "rich", "results": [{
                "task": {"type": "text-generation"}, "dataset": {"type": "winogrande", "config": "xl", "split": "test"},
                "metrics": [{"type": "acc", "value": 74.11, "verified": False}, {"type": "f1", "value": 0.5}],
            }]}],
        },
    }  # fmt: skip
    base = {
        "id": "ada/base", "sha": "1" * 40, "createdAt": "2024-01-01T00:00:00.000Z", "pipeline_tag": "text-generation",
        "library_name": "transformers", "tags": ["license:llama3"],
    }  # fmt: skip
    other = {
        "id": "ada/other", "tags": ["license:other"], "createdAt": "2024-01-01T00:00:00.000Z",
        "cardData": {"license": "other", "license_name": "ours", "license_link": "LICENSE", "co2_eq_emissions": 100},
    }  # fmt: skip
    hostile = {
        "id": "odd/lies", "sha": "zz", "author": EVIL, "createdAt": "yesterday", "lastModified": "99999-01-01",
        "tags": [
            f"license:{EVIL}", "license:mit", f"base_model:{EVIL}", "base_model:odd/lies", f"dataset:{EVIL}", f"arxiv:{EVIL}",
        ],
        "siblings": [
            {"rfilename": f"../{EVIL}", "size": -1}, {"rfilename": 3}, "x", {"rfilename": ""}, {"rfilename": "x" * 3000},
        ],
        "pipeline_tag": EVIL,
        "safetensors": {"total": "many", "parameters": [1]}, "cardData": {"co2_eq_emissions": {"emissions": -3}},
    }  # fmt: skip
    return [rich, base, other, hostile]


@pytest.fixture(scope="session")
def told(tmp_path_factory, chart) -> Path:
    """The atlas of these records."""
    folder = tmp_path_factory.mktemp("told")
    lines = [json.dumps(item) for item in models()]
    (folder / "a.models.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (folder / "a.datasets.jsonl").write_text(
        '{"id": "ada/data", "citation": "none", "description": "words", "createdAt": "2023-01-01T00:00:00.000Z",'
        ' "tags": ["license:cc-by-4.0"]}\n',
        encoding="utf-8",
    )
    return chart(folder / "told.atlas", folder / "a.models.jsonl", folder / "a.datasets.jsonl")


@pytest.fixture(scope="session")
def billed(told):
    """Make the bill of some names: `billed("eve/rich-lora")`."""

    def billed(*names: str, name: str | None = None):
        lineage = Lineage.load(told)
        with Atlas.open(told) as atlas:
            return Maker(atlas.con, lineage, AT).together([locate(lineage, text).node for text in names], name or names[0])

    return billed
