from __future__ import annotations

import json

import numpy as np
import pytest
from file_of_bytes import Held
from safetensors.numpy import save

from filiation.weights.adapter import adapter_of, factors
from filiation.weights.checkpoint import open_checkpoint

RNG = np.random.default_rng(0)
DOWN = RNG.standard_normal((4, 10)).astype("f4")
UP = RNG.standard_normal((6, 4)).astype("f4")
CONFIG = {"peft_type": "LORA", "base_model_name_or_path": "o/base", "revision": "main", "r": 4, "lora_alpha": 8}
NAME = "base_model.model.model.layers.0.self_attn.q_proj"


def opened(tensors, config=None, name="adapter_model.safetensors"):
    files = [Held(save({key: np.ascontiguousarray(value) for key, value in tensors.items()}), name)]
    if config is not None:
        files.append(Held(json.dumps(config).encode(), "adapter_config.json"))
    return open_checkpoint(files)


def test_pairs_of_peft():
    checkpoint = opened({f"{NAME}.lora_A.weight": DOWN, f"{NAME}.lora_B.weight": UP, "lm_head.weight": UP}, CONFIG)
    adapter = adapter_of(checkpoint)
    assert (adapter.method, adapter.base, adapter.revision, adapter.rank) == ("lora", "o/base", "main", 4)
    assert adapter.targets == ("q_proj",)
    assert [tensor.name for tensor in adapter.others] == ["lm_head.weight"]
    [pair] = adapter.pairs
    assert pair.target == "model.layers.0.self_attn.q_proj"
    assert pair.scale == 2
    up, down = factors(checkpoint, pair)
    assert np.allclose(up @ down, 2 * UP @ DOWN, atol=1e-5)


NAMES = {
    "peft with a name": (f"{NAME}.lora_A.default.weight", f"{NAME}.lora_B.default.weight", False),
    "kohya": ("lora_unet_mid_attn1_to_q.lora_down.weight", "lora_unet_mid_attn1_to_q.lora_up.weight", False),
    "diffusers": ("unet.mid.attn1.to_q.lora.down.weight", "unet.mid.attn1.to_q.lora.up.weight", False),
    "older diffusers": ("mid.attn1.processor.to_q_lora.down.weight", "mid.attn1.processor.to_q_lora.up.weight", False),
    "mlx": ("model.layers.0.self_attn.q_proj.lora_a", "model.layers.0.self_attn.q_proj.lora_b", True),
}


@pytest.mark.parametrize(("down_name", "up_name", "transposed"), NAMES.values(), ids=NAMES)
def test_dialects_tell_the_halves_apart(down_name, up_name, transposed):
    turn = np.transpose if transposed else np.asarray
    checkpoint = opened({down_name: turn(DOWN), up_name: turn(UP)})
    [pair] = adapter_of(checkpoint).pairs
    assert (pair.rank, pair.transposed) == (4, transposed)
    up, down = factors(checkpoint, pair)
    assert np.allclose(up @ down, UP @ DOWN, atol=1e-5)


def test_alpha_beside_the_halves_wins():
    name = "lora_te_text_model_q_proj"
    checkpoint = opened(
        {f"{name}.lora_down.weight": DOWN, f"{name}.lora_up.weight": UP, f"{name}.alpha": np.float32(1)}, CONFIG
    )
    assert adapter_of(checkpoint).pairs[0].scale == 0.25


@pytest.mark.parametrize(
    ("told", "scale"),
    [
        ({"use_rslora": True}, 4),
        ({"alpha_pattern": {"q_proj": 2}}, 0.5),
        ({"alpha_pattern": {"proj": 2}}, 2),
        ({"lora_alpha": None}, 1),
        ({"lora_alpha": "8"}, 1),
        ({"lora_alpha": True}, 1),
        ({"alpha_pattern": ["(a+)+$"]}, 2),
    ],
)
def test_scales(told, scale):
    checkpoint = opened({f"{NAME}.lora_A.weight": DOWN, f"{NAME}.lora_B.weight": UP}, CONFIG | told)
    assert adapter_of(checkpoint).pairs[0].scale == scale


def test_convolutions_and_tables():
    down, up = RNG.standard_normal((4, 3, 3, 3)).astype("f4"), RNG.standard_normal((8, 4, 1, 1)).astype("f4")
    tokens, width = RNG.standard_normal((4, 20)).astype("f4"), RNG.standard_normal((5, 4)).astype("f4")
    checkpoint = opened(
        {
            "c.lora_A.weight": down,
            "c.lora_B.weight": up,
            "wte.lora_embedding_A": tokens,
            "wte.lora_embedding_B": width,
        },
        CONFIG,
    )
    convolution, table = sorted(adapter_of(checkpoint).pairs, key=lambda pair: pair.target)
    left, right = factors(checkpoint, convolution)
    assert np.allclose(left @ right, 2 * up.reshape(8, 4) @ down.reshape(4, 27), atol=1e-4)
    left, right = factors(checkpoint, table)
    assert np.allclose(left @ right, 2 * (width @ tokens).T, atol=1e-4)
    assert (table.embedding, left.shape, right.shape) == (True, (20, 4), (4, 5))


def test_halves_that_do_not_fit():
    checkpoint = opened(
        {"a.lora_A.weight": DOWN, "b.lora_A.weight": DOWN, "b.lora_B.weight": UP[:, :3], "c.lora_B.weight": UP[0]}
    )
    adapter = adapter_of(checkpoint)
    assert not adapter.pairs
    assert sorted(tensor.name for tensor in adapter.halves) == [
        "a.lora_A.weight",
        "b.lora_A.weight",
        "b.lora_B.weight",
        "c.lora_B.weight",
    ]
    assert adapter.method == "lora"


@pytest.mark.parametrize(
    ("names", "config", "method"),
    [
        (["x.hada_w1_a", "x.hada_w1_b"], None, "loha"),
        (["x.ia3_l"], None, "ia3"),
        (["prompt_embeddings"], {"peft_type": "PROMPT_TUNING"}, "prompt_tuning"),
        ([f"{NAME}.lora_A.weight", f"{NAME}.lora_magnitude_vector"], CONFIG, "dora"),
    ],
)
def test_other_methods_are_named(names, config, method):
    assert adapter_of(opened(dict.fromkeys(names, DOWN), config)).method == method


def test_a_model_is_no_adapter():
    assert adapter_of(opened({"model.layers.0.self_attn.q_proj.weight": DOWN}, name="model.safetensors")) is None


@pytest.mark.parametrize(
    "config", [{"base_model_name_or_path": ["x"]}, {"peft_type": 3}, {"rank_pattern": 1, "alpha_pattern": 1}]
)
def test_a_configuration_of_the_wrong_kind_says_nothing(config):
    adapter = adapter_of(opened({f"{NAME}.lora_A.weight": DOWN, f"{NAME}.lora_B.weight": UP}, config))
    assert (adapter.base, adapter.pairs[0].scale) == ("", 1)
