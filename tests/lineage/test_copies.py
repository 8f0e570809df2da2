"""Copies in an atlas, of records in the shape that the Hub serves with ``blobs=true``."""

from __future__ import annotations

import json
import os

import pytest

from filiation.lineage import copies as module
from filiation.lineage.arrays import Lineage
from filiation.lineage.columns import read_columns
from filiation.lineage.portrait import portrait
from filiation.server.portraits import Portraits
from filiation.store.atlas import Atlas

A, B, C, D, E = (letter * 64 for letter in "abcde")


def told(name: str, files: dict[str, str], year: int, **fields: object) -> dict:
    """Return a model as the Hub serves it, some of its files with the digests of large ones."""
    siblings = [
        {"rfilename": file, "size": 9, "blobId": "1" * 40}
        | ({"lfs": {"sha256": digest, "size": 9, "pointerSize": 134}} if digest else {})
        for file, digest in files.items()
    ]
    body = {"id": name, "tags": [], "createdAt": f"{year}-01-01T00:00:00.000Z", "gated": False, "siblings": siblings}
    return body | fields


MODELS = [
    told("p/base", {"m.safetensors": A, "pytorch_model.bin": B, "tokenizer.model": D}, 2020, tags=["license:other"]),
    told("q/taken", {"renamed.safetensors": A, "tokenizer.model": D}, 2022, tags=["license:mit"]),
    told("q/named", {"m.safetensors": A}, 2022, cardData={"base_model": "p/base"}),
    told("p/again", {"m.safetensors": A, "pytorch_model.bin": B}, 2022),
    told("r/part", {"m.safetensors": A, "own.safetensors": C}, 2022),
    told("r/partly-told", {"m.safetensors": A, "own.safetensors": ""}, 2022),
    told("r/words", {"tokenizer.model": D, "optimizer.pt": C, "model.onnx": C}, 2022),
    told("s/hostile", {"m.safetensors": "A" * 64, "n.bin": "'; DROP TABLE node"}, 2022),
    told("s/quant-1", {"q.gguf": E}, 2022, tags=["base_model:quantized:p/base"]),
    told("t/quant-2", {"q.gguf": E}, 2023, tags=["base_model:quantized:p/base"]),
]


@pytest.fixture(scope="module")
def charted(chart, dump, tmp_path_factory):
    """An atlas of these models; one of them is in a cache beside the listing, which tells no digests of it."""
    folder = tmp_path_factory.mktemp("copies")
    listed = [*MODELS, {"id": "u/cached", "tags": [], "createdAt": "2024-01-01T00:00:00.000Z"}]
    repo = folder / "cache" / "models--u--cached"
    snapshot = repo / "snapshots" / ("e" * 40)
    snapshot.mkdir(parents=True)
    (repo / "blobs").mkdir()
    (repo / "blobs" / A).write_bytes(b"not read")
    (snapshot / "model.safetensors").symlink_to(os.path.relpath(repo / "blobs" / A, snapshot))
    return chart(folder / "a.atlas", dump(folder / "models.jsonl", listed), folder / "cache", audited=True)


def test_copies_are_shown_and_found(charted, run):
    shown = json.loads(run("show", "q/taken", "--atlas", charted, "--json").stdout)
    whole = {item["ref"]: (item["shared"], item["ours"], item["theirs"]) for item in shown["copies"]}
    assert whole == {
        "model:p/base": (1, 1, 2),
        "model:p/again": (1, 1, 2),
        "model:q/named": (1, 1, 1),
        "model:u/cached": (1, 1, 1),
        "model:r/part": (1, 1, 2),
        "model:r/partly-told": (1, 1, None),
    }
    said = next(claim for claim in shown["claims"] if claim["predicate"] == "weights_sha256")
    assert (said["value"], said["basis"], said["locator"]) == (A, "declared", "siblings#/0/lfs/sha256")
    text = run("show", "q/taken", "--atlas", charted).stdout
    assert "the same weights" in text
    with Atlas.open(charted) as atlas:
        found = atlas.con.execute(
            "SELECT name, severity, details, confidence FROM finding JOIN node USING (node_id)"
            " WHERE check_name = 'weights-duplicate' ORDER BY name"
        ).fetchall()
    assert [(name, severity, details[0]) for name, severity, details, _ in found] == [
        ("q/taken", "medium", "p/base"),
        ("u/cached", "low", "p/base"),
    ]
    assert found[0][2][1:] == ["renamed.safetensors", A[:12]]


def test_what_is_served_is_what_is_shown(charted):
    lineage = Lineage.load(charted)
    with Atlas.open(charted) as atlas:
        served = Portraits(atlas.con, lineage, read_columns(atlas.con))
        for node in range(lineage.size):
            assert served.of(node) == portrait(atlas.con, lineage, node)


def test_of_a_file_that_many_hold_the_first_are_looked_at(charted, monkeypatch):
    monkeypatch.setattr(module, "MAX_HOLDERS", 1)
    with Atlas.open(charted) as atlas:
        rows = atlas.con.execute(module.copies_query()).fetchall()
        names = dict(atlas.con.execute("SELECT node_id, name FROM node").fetchall())
    assert {(names[row[0]], row[1]) for row in rows if names[row[0]] == "u/cached"} == {("u/cached", "model:p/base")}
