from __future__ import annotations

import gc
import io
import json
from pathlib import Path

import numpy as np
import pytest
from file_of_bytes import Held
from safetensors.numpy import save, save_file

from filiation.core.errors import WeightsError
from filiation.core.tensor import Content
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.choosing import choose, siblings

ONES = np.ones((2, 3), "f4")
INDEX = "model.safetensors.index.json"
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def sharded(folder: Path, weight_map: dict | None = None) -> Path:
    folder.mkdir(exist_ok=True)
    save_file({"a": ONES, "b": 2 * ONES}, folder / SHARDS[0])
    save_file({"c": 3 * ONES}, folder / SHARDS[1], {"tied": "c", "format": "pt"})
    told = {"a": SHARDS[0], "b": SHARDS[0], "c": SHARDS[1]} if weight_map is None else weight_map
    (folder / INDEX).write_text(json.dumps({"metadata": {"total_size": 72}, "weight_map": told}))
    (folder / "config.json").write_text('{"model_type": "llama"}')
    return folder


@pytest.mark.parametrize("target", ["", *SHARDS, INDEX])
def test_a_sharded_checkpoint_is_opened_by_folder_by_index_and_by_any_part(tmp_path, target):
    with open_checkpoint(sharded(tmp_path / "model") / target) as checkpoint:
        assert checkpoint.name == "model"
        assert checkpoint.format == "safetensors"
        assert {tensor.name: tensor.file for tensor in checkpoint.tensors} == {"a": SHARDS[0], "b": SHARDS[0], "c": SHARDS[1]}
        assert checkpoint.aliases == {"tied": "c"}
        assert checkpoint.config == {"model_type": "llama"}
        assert checkpoint.skipped == ()
        for number, tensor in enumerate(checkpoint.tensors, 1):
            assert (np.concatenate(list(checkpoint.values(tensor))) == number).all()
            assert b"".join(checkpoint.raw(tensor)) == (number * ONES).tobytes()
        assert checkpoint.bytes_read > 144
        assert checkpoint.size_bytes == sum((tmp_path / "model" / name).stat().st_size for name in SHARDS)


def test_files_that_are_given_give_the_same(tmp_path):
    folder = sharded(tmp_path)
    given = [Held(path.read_bytes(), path.name) for path in folder.iterdir()]
    with open_checkpoint(given) as checkpoint, open_checkpoint(folder) as other:
        assert checkpoint.tensors == other.tensors
        assert checkpoint.config == other.config


def test_a_part_that_is_not_there_is_told(tmp_path):
    folder = sharded(tmp_path)
    (folder / SHARDS[1]).unlink()
    for target in (folder, folder / SHARDS[0]):
        with open_checkpoint(target) as checkpoint:
            assert [tensor.name for tensor in checkpoint.tensors] == ["a", "b"]
            told = {skipped.file: skipped.reason for skipped in checkpoint.skipped}
            assert "not there" in told[SHARDS[1]]
            assert "1 tensors that no file holds" in told[INDEX]
    (folder / SHARDS[0]).unlink()
    with pytest.raises(WeightsError, match="is there"):
        open_checkpoint(folder)


HOSTILE_MAPS = {
    "outside": {"a": "../secret.safetensors", "b": "/etc/passwd", "c": SHARDS[1]},
    "the wrong part": {"a": SHARDS[1], "b": SHARDS[0], "c": SHARDS[1]},
    "a tensor that is not there": {"a": SHARDS[0], "b": SHARDS[0], "c": SHARDS[1], "d": SHARDS[1]},
}


@pytest.mark.parametrize("told", HOSTILE_MAPS.values(), ids=HOSTILE_MAPS)
def test_an_index_that_lies_is_told(tmp_path, told):
    save_file({"secret": ONES}, tmp_path / "secret.safetensors")
    with open_checkpoint(sharded(tmp_path / "model", told)) as checkpoint:
        assert checkpoint.skipped
        assert "secret" not in {tensor.name for tensor in checkpoint.tensors}
        assert "c" in {tensor.name for tensor in checkpoint.tensors}


