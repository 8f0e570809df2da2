from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np
import pytest
from file_of_bytes import Held
from gguf import GGMLQuantizationType, GGUFWriter, quants
from hypothesis import given, settings
from hypothesis import strategies as st
from made_source import one

from filiation.core.tensor import Tensor
from filiation.formats.gguf_blocks import lies_in_blocks, values_between
from filiation.weights.axes import axes
from filiation.weights.budget import sketch_within_budget, stretches
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.ones import linear_of_ones
from filiation.weights.portrait import centred_linear, portrait
from filiation.weights.recipe import RECIPE
from filiation.weights.sketch import SketchMismatch, require_same_name, sketch

SHARED = msgspec.structs.replace(RECIPE, share=0.005)


def written(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    header, at = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": array.shape, "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    head = json.dumps(header).encode()
    path.write_bytes(len(head).to_bytes(8, "little") + head + b"".join(array.tobytes() for array in arrays.values()))
    return path


def model(seed: int, rows: int = 3000) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    shapes = {"model.embed_tokens.weight": (rows, 512), "model.norm.weight": (512,), "model.bias": (64,)}
    shapes |= {f"model.layers.{i}.mlp.up_proj.weight": (1600, 512) for i in range(4)}
    return {name: rng.standard_normal(shape, dtype=np.float32) + np.float32(0.5) for name, shape in shapes.items()}


@given(st.lists(st.integers(1, 3000), min_size=1, max_size=3), st.floats(0.0001, 0.5))
@settings(max_examples=40)
def test_stretches_are_whole_rows_within_the_tensor_and_apart(shape, share):
    lies = axes(shape)
    found = stretches(lies, msgspec.structs.replace(RECIPE, share=share))
    size = lies.rows * lies.cols
    assert all(0 <= part.start < part.stop <= size for part in found)
    assert all(a.stop <= b.start for a, b in pairwise(found))
    if not lies.flat and len(found) > 1:
        assert all(part.start % lies.cols == part.stop % lies.cols == 0 for part in found)


def test_rows_added_at_the_end_do_not_move_what_is_read():
    assert stretches(axes((32000, 64)), SHARED) == stretches(axes((32064, 64)), SHARED)
    assert stretches(axes((64, 32000)), SHARED) != stretches(axes((32000, 64)), SHARED)


@given(st.integers(2, 40), st.integers(2, 40), st.booleans(), st.data())
@settings(max_examples=30)
def test_ones_of_a_stretch_are_those_of_the_slow_way(rows, cols, transposed, data):
    lies = axes((rows, cols), transposed=transposed)
    start = data.draw(st.integers(0, rows * cols - 1))
    stop = data.draw(st.integers(start + 1, rows * cols))
    matrix = np.zeros(rows * cols, np.float32)
    matrix[start:stop] = 1
    plain = one(matrix.reshape(rows, cols)).linear[0]  # of a square matrix as (outputs, inputs)
    found = linear_of_ones(lies, RECIPE, rows < cols, [(start, stop)])
    assert np.allclose(plain, found, atol=1e-4)


def test_a_part_tells_kin_from_strangers_and_how_far_they_are(tmp_path):
    base = model(1, 3000)
    tuned = {name: array + np.float32(0.1) * (model(2)[name] - np.float32(0.5)) for name, array in base.items()}
    other, longer = model(3), base | {"model.embed_tokens.weight": model(1, 3010)["model.embed_tokens.weight"]}
    made = {}
    for name, arrays in {"base": base, "tuned": tuned, "other": other, "longer": longer}.items():
        with open_checkpoint(written(tmp_path / f"{name}.safetensors", arrays)) as checkpoint:
            made[name] = sketch_within_budget(checkpoint)
    a, b = made["base"], made["tuned"]
    assert a.name.endswith("-share0.005")
    assert portrait(a) @ portrait(b) > 0.97
    assert abs(portrait(a) @ portrait(made["other"])) < 0.5
    lines = np.flatnonzero(~a.tensors.flat)
    x, y = (centred_linear(s.tensors, s.recipe, lines) for s in (a, b))
    estimated = np.sqrt(np.square(x - y).sum() / np.square(x).sum())
    assert estimated == pytest.approx(0.1, rel=0.2)
    norms = [np.linalg.norm(base[name]) for name in a.tensors.names]
    assert a.tensors.norm == pytest.approx(norms, rel=0.05)
    same = [a.tensors.kinds.index(kind) for kind in a.tensors.kinds]
    assert (a.tensors.digests[same] == made["longer"].tensors.digests[same]).all()
    assert np.isnan(a.tensors.singular).all()


def test_a_part_that_is_equal_is_no_proof_that_the_whole_is(tmp_path):
    with open_checkpoint(written(tmp_path / "m.safetensors", model(1))) as checkpoint:
        part, whole = sketch_within_budget(checkpoint), sketch(checkpoint)
    assert part.digest != whole.digest
    assert part.multiset != whole.multiset
    with pytest.raises(SketchMismatch):
        require_same_name(part, whole)


def test_less_than_a_hundredth_is_read_of_a_large_model(tmp_path):
    rng = np.random.default_rng(1)
    arrays = {f"model.layers.{i}.mlp.up_proj.weight": rng.standard_normal((4096, 1024), dtype=np.float32) for i in range(2)}
    path = written(tmp_path / "m.safetensors", arrays)
    with open_checkpoint(path) as checkpoint:
        made = sketch_within_budget(checkpoint)
    assert made.bytes_read < path.stat().st_size / 100
    assert len(made.tensors) == 2


def test_of_blocks_those_are_read_that_hold_the_values(tmp_path):
    values = np.random.default_rng(0).standard_normal((4096, 512), dtype=np.float32)
    blocks = quants.quantize(values, GGMLQuantizationType.Q8_0)
    rounded = quants.dequantize(blocks, GGMLQuantizationType.Q8_0)
    made = {}
    for name, array, kind in (("blocks", blocks, GGMLQuantizationType.Q8_0), ("rounded", rounded, GGMLQuantizationType.F32)):
        writer = GGUFWriter(tmp_path / f"{name}.gguf", "llama")
        writer.add_tensor("blk.0.ffn_up.weight", array, raw_dtype=kind)
        for step in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file, writer.close):
            step()
        with open_checkpoint(tmp_path / f"{name}.gguf") as checkpoint:
            made[name] = sketch_within_budget(checkpoint)
    assert made["blocks"].digest == made["rounded"].digest
    assert made["blocks"].tensors.linear == pytest.approx(made["rounded"].tensors.linear)
    assert (
        made["blocks"].bytes_read < (tmp_path / "blocks.gguf").stat().st_size / 25
    )  # the first 64 kB, in which the header is, are read at once
    assert not made["blocks"].skipped


@pytest.mark.parametrize(("start", "stop"), [(0, 1), (31, 33), (5, 4096), (4064, 4096), (64, 64)])
def test_values_between_two_places_in_blocks(start, stop):
    blocks = quants.quantize(np.random.default_rng(0).standard_normal((2, 2048)).astype("f4"), GGMLQuantizationType.Q4_0)
    tensor = Tensor("t", (2, 2048), "Q4_0", "x", 3, 3 + blocks.nbytes)
    whole = quants.dequantize(blocks, GGMLQuantizationType.Q4_0).reshape(-1)
    assert lies_in_blocks(tensor)
    assert np.array_equal(values_between(Held(b"abc" + blocks.tobytes()), tensor, start, stop), whole[start:stop])
