"""An atlas goes into one file and comes back, or is left as it was."""

from __future__ import annotations

import io
import json
import shutil
import tarfile
from pathlib import Path

import jsonschema
import msgspec
import pyarrow as pa
import pytest

import filiation.cli
from filiation.core.errors import AtlasError, FiliationError
from filiation.export.backup import back_up, check, restore
from filiation.ledger.store import open_ledger
from filiation.store.atlas import Atlas


@pytest.fixture(scope="module")
def whole(tmp_path_factory, chart, dump):
    folder = tmp_path_factory.mktemp("whole")
    models = dump(folder / "models.jsonl", [{"id": "o/base", "tags": []}, {"id": "o/child", "tags": ["base_model:o/base"]}])
    atlas = chart(folder / "a", models, draw=True)
    decide(open_ledger(atlas / "ledger.db", create=True), "mit")
    back_up(atlas, folder / "b.tar.zst")
    return folder


SCHEMAS = Path(filiation.cli.__file__).parent / "schemas"


def decide(ledger, license_):
    ledger.override("model:o/base", "license", license_, "ann", "reviewer", "counsel says so")


def files(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def repacked(backup, change):
    """The backup with its entries changed."""
    with pa.CompressedInputStream(str(backup), "zstd") as unpacked:
        archive = tarfile.open(fileobj=io.BytesIO(unpacked.read()))  # noqa: SIM115  # read to its end below
    entries = [(entry, archive.extractfile(entry).read()) for entry in archive]
    into = backup.with_name("changed.tar.zst")
    with pa.CompressedOutputStream(str(into), "zstd") as packed, tarfile.open(fileobj=packed, mode="w|") as out:
        for entry, content in change(entries):
            entry.size = len(content)
            out.addfile(entry, io.BytesIO(content))
    return into


def test_what_comes_back_is_what_went_in(whole, tmp_path):
    assert (whole / "b.tar.zst").stat().st_mode & 0o777 == 0o600
    told = restore(whole / "b.tar.zst", tmp_path / "a")
    assert told == check(whole / "b.tar.zst")
    before, after = files(whole / "a"), files(tmp_path / "a")
    assert before.pop("ledger.db") is not None
    assert open_ledger(tmp_path / "a" / "ledger.db").log() == open_ledger(whole / "a" / "ledger.db").log()
    assert {name: body for name, body in after.items() if not name.startswith("ledger.db")} == {
        name: body for name, body in before.items() if not name.startswith("ledger.db")
    }


def test_an_atlas_that_is_built_meanwhile_is_not_backed_up(whole, tmp_path, run):
    with Atlas.open(shutil.copytree(whole / "a", tmp_path / "a"), "write"):
        done = run("backup", tmp_path / "b.tar.zst", atlas=tmp_path / "a")
    assert done.returncode == 2
    assert "is being written" in done.stderr
    assert not (tmp_path / "b.tar.zst").exists()


def test_a_restored_atlas_keeps_what_was_decided_since(whole, tmp_path):
    atlas = shutil.copytree(whole / "a", tmp_path / "a")
    decide(open_ledger(atlas / "ledger.db"), "apache-2.0")
    with pytest.raises(FiliationError, match="say --replace"):
        restore(whole / "b.tar.zst", atlas)
    restore(whole / "b.tar.zst", atlas, replace=True)
    assert [item.value for item in open_ledger(atlas / "ledger.db").overrides()] == ["apache-2.0"]
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


@pytest.mark.parametrize("share", [0, 0.3, 0.7, 0.999])
def test_half_a_backup_is_none(whole, tmp_path, share):
    content = (whole / "b.tar.zst").read_bytes()
    (tmp_path / "b.tar.zst").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(FiliationError, match="no whole backup"):
        restore(tmp_path / "b.tar.zst", tmp_path / "a")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda entries: entries[:-1], "ends early"),
        (lambda entries: entries[1:], "not as it was"),
        (lambda entries: [*entries, entries[0]], "more in it than it says"),
        (lambda entries: [(entries[0][0], b"x" + entries[0][1][1:]), *entries[1:]], "atlas.duckdb is not as it was"),
        (lambda entries: [(entries[0][0].replace(name="../out"), entries[0][1]), *entries[1:]], "no file of an atlas"),
        (lambda entries: [(entries[0][0].replace(name="/tmp/out"), entries[0][1]), *entries[1:]], "no file of an atlas"),  # noqa: S108  # is refused
        (lambda entries: [(entries[0][0].replace(name="a", deep=True), b""), *entries], "not as it was"),
        (lambda entries: [*entries[:-1], (entries[-1][0], b"{}")], "list of files cannot be read"),
        (lambda entries: [*entries[:-1], (entries[-1][0], later(entries[-1][1]))], "upgrade filiation"),
    ],
)
def test_a_changed_backup_is_refused_and_nothing_is_left(whole, tmp_path, change, said):
    with pytest.raises(FiliationError, match=said):
        restore(repacked(whole / "b.tar.zst", change), tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def later(contents):
    return msgspec.json.encode(msgspec.json.decode(contents) | {"schema_version": 999})


def test_the_verbs_say_what_they_kept(whole, tmp_path, run):
    backup = tmp_path / "b.tar.zst"
    for verb, words, where in (
        ("backup", (), whole / "a"),
        ("backup", ("--check",), None),
        ("restore", (), tmp_path / "again"),
    ):
        done = run(verb, backup, *words, "--json", atlas=where or tmp_path / "nowhere")
        assert (done.returncode, done.stderr) == (0, ""), done.stderr
        told = json.loads(done.stdout)
        schema = json.loads((SCHEMAS / f"{verb}.json").read_text(encoding="utf-8"))
        jsonschema.validate(told, schema)
        assert (told["has_ledger"], told["atlas"]) == (True, None if where is None else str(where))
    done = run("restore", backup, atlas=tmp_path / "again")
    assert done.returncode == 2
    assert "say --replace" in done.stderr


def test_an_atlas_that_is_none_has_no_backup(tmp_path):
    with pytest.raises(AtlasError, match="There is no atlas"):
        back_up(tmp_path, tmp_path / "b.tar.zst")
