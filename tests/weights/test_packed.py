from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from file_of_bytes import Held, peak_bytes
from hypothesis import given, settings
from hypothesis import strategies as st

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK
from filiation.formats.stored_values import decoder
from filiation.weights.checkpoint import open_checkpoint

RNG = np.random.default_rng(0)
OUT, IN, GROUP = 16, 64, 16
SPELLED = {"f4": "F32", "f2": "F16", "i4": "I32", "u4": "U32", "u1": "U8", "i1": "I8", "i8": "I64"}


def made(tensors: dict, config: dict | None = None, dtypes: dict | None = None) -> list[Held]:
    """Return a safetensors file, whose types may be told otherwise, and a configuration."""
    entries, body = {}, b""
    for name, array in tensors.items():
        content = np.ascontiguousarray(array).tobytes()
        dtype = (dtypes or {}).get(name) or SPELLED[array.dtype.str[1:]]
        entries[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [len(body), len(body) + len(content)]}
        body += content
    head = json.dumps(entries).encode()
    files = [Held(struct.pack("<Q", len(head)) + head + body, "model.safetensors")]
    return files if config is None else [*files, Held(json.dumps(config).encode(), "config.json")]


def read(files: list[Held], name: str = "x.weight"):
    with open_checkpoint(files) as checkpoint:
        assert [tensor.name for tensor in checkpoint.tensors] == [name]
        [tensor] = checkpoint.weights
        assert (tensor.start, tensor.stop) == (-1, -1)
        return tensor, np.concatenate(list(checkpoint.values(tensor))).reshape(tensor.shape)


def stream(numbers, bits: int) -> int:
    """Return numbers as one large one, the first in its lowest bits."""
    return sum(int(number) << (bits * i) for i, number in enumerate(numbers))


