"""Copies by told digests: the files below hold no tensors, so that whoever reads one fails."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest
from served_file import served

from filiation.core.errors import WeightsError
from filiation.weights.file_digests import told_digests
from filiation.weights.finding_parents import parents_among

A, B, C = (hashlib.sha256(word).hexdigest() for word in (b"a", b"b", b"c"))
SHARDS = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


def cached(root: Path, repo: str, files: dict[str, str]) -> Path:
    """Lay files of these digests out as the Hub's cache does; return the snapshot."""
    folder = root / repo
    snapshot = folder / "snapshots" / ("a" * 40)
    (folder / "blobs").mkdir(parents=True)
    snapshot.mkdir(parents=True)
    for name, digest in files.items():
        (folder / "blobs" / digest).write_bytes(b"not read")
        (snapshot / name).symlink_to(os.path.relpath(folder / "blobs" / digest, snapshot))
    return snapshot


def fetched(folder: Path, files: dict[str, str], later: float = 0) -> Path:
    """Lay files out as ``hf download --local-dir`` does, changed so many seconds after they were noted; return the folder."""
    notes = folder / ".cache" / "huggingface" / "download"
    notes.mkdir(parents=True)
    for name, digest in files.items():
        (folder / name).write_bytes(b"not read")
        (notes / f"{name}.metadata").write_text(f"{'c' * 40}\n{digest}\n{(folder / name).stat().st_mtime - later}\n")
    return folder


@pytest.fixture
def hub(monkeypatch):
    """A Hub with one repository, and what it was asked for."""
    siblings = [{"rfilename": name, "lfs": {"sha256": digest}} for name, digest in zip(SHARDS, (A, B), strict=True)]
    listing = json.dumps({"sha": "0" * 40, "siblings": [*siblings, {"rfilename": "config.json"}]}).encode()
    with served({"/api/models/o/m/revision/main": listing}) as (address, seen):
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", address)
        monkeypatch.setenv("NO_PROXY", "*")
        yield seen


def test_digests_are_told_by_the_hub_its_cache_and_the_notes_of_its_client(hub, tmp_path):
    names = dict(zip(SHARDS, (A, B), strict=True))
    snapshot = cached(tmp_path, "models--q--copy", names)
    folder = fetched(tmp_path / "local", names)
    for target in ("model:o/m", snapshot, snapshot / SHARDS[1], folder, folder / SHARDS[0]):
        assert told_digests(str(target)) == {A, B}
    assert len(hub) == 1
    found = parents_among("model:o/m", tmp_path)
    assert (found.relation, found.parents[0].ref) == ("duplicate", "local")
    assert found.details == {"sha256": sorted([A, B])}
    assert len(hub) == 2


def test_what_is_not_told_of_every_file_or_was_changed_since_is_not_known(tmp_path):
    part = fetched(tmp_path / "part", {SHARDS[0]: A})
    (part / SHARDS[1]).write_bytes(b"mine")
    git = cached(tmp_path, "models--o--git", {"model.safetensors": "a" * 40})
    graph = cached(tmp_path, "models--o--graph", {"model.onnx": A})
    spoilt = fetched(tmp_path / "spoilt", {"model.safetensors": "../" * 20})
    changed = fetched(tmp_path / "changed", {"model.safetensors": A}, later=60)
    same = fetched(tmp_path / "same", {"model.safetensors": A})
    assert told_digests(str(same)) == {A}
    for target in (part, git, graph, spoilt, changed, tmp_path / "none", tmp_path / "x.sketch"):
        assert told_digests(str(target)) == frozenset()


def test_other_digests_say_nothing_and_the_weights_are_read(tmp_path):
    child = fetched(tmp_path / "child", {"model.safetensors": A})
    fetched(tmp_path / "among" / "other", {"model.safetensors": C})
    with pytest.raises(WeightsError, match="cannot be read"):
        parents_among(str(child), tmp_path / "among")