@pytest.mark.parametrize(
    "text", ["", "[]", '{"weight_map": 1}', '{"weight_map": {"a": 1}}', '{"weight_map":' + "[" * 100_000, "{}"]
)
def test_an_index_that_is_none_is_refused(tmp_path, text):
    folder = sharded(tmp_path)
    (folder / INDEX).write_text(text)
    with pytest.raises(WeightsError):
        open_checkpoint(folder)


def test_shards_that_only_the_index_names_are_not_told_as_left_out(tmp_path):
    save_file({"a": ONES}, tmp_path / "first.safetensors")
    save_file({"b": ONES}, tmp_path / "second.safetensors")
    save_file({"c": ONES}, tmp_path / "other.safetensors")
    told = {"weight_map": {"a": "first.safetensors", "b": "second.safetensors"}}
    (tmp_path / INDEX).write_text(json.dumps(told))
    with open_checkpoint(tmp_path) as checkpoint:
        assert [tensor.name for tensor in checkpoint.tensors] == ["a", "b"]
        assert [skipped.file for skipped in checkpoint.skipped] == ["other.safetensors"]


def test_files_that_hold_the_values_of_others_are_not_told_as_left_out(tmp_path):
    model = {"weightsManifest": [{"paths": ["w.bin"], "weights": [{"name": "w", "shape": [2], "dtype": "float32"}]}]}
    (tmp_path / "model.json").write_text(json.dumps(model))
    (tmp_path / "w.bin").write_bytes(bytes(8))
    with open_checkpoint(tmp_path) as checkpoint:
        assert [tensor.name for tensor in checkpoint.tensors] == ["w"]
        assert checkpoint.skipped == ()


def test_the_same_name_in_two_parts_is_read_once_and_told(tmp_path):
    for name in SHARDS:
        save_file({"a": ONES}, tmp_path / name)
    with open_checkpoint(tmp_path) as checkpoint:
        assert [tensor.file for tensor in checkpoint.tensors] == [SHARDS[0]]
        assert "another file holds" in checkpoint.skipped[0].reason


CHOICES = {
    "safetensors before torch": (["model.safetensors", "pytorch_model.bin", "tf_model.h5"], "model.safetensors"),
    "torch before the others": (["pytorch_model.bin", "model.onnx", "model.gguf"], "pytorch_model.bin"),
    "not the optimiser": (["optimizer.pt", "scheduler.pt", "rng_state_0.pth", "training_args.bin", "x.pt"], "x.pt"),
    "not a variant": (["model.fp16.safetensors", "model.safetensors"], "model.safetensors"),
    "a variant alone": (["model.fp16.safetensors"], "model.fp16.safetensors"),
    "what tools call it": (["model.safetensors", "consolidated.safetensors", "vae.safetensors"], "model.safetensors"),
    "the top before what lies below": (["original/consolidated.00.pth", "model.safetensors"], "model.safetensors"),
    "the only folder": (["README.md", "onnx/model.onnx"], "onnx/model.onnx"),
    "an adapter": (["adapter_config.json", "adapter_model.safetensors", "optimizer.pt"], "adapter_model.safetensors"),
    "whole before parts": (["model.safetensors", "model-00001-of-00002.safetensors"], "model.safetensors"),
    "a name that begins alike": (["optimized_model.onnx", "optimizer.pt", "model-mmproj-f16.gguf"], "optimized_model.onnx"),
    "not its companion": (["mmproj-f16.gguf", "x.Q4_K_M.gguf"], "x.Q4_K_M.gguf"),
    "either ending": (["pytorch_model.bin", "pytorch_model.pt"], "pytorch_model.bin"),
    "not the values beside it": (["model.onnx", "weights.bin"], "model.onnx"),
    "nor what another tool calls .bin": (["ggml-model-f16.bin", "x-q4_0.bin", "model.gguf"], "model.gguf"),
    "torch's .bin": (["pytorch_model.bin", "model.onnx", "openvino_model.bin"], "pytorch_model.bin"),
    "a policy of Stable-Baselines3": (["p/policy.optimizer.pth", "p/policy.pth", "p/pytorch_variables.pth"], "p/policy.pth"),
    "a model of the web": (["model.json", "group1-shard1of2.bin", "group1-shard2of2.bin"], "model.json"),
}


