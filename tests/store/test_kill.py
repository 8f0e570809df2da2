"""A chart killed at any moment leaves an atlas that opens, and the same command then ends as if nothing had been."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from filiation.store.atlas import DATABASE

RECORDS = 10_000
SHARES = [0.2, 0.5, 0.8]
AT = ("--at", "2024-07-11T12:00:00")
TABLES = {
    "record": "SELECT * EXCLUDE (snapshot_id) FROM record ORDER BY record_id",
    "claim": "SELECT * EXCLUDE (claim_id) FROM claim ORDER BY ALL",
    "node": "SELECT * FROM node ORDER BY node_id",
    "edge": "SELECT * FROM edge ORDER BY edge_id",
    "reference": "SELECT record_id, predicate, pointer, child, parent, how FROM reference"
    " JOIN claim USING (claim_id) ORDER BY ALL",
    "finding": "SELECT * FROM finding ORDER BY ALL",
}


@pytest.fixture(scope="module")
def source(tmp_path_factory, dump) -> Path:
    def body(i: int) -> dict:
        parents = {(i * 7) // 8, i // 2} - {i} | ({i, i + 3} if i % 1000 == 0 else set())
        tags = [*(f"base_model:o/m{parent}" for parent in sorted(parents)), f"dataset:o/d{i % 50}", "license:mit"]
        return {"_id": f"{i:024x}", "id": f"o/m{i}", "downloads": i, "tags": tags, "pipeline_tag": "x"}

    return dump(tmp_path_factory.mktemp("source") / "models.jsonl", map(body, range(RECORDS)))


def content(rows, atlas: Path) -> dict[str, object]:
    """Return all that the atlas holds: tables, and the arrays that readers see."""
    (token,) = [path for path in (atlas / "lineage").iterdir() if path.is_dir()]
    arrays = {path.name: np.load(path).tobytes() for path in token.glob("*.npy")}
    return {name: rows(atlas, query) for name, query in TABLES.items()} | arrays


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, source, run, rows) -> tuple[dict[str, object], float]:
    """What an undisturbed run makes, and how long it takes once everything is compiled."""
    folder = tmp_path_factory.mktemp("undisturbed")
    for name in ("first", "second"):
        clock = time.perf_counter()
        done = run("chart", source, *AT, atlas=folder / name)
        seconds = time.perf_counter() - clock
        assert done.returncode == 0, done.stderr
    first, second = (content(rows, folder / name) for name in ("first", "second"))
    assert first == second
    return first, seconds


def killed(command, source: Path, atlas: Path, when) -> bool:
    """Start a chart and kill it when `when` returns true; return whether it was still at work."""
    words = [*command, "chart", str(source), *AT, "--atlas", str(atlas)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as child:
        clock = time.perf_counter()
        while child.poll() is None and not when(time.perf_counter() - clock):
            time.sleep(0.0005)
        child.send_signal(signal.SIGKILL)
        return child.wait() == -signal.SIGKILL


def continues(run, rows, source: Path, atlas: Path, wanted: dict[str, object]) -> None:
    if (atlas / DATABASE).exists():
        done = run("info", "--json", atlas=atlas)
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["tables"]["record"] in (0, RECORDS)
    if (atlas / "lineage" / "CURRENT").exists():
        assert run("trace", "o/m9", atlas=atlas).returncode == 0
    done = run("chart", source, *AT, atlas=atlas)
    assert done.returncode == 0, done.stderr
    found = content(rows, atlas)
    assert found.keys() == wanted.keys()
    for name, value in wanted.items():
        assert found[name] == value, name
    assert "m77" in run("find", "m77", atlas=atlas).stdout


@pytest.mark.parametrize("share", SHARES)
def test_killed_at_any_moment(tmp_path, command, run, rows, source, undisturbed, share):
    wanted, seconds = undisturbed
    killed(command, source, tmp_path / "a", lambda passed: passed > share * seconds)
    continues(run, rows, source, tmp_path / "a", wanted)


@pytest.mark.parametrize(
    "pattern", [f"{DATABASE}.new", DATABASE, f"{DATABASE}.wal", "lineage/*.partial", "lineage/CURRENT", "search/*"]
)
def test_killed_when_a_file_comes_to_be(tmp_path, command, run, rows, source, undisturbed, pattern):
    atlas = tmp_path / "a"

    def is_there(_: float) -> bool:
        with contextlib.suppress(OSError):
            return any(atlas.glob(pattern))
        return False

    killed(command, source, atlas, is_there)
    continues(run, rows, source, atlas, undisturbed[0])


def test_killed_again_and_again(tmp_path, command, run, rows, source, undisturbed):
    wanted, seconds = undisturbed
    for share in (0.3, 0.5, 0.7, 0.9):
        killed(command, source, tmp_path / "a", lambda passed, share=share: passed > share * seconds)
    continues(run, rows, source, tmp_path / "a", wanted)
