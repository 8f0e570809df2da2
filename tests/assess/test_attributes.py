"""Provenance, reproducibility and portability: what fills each part, what was looked at, and how the parts add up."""

from __future__ import annotations

from datetime import datetime

import numpy as np
import pytest

from filiation.assess.attributes import portrait, score
from filiation.assess.formula import KINDS, formula
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.licenses.terms import terms
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC

CARD = """---
license: mit
---

# Sorter

Sorter is a letter classifier for the post room of Acme; it reads one letter and names the office that should get it.

## How to get started

```python
from transformers import pipeline
sorter = pipeline("text-classification", model="acme/sorter")
```

## Training data

It was trained on twenty thousand letters that the post room of Acme scanned in 2022, with all names struck out by hand.

## Training procedure

It was trained on 8 NVIDIA A100 GPUs for two days.

### Training hyperparameters

- learning_rate: 5e-05
- seed: 42

### Framework versions

- Transformers 4.26.0
- Pytorch 1.13.1

## Evaluation

On the held-out letters of 2023 it reaches an accuracy of 91.2 on the test split, measured zero-shot with one letter at a time.

Logs are at https://wandb.ai/acme/sorter and the paper is https://doi.org/10.1000/182
"""
FULL_TAGS = ["transformers", "safetensors", "onnx", "tensorboard", "model-index", "arxiv:2101.00001", "dataset:acme/letters"]
FILES = ["README.md", "config.json", "model.safetensors", "requirements.txt", "train.py", "app.py", "LICENSE"]


@pytest.fixture(scope="module")
def atlas(tmp_path_factory, charted, a_model):
    """A registry with one model of each sort."""
    day = "2024-01-01T00:00:00.000Z"
    records = [
        a_model(
            "acme/sorter",
            CARD,
            FILES,
            tags=[*FULL_TAGS, "license:mit"],
            config={"architectures": ["BertForSequenceClassification"], "model_type": "bert"},
            safetensors={"total": 110_000_000},
            library_name="transformers",
            cardData={"license": "mit"},
            createdAt=day,
        ),
        a_model("acme/bare", None, [".gitattributes"], tags=[], config=None),
        a_model("acme/listed", tags=["dataset:acme/letters", "license:h-research"]),
        a_model("acme/unseen"),
        a_model("b/sorter-GGUF", None, ["q4.gguf"], tags=["gguf", "base_model:quantized:acme/sorter", "license:other"]),
        a_model("b/nameless-GGUF", None, ["q4.gguf"], tags=["gguf"]),
        a_model("b/orphan-lora", "# Orphan\n", ["README.md"], tags=["lora", "base_model:adapter:gone/base"]),
        a_model("b/self", tags=["base_model:b/self"]),
        a_model("b/pinned", tags=["base_model:acme/sorter"], cardData={"base_model": f"acme/sorter@{'a' * 40}"}),
        Record(Kind.DATASET, "acme/letters", {"id": "acme/letters", "tags": []}),
    ]
    return charted(tmp_path_factory.mktemp("attributes") / "atlas", (NOON, records))


@pytest.fixture(scope="module")
def opened(atlas):
    with Atlas.open(atlas) as opened:
        yield opened.con, Lineage.load(atlas)


@pytest.fixture(scope="module")
def of(opened):
    """The attributes of a node, by name."""
    con, lineage = opened

    def of(name: str) -> dict:
        node = con.execute("SELECT node_id FROM node WHERE name = ?", [name]).fetchall()[0][0]
        return {attribute.name: attribute for attribute in portrait(con, lineage, node)}

    return of


def parts(attribute) -> dict[str, bool | None]:
    return {name: filled for factor in attribute.factors for name, filled in factor.parts.items()}


def test_the_portrait_is_the_column_for_every_node(opened):
    con, lineage = opened
    columns = score(con, lineage)
    assert lineage.size >= 11
    for node in range(lineage.size):
        for attribute in portrait(con, lineage, node):
            value = columns[attribute.name][node]
            assert (attribute.score is None) == np.isnan(value)
            assert attribute.score is None or attribute.score == value


def test_a_documented_model_has_nearly_everything(of):
    found = of("acme/sorter")
    unfilled = {name for attribute in found.values() for name, filled in parts(attribute).items() if filled is False}
    unknown = {name for attribute in found.values() for name, filled in parts(attribute).items() if filled is None}
    assert unfilled <= {"architecture-described", "progress-told", "latency-told", "fine-tuning-told"}
    assert unknown == {"parent-named", "parent-held", "parent-pinned", "publisher-trusted"}
    assert all(attribute.score > 0.6 for attribute in found.values())


def test_the_parts_add_up(opened):
    con, lineage = opened
    for node in range(lineage.size):
        for attribute in portrait(con, lineage, node):
            assert attribute.points == sum(factor.points for factor in attribute.factors)
            assert attribute.of == sum(factor.of for factor in attribute.factors)
            assert attribute.weight == sum(factor.weight for factor in attribute.factors)
            if attribute.score is None:
                assert attribute.of < attribute.weight / 2
            else:
                assert attribute.score == pytest.approx(attribute.points / attribute.of)
            for factor in attribute.factors:
                assert 0 <= factor.points <= factor.of <= factor.weight
                shown = {evidence.part for evidence in factor.evidence}
                assert shown == {name for name, filled in factor.parts.items() if filled}


