"""The inferred relation: each rule once, and the laws that hold for any edge."""

from __future__ import annotations

import re
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.core.errors import FiliationError
from filiation.core.relation import WEIGHTS
from filiation.knowledge import load
from filiation.lineage.relation import query_of, relation_query

RULES = load("relations")["rule"]
COLUMNS = (
    "edge_id BIGINT, child VARCHAR, parent VARCHAR, child_tags VARCHAR[], child_library VARCHAR,"
    " child_files VARCHAR[], parents INTEGER"
)
DATABASE = duckdb.connect(config={"threads": 1})
DATABASE.execute(f"CREATE TABLE edge_in ({COLUMNS})")
BASE = "meta/llama-8b"

CASES = [
    ("adapter-library", {"child_library": "PEFT"}),
    ("adapter-files", {"child_files": ["adapter_config.json", "adapter_model.safetensors"]}),
    ("several-parents", {"child": "x/llama-8b-slerp", "parents": 2}),
    ("gguf-library", {"child_library": "gguf"}),
    ("gguf-tag", {"child_tags": ["en", "GGUF"]}),
    ("gguf-name", {"child": "x/llama-8b-gguf"}),
    ("gguf-name", {"child": "x/llama-8b.q4_k_m"}),
    ("adapter-tag", {"child_tags": ["LoRA"]}),
    ("quantization-tag", {"child_tags": ["4-bit"]}),
    ("quantization-method-name", {"child": "x/llama-8b-awq"}),
    ("exllama-name-of-parent", {"child": "x/llama-8b-4.0bpw-h6-exl2"}),
    ("exllama-name", {"child": "x/hermes-exl2"}),
    ("bits-name-of-parent", {"child": "x/llama_8b_bnb_4bit"}),
    ("bits-name", {"child": "x/hermes-int4"}),
    ("quantized-name-of-parent", {"child": "x/llama-8b-quantized"}),
    ("merged-adapter-name", {"child": "x/hermes-lora-merged"}),
    ("distilled-name", {"child": "x/distilbert-base", "parent": "google/bert-base"}),
    ("format-library", {"child_library": "ctranslate2"}),
    ("format-name", {"child": "x/llama-8b-onnx"}),
    ("trained-without-library", {"child_tags": ["generated_from_trainer"]}),
    ("adapter-name", {"child": "x/hermes-qlora"}),
    ("trained-tag", {"child_tags": ["trl"], "child_library": "transformers"}),
    ("record-silent", {"child_tags": ["en"], "child_library": "transformers"}),
    ("nothing-known", {}),
]


def edge(**fields: Any) -> dict[str, Any]:
    """Return an edge about which nothing is known but `fields`; a library makes a record."""
    known = {"child_tags": []} if "child_library" in fields else {}
    blank = {"child_tags": None, "child_library": None, "child_files": None}
    return {"child": "x/hermes", "parent": BASE, **blank, "parents": 1, **known, **fields}


def answers(edges: list[dict[str, Any]]) -> list[tuple[str, float, str]]:
    """Return relation, confidence and rule of each edge, in order."""
    DATABASE.execute("DELETE FROM edge_in")
    for number, row in enumerate(edges):
        values = [row[key] for key in ("child", "parent", "child_tags", "child_library", "child_files", "parents")]
        DATABASE.execute("INSERT INTO edge_in VALUES (?, ?, ?, ?, ?, ?, ?)", [number, *values])
    rows = sorted(DATABASE.execute(relation_query("edge_in")).fetchall())
    assert [row[0] for row in rows] == list(range(len(edges)))
    return [row[1:] for row in rows]


@pytest.mark.parametrize(("name", "fields"), CASES)
def test_each_rule_decides_its_case(name: str, fields: dict[str, Any]) -> None:
    [(relation, confidence, rule)] = answers([edge(**fields)])
    [expected] = [rule for rule in RULES if rule["name"] == name]
    assert (rule, relation, confidence) == (name, expected["relation"], expected["confidence"])


def test_every_rule_has_a_case() -> None:
    assert [rule["name"] for rule in RULES] == list(dict.fromkeys(name for name, _ in CASES))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"child": "x/llama-8b-gguf-v2", "parent": "meta/llama-8b-gguf"}, "nothing-known"),
        ({"child": "x/mygguffy"}, "nothing-known"),
        ({"child": "gguf/hermes"}, "nothing-known"),
        ({"child_tags": ["base_model:adapter:meta/llama-8b", "base_model:quantized:x/gguf"]}, "record-silent"),
        ({"child_tags": ["not-gguf"]}, "record-silent"),
        ({"child_files": ["adapter_model.bin", "model.safetensors"]}, "nothing-known"),
        ({"child": "gpt2", "parent": "gpt"}, "nothing-known"),
    ],
)
def test_what_is_no_evidence(fields: dict[str, Any], rule: str) -> None:
    assert answers([edge(**fields)])[0][2] == rule


