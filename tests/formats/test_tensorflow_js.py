from __future__ import annotations

import json

import numpy as np
import pytest
from changed_bytes import when_bytes_change
from file_of_bytes import Held
from hypothesis import strategies as st

from filiation.core.errors import WeightsError
from filiation.formats.tensorflow_js import TENSORS
from filiation.weights.checkpoint import open_checkpoint

KERNEL = np.random.default_rng(0).standard_normal((5, 4)).astype("f4")
CODES = np.arange(12, dtype="u1").reshape(3, 4)
WEIGHTS = [
    {"name": "dense/kernel", "shape": [5, 4], "dtype": "float32"},
    {
        "name": "dense/codes",
        "shape": [3, 4],
        "dtype": "float32",
        "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1.25},
    },
    {"name": "dense/half", "shape": [2], "dtype": "float32", "quantization": {"dtype": "float16", "original_dtype": "float32"}},
    {"name": "scalar", "shape": [], "dtype": "int32"},
]
BODY = KERNEL.tobytes() + CODES.tobytes() + np.array([1, -2], "f2").tobytes() + np.array(7, "<i4").tobytes()


def model(*groups: dict) -> bytes:
    told = {"format": "graph-model", "generatedBy": "2.4", "convertedBy": None, "modelTopology": {"node": [{"name": "x"}]}}
    return json.dumps(told | {"weightsManifest": list(groups)}).encode()


GOOD = model({"paths": ["group1-shard1of3.bin", "group1-shard2of3.bin", "group1-shard3of3.bin"], "weights": WEIGHTS})


def files(content: bytes = GOOD, body: bytes = BODY) -> list[Held]:
    cut = [body[:30], body[30:83], body[83:]]
    return [Held(content, "m/model.json"), *(Held(part, f"m/group1-shard{i + 1}of3.bin") for i, part in enumerate(cut))]


def test_weights_are_read_across_the_borders_of_files():
    with open_checkpoint(files()) as checkpoint:
        values = {t.name: np.concatenate(list(checkpoint.values(t))).reshape(t.shape) for t in checkpoint.tensors}
        raw = b"".join(checkpoint.raw(checkpoint.tensors[0]))
        assert checkpoint.format == "tensorflow-js"
        assert checkpoint.metadata == {"format": "graph-model", "generatedBy": "2.4"}
    assert np.array_equal(values["dense/kernel"], KERNEL)
    assert raw == KERNEL.tobytes()
    assert np.allclose(values["dense/codes"], CODES * np.float32(0.5) - np.float32(1.25), atol=1e-6)
    assert values["dense/half"].tolist() == [1, -2]
    assert values["scalar"] == 7


def test_several_groups_and_texts():
    one = {"paths": ["a.bin"], "weights": [{"name": "a", "shape": [2], "dtype": "uint8"}]}
    two = {
        "paths": ["b.bin"],
        "weights": [
            {"name": "b", "shape": [1], "dtype": "bool"},
            {"name": "t", "shape": [1], "dtype": "string"},
            {"name": "c", "shape": [1], "dtype": "float32"},
        ],
    }
    index = TENSORS.index(Held(model(one, two)))
    assert [(tensor.name, tensor.file, tensor.start, tensor.stop) for tensor in index.tensors] == [
        ("a", "a.bin", 0, 2),
        ("b", "b.bin", 0, 1),
    ]
    assert "2 weights follow texts" in index.skipped[0].reason


def test_files_that_are_not_there_or_outside_are_told():
    outside = model({"paths": ["../../etc/passwd"], "weights": WEIGHTS})
    for given_files in (files()[:2], [Held(outside, "m/model.json")]):
        with open_checkpoint(given_files) as checkpoint:
            assert not checkpoint.tensors
            assert any("not there, and holds the values of 4 tensors" in skipped.reason for skipped in checkpoint.skipped)


def test_files_that_are_too_short():
    with open_checkpoint(files(body=BODY[:-1])) as checkpoint, pytest.raises(WeightsError, match="ends at byte"):
        list(checkpoint.values(checkpoint.tensors[-1]))


def changed(**fields: object) -> bytes:
    return model({"paths": ["a.bin"], "weights": [WEIGHTS[0] | fields]})


LIES = {
    "no JSON": b"{",
    "no manifest": b'{"modelTopology": {}}',
    "nested": b'{"weightsManifest":' + b"[" * 100_000,
    "unknown type": changed(dtype="float7"),
    "unknown quantisation": changed(quantization={"dtype": "q4"}),
    "shape below zero": changed(shape=[-1]),
    "shape that overflows": changed(shape=[2**62, 2**62]),
    "shape beyond 64 bits": changed(shape=[2**70]),
    "shape of texts": changed(shape=["1"]),
    "many dimensions": changed(shape=[1] * 50),
    "a name twice": model({"paths": ["a.bin"], "weights": [WEIGHTS[0]] * 2}),
}


@pytest.mark.parametrize("content", LIES.values(), ids=LIES)
def test_a_manifest_that_lies_is_refused(content):
    with pytest.raises(WeightsError):
        TENSORS.index(Held(content))


@pytest.mark.parametrize("content", [b"", b"[]", b'{"a": 1}', b"PK\3\4"])
def test_other_files_are_not_recognised(content):
    assert not TENSORS.recognises(Held(content))
    assert TENSORS.recognises(Held(GOOD))


test_bytes_changed_anywhere = when_bytes_change(GOOD, new=st.characters(min_codepoint=32, max_codepoint=126).map(str.encode))