def test_what_was_looked_at_and_is_not_there_is_undeclared(of):
    found = of("acme/bare")["reproducibility"]
    assert {factor.state for factor in found.factors} == {"undeclared"}
    assert found.score == 0


def test_what_nobody_looked_at_is_unknown(of):
    for attribute in of("acme/unseen").values():
        assert {factor.state for factor in attribute.factors} == {"unknown"}
        assert (attribute.score, attribute.of) == (None, 0)
        assert None in parts(attribute).values()
        assert False not in parts(attribute).values()


def test_a_list_of_tags_tells_of_tags_only(of):
    listed = of("acme/listed")
    assert parts(listed["provenance"])["dataset-named"] is True
    assert parts(listed["provenance"])["dataset-described"] is None
    assert parts(listed["provenance"])["paper-named"] is False
    assert listed["reproducibility"].score is None


def test_a_license_says_what_it_grants(of):
    listed = parts(of("acme/listed")["portability"])
    assert (listed["license-declared"], listed["may-modify"], listed["may-redistribute"]) == (True, False, False)
    other = parts(of("b/sorter-GGUF")["portability"])
    assert (other["license-declared"], other["may-modify"]) == (True, None)
    nothing = parts(of("b/nameless-GGUF")["portability"])
    assert (nothing["license-declared"], nothing["may-modify"]) == (False, False)


def test_a_parent_is_asked_for_where_there_is_a_sign_of_one(of):
    named = {name: parts(of(name)["provenance"])["parent-named"] for name in ("b/sorter-GGUF", "b/nameless-GGUF", "acme/bare")}
    assert named == {"b/sorter-GGUF": True, "b/nameless-GGUF": False, "acme/bare": None}
    orphan = parts(of("b/orphan-lora")["provenance"])
    assert (orphan["parent-named"], orphan["parent-held"], orphan["parent-pinned"]) == (True, None, False)
    assert parts(of("b/self")["provenance"])["parent-named"] is None
    assert parts(of("b/pinned")["provenance"])["parent-pinned"] is True


def test_evidence_says_where_it_stands(of):
    found = of("acme/sorter")
    shown = {(item.part, item.locator): item.value for a in found.values() for f in a.factors for item in f.evidence}
    card_at = {part: (locator, value) for (part, locator), value in shown.items() if locator.startswith("README.md#char=")}
    assert shown["environment-kept", "requirements.txt"] == "file"
    assert shown["size-known", "safetensors.total"] == "110000000"
    assert shown["logs-kept", "tags"] == "tensorboard"
    locator, value = card_at["dataset-described"]
    start, stop = (int(place) for place in locator.removeprefix("README.md#char=").split(","))
    assert "twenty thousand letters" in CARD[start:stop]
    assert value == CARD[start:stop][: len(value)]
    assert any(locator.startswith("edge/") for _, locator in shown)


def test_datasets_have_none_of_the_three(of):
    assert all(attribute.score is None and attribute.of == 0 for attribute in of("acme/letters").values())


def test_a_node_that_no_registry_holds_has_none(of):
    assert all(attribute.of == 0 for attribute in of("gone/base").values())


def test_nothing_is_left_behind(opened):
    con, lineage = opened
    portrait(con, lineage, 0)
    assert con.execute("SELECT table_name FROM duckdb_tables() WHERE temporary").fetchall() == []


@pytest.mark.shared
def test_the_portrait_is_the_column_for_60_real_models(tmp_path, shared, chart):
    atlas = chart(tmp_path / "atlas", shared / "hub-2024-07" / "models_full_8650.jsonl.gz", audited=True)
    lineage = Lineage.load(atlas)
    with Atlas.open(atlas) as opened:
        columns = score(opened.con, lineage)
        assert {name: bool((~np.isnan(values)).any()) for name, values in columns.items()}["portability"]
        for node in np.random.default_rng(1).choice(lineage.size, 60, replace=False):
            for attribute in portrait(opened.con, lineage, int(node)):
                value = columns[attribute.name][node]
                assert (attribute.score is None and np.isnan(value)) or attribute.score == value


def test_the_formula_is_sound():
    rules = formula()
    places = set(rules.places())
    sections = {section["id"] for section in load("card_sections")["model"]}
    ids = [part.id for part in rules.parts]
    assert len(ids) == len(set(ids))
    assert {attribute.id for attribute in rules.attribute} == {"provenance", "reproducibility", "portability"}
    for attribute in rules.attribute:
        assert all(factor.source for factor in attribute.factor)
        assert sum(factor.source.startswith("Jiang") for factor in attribute.factor) >= 4
    for part in rules.parts:
        assert part.points > 0
        assert part.looked
        assert set(part.looked) <= places
        assert part.ja != part.en
        for sign in part.signs:
            assert sum(bool(getattr(sign, kind)) for kind in KINDS) == 1
            assert sign.section is None or sign.section in sections
            assert sign.term is None or terms()[sign.term].kind == "right"
    assert {sign.kind for part in rules.parts for sign in part.signs} == set(KINDS)