@pytest.mark.parametrize(
    "rule",
    [{"tags": ["base_model:adapter:x"]}, {"colour": ["red"]}, {"relation": "cousin"}, {"confidence": 0.0}],
    ids=["hidden tag", "unknown condition", "unknown relation", "no confidence"],
)
def test_a_rule_that_cannot_be_read_is_refused(rule: dict[str, Any]) -> None:
    with pytest.raises(FiliationError, match=r"relations\.toml"):
        query_of([{"name": "odd", "relation": "merge", "confidence": 0.5, **rule}], "edge_in")


def slow_rule(row: dict[str, Any]) -> str:
    """Return the name of the rule that decides, rule by rule and word by word."""
    child, parent = row["child"].split("/")[-1], row["parent"].split("/")[-1]
    tags, files = row["child_tags"], row["child_files"]

    def has_token(name: str, expressions: list[str]) -> bool:
        return any(re.search(f"(?:^|[^a-z0-9])(?:{word})(?:$|[^a-z0-9])", name) for word in expressions)

    def has_file(expressions: list[str]) -> bool:
        return any(re.search(word, file.lower()) for word in expressions for file in files or [])

    def letters(name: str) -> str:
        return re.sub("[^a-z0-9]", "", name)

    holds = {
        "tokens": lambda words: has_token(child, words) and not has_token(parent, words),
        "tags": lambda words: bool({tag.lower() for tag in tags or []} & set(words)),
        "libraries": lambda words: tags is not None and (row["child_library"] or "").lower() in words,
        "files": has_file,
        "without": lambda words: files is not None and not has_file(words),
        "listed": lambda known: (files is not None) == known,
        "min_parents": lambda least: row["parents"] >= least,
        "record": lambda known: (tags is not None) == known,
        "names_parent": lambda wanted: (letters(parent) in letters(child)) == wanted,
    }
    return next(r["name"] for r in RULES if all(holds[key](value) for key, value in r.items() if key in holds))


WORDS = ["llama", "8b", "gguf", "awq", "exl2", "4bit", "lora", "merged", "onnx", "quantized", "q4_k_m", "i1", "x"]
NAMES = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).flatmap(
    lambda words: st.sampled_from("-_.").map(lambda mark: "o/" + mark.join(words))
)
TAGS = ["en", "gguf", "GGUF", "lora", "4-bit", "trl", "generated_from_trainer", "base_model:merge:a/b", "a'b"]
FILES = ["model.safetensors", "adapter_model.bin", "README.md", "a/model.bin", "x.gguf"]
EDGES = st.fixed_dictionaries(
    {
        "child": NAMES,
        "parent": NAMES,
        "child_tags": st.none() | st.lists(st.sampled_from(TAGS), max_size=3),
        "child_library": st.sampled_from([None, "transformers", "peft", "gguf", "mlx"]),
        "child_files": st.none() | st.lists(st.sampled_from(FILES), max_size=3),
        "parents": st.integers(1, 3),
    }
)


@settings(max_examples=40, deadline=None)
@given(st.lists(EDGES, min_size=1, max_size=8))
def test_the_query_agrees_with_its_slow_twin(edges: list[dict[str, Any]]) -> None:
    assert [rule for _, _, rule in answers(edges)] == [slow_rule(row) for row in edges]


@settings(max_examples=40, deadline=None)
@given(st.lists(EDGES, min_size=1, max_size=8))
def test_every_edge_has_an_answer_whatever_the_order(edges: list[dict[str, Any]]) -> None:
    found = answers(edges)
    assert all(relation in WEIGHTS and 0 < confidence <= 1 for relation, confidence, _ in found)
    assert answers(edges[::-1]) == found[::-1]


@settings(max_examples=40, deadline=None)
@given(EDGES)
def test_a_tag_that_says_the_relation_changes_nothing(row: dict[str, Any]) -> None:
    told = {**row, "child_tags": [*(row["child_tags"] or []), "base_model:quantized:a/b"]}
    silent = {**row, "child_tags": row["child_tags"] or []}
    assert answers([told]) == answers([silent])
