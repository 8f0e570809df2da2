"""The verb identify, on small files made here."""

from __future__ import annotations

import json

import jsonschema
import msgspec
import numpy as np
import pytest
from safetensors.numpy import save_file
from test_verbs import answer_type


@pytest.fixture
def model(tmp_path):
    made = {"model.embed_tokens.weight": (320, 64), "model.norm.weight": (64,), "lm_head.weight": (320, 64)}
    for i in range(3):
        shapes = {
            "self_attn.q_proj": (64, 64),
            "self_attn.k_proj": (32, 64),
            "self_attn.v_proj": (32, 64),
            "self_attn.o_proj": (64, 64),
        }
        shapes |= {"mlp.gate_proj": (172, 64), "mlp.up_proj": (172, 64), "mlp.down_proj": (64, 172)}
        shapes |= {"input_layernorm": (64,), "post_attention_layernorm": (64,)}
        made |= {f"model.layers.{i}.{name}.weight": shape for name, shape in shapes.items()}
    save_file({name: np.zeros(shape, "f") for name, shape in made.items()}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "llama", "num_hidden_layers": 5}))
    return tmp_path


def test_json(run, model):
    done = run("identify", model, "--json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert next(iter(answer.items())) == ("schema", "filiation/identify/v1")
    jsonschema.validate(answer, msgspec.json.schema(answer_type("identify")))
    assert answer["model_type"]["value"] in {"llama", *answer["same_names"]}
    assert answer["bytes_read"] < 0.1 * (model / "model.safetensors").stat().st_size
    assert {one["attribute"]: one["verdict"] for one in answer["stated"]} == {
        "model_type": "confirmed",
        "layers": "contradicted",
    }


def test_text(run, model):
    done = run("identify", model)
    assert done.returncode == 0, done.stderr
    assert "text-generation" in done.stdout
    assert "contradicted" in done.stdout


def test_what_is_no_model(run, tmp_path):
    done = run("identify", tmp_path / "nothing")
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1


def test_an_adapter_is_no_model(run, tmp_path):
    made = {
        f"base_model.model.model.layers.{i}.self_attn.q_proj.lora_{h}.weight": np.zeros((8, 64), "f")
        for i in range(3)
        for h in "AB"
    }
    save_file(made, tmp_path / "adapter_model.safetensors")
    answer = json.loads(run("identify", tmp_path, "--json").stdout)
    assert answer["model_type"]["value"] is None
    assert "adapter" in answer["abstained"]
