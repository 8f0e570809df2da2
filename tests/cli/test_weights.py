"""The verbs about weights, on models made here: a root, a fine-tune, a rounding, a merge, a stranger."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import numpy as np
import pytest
from made_family import fresh, tuned
from safetensors.numpy import save_file
from test_verbs import answer_type

SHAPES = {"self_attn.q_proj": (48, 48), "self_attn.v_proj": (48, 48), "mlp.up_proj": (128, 48), "mlp.down_proj": (48, 128)}


def root(seed: int) -> dict[str, np.ndarray]:
    return fresh(seed, 128, SHAPES, "f")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """A folder of five models."""
    folder = tmp_path_factory.mktemp("models")
    first_of_all = root(1)
    first, second = tuned(first_of_all, 2, 0.1), tuned(first_of_all, 3, 0.1)
    made = {
        "root": first_of_all,
        "first": first,
        "second": second,
        "half": {name: value.astype(np.float16) for name, value in first.items()},
        "merge": {name: np.float32(0.3) * first[name] + np.float32(0.7) * second[name] for name in first_of_all},
        "stranger": root(9),
    }
    for name, weights in made.items():
        (folder / name).mkdir()
        save_file(weights, folder / name / "model.safetensors")
        (folder / name / "config.json").write_text(json.dumps({"model_type": "llama"}))
    return folder


@pytest.fixture(scope="module")
def sketches(models, tmp_path_factory):
    from filiation.weights.sketching import sketch_all

    folder = tmp_path_factory.mktemp("sketches")
    sketch_all([str(models)], folder)
    return folder


def answered(done, verb: str, code: int = 0) -> dict:
    assert done.returncode == code, done.stderr
    answer = json.loads(done.stdout)
    assert next(iter(answer.items())) == ("schema", f"filiation/weights-{verb}/v1")
    jsonschema.validate(answer, msgspec.json.schema(answer_type(f"weights {verb}")))
    return answer


def test_index(run, models):
    answer = answered(run("weights", "index", models / "root", "--json"), "index")
    assert answer["parameters"] == sum(value.size for value in root(1).values())
    assert answer["bytes_read"] < 0.2 * answer["size_bytes"]
    assert {item["role"] for item in answer["tensors"]} >= {"attention.query", "mlp.up", "embedding.token"}


def test_sketch_tells_what_it_could_not_read(run, models, tmp_path):
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "model.safetensors").write_bytes(b"\xff" * 100)
    done = run("weights", "sketch", models / "root", tmp_path / "broken", "--into", tmp_path / "kept", "--json")
    answer = answered(done, "sketch", code=1)
    assert [item["path"] for item in answer["sketches"]] == [str(models / "root")]
    assert answer["sketches"][0]["bytes_kept"] < 100_000
    assert len(answer["skipped"]) == 1
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("first", "second", "relation", "parent"),
    [
        ("root", "first", "finetune", None),
        ("half", "first", "quantized", "first"),
        ("root", "stranger", "same-recipe", None),
        ("root", "root", "duplicate", None),
    ],
)
def test_compare(run, models, first, second, relation, parent):
    answer = answered(run("weights", "compare", models / first, models / second, "--json"), "compare")
    assert answer["relation"] == relation
    assert answer["parent"] in {None, str(models / (parent or first))}  # which came first may not be told
    assert parent is None or answer["parent"] is not None
    assert answer["evidence"]


def test_a_share_of_the_bytes_is_enough(run, models):
    answer = answered(run("weights", "compare", models / "root", models / "first", "--share", "0.3", "--json"), "compare")
    assert answer["relation"] == "finetune"


def test_parents_of_a_merge(run, models, sketches):
    answer = answered(run("weights", "parents", models / "merge", "--among", sketches, "--json"), "parents")
    assert answer["relation"] == "merge"
    assert {item["ref"]: pytest.approx(item["weight"], abs=0.02) for item in answer["parents"]} == {"first": 0.3, "second": 0.7}


def test_nobody_is_the_parent_of_a_stranger(run, models, sketches):
    answer = answered(run("weights", "parents", models / "stranger", "--among", sketches, "--json"), "parents")
    assert answer["parents"] == []
    assert answer["abstained"]


def test_diff(run, models, tmp_path):
    page = tmp_path / "diff.html"
    answer = answered(run("weights", "diff", models / "first", models / "half", "--html", page, "--json"), "diff")
    assert answer["summary"]["tensors"] == {"quantized": 13}
    assert "heat" in page.read_text()
    told = run("weights", "diff", models / "root", models / "first")
    assert (told.returncode, told.stderr.replace("comparing tensors ...\n", "")) == (0, "")  # told where it takes seconds
    assert "mlp.up" in told.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("index", "nowhere"), "nothing at nowhere"),
        (("index", "model:not a name"), "not a repository name"),
        (("compare", "nowhere", "nowhere"), "nothing at nowhere"),
        (("diff", "nowhere", "nowhere"), "nothing at nowhere"),
        (("sketch", "nowhere"), "nothing at nowhere"),
    ],
)
def test_what_is_not_there(run, words, says):
    done = run("weights", *words)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_without_models(run, models, tmp_path):
    done = run("weights", "parents", models / "root", "--among", tmp_path)
    assert done.returncode == 2
    assert "neither sketches nor models" in done.stderr


def test_recover(run, sketches):
    answer = answered(run("weights", "recover", sketches, "--json"), "recover")
    edges = {(item["child"], item["parent"]) for item in answer["edges"] if not item["set_aside"]}
    assert edges >= {("merge", "first"), ("merge", "second"), ("half", "first")}
    assert not any("stranger" in edge for edge in edges)
    assert "stranger" in answer["abstained"]
