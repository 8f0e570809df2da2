"""A registry small enough to know by heart, audited."""

from __future__ import annotations

import pytest
from moment import NOW

from filiation.audit.audit import Auditor
from filiation.lineage.arrays import Lineage
from filiation.policy.load import load
from filiation.store.atlas import Atlas

CARD = """---
license: mit
base_model: o/strict
language: en
library_name: transformers
pipeline_tag: text-generation
---
# Chat

## Uses

Made for answering questions about the weather in the north of Norway, for people who fish there.

## Limitations

It knows nothing of any other place, and its forecasts end after two days. Do not sail by it.
"""
MODELS = [
    {
        "id": "o/strict",
        "tags": ["license:cc-by-nc-4.0", "en", "dataset:o/data"],
        "pipeline_tag": "text-generation",
        "library_name": "transformers",
        "createdAt": "2024-01-01T00:00:00.000Z",
        "downloads": 1000,
    },
    {"id": "o/chat", "tags": ["base_model:finetune:o/strict", "license:mit"], "downloads": 10},
    {"id": "o/chat-gguf", "tags": ["base_model:quantized:o/chat"], "downloads": 5},
    {"id": "o/self", "tags": ["base_model:o/self", "license:mit"]},
    {"id": "o/orphan", "tags": ["base_model:o/gone", "license:apache-2.0"]},
    {"id": "<img src=x onerror=alert(1)>/x", "tags": []},
]


@pytest.fixture(scope="session")
def audited(tmp_path_factory, chart, dump):
    """An atlas of six models."""
    folder = tmp_path_factory.mktemp("audited")
    return chart(folder / "a.atlas", dump(folder / "models.jsonl", MODELS), audited=True)


@pytest.fixture
def auditor(audited):
    """Make an auditor of it: `auditor(policy="internal", waivers=(), overrides=(), lang="en")`; and the lineage."""
    opened = []

    def make(policy="internal", waivers=(), overrides=(), lang="en"):
        atlas = Atlas.open(audited)
        opened.append(atlas)
        lineage = Lineage.load(audited)
        return Auditor(atlas.con, lineage, load(policy), NOW, waivers, overrides, lang), lineage

    yield make
    for atlas in opened:
        atlas.con.close()
