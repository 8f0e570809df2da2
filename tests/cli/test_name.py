"""The verb `name`."""

from __future__ import annotations

import json
from datetime import datetime

import jsonschema
import msgspec
import numpy as np
import pytest
from safetensors.numpy import save_file

from filiation.api.naming import Named, named
from filiation.core.ref import Kind
from filiation.pipeline import build, observe
from filiation.store.atlas import Atlas

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC


def answer(run, *names):
    done = run("name", *names, "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    jsonschema.validate(said, msgspec.json.schema(Named))
    assert next(iter(said.items())) == ("schema", "filiation/name/v1")
    return said


def test_one_name(run):
    said = answer(run, "o/bert-base-ner")
    assert [item["element"] for item in said["elements"]] == ["architecture", "size", "task"]
    assert said["convention"] == "IT"
    assert "names" not in said


def test_several_names(run):
    said = answer(run, "o/bert", "o/puffy")
    assert [name["convention"] for name in said["names"]] == ["I", "O"]
    assert "elements" not in said


def test_a_table_for_people(run):
    done = run("name", "o/bert-7b", "o/\x1b[31mred")
    assert done.returncode == 0
    assert "architecture  bert" in done.stdout
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("name", ["", "   ", "owner/", "model:"])
def test_a_name_without_characters_is_refused(run, name):
    done = run("name", "o/bert", name)
    assert done.returncode == 2
    assert "no characters" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.fixture(scope="module")
def unread(tmp_path_factory, dump):
    """An atlas whose names were left for later, after those of an earlier lineage had been read."""
    folder = tmp_path_factory.mktemp("unread")
    atlas = folder / "a"
    first = dump(folder / "first.jsonl", [{"id": "o/zebra"}, {"id": "o/bert-base"}])
    more = dump(folder / "more.jsonl", [{"id": "a/puffy"}, {"id": "o/bert-large"}])
    for source, left in ((first, ()), (more, ("names",))):
        with Atlas.open(atlas, "create") as opened:
            observe(opened, [source], NOON, Kind.MODEL, lambda *_: None)
            build(opened, lambda *_: None, without=("audit", "predict", *left))
    return atlas


@pytest.mark.parametrize("words", [("find", "arch:bert"), ("name", "o/bert-base")])
def test_names_that_were_not_read_are_asked_for_in_vain(run, unread, words):
    done = run(*words, atlas=unread)
    assert done.returncode == 2
    assert f"filiation build --atlas {unread}" in done.stderr
    assert names_read(unread) == {"o/bert-base"}, "what was read stays with its model, whatever number that has now"


def names_read(atlas):
    query = "SELECT name FROM name_element JOIN node USING (node_id) WHERE element = 'architecture'"
    with Atlas.open(atlas) as opened:
        return {name for (name,) in opened.con.execute(query).fetchall()}


def test_sarif_has_a_result_for_each_broken_rule_and_each_anomaly(run, tmp_path, dump):
    rules = tmp_path / "house.toml"
    rules.write_text('require = ["parameters"]\nwords = ["final"]\n')
    source = dump(tmp_path / "m.jsonl", [{"id": "o/bert-ja-ner", "tags": ["gemma"], "pipeline_tag": "fill-mask"}])
    with Atlas.open(tmp_path / "a", "create") as opened:
        observe(opened, [source], NOON, Kind.MODEL, lambda *_: None)
        build(opened, lambda *_: None, without=("audit", "predict"))
    done = run(
        "name", "--rules", rules, "--format", "sarif", "--lang", "ja", "o/bert-ja-ner", "x-7b-final", atlas=tmp_path / "a"
    )
    assert done.returncode == 1, done.stderr
    [work] = json.loads(done.stdout)["runs"]
    told = [(item["ruleId"], item["message"]["text"].partition(": ")[0]) for item in work["results"]]
    assert told == [
        ("names.require.parameters", "model:o/bert-ja-ner"),
        ("name-contradicts-architecture", "model:o/bert-ja-ner"),
        ("name-contradicts-task", "model:o/bert-ja-ner"),
        ("names.word.final", "model:x-7b-final"),
    ]
    assert work["results"][0]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "house.toml"
    assert "bert" in work["results"][1]["message"]["text"]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """Weights of a BERT of four layers, as transformers writes them, with zeros in them."""
    made = {"embeddings.word_embeddings.weight": (30522, 32), "embeddings.position_embeddings.weight": (64, 32)}
    made |= {"embeddings.token_type_embeddings.weight": (2, 32), "pooler.dense.weight": (32, 32), "pooler.dense.bias": (32,)}
    made |= {f"embeddings.LayerNorm.{part}": (32,) for part in ("weight", "bias")}
    dense = {f"attention.self.{part}": (32, 32) for part in ("query", "key", "value")}
    dense |= {"attention.output.dense": (32, 32), "intermediate.dense": (128, 32), "output.dense": (32, 128)}
    for i in range(4):
        made |= {f"encoder.layer.{i}.{name}.weight": shape for name, shape in dense.items()}
        made |= {f"encoder.layer.{i}.{name}.bias": shape[:1] for name, shape in dense.items()}
        norms = ("attention.output.LayerNorm", "output.LayerNorm")
        made |= {f"encoder.layer.{i}.{name}.{part}": (32,) for name in norms for part in ("weight", "bias")}
    path = tmp_path_factory.mktemp("encoder") / "model.safetensors"
    save_file({name: np.zeros(shape, np.float16) for name, shape in made.items()}, path)
    return path


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("o/bert-4-layers-1m", {"architecture": "confirmed", "layers": "confirmed", "parameters": "confirmed"}),
        ("o/llama-12-layers-7b", {"architecture": "contradicted", "layers": "contradicted", "parameters": "contradicted"}),
        ("o/llama-7b-GPTQ", {"architecture": "contradicted", "parameters": "unverifiable"}),
        ("o/bert-large", {"architecture": "confirmed", "size": "unverifiable"}),
        ("o/Breitbart", {"architecture": "unverifiable"}),
    ],
)
def test_a_name_is_held_against_the_structure_of_weights(encoder, name, expected):
    answer = named([name], weights=str(encoder))
    assert {item.topic: item.judgement for item in [*answer.anomalies, *answer.agreements]} == expected
    assert all(item.locations == ["tensors"] for item in answer.anomalies)


def test_weights_have_one_name(run, encoder):
    done = run("name", "o/a", "o/b", "--weights", encoder)
    assert done.returncode == 2
    assert "one name" in done.stderr
