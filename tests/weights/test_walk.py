"""Which checkpoints are found in a folder."""

from __future__ import annotations

import pytest

from filiation.core.errors import WeightsError
from filiation.weights.walk import checkpoints


def names(folder, *files: str) -> list[str]:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).touch()
    return [name for name, _ in checkpoints(folder)]


def test_a_folder_of_models(tmp_path):
    found = names(
        tmp_path,
        "o/a/model.safetensors",
        "o/a/config.json",
        "o/a/onnx/model.onnx",
        "o/b/pytorch_model.bin",
        "p/c.gguf",
        "readme",
    )
    assert found == ["o/a", "o/b", "p"]


def test_a_model_is_one_whatever_its_parts(tmp_path):
    assert names(tmp_path / "m", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors") == ["m"]


def test_gguf_files_side_by_side_are_models_of_their_own(tmp_path):
    files = ("m-Q4_0.gguf", "m-Q8_0-00001-of-00002.gguf", "m-Q8_0-00002-of-00002.gguf")
    assert names(tmp_path, *files) == ["m-Q4_0.gguf", "m-Q8_0-00001-of-00002.gguf"]


def test_a_pipeline_is_one(tmp_path):
    assert names(tmp_path / "p", "model_index.json", "unet/model.safetensors", "vae/model.safetensors") == ["p"]


def test_links_to_folders_and_hidden_folders_are_left(tmp_path):
    (tmp_path / "elsewhere" / "m").mkdir(parents=True)
    (tmp_path / "elsewhere" / "m" / "model.safetensors").touch()
    (tmp_path / "here" / ".cache").mkdir(parents=True)
    (tmp_path / "here" / ".cache" / "model.safetensors").touch()
    (tmp_path / "here" / "link").symlink_to(tmp_path / "elsewhere")
    assert list(checkpoints(tmp_path / "here")) == []


def test_nothing_there(tmp_path):
    with pytest.raises(WeightsError, match="nothing at"):
        list(checkpoints(tmp_path / "none"))


def test_files_of_their_own_hide_no_folder_beside_them(tmp_path):
    assert names(tmp_path, "kept.sketch", "m/model.safetensors") == ["kept.sketch", "m"]