@pytest.mark.parametrize(("names", "expected"), CHOICES.values(), ids=CHOICES)
def test_the_checkpoint_is_chosen_by_the_names(names, expected):
    assert choose(names).files == (expected,)
    assert choose(names[::-1]).files == (expected,)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["README.md", "config.json"],
        ["a.Q4_K_M.gguf", "a.Q8_0.gguf"],
        ["one.safetensors", "two.safetensors"],
        ["x/model.safetensors", "y/model.safetensors"],
        ["optimizer.pt"],
        ["consolidated.00.pth", "consolidated.01.pth"],
        ["a.safetensors.index.json", "b.safetensors.index.json"],
        ["params_shard_0.bin", "params_shard_1.bin"],
    ],
)
def test_no_checkpoint_or_several_is_an_error(names):
    with pytest.raises(WeightsError, match=r"no file here|several checkpoints"):
        choose(names)


def test_the_parts_of_a_set_are_named():
    assert siblings("a/model.fp16-00002-of-00003.safetensors")[::2] == [
        "a/model.fp16-00001-of-00003.safetensors",
        "a/model.fp16-00003-of-00003.safetensors",
    ]
    assert siblings("x-of-3.bin") == ["x-of-3.bin"]
    assert siblings("model-00001-of-99999999.gguf") == ["model-00001-of-99999999.gguf"]


def test_variants_with_an_index():
    names = ["model.fp16-00001-of-00002.safetensors", "model.safetensors.index.fp16.json"]
    assert choose(names).index == names[1]
    odd = ["part1.safetensors", "part2.safetensors", INDEX]
    assert choose(odd).index == INDEX


def test_components_of_a_pipeline_are_one(tmp_path):
    (tmp_path / "model_index.json").write_text('{"unet": ["d", "U"], "vae": ["d", "V"], "scheduler": ["d", "S"], "gone": [1]}')
    for component in ("unet", "vae", "scheduler", "unlisted"):
        (tmp_path / component).mkdir()
    (tmp_path / "scheduler" / "scheduler_config.json").write_text("{}")
    for component in ("unet", "vae", "unlisted"):
        save_file({"conv.weight": ONES}, tmp_path / component / "diffusion_pytorch_model.safetensors")
    with open_checkpoint(tmp_path) as checkpoint:
        assert [tensor.name for tensor in checkpoint.tensors] == ["unet.conv.weight", "vae.conv.weight"]
        assert checkpoint.config["vae"] == ["d", "V"]
        assert (np.concatenate(list(checkpoint.values(checkpoint.tensors[1]))) == 1).all()


def test_an_adapter_comes_with_its_configuration(tmp_path):
    save_file({"x.lora_A.weight": ONES}, tmp_path / "adapter_model.safetensors")
    (tmp_path / "adapter_config.json").write_text('{"r": 2}')
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.adapter == {"r": 2}
    save_file({"x.weight": ONES}, tmp_path / "model.safetensors")
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.adapter is None
        assert [skipped.file for skipped in checkpoint.skipped] == ["adapter_model.safetensors"]


