"""Copies by told digests: the files below hold no tensors, so that whoever looks for some fails."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from served_file import served

from filiation.core.errors import WeightsError
from filiation.weights.file_digests import file_sha256, told_digests
from filiation.weights.finding_parents import parents_among

A, B, C = (hashlib.sha256(word).hexdigest() for word in (b"a", b"b", b"c"))
CONTENT = {A: b"a", B: b"b", C: b"c"}
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def cached(root: Path, name: str, files: dict[str, str]) -> Path:
    """Lay files out as the Hub's cache does, each with the content that its digest says; return the snapshot."""
    blobs, snapshot = root / f"models--{name}" / "blobs", root / f"models--{name}" / "snapshots" / ("a" * 40)
    blobs.mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for file, digest in files.items():
        (blobs / digest).write_bytes(CONTENT.get(digest, b"text"))
        (snapshot / file).symlink_to(os.path.relpath(blobs / digest, snapshot))
    return snapshot


@pytest.fixture
def hub(monkeypatch):
    """A Hub with one repository, and what it was asked for."""
    siblings = [{"rfilename": name, "lfs": {"sha256": digest}} for name, digest in zip(SHARDS, (A, B), strict=True)]
    listing = json.dumps({"sha": "0" * 40, "siblings": [*siblings, {"rfilename": "config.json"}]}).encode()
    with served({"/api/models/o/m/revision/main": listing}) as (address, seen):
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setenv("NO_PROXY", "*")
        yield seen


def test_a_copy_is_found_without_fetching_a_file(hub, tmp_path):
    told = dict(zip(SHARDS, (A, B), strict=True))
    snapshot = cached(tmp_path, "q--copy", told)
    for target in ("model:o/m", snapshot, snapshot / SHARDS[1]):
        assert told_digests(str(target)) == told
    found = parents_among("model:o/m", tmp_path)
    assert (found.relation, found.details) == ("duplicate", {"sha256": sorted([A, B])})
    assert [parent.ref for parent in found.parents] == [str(snapshot.relative_to(tmp_path))]
    assert len(hub) == 2


def test_compare_answers_by_digests_that_are_true(run, tmp_path):
    one, two = (cached(tmp_path, name, {"model.safetensors": A}) for name in ("o--one", "o--two"))
    answer = json.loads(run("weights", "compare", one, two, "--json").stdout)
    assert (answer["relation"], answer["parent"], answer["details"]) == ("duplicate", None, {"sha256": [A]})
    (two / "model.safetensors").resolve().write_bytes(b"forged")
    done = run("weights", "compare", one, two, "--json")
    assert (done.returncode, "cannot be read" in done.stderr) == (2, True)


def test_what_is_not_told_of_every_file_is_not_known(tmp_path):
    part = cached(tmp_path, "o--part", {SHARDS[0]: A})
    (part / SHARDS[1]).write_bytes(b"mine")
    git = cached(tmp_path, "o--git", {"model.safetensors": "a" * 40})
    graph = cached(tmp_path, "o--graph", {"model.onnx": A})
    folder = tmp_path / "folder"
    (folder / "blobs").mkdir(parents=True)
    (folder / "blobs" / A).write_bytes(b"a")
    (folder / "model.safetensors").symlink_to(folder / "blobs" / A)
    for target in (part, git, graph, folder, tmp_path / "none", tmp_path / "x.sketch"):
        assert told_digests(str(target)) == {}
    with pytest.raises(WeightsError, match="cannot be read"):
        file_sha256(tmp_path / "none")
