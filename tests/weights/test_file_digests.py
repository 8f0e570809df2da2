from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.core.errors import WeightsError
from filiation.weights.file_digests import SameWeights, file_sha256, is_weights, same_weights, told_sha256

A, B, C = (hashlib.sha256(word).hexdigest() for word in (b"a", b"b", b"c"))


def test_the_digest_of_a_file_is_what_the_registry_tells(tmp_path):
    (tmp_path / "m").write_bytes(b"a")
    assert file_sha256(tmp_path / "m") == A
    with pytest.raises(WeightsError, match="cannot be read"):
        file_sha256(tmp_path / "none")


def test_what_a_record_tells_is_taken_and_nothing_else():
    siblings = [
        {"rfilename": "model.safetensors", "lfs": {"sha256": A, "size": 1}},
        {"rfilename": "config.json"},
        {"rfilename": "bad.bin", "lfs": {"sha256": "../" * 20}},
        {"rfilename": 7, "lfs": {"sha256": B}},
        "noise",
    ]
    assert told_sha256({"siblings": siblings}) == {"model.safetensors": A}
    assert told_sha256({"siblings": None}) == told_sha256({}) == {}


def test_files_that_hold_weights():
    assert all(map(is_weights, ["model-00001-of-2.safetensors", "x/Q4.GGUF", "pytorch_model.bin", "model.onnx"]))
    assert not any(map(is_weights, ["optimizer.pt", "tokenizer.json", "data.zip", "training_args.bin"]))


def test_copies_are_found_without_a_download():
    models = [
        ("o/base", {"m.safetensors": A, "tokenizer.json": C}),
        ("o/copy", {"renamed.safetensors": A}),
        ("o/more", {"m.safetensors": A, "q.gguf": B}),
        ("o/quant", {"q.gguf": B}),
        ("o/text", {"tokenizer.json": C}),
    ]
    assert same_weights(models) == [
        SameWeights(("o/base", "o/copy", "o/more"), (A,), False),
        SameWeights(("o/more", "o/quant"), (B,), False),
    ]
    assert same_weights(models[:2]) == [SameWeights(("o/base", "o/copy"), (A,), True)]


@given(
    st.dictionaries(st.text("abc", min_size=1), st.dictionaries(st.sampled_from(["a.bin", "b.bin"]), st.sampled_from([A, B])))
)
def test_every_pair_with_a_file_in_common_is_in_a_group(models):
    groups = same_weights(models.items())
    for one, files in models.items():
        for other, others in models.items():
            together = any({one, other} <= set(group.refs) for group in groups)
            assert together == bool(set(files.values()) & set(others.values())) or one == other
