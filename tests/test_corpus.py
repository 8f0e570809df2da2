"""Miniature registries, each named for what it shows: what we come to believe, and on what basis."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

EDGES = """
SELECT child.name, parent.name, relation::VARCHAR, edge.basis::VARCHAR, relation_basis::VARCHAR, set_aside
FROM edge JOIN node AS child ON child.node_id = child JOIN node AS parent ON parent.node_id = parent ORDER BY ALL
"""
STATES = "SELECT name, state::VARCHAR FROM node WHERE state <> 'present' ORDER BY ALL"
HOW = "SELECT value, how FROM reference JOIN claim USING (claim_id) ORDER BY ALL"


@pytest.fixture
def atlas(tmp_path, corpus, chart):
    def charted(*names: str, days: tuple[int, ...] = ()) -> Path:
        sources = [
            (corpus / f"{name}.jsonl", datetime(2024, 7, day))  # noqa: DTZ001
            for name, day in zip(names, days or range(1, len(names) + 1), strict=True)
        ]
        return chart(tmp_path / "atlas", *sources)

    return charted


def test_merge_of_three(atlas, rows):
    assert rows(atlas("merge_of_three"), EDGES) == [
        ("b/soup", "a/one", "merge", "declared", "inferred", None),
        ("b/soup", "a/three", "merge", "declared", "inferred", None),
        ("b/soup", "a/two", "merge", "declared", "inferred", None),
        ("c/soup-GGUF", "b/soup", "quantized", "declared", "declared", None),
    ]


def test_a_cycle_is_opened_where_the_parent_is_newer(atlas, rows):
    charted = atlas("cycle_of_two")
    aside = [(child, parent, why) for child, parent, *_, why in rows(charted, EDGES)]
    assert aside == [("a/first", "a/second", "cycle"), ("a/second", "a/first", None), ("a/third", "a/second", None)]
    findings = rows(
        charted,
        "SELECT name, message FROM finding JOIN node USING (node_id) WHERE check_name = 'base-model-cycle' ORDER BY ALL",
    )
    assert findings == [
        ("a/first", "2 repositories name one another as parents: a/first, a/second."),
        ("a/second", "2 repositories name one another as parents: a/first, a/second."),
    ]


def test_self_reference(atlas, rows):
    charted = atlas("self_reference")
    assert [(child, parent, why) for child, parent, *_, why in rows(charted, EDGES)] == [
        ("a/child", "a/ouroboros", None),
        ("a/ouroboros", "a/ouroboros", "self-reference"),
    ]
    assert rows(charted, HOW) == [("A/Ouroboros", "case"), ("a/ouroboros", "exact")]
    wrong = "SELECT name FROM finding JOIN node USING (node_id) WHERE check_name = 'base-model-self-reference'"
    assert rows(charted, wrong) == [("a/ouroboros",)]


def test_ghosts_stay_as_what_they_are(atlas, rows):
    charted = atlas("ghost_parent")
    states = dict(rows(charted, STATES))
    assert states.pop("None") == "malformed"
    assert states.pop("/home/me/../out") == "malformed"
    assert list(states.values()) == ["missing"]  # two spellings, one ghost
    assert {name.lower() for name in states} == {"gone/parent"}


def test_names_without_owner(atlas, rows):
    charted = atlas("ambiguous_parent")
    assert rows(charted, HOW) == [("bert", "ambiguous"), ("mine", "owner"), ("sole", "sole")]
    assert rows(charted, STATES) == [("bert", "ambiguous")]
    assert ("q/child-of-own", "q/mine") in [edge[:2] for edge in rows(charted, EDGES)]


def test_legacy_names_loaders_and_addresses(atlas, rows):
    charted = atlas("legacy_alias")
    assert rows(charted, HOW) == [
        ("gpt2", "alias"),
        ("https://huggingface.co/openai-community/gpt2/tree/main", "address"),
        ("imagefolder", "malformed"),
        ("squad", "missing"),
    ]
    parents = {child: parent for child, parent, relation, *_ in rows(charted, EDGES) if relation != "trained_on"}
    assert parents == {"a/tuned": "openai-community/gpt2", "b/tuned": "openai-community/gpt2"}


def test_an_old_name_in_the_same_listing_is_no_alias(tmp_path, dump, chart, rows):
    listing = dump(
        tmp_path / "models.jsonl",
        [
            {"id": "gpt2", "tags": ["license:mit"], "pipeline_tag": "text-generation"},
            {"id": "openai-community/gpt2", "tags": [], "pipeline_tag": "text-generation"},
            {"id": "a/tuned", "tags": ["base_model:gpt2"], "pipeline_tag": "text-generation"},
        ],
    )
    charted = chart(tmp_path / "atlas", listing)
    assert rows(charted, "SELECT name, license FROM node ORDER BY ALL") == [
        ("a/tuned", None),
        ("gpt2", "mit"),
        ("openai-community/gpt2", None),
    ]
    assert [edge[:2] for edge in rows(charted, EDGES)] == [("a/tuned", "gpt2")]


def test_renamed_by_the_registrys_own_number(atlas, rows):
    charted = atlas("renamed_before", "renamed_after")
    assert rows(charted, "SELECT name, state::VARCHAR FROM node ORDER BY ALL") == [
        ("a/child", "present"),
        ("new-name/model", "present"),
    ]
    assert rows(charted, HOW) == [("old-name/model", "renamed")]


def test_front_matter_in_every_form(atlas, rows):
    charted = atlas("front_matter_forms")
    edges = {(child, parent): (relation, on) for child, parent, relation, _, on, _ in rows(charted, EDGES)}
    assert edges[("a/said", "p/base")] == ("adapter", "declared")
    assert edges[("a/api", "p/base")] == ("quantized", "declared")
    assert edges[("a/list", "p/base")][0] == edges[("a/list", "p/other")][0]
    assert edges[("a/list", "a/said")] == ("new_version", "declared")
    assert edges[("a/list", "d/one")] == ("trained_on", "declared")
    assert edges[("a/index", "glue")] == ("evaluated_on", "declared")
    assert ("a/text", "p/base") in edges
    assert ("a/odd", "p/base") in edges  # a space before the name
    claims = rows(
        charted,
        "SELECT id, predicate, value, claim.source || '#' || pointer FROM claim JOIN record USING (record_id)"
        " WHERE predicate IN ('license', 'license_name', 'license_link', 'language', 'architecture', 'model_type', 'metric')"
        " ORDER BY ALL",
    )
    assert [claim for claim in claims if claim[1] != "metric"] == [
        ("a/api", "architecture", "BertModel", "config#/architectures/0"),
        ("a/api", "model_type", "bert", "config#/model_type"),
        ("a/list", "language", "en", "cardData#/language/0"),
        ("a/list", "language", "ja", "cardData#/language/1"),
        ("a/text", "license", "other", "cardData#/license/0"),
        ("a/text", "license_link", "LICENSE", "cardData#/license_link"),
        ("a/text", "license_name", "house", "cardData#/license_name"),
    ]
    [metric] = [claim for claim in claims if claim[1] == "metric"]
    assert '"accuracy"' in metric[2]
    assert metric[3] == "cardData#/model-index/0/results/0/metrics/0"


def test_bare_and_qualified_tags_are_one_edge_with_all_its_claims(atlas, rows):
    charted = atlas("duplicate_tags")
    assert rows(charted, EDGES) == [("a/child", "p/base", "adapter", "declared", "declared", None)]
    assert rows(charted, "SELECT count(*) FROM reference") == [(4,)]


def test_datasets_descend_from_datasets(atlas, rows):
    charted = atlas("datasets")
    assert rows(charted, EDGES) == [("d/clean", "d/raw", "derived_from", "declared", "declared", None)]
