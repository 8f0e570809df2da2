"""Extractors that read a file beside the record."""

from __future__ import annotations

import json

import pytest

from filiation.core.claim import Basis, Predicate
from filiation.core.extractor import UnreadableError
from filiation.core.record import Record
from filiation.core.ref import Kind
from filiation.extract import extractors
from filiation.extract.adapter_config import EXTRACTOR as ADAPTER
from filiation.extract.gguf import EXTRACTOR as GGUF
from filiation.extract.mergekit import EXTRACTOR as MERGEKIT


def claims(extractor, name: str, text: str) -> list:
    return list(extractor.extract(Record(Kind.MODEL, "o/m", {}, {name: text})))


def parents(found) -> list[tuple]:
    return [
        (claim.value, claim.relation, claim.weight, str(claim.locator))
        for claim in found
        if claim.predicate is Predicate.BASE_MODEL
    ]


def test_all_are_found_by_name():
    assert {"adapter config", "mergekit", "gguf"} <= {extractor.name for extractor in extractors()}


def test_an_adapter_names_its_base():
    found = claims(ADAPTER, "adapter_config.json", '{"base_model_name_or_path": "o/base", "r": 8}')
    assert parents(found) == [("o/base", "adapter", None, "adapter_config.json#/base_model_name_or_path")]
    assert found[0].basis is Basis.STATED


@pytest.mark.parametrize(
    "path",
    ["/home/x/llama", "./out", "../m", "C:\\models\\m", "out/checkpoint-500", "a/b/c", "", None, 7, "~/m", "o/m/"],
)
def test_a_path_on_the_trainers_machine_is_no_claim(path):
    assert claims(ADAPTER, "adapter_config.json", json.dumps({"base_model_name_or_path": path})) == []


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000])
def test_an_adapter_config_that_cannot_be_read_says_so(text):
    with pytest.raises(UnreadableError, match="adapter_config"):
        claims(ADAPTER, "adapter_config.json", text)


TIES = """
models:
  - model: o/base
  - model: o/a
    parameters: {density: 0.5, weight: 0.3}
  - model: {model: {path: o/b, revision: main}}
    parameters:
      weight: [0.1, 0.9]
  - model: o/c+p/lora
  - model: /home/me/local
merge_method: ties
base_model: o/base
"""


def test_a_merge_names_its_parents_once_in_order_with_weights():
    found = claims(MERGEKIT, "mergekit_config.yml", TIES)
    file = "mergekit_config.yml"
    assert parents(found) == [
        ("o/base", "merge", None, f"{file}#/models/0/model"),
        ("o/a", "merge", 0.3, f"{file}#/models/1/model"),
        ("o/b", "merge", None, f"{file}#/models/2/model"),
        ("o/c", "merge", None, f"{file}#/models/3/model"),
        ("p/lora", "merge", None, f"{file}#/models/3/model"),
    ]
    assert (found[-1].predicate, found[-1].value) == (Predicate.MERGE_METHOD, "ties")


def test_the_weight_is_found_wherever_the_model_stands():
    text = "base_model: o/a\nmodels:\n- {model: o/a, parameters: {weight: 1}}\n"
    expected = [("o/a", "merge", 1.0, "mergekit_config.yml#/models/0/model")]
    assert parents(claims(MERGEKIT, "mergekit_config.yml", text)) == expected


def test_slices_and_experts_are_parents_too():
    text = "slices:\n- sources:\n  - {model: o/a, layer_range: [0, 8]}\n  - {model: o/b, layer_range: [0, 8]}\n"
    assert [name for name, *_ in parents(claims(MERGEKIT, "mergekit_config.yaml", text))] == ["o/a", "o/b"]
    text = "base_model: o/base\nexperts:\n- source_model: o/a\n  positive_prompts: [x]\n- source_model: o/b\n"
    assert [name for name, *_ in parents(claims(MERGEKIT, "mergekit_config.yml", text))] == ["o/base", "o/a", "o/b"]


@pytest.mark.parametrize(
    "text",
    ["", "[1]", "a: b: c", "[" * 100_000, "a: &a [x]\nb: [" + "*a, " * 100 + "]", "a: !!python/name:os.system x"],
    ids=["empty", "list", "broken", "deep", "bomb", "code"],
)
def test_a_recipe_that_cannot_be_read_says_so(text):
    with pytest.raises(UnreadableError, match="mergekit_config"):
        claims(MERGEKIT, "mergekit_config.yml", text)


@pytest.mark.parametrize("text", ["models: 3", "slices: [1, {sources: x}]", "models: [1, {model: 2}]", "base_model: [x]"])
def test_a_recipe_of_an_odd_shape_yields_what_it_has(text):
    assert claims(MERGEKIT, "mergekit_config.yml", text) == []


def gguf_claims(**headers: dict) -> list:
    return claims(GGUF, "gguf-metadata.json", json.dumps({f"{name}.gguf": keys for name, keys in headers.items()}))


def test_a_gguf_header_names_bases_licence_and_datasets():
    header = {
        "general.file_type": 15,
        "general.license": "apache-2.0",
        "general.base_model.count": 2,
        "general.base_model.0.repo_url": "https://huggingface.co/o/base",
        "general.base_model.1.organization": "Meta Llama",
        "general.base_model.1.name": "Llama 3.1 8B",
        "general.dataset.count": 1,
        "general.dataset.0.repo_url": "https://huggingface.co/datasets/o/data",
        "general.datasets": ["o/older"],
    }
    found = gguf_claims(a=header, b=header)
    assert parents(found) == [
        ("o/base", "quantized", None, "a.gguf#general.base_model.0.repo_url"),
        ("Meta-Llama/Llama-3.1-8B", "quantized", None, "a.gguf#general.base_model.1.name"),
    ]
    assert [claim.basis for claim in found[:2]] == [Basis.STATED, Basis.INFERRED]
    assert [(str(claim.predicate), claim.value) for claim in found[2:]] == [
        ("license", "apache-2.0"),
        ("dataset", "o/data"),
        ("dataset", "o/older"),
    ]


def test_the_converted_model_is_the_parent_where_it_is_named():
    header = {
        "general.file_type": 1,
        "general.source.repo_url": "https://huggingface.co/o/tuned",
        "general.base_model.count": 1,
        "general.base_model.0.repo_url": "https://huggingface.co/o/base",
    }
    assert parents(gguf_claims(a=header)) == [("o/tuned", "converted", None, "a.gguf#general.source.repo_url")]


@pytest.mark.parametrize(
    "header",
    [
        {"general.base_model.count": 1 << 60},
        {"general.base_model.count": -1},
        {"general.base_model.count": "x"},
        {"general.base_model.count": 1, "general.base_model.0.repo_url": "https://example.org/o/base"},
        {"general.base_model.count": 1, "general.base_model.0.repo_url": ["x"]},
        {"general.license": 7, "general.datasets": [7, "../x"]},
    ],
)
def test_odd_keys_yield_nothing(header):
    assert gguf_claims(a=header) == []


def test_headers_that_cannot_be_read_say_so():
    with pytest.raises(UnreadableError, match="gguf-metadata"):
        claims(GGUF, "gguf-metadata.json", "{")
