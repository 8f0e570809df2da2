"""The map as a folder: whole or not at all, and nothing else overwritten."""

from __future__ import annotations

import json
import shutil

import pyarrow as pa
import pytest

MODELS = [{"id": "o/base"}, {"id": "o/Child", "tags": ["base_model:o/base"]}, {"id": "z/x", "tags": ["license:mit"]}]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory, dump, chart):
    folder = tmp_path_factory.mktemp("drawn")
    return chart(folder / "a", dump(folder / "models.jsonl", MODELS), draw=True)


@pytest.fixture
def own(drawn, tmp_path):
    return shutil.copytree(drawn, tmp_path / "own")


def map_of(atlas):
    return atlas / "map" / (atlas / "map" / "CURRENT").read_text()


def test_every_name_is_in_the_folder_and_a_second_export_replaces_the_first(run, own, tmp_path):
    for _ in range(2):
        done = run("export", "map", tmp_path / "out", "--json", atlas=own)
        assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert (told["nodes"], told["files"], told["bytes"]) == (3, len(files), sum(path.stat().st_size for path in files))
    names = pa.ipc.open_file(tmp_path / "out" / "map" / "names" / "0.arrow").read_all()
    assert names["ref"].to_pylist() == ["model:o/base", "model:o/Child", "model:z/x"]
    manifest = json.loads((tmp_path / "out" / "map" / "manifest.json").read_text())
    assert (manifest["static"], "applications" in manifest) == (True, False)
    assert not (tmp_path / "out" / "answers" / "applications.json").exists()
    assert not (tmp_path / "out.partial").exists()


def refused(done, words):
    assert done.returncode == 2
    assert words in done.stderr
    assert "unforeseen" not in done.stderr


@pytest.mark.parametrize("content", [b"junk", b"PK", b""])
@pytest.mark.parametrize("file", ["layout.npz", "manifest.json", "tiles/0/0/0.arrow"])
def test_a_damaged_map_is_said_to_be_and_drawn_again(run, own, tmp_path, file, content):
    (map_of(own) / file).write_bytes(content)
    refused(run("export", "map", tmp_path / "out", atlas=own), "is damaged: run 'filiation build --from map")
    assert not list(tmp_path.glob("out*"))
    assert run("build", atlas=own).stdout.splitlines()[-1].startswith("map")
    assert run("export", "map", tmp_path / "out", atlas=own).returncode == 0


def test_what_is_no_exported_map_is_left_alone(run, own, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    refused(run("export", "map", tmp_path / "mine", atlas=own), "was not written by this export")
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_without_a_map_it_says_how_to_draw_one(run, own, tmp_path):
    shutil.rmtree(own / "map")
    refused(run("export", "map", tmp_path / "out", atlas=own), "filiation build --from map")


def test_where_nothing_can_be_written(run, own):
    refused(run("export", "map", "/proc/out", atlas=own), "cannot be written")