def words(numbers, bits: int) -> list[int]:
    packed = stream(numbers, bits)
    return [packed >> (32 * i) & 0xFFFFFFFF for i in range((len(numbers) * bits + 31) // 32)]


@pytest.mark.parametrize("bits", [2, 3, 4, 8])
@pytest.mark.parametrize("version", ["gptq", "gptq_v2"])
@pytest.mark.parametrize("ordered", [True, False])
def test_gptq(bits, version, ordered):
    outputs = 32
    codes = RNG.integers(0, 1 << bits, (IN, outputs))
    zeros = RNG.integers(1, 1 << bits, (IN // GROUP, outputs))
    scales = RNG.standard_normal((IN // GROUP, outputs)).astype("f2")
    group = RNG.permutation(np.arange(IN) // GROUP) if ordered else np.arange(IN) // GROUP
    tensors = {
        "x.qweight": np.array([words(column, bits) for column in codes.T], "u4").T.view("i4"),
        "x.qzeros": np.array([words(row - (version == "gptq"), bits) for row in zeros], "u4").view("i4"),
        "x.scales": scales,
    } | ({"x.g_idx": group.astype("i4")} if ordered else {})
    config = {"quantization_config": {"bits": bits, "group_size": GROUP, "checkpoint_format": version}}
    tensor, values = read(made(tensors, config))
    assert tensor.quantization.scheme == f"gptq-{bits}bit-g{GROUP}"
    assert np.array_equal(values, ((codes - zeros[group]) * scales.astype("f4")[group]).T.astype("f4"))


def test_awq():
    codes, zeros = RNG.integers(0, 16, (IN, OUT)), RNG.integers(0, 16, (IN // GROUP, OUT))
    scales = RNG.standard_normal((IN // GROUP, OUT)).astype("f2")

    def packed(numbers):  # as AutoAWQ packs: the half byte i of a word is the column order[i]
        order = [0, 2, 4, 6, 1, 3, 5, 7]
        rows = [[sum(int(row[8 * c + order[i]]) << 4 * i for i in range(8)) for c in range(OUT // 8)] for row in numbers]
        return np.array(rows, "u4").view("i4")

    tensor, values = read(made({"x.qweight": packed(codes), "x.qzeros": packed(zeros), "x.scales": scales}))
    group = np.arange(IN) // GROUP
    assert tensor.quantization.scheme == f"awq-4bit-g{GROUP}"
    assert np.array_equal(values, ((codes - zeros[group]) * scales.astype("f4")[group]).T.astype("f4"))


@pytest.mark.parametrize("nested", [True, False])
@pytest.mark.parametrize("kind", ["nf4", "fp4"])
def test_bitsandbytes_by_table(kind, nested):
    codes, table = RNG.integers(0, 16, OUT * IN), RNG.standard_normal(16).astype("f4")
    blocks = OUT * IN // 64
    state = {"quant_type": kind, "blocksize": 64, "dtype": "bfloat16", "shape": [OUT, IN]}
    absmax = RNG.standard_normal(blocks).astype("f4")
    tensors = {
        "x.weight": (codes[::2] << 4 | codes[1::2]).astype("u1").reshape(-1, 1),
        "x.weight.quant_map": table,
        "x.weight.absmax": absmax,
    }
    if nested:
        state |= {"nested_blocksize": 4, "nested_offset": 0.25}
        outer, numbers = RNG.standard_normal(blocks // 4).astype("f4"), RNG.integers(0, 256, blocks).astype("u1")
        inner = RNG.standard_normal(256).astype("f4")
        tensors |= {"x.weight.absmax": numbers, "x.weight.nested_absmax": outer, "x.weight.nested_quant_map": inner}
        absmax = inner[numbers] * np.repeat(outer, 4) + np.float32(0.25)
    tensors[f"x.weight.quant_state.bitsandbytes__{kind}"] = np.frombuffer(json.dumps(state).encode(), "u1")
    tensor, values = read(made(tensors))
    assert tensor.quantization.scheme == f"{kind}-b64"
    assert np.array_equal(values, (table[codes] * np.repeat(absmax, 64)).reshape(OUT, IN))


def test_bitsandbytes_by_row():
    codes, scales = RNG.integers(-127, 128, (OUT, IN)).astype("i1"), RNG.random(OUT).astype("f4")
    tensor, values = read(made({"x.weight": codes, "x.SCB": scales, "x.weight_format": np.array(0, "u1")}))
    assert tensor.quantization.scheme == "i8-per-row"
    assert np.allclose(values, codes * scales[:, None] / 127, rtol=1e-6)


@pytest.mark.parametrize(
    ("suffix", "grid", "scheme"),
    [
        ("weight_scale", (), "per-tensor"),
        ("weight_scale", (1,), "per-tensor"),
        ("weight_scale", (300, 1), "per-row"),
        ("weight_scale_inv", (3, 2), "per-square-128"),
    ],
)
def test_floats_of_a_byte_with_scales(suffix, grid, scheme):
    codes, scales = RNG.integers(0, 0x7E, (300, 200)).astype("u1"), RNG.random(grid).astype("f4").reshape(grid)
    files = made({"x.weight": codes, f"x.{suffix}": scales}, dtypes={"x.weight": "F8_E4M3"})
    tensor, values = read(files)
    plain = decoder("F8_E4M3")(codes.tobytes()).reshape(300, 200)
    wide = np.kron(scales, np.ones((128, 128), "f4"))[:300, :200] if "square" in scheme else scales
    assert tensor.quantization.scheme == f"f8_e4m3-{scheme}"
    assert np.array_equal(values, plain * wide)


@pytest.mark.parametrize("bits", [4, 8])
def test_compressed_tensors(bits):
    codes, scales = RNG.integers(0, 1 << bits, (OUT, IN)), RNG.standard_normal((OUT, IN // GROUP)).astype("f2")
    tensors = {
        "x.weight_packed": np.array([words(row, bits) for row in codes], "u4").view("i4"),
        "x.weight_scale": scales,
        "x.weight_shape": np.array([OUT, IN]),
    }
    tensor, values = read(made(tensors))
    expected = (codes - (1 << (bits - 1))) * np.repeat(scales.astype("f4"), GROUP, axis=1)
    assert tensor.quantization.scheme == f"packed-{bits}bit-g{GROUP}"
    assert np.allclose(values, expected, atol=1e-2)


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 6, 8])
def test_mlx(bits):
    codes = RNG.integers(0, 1 << bits, (OUT, IN))
    scales, offsets = (RNG.standard_normal((OUT, IN // 32)).astype("f2") for _ in range(2))
    tensors = {
        "x.weight": np.array([words(row, bits) for row in codes], "u4"),
        "x.scales": scales,
        "x.biases": offsets,
    }
    tensor, values = read(made(tensors, {"quantization": {"group_size": 32, "bits": bits}}))
    assert tensor.quantization.scheme == f"mlx-{bits}bit-g32"
    expected = codes * np.repeat(scales.astype("f4"), 32, axis=1) + np.repeat(offsets.astype("f4"), 32, axis=1)
    assert np.allclose(values, expected, atol=1e-5)


def test_mxfp4():
    codes, powers = RNG.integers(0, 16, (2, 3, 4, 32)), RNG.integers(120, 130, (2, 3, 4)).astype("u1")
    blocks = (codes[..., ::2] | codes[..., 1::2] << 4).astype("u1")
    tensor, values = read(made({"x_blocks": blocks, "x_scales": powers}), "x")
    table = np.array([0, 0.5, 1, 1.5, 2, 3, 4, 6, -0.0, -0.5, -1, -1.5, -2, -3, -4, -6], "f4")
    assert (tensor.shape, tensor.quantization.scheme) == ((2, 3, 128), "mxfp4")
    assert np.array_equal(values, (table[codes] * 2.0 ** (powers[..., None].astype(int) - 127)).reshape(2, 3, 128))


def test_a_large_weight_comes_in_blocks():
    rows, columns = 3, BLOCK // 2
    files = made(
        {"x.weight": np.zeros((rows, columns), "i1"), "x.SCB": np.ones(rows, "f4"), "y": np.zeros(1, "f4")},
    )
    with open_checkpoint(files) as checkpoint:
        [tensor] = [tensor for tensor in checkpoint.tensors if tensor.name == "x.weight"]
        assert [len(block) for block in checkpoint.values(tensor)] == [2 * columns, columns]
        assert peak_bytes(lambda: [None for _ in checkpoint.values(tensor)]) < 5 * 4 * BLOCK


def test_parts_that_do_not_fit_are_left_as_they_are_and_told():
    tensors = {"x.qweight": np.zeros((4, 6), "i4"), "x.qzeros": np.zeros((1, 1), "i4"), "x.scales": np.zeros((1, 5), "f2")}
    with open_checkpoint(made(tensors | {"y.weight": np.zeros(3, "f4")})) as checkpoint:
        assert len(checkpoint.tensors) == 4
        assert "1 quantised weights are packed in a way that is not read" in checkpoint.skipped[0].reason


def test_a_plain_weight_with_scales_of_another_kind_stays():
    tensors = {"x.weight": np.zeros((4, 6), "f4"), "x.scales": np.zeros(6, "f4"), "x.biases": np.zeros(6, "f4")}
    with open_checkpoint(made(tensors)) as checkpoint:
        assert len(checkpoint.tensors) == 3


NUMBERS = st.sampled_from([0, 1, 2, 3, 4, 8, 16, 32])
SHAPES = st.lists(NUMBERS, max_size=3)
FAMILIES = [
    {"x.qweight": "i4", "x.qzeros": "i4", "x.scales": "f2", "x.g_idx": "i4"},
    {"x.weight": "u1", "x.weight.absmax": "f4", "x.weight.quant_map": "f4", "x.weight.quant_state.bitsandbytes__nf4": "u1"},
    {"x.weight": "i1", "x.SCB": "f4"},
    {"x.weight_packed": "i4", "x.weight_scale": "f2", "x.weight_shape": "i8"},
    {"x.weight": "u4", "x.scales": "f2", "x.biases": "f2"},
    {"x_blocks": "u1", "x_scales": "u1"},
]


@settings(max_examples=40)
@given(st.data())
def test_parts_of_any_shape_are_read_or_refused(data):
    tensors = {}
    for name, dtype in data.draw(st.sampled_from(FAMILIES)).items():
        array = np.frombuffer(data.draw(st.binary(min_size=1, max_size=4)) * 8192, dtype)
        shape = data.draw(SHAPES)
        tensors[name] = np.resize(array, shape)
        if name.endswith("nf4") and data.draw(st.booleans()):
            state = {"shape": data.draw(SHAPES), "blocksize": data.draw(NUMBERS), "nested_blocksize": data.draw(NUMBERS)}
            tensors[name] = np.frombuffer(json.dumps(state).encode(), "u1")
    config = {"quantization_config": {"bits": data.draw(NUMBERS), "group_size": data.draw(NUMBERS)}}
    with open_checkpoint(made(tensors, config)) as checkpoint:
        for tensor in checkpoint.tensors:
            try:
                values = list(checkpoint.values(tensor))
            except WeightsError:
                continue
            assert sum(map(len, values)) == tensor.size
