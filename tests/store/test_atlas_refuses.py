"""An atlas that cannot be used says so in one sentence and exits with 2; what is readable stays readable."""

from __future__ import annotations

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time

import duckdb
import pytest

from filiation.store.atlas import DATABASE, SCHEMA_VERSION

BODIES = [{"id": "o/base", "pipeline_tag": "x"}, {"id": "o/child", "tags": ["base_model:o/base"]}]
DATABASE_VERBS = (("info",), ("stats",), ("show", "o/child"), ("build",))
HOLD = """
import sys
from pathlib import Path
from filiation.store.atlas import Atlas
with Atlas.open(Path(sys.argv[1]), "write"):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def atlas(tmp_path, dump, chart):
    return chart(tmp_path / "a", dump(tmp_path / "models.jsonl", BODIES))


def refused(done, *words):
    """One sentence on standard error, nothing else."""
    assert done.returncode == 2, done
    assert done.stdout == ""
    said = [line for line in done.stderr.splitlines() if not line.endswith(" ...")]
    assert len(said) == 1, done.stderr
    assert said[0].startswith("filiation: ")
    assert said[0].endswith(".")
    for word in (*words,):
        assert word in said[0]
    assert "unforeseen" not in said[0]


@pytest.mark.parametrize(("version", "words"), [(99, "newer"), (0, "older")])
def test_another_schema_version(atlas, run, version, words):
    with duckdb.connect(atlas / DATABASE) as con:
        con.execute("UPDATE atlas SET schema_version = ?", [version])
    for verb in (("info",), ("build",), ("chart", atlas.parent / "models.jsonl")):
        refused(run(*verb, atlas=atlas), words, f"schema {version}")


def test_an_older_atlas_is_brought_up_to_date_by_who_writes(atlas, run):
    with duckdb.connect(atlas / DATABASE) as con:
        for table in (
            "term",
            "override",
            "section",
            "score",
            "name_element",
            "name_convention",
            "prediction",
            "made_from",
            "document",
            "name_judgement",
        ):
            con.execute(f"DROP TABLE {table}")
        con.execute("ALTER TABLE finding DROP COLUMN details")
        con.execute("UPDATE atlas SET schema_version = 1")
    refused(run("info", atlas=atlas), "older", "filiation build")
    assert run("build", atlas=atlas).returncode == 0
    done = run("info", "--json", atlas=atlas)
    assert json.loads(done.stdout)["schema_version"] == SCHEMA_VERSION
    fresh = atlas.parent / "fresh"
    assert run("chart", atlas.parent / "models.jsonl", atlas=fresh).returncode == 0
    with duckdb.connect(fresh / DATABASE, read_only=True) as new, duckdb.connect(atlas / DATABASE, read_only=True) as old:
        query = "SELECT table_name, column_name, data_type FROM duckdb_columns() ORDER BY ALL"
        assert old.execute(query).fetchall() == new.execute(query).fetchall()


def test_a_database_that_is_no_atlas(tmp_path, run, dump):
    folder = tmp_path / "a"
    folder.mkdir()
    with duckdb.connect(folder / DATABASE) as con:
        con.execute("CREATE TABLE mine (x INTEGER)")
    source = dump(tmp_path / "models.jsonl", BODIES)
    for verb in (("info",), ("build",), ("chart", source)):
        refused(run(*verb, atlas=folder), "no atlas")
    with duckdb.connect(folder / DATABASE) as con:
        assert con.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("mine",)]


def test_no_atlas_at_all(tmp_path, run):
    for verb in (*DATABASE_VERBS, ("trace", "o/a"), ("impact", "o/a"), ("critical",), ("find", "a")):
        refused(run(*verb, atlas=tmp_path / "nothing"), "filiation chart SOURCE")
    assert not (tmp_path / "nothing").exists()
    file = tmp_path / "file"
    file.write_text("x")
    for verb in (("info",), ("trace", "o/a"), ("chart", tmp_path / "file")):
        refused(run(*verb, atlas=file))


@pytest.mark.parametrize("damage", ["zeros", "cut", "text"])
def test_a_damaged_database(atlas, run, damage):
    path = atlas / DATABASE
    data = path.read_bytes()
    path.write_bytes(
        {"zeros": b"\0" * len(data), "cut": data[: len(data) // 3], "text": b"Gutenberg" * 1000}[damage],
    )
    for verb in (("info",), ("build",)):
        refused(run(*verb, atlas=atlas), "damaged")


def test_damaged_arrays(atlas, run):
    (token,) = [path for path in (atlas / "lineage").iterdir() if path.is_dir()]
    for path in sorted(token.iterdir())[::4]:
        kept = path.read_bytes()
        path.write_bytes(kept[: len(kept) // 2])
        done = run("trace", "o/child", atlas=atlas)
        assert done.returncode == 2, path
        refused(done, "build --from lineage")
        path.write_bytes(kept)
    shutil.rmtree(token)
    refused(run("critical", atlas=atlas))
    assert run("build", "--from", "lineage", atlas=atlas).returncode == 0
    assert "o/base" in run("trace", "o/child", atlas=atlas).stdout


def without_override():
    """How to run without the right to write where the folder forbids it."""
    if os.geteuid():
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("root can write anywhere, and there is no setpriv to give that up")
    return ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")


def test_a_folder_that_may_only_be_read(atlas, run, tmp_path):
    under = without_override()
    source = tmp_path / "models.jsonl"
    paths = [atlas, *atlas.rglob("*")]
    for path in paths:
        path.chmod(path.stat().st_mode & ~0o222)
    try:
        for verb in (("build",), ("chart", source), ("trace", "o/child", "--as-of", "2024-01-01")):
            refused(run(*verb, atlas=atlas, under=under), "read-only")
        for verb in (("info",), ("stats",), ("show", "o/child"), ("trace", "o/child"), ("critical",)):
            done = run(*verb, atlas=atlas, under=under)
            assert done.returncode == 0, done.stderr
        refused(run("chart", source, atlas=atlas / "new", under=under))
    finally:
        for path in paths:
            path.chmod(path.stat().st_mode | 0o700)


def many(path, dump):
    return dump(
        path,
        (
            {"id": f"o/m{i}", "pipeline_tag": "x", "tags": [f"base_model:o/m{i * 7 // 8}"], "sha": f"{i**5:040x}"}
            for i in range(1, 15_000)
        ),
    )


@pytest.mark.parametrize("kilobytes", [100, 1_500, 2_500])
def test_files_that_may_grow_no_further(tmp_path, dump, run, kilobytes):
    source = many(tmp_path / "models.jsonl", dump)

    def limited():
        resource.setrlimit(resource.RLIMIT_FSIZE, (kilobytes << 10, kilobytes << 10))

    done = run("chart", source, atlas=tmp_path / "a", preexec_fn=limited)
    if done.returncode:
        refused(done, "full")
    again = run("chart", source, atlas=tmp_path / "a")
    assert again.returncode == 0, again.stderr
    assert "8 ancestors" in run("trace", "o/m8", atlas=tmp_path / "a").stdout


@pytest.fixture
def small_disk(tmp_path):
    """A disk that one can make larger."""
    place = tmp_path / "disk"
    place.mkdir()

    def size(kilobytes: int, *, again: bool = False) -> bool:
        option = f"{'remount,' if again else ''}size={kilobytes}k"
        words = ["mount", "-o", option, str(place)] if again else ["mount", "-t", "tmpfs", "-o", option, "tmpfs", str(place)]
        return subprocess.run(words, capture_output=True, check=False).returncode == 0

    if os.geteuid() or not size(100):
        pytest.skip("only root may mount a small disk")
    yield place, size
    subprocess.run(["umount", str(place)], check=True)


@pytest.mark.parametrize("kilobytes", [200, 2_000, 3_000, 4_000, 5_000])
def test_a_full_disk(tmp_path, dump, run, small_disk, kilobytes):
    source = many(tmp_path / "models.jsonl", dump)
    place, size = small_disk
    assert size(kilobytes, again=True)
    atlas = place / "a"
    done = run("chart", source, atlas=atlas)
    if done.returncode:
        refused(done, "full", "nothing was lost")
        assert run("info", atlas=atlas).returncode == (0 if (atlas / DATABASE).exists() else 2)
    assert size(100_000, again=True)
    again = run("chart", source, atlas=atlas)
    assert again.returncode == 0, again.stderr
    assert "m8" in run("find", "m8", atlas=atlas).stdout


def test_two_processes_at_one_atlas(atlas, run, tmp_path):
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(atlas)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as holder:
        assert holder.stdout.readline() == "held\n"
        for verb in (*DATABASE_VERBS, ("chart", tmp_path / "models.jsonl"), ("trace", "o/child", "--as-of", "2024-01-01")):
            refused(run(*verb, atlas=atlas), "is being written by", str(holder.pid), "try again")
        for verb in (("trace", "o/child"), ("impact", "o/base"), ("critical",), ("find", "child")):
            assert run(*verb, atlas=atlas).returncode == 0
        holder.stdin.close()
    assert run("build", atlas=atlas).returncode == 0


def test_an_interrupt_is_a_sentence_and_leaves_the_atlas_whole(tmp_path, command, run, dump):
    source = dump(tmp_path / "models.jsonl", ({"id": f"o/m{i}", "pipeline_tag": "x"} for i in range(300_000)))
    with subprocess.Popen(
        [*command, "chart", str(source), "--atlas", str(tmp_path / "a")],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509  # background jobs ignore it
    ) as child:  # fmt: skip
        while not (tmp_path / "a" / DATABASE).exists():
            time.sleep(0.001)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        _, said = child.communicate(timeout=60)
    assert child.returncode == 130, said
    assert said.splitlines()[-1] == "Stopped; what was finished is kept."
    assert "Traceback" not in said
    assert run("info", atlas=tmp_path / "a").returncode == 0
