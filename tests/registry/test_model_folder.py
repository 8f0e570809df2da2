from __future__ import annotations

import json
import os
from pathlib import Path

import gguf
import pytest

from filiation.core.ref import Kind
from filiation.formats import model_files
from filiation.registry.model_folder import SOURCE


def put(path, text="{}"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_folder_is_described_as_the_api_would(tmp_path, look):
    folder = tmp_path / "My model (v2)"
    put(folder / "config.json", '{"model_type": "bert", "architectures": ["BertModel"]}')
    put(folder / "README.md", "---\nlicense: mit\n---")
    put(folder / "adapter_config.json", '{"base_model_name_or_path": "o/b"}')
    put(folder / "onnx" / "model.onnx", "xx")
    put(folder / ".git" / "config", "secret")
    seen = look(SOURCE, folder)
    assert seen.bodies == {
        "My-model-v2": {
            "id": "My-model-v2",
            "siblings": [
                {"rfilename": "README.md", "size": 20},
                {"rfilename": "adapter_config.json", "size": 34},
                {"rfilename": "config.json", "size": 54},
                {"rfilename": "onnx/model.onnx", "size": 2},
            ],
            "config": {"model_type": "bert", "architectures": ["BertModel"]},
        }
    }
    assert set(seen.files["My-model-v2"]) == {"README.md", "adapter_config.json"}
    assert seen.batches[0].registry == "local"
    assert seen.batches[0].source == "folder"


def test_gguf_headers_come_as_a_text_beside(tmp_path, look):
    folder = tmp_path / "m"
    folder.mkdir()
    writer = gguf.GGUFWriter(folder / "m-Q4.gguf", "llama")
    writer.add_license("mit")
    writer.add_token_list(["a", "b"])
    writer.add_chat_template("x" * 5_000)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    (folder / "lies.gguf").write_bytes(b"GGUF" + b"\3\0\0\0" + b"\xff" * 16)
    seen = look(SOURCE, folder)
    headers = json.loads(seen.files["m"]["gguf-metadata.json"])
    assert set(headers) == {"m-Q4.gguf"}
    assert headers["m-Q4.gguf"]["general.license"] == "mit"
    assert not any(key.startswith("tokenizer.") for key in headers["m-Q4.gguf"])
    assert [Path(item.file).name for item in seen.skipped] == ["lies.gguf"]


def test_a_tree_names_by_path(tmp_path, look):
    put(tmp_path / "o" / "a" / "config.json")
    put(tmp_path / "o" / "a" / "unet" / "config.json")
    put(tmp_path / "b" / "model.safetensors")
    put(tmp_path / "x" / "y" / "c" / "README.md", "# c")
    put(tmp_path / "z" / "b" / "c" / "config.json")
    put(tmp_path / "edges.csv", "child,parent,relation\n")
    seen = look(SOURCE, tmp_path)
    assert set(seen.bodies) == {"o/a", "b", "c", "b/c"}
    assert [item.file for item in seen.skipped] == [str(tmp_path / "edges.csv")]


def test_links_out_of_the_folder_are_not_followed(tmp_path, look):
    secret = tmp_path / "secret"
    put(secret / "id_rsa", "private")
    folder = tmp_path / "model"
    put(folder / "config.json")
    (folder / "README.md").symlink_to(secret / "id_rsa")
    (folder / "all").symlink_to(secret)
    (folder / "loop").symlink_to(folder)
    (folder / "copy.json").symlink_to("config.json")
    seen = look(SOURCE, folder)
    assert [item["rfilename"] for item in seen.bodies["model"]["siblings"]] == ["config.json", "copy.json"]
    assert seen.files == {}
    assert {Path(item.file).name for item in seen.skipped} == {"README.md", "all", "loop"}
    assert "private" not in json.dumps(seen.bodies)


def test_what_is_no_regular_file_is_not_opened(tmp_path, look):
    put(tmp_path / "m" / "config.json")
    os.mkfifo(tmp_path / "m" / "README.md")
    assert "not a regular file" in look(SOURCE, tmp_path / "m").skipped[0].reason


@pytest.mark.parametrize("text", ["[1]", "{", "\udcff", "[" * 100_000])
def test_a_bad_config_is_skipped_and_the_rest_kept(tmp_path, look, text):
    folder = tmp_path / "m"
    folder.mkdir()
    (folder / "config.json").write_bytes(text.encode(errors="surrogateescape"))
    put(folder / "README.md", "# m")
    seen = look(SOURCE, folder)
    assert seen.files["m"] == {"README.md": "# m"}
    assert "config" not in seen.bodies["m"]
    assert len(seen.skipped) == 1


def test_sizes_are_bounded(tmp_path, look, monkeypatch):
    monkeypatch.setattr(model_files, "MAX_FILES", 3)
    monkeypatch.setattr(model_files, "MAX_TEXT_BYTES", 10)
    folder = tmp_path / "m"
    put(folder / "README.md", "x" * 11)
    for i in range(5):
        put(folder / f"z{i}.gguf", "x")
    seen = look(SOURCE, folder)
    assert len(seen.bodies["m"]["siblings"]) == 3
    assert any("longer than" in item.reason for item in seen.skipped)
    assert any("more than 3 files" in item.reason for item in seen.skipped)


def test_folders_nested_without_end_are_cut(tmp_path, look):
    folder = tmp_path / "m"
    put(folder / "config.json")
    deep = folder.joinpath(*"abcdefghij")
    put(deep / "x.txt")
    assert "deep" in look(SOURCE, folder).skipped[0].reason


def test_a_folder_of_code_is_no_model(tmp_path):
    put(tmp_path / "README.md", "# code")
    put(tmp_path / "src" / "main.py")
    assert not SOURCE.recognises(tmp_path)


def test_the_kind_that_was_asked_for(tmp_path, look):
    put(tmp_path / "d" / "README.md", "# d")
    assert look(SOURCE, tmp_path / "d", kind=Kind.DATASET).batches[0].kind is Kind.DATASET