def test_settings_that_are_no_json_are_told(tmp_path):
    save_file({"x": ONES}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text("{")
    (tmp_path / "tokenizer.json").write_text("[]")
    with open_checkpoint(tmp_path) as checkpoint:
        assert checkpoint.config is None
        assert "config.json" in checkpoint.skipped[0].reason
        assert checkpoint.beside("tokenizer.json") == b"[]"
        assert checkpoint.beside("../x") is None
        with pytest.raises(WeightsError, match="longer"):
            checkpoint.beside("tokenizer.json", limit=1)


CONTENTS = {
    Content.WEIGHT: "model.layers.0.self_attn.q_proj.weight model.norm.weight h.0.attn.c_attn.bias embed_positions.weight",
    Content.BUFFER: "bn.running_mean bn.num_batches_tracked a/batch_normalization/moving_variance:0",
    Content.CONSTANT: "bert.embeddings.position_ids model.layers.0.self_attn.rotary_emb.inv_freq alphas_cumprod stft.window pe",
    Content.OPTIMIZER: "optimizer.state.0.exp_avg dense/kernel/Adam_1 model_ema.decay.weight x.momentum_buffer",
}


@pytest.mark.parametrize(
    ("content", "name"), [(content, name) for content, names in CONTENTS.items() for name in names.split()]
)
def test_what_is_no_weight_is_told_by_its_name(tmp_path, content, name):
    save_file({name: ONES, "mask.attn.bias": np.ones((1, 1, 2, 2), "f4"), "n": np.arange(2)}, tmp_path / "x.safetensors")
    with open_checkpoint(tmp_path / "x.safetensors") as checkpoint:
        found = {tensor.name: tensor.content for tensor in checkpoint.tensors}
        assert found == {name: content, "mask.attn.bias": Content.CONSTANT, "n": Content.BUFFER}
        assert [tensor.name for tensor in checkpoint.weights] == ([name] if content is Content.WEIGHT else [])


def test_links_out_of_the_folder_are_not_followed_but_those_of_the_hub_are(tmp_path):
    save_file({"x": ONES}, tmp_path / "outside.safetensors")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "model.safetensors").symlink_to(tmp_path / "outside.safetensors")
    with pytest.raises(WeightsError, match="no file here"):
        open_checkpoint(inside)
    snapshot = tmp_path / "models--o--m" / "snapshots" / "abc"
    blobs = tmp_path / "models--o--m" / "blobs"
    snapshot.mkdir(parents=True)
    blobs.mkdir()
    save_file({"x": ONES}, blobs / "123")
    (snapshot / "model.safetensors").symlink_to("../../blobs/123")
    with open_checkpoint(snapshot) as checkpoint:
        assert [tensor.name for tensor in checkpoint.tensors] == ["x"]


def test_what_is_not_there_or_no_weights(tmp_path):
    (tmp_path / "x.safetensors").write_bytes(b"nonsense, and long enough")
    (tmp_path / "y.txt").write_bytes(b"nonsense")
    for target, message in (("gone", "no file and no folder"), ("x.safetensors", "header"), ("y.txt", "no format")):
        with pytest.raises(WeightsError, match=message):
            open_checkpoint(tmp_path / target)


def test_files_are_closed_again(tmp_path):
    descriptors = Path("/proc/self/fd")
    if not descriptors.exists():
        pytest.skip("this system does not list open files")
    folder = sharded(tmp_path)
    gc.collect()
    before = len(list(descriptors.iterdir()))
    with open_checkpoint(folder):
        pass
    (folder / SHARDS[1]).write_bytes(b"nonsense")
    with pytest.raises(WeightsError):
        open_checkpoint(folder)
    assert len(list(descriptors.iterdir())) == before


def test_raw_bytes_of_what_is_packed_are_refused():
    stream = io.BytesIO()
    np.savez_compressed(stream, a=ONES)
    with open_checkpoint([Held(stream.getvalue(), "x.npz")]) as checkpoint, pytest.raises(WeightsError, match="as they are"):
        checkpoint.raw(checkpoint.tensors[0])


def test_a_name_without_end_is_refused():
    with pytest.raises(WeightsError, match="letters"):
        open_checkpoint([Held(save({"x" * 5_000: ONES}), "x.safetensors")])
