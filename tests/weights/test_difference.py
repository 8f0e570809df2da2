"""What is said of a change is what was done."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save_file

from filiation.core.tensor import Quantization, Tensor
from filiation.export.weights_html import heat, html
from filiation.weights.axes import axes
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.difference import difference
from filiation.weights.tensor_change import Status, change, matrix

LAYERS = 3
Q, UP, NORM = (
    "model.layers.{}.self_attn.q_proj.weight",
    "model.layers.{}.mlp.up_proj.weight",
    "model.layers.{}.input_layernorm.weight",
)


def weights(seed: int = 0) -> dict[str, np.ndarray]:
    maker = np.random.default_rng(seed)
    found = {"model.embed_tokens.weight": maker.standard_normal((96, 32), np.float32)}
    for layer in range(LAYERS):
        found[Q.format(layer)] = maker.standard_normal((32, 32), np.float32)
        found[UP.format(layer)] = maker.standard_normal((64, 32), np.float32)
        found[NORM.format(layer)] = 1 + 0.1 * maker.standard_normal(32).astype(np.float32)
    return found


@pytest.fixture
def changed(tmp_path):
    """Write two models and return what changed."""

    def make(after, before=None, settings=({}, {})):
        for name, tensors, config in (("a", before or weights(), settings[0]), ("b", after, settings[1])):
            folder = tmp_path / name
            folder.mkdir()
            save_file(tensors, folder / "model.safetensors")
            (folder / "config.json").write_text(json.dumps({"model_type": "llama", **config}))
        with open_checkpoint(tmp_path / "a") as a, open_checkpoint(tmp_path / "b") as b:
            return difference(a, b)

    return make


def statuses(found) -> dict[str, str]:
    return {item.name: str(item.status) for item in found.tensors if item.status != "identical"}


def test_each_change_is_told_as_what_it_was(changed):
    maker = np.random.default_rng(9)
    after = weights()
    after[Q.format(0)] = after[Q.format(0)] + 0.1 * (maker.standard_normal((32, 3)) @ maker.standard_normal((3, 32))).astype(
        "f"
    )
    after[Q.format(1)] = after[Q.format(1)] + 0.1 * maker.standard_normal((32, 32)).astype("f")
    after[Q.format(2)] = after[Q.format(2)] * np.float32(1.5)
    after[UP.format(0)] = after[UP.format(0)].astype(np.float16)
    after[UP.format(1)] = after[UP.format(1)][maker.permutation(64)]
    after["model.embed_tokens.weight"] = np.concatenate([after["model.embed_tokens.weight"], np.ones((8, 32), "f")])
    del after[NORM.format(2)]
    after["extra.weight"] = maker.standard_normal((5, 5)).astype("f")
    found = changed(after, settings=({"vocab_size": 96, "rope": {"theta": 1}}, {"vocab_size": 104, "rope": {"theta": 2}}))
    assert statuses(found) == {
        Q.format(0): "low-rank",
        Q.format(1): "dense",
        Q.format(2): "rescaled",
        UP.format(0): "quantized",
        UP.format(1): "permuted",
        "model.embed_tokens.weight": "resized",
        NORM.format(2): "removed",
        "extra.weight": "added",
    }
    by_name = {item.name: item for item in found.tensors}
    assert by_name[Q.format(0)].rank == 3
    assert by_name[Q.format(2)].scale == pytest.approx(1.5)
    assert by_name["model.embed_tokens.weight"].new_shape == (104, 32)
    assert [(item.key, item.before, item.after) for item in found.settings] == [
        ("vocab_size", "96", "104"),
        ("rope.theta", "1", "2"),
    ]
    assert sum(found.summary.tensors.values()) == len(found.tensors)


def test_a_renamed_copy_has_not_changed(changed):
    found = changed({"backbone." + name: value for name, value in weights().items()})
    assert found.summary.tensors == {"identical": 10}
    assert found.summary.rel_l2 == 0
    assert all(item.renamed == "backbone." + item.name for item in found.tensors)


def test_the_heat_map_shows_where(changed):
    after = weights()
    after[UP.format(1)] = after[UP.format(1)] + np.float32(0.5) * np.random.default_rng(1).standard_normal((64, 32), np.float32)
    found = changed(after)
    grid = heat(found)
    hot = [
        (role, layer)
        for role, row in zip(grid.roles, grid.values, strict=True)
        for layer, n in zip(grid.layers, row, strict=True)
        if n
    ]
    assert hot == [("mlp.up", 1)]
    assert grid.most == pytest.approx(0.5, rel=0.1)


def test_names_are_escaped(changed):
    found = changed(weights() | {"<script>alert(1)</script>": np.ones((4, 4), "f")}, settings=({}, {"x": "<b onload=a>"}))
    page = html(found)
    assert "<script" not in page
    assert "<b " not in page
    assert "&lt;script&gt;" in page


@given(st.integers(1, 6), st.integers(8, 40), st.integers(8, 40), st.integers(0, 99))
def test_the_rank_of_a_change_is_found(rank, rows, cols, seed):
    maker = np.random.default_rng(seed)
    before = maker.standard_normal((rows, cols), np.float32)
    after = before + (maker.standard_normal((rows, rank)) @ maker.standard_normal((rank, cols))).astype(np.float32)
    tensor = Tensor("t", (rows, cols), "F32", "f", 0, 0)
    found = change(tensor, tensor, before, after)
    assert found.rank == (rank if rank <= min(rows, cols, 64) // 2 else None)
    assert found.status == (Status.LOW_RANK if found.rank else Status.DENSE)


def test_the_layout_of_a_file_does_not_matter():
    kernel = np.random.default_rng(0).standard_normal((8, 3, 5, 5), np.float32)  # outputs, inputs, height, width
    torch, keras = axes(kernel.shape, "safetensors"), axes((5, 5, 3, 8), "keras_h5")
    turned = np.ascontiguousarray(kernel.transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(matrix([kernel.ravel()], torch), matrix([turned.ravel()], keras))


def test_rounding_is_told_by_how_it_is_stored():
    before = np.random.default_rng(0).standard_normal((64, 64), np.float32)
    stored = Tensor("t", (64, 64), "Q4_0", "f", 0, 0, quantization=Quantization("Q4_0", 4.5))
    plain = Tensor("t", (64, 64), "F32", "f", 0, 0)
    assert change(plain, stored, before, np.round(before * 8) / 8).status == Status.QUANTIZED
    assert change(plain, plain, before, np.round(before * 8) / 8).status == Status.DENSE
