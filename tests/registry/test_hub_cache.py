from __future__ import annotations

import os

from huggingface_hub import scan_cache_dir

from filiation.core.ref import Kind
from filiation.registry.hub_cache import SOURCE

OLD, NEW = "a" * 40, "b" * 40


def cached(root, repo: str, revision: str, files: dict[str, str], *, main: bool = True, age: int = 0):
    """Lay files out as the Hub's client does: blobs by digest, links to them in a folder for the revision."""
    folder = root / repo
    (folder / "blobs").mkdir(parents=True, exist_ok=True)
    snapshot = folder / "snapshots" / revision
    for name, text in files.items():
        blob = folder / "blobs" / f"{abs(hash((name, text))):040x}"
        blob.write_text(text)
        link = snapshot / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(os.path.relpath(blob, link.parent))
    if main:
        (folder / "refs").mkdir(exist_ok=True)
        (folder / "refs" / "main").write_text(revision)
    os.utime(snapshot, (1_700_000_000 - age, 1_700_000_000 - age))


def test_one_record_for_each_repository(tmp_path, look):
    root = tmp_path / "hub"
    cached(root, "models--o--m", OLD, {"config.json": '{"model_type": "old"}'}, main=False)
    cached(root, "models--o--m", NEW, {"config.json": '{"model_type": "bert"}', "sub/a.txt": "x", "README.md": "# m"})
    cached(root, "models--gpt2", OLD, {"config.json": "{}"}, main=False, age=10)
    cached(root, "models--gpt2", NEW, {"config.json": '{"model_type": "gpt2"}'}, main=False)
    cached(root, "datasets--o--d", NEW, {"README.md": "# d"})
    assert {repo.repo_id for repo in scan_cache_dir(root).repos} == {"o/m", "gpt2", "o/d"}
    for path in (root, tmp_path):
        seen = look(SOURCE, path)
        assert {name: body["sha"] for name, body in seen.bodies.items()} == {"o/m": NEW, "gpt2": NEW, "o/d": NEW}
        assert seen.bodies["o/m"]["config"] == {"model_type": "bert"}
        assert [item["rfilename"] for item in seen.bodies["o/m"]["siblings"]] == [
            "README.md",
            "config.json",
            "sub/a.txt",
        ]
        assert seen.files["o/d"] == {"README.md": "# d"}
        assert seen.skipped == []
        assert {(batch.kind, batch.registry, batch.source) for batch in seen.batches} == {
            (Kind.MODEL, "hf", "cache"),
            (Kind.DATASET, "hf", "cache"),
        }
    assert list(look(SOURCE, root / "models--o--m").bodies) == ["o/m"]


def test_links_out_of_the_cache_are_not_followed(tmp_path, look):
    (tmp_path / "secret").write_text("private")
    root = tmp_path / "hub"
    cached(root, "models--o--m", NEW, {"config.json": "{}"})
    (root / "models--o--m" / "snapshots" / NEW / "README.md").symlink_to(tmp_path / "secret")
    seen = look(SOURCE, root)
    assert seen.files == {}
    assert "leaves" in seen.skipped[0].reason


def test_a_ref_cannot_lead_elsewhere(tmp_path, look):
    root = tmp_path / "hub"
    cached(root, "models--o--m", NEW, {"config.json": "{}"})
    (root / "models--o--m" / "refs" / "main").write_text("../../../..")
    assert look(SOURCE, root).bodies["o/m"]["sha"] == NEW


def test_no_snapshot_is_said(tmp_path, look):
    (tmp_path / "models--o--m" / "snapshots").mkdir(parents=True)
    assert "no snapshot" in look(SOURCE, tmp_path).skipped[0].reason


def test_other_folders_are_not_claimed(tmp_path):
    (tmp_path / "models").mkdir()
    assert not SOURCE.recognises(tmp_path)
    assert not SOURCE.recognises(tmp_path / "nothing")
