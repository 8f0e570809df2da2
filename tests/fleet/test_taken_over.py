"""An atlas whose heavy work was done beforehand is the atlas that did it all by itself."""

from __future__ import annotations

import json
import shutil
from datetime import datetime
from pathlib import Path

import duckdb
import numpy as np
import pytest
from click.testing import CliRunner
from made_engine import Here
from made_family import fresh, tuned
from safetensors.numpy import save_file

from filiation.checks.run import run as run_checks
from filiation.cli import filiation
from filiation.core.errors import AtlasError, FiliationError
from filiation.core.record import ReadOptions
from filiation.extract import reading
from filiation.fleet import answers
from filiation.fleet.tasks import Asked, names
from filiation.lineage import reading_headers, reading_scans
from filiation.lineage.arrays import Lineage
from filiation.lineage.reading_scans import observe_scans
from filiation.lineage.weighing import SKETCHES
from filiation.pipeline import SPARED, build, observe
from filiation.registry import places
from filiation.store.atlas import Atlas
from filiation.store.parts import FOLDER
from filiation.weights import kept_sketches
from filiation.weights.kept_sketches import keep_sketches
from filiation.weights.sketch_folder import SketchFolder

NOON = datetime(2024, 7, 11, 12)  # noqa: DTZ001  # the atlas keeps naive UTC

SHAPES = {"self_attn.q_proj": (48, 48), "mlp.up_proj": (128, 48)}
CARD = "---\nlicense: mit\n---\n# {0}\n\nThis model is a fine-tuned version of [o/base](https://huggingface.co/o/base).\n"
LEFT_OUT = {"stage_run", "snapshot", "atlas"}
"""Tables that tell of times, not of models."""


def quiet(*_: object) -> None:
    pass


@pytest.fixture(scope="module")
def models(tmp_path_factory) -> Path:
    """A root, what was trained of it, a stranger, a hostile model, a broken one, and one without weights."""
    top = tmp_path_factory.mktemp("models")
    base = fresh(1, 128, SHAPES, "f")
    held = {
        "base": base,
        "tuned": tuned(base, 2, 0.1),
        "stranger": fresh(9, 128, SHAPES, "f"),
        "bad": {},
        "broken": {},
        "bare": {},
    }
    for name, weights in held.items():
        folder = top / "o" / name
        folder.mkdir(parents=True)
        (folder / "README.md").write_text(CARD.format(name))
        (folder / "config.json").write_text("{}")
        if weights:
            save_file(weights, folder / "model.safetensors")
    (top / "o" / "bad" / "model.pkl").write_bytes(b"cos\nsystem\n(S'true'\ntR.")
    (top / "o" / "broken" / "model.safetensors").write_bytes(b"\xff" * 100)
    return top


def contents(atlas: Path) -> dict[str, list[tuple]]:
    """Return the rows of each table, those of an atlas's own numbering without their numbers."""
    con = duckdb.connect(str(atlas / "atlas.duckdb"), read_only=True)
    found = {}
    for (table,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        columns = [row[0] for row in con.execute(f"DESCRIBE {table}").fetchall()]
        kept = [name for name in columns if name not in {"claim_id", "record_id", "snapshot_id", "seen_at"}]
        if table not in LEFT_OUT and kept:
            found[table] = sorted(set(map(str, con.execute(f"SELECT {', '.join(kept)} FROM {table}").fetchall())))
    con.close()
    return found


def charted(atlas: Path, models: Path) -> dict[str, list[tuple]]:
    """Do what `chart --weights --scan` does, but for asking who descends from whom; return all rows and all sketches."""
    with Atlas.open(atlas, "create") as opened:
        observe(opened, [models], NOON, None, quiet)
        kept = keep_sketches(places(models, ReadOptions()), atlas / SKETCHES, 1.0, made=atlas / FOLDER)
        observe_scans(opened, models, NOON, None, quiet)
        build(opened, quiet, without=SPARED)
    assert (kept.sketched, len(kept.skipped)) == (3, 1)
    return contents(atlas) | {"sketches": [tuple(line) for line in SketchFolder(atlas / SKETCHES).lines()]}


@pytest.fixture(scope="module")
def alone(models, tmp_path_factory):
    return charted(tmp_path_factory.mktemp("alone") / "a", models)


def forbidden(*_: object, **__: object) -> None:
    raise AssertionError("this was done already")


def test_an_atlas_takes_over_all_that_was_done(models, alone, tmp_path, monkeypatch):
    elsewhere, atlas = tmp_path / "parts", tmp_path / "a"
    for task in ("headers", "scan", "sketches"):
        answer = answers.ran(task, Asked(atlas, (models,)), Here(), elsewhere, quiet)
        assert (answer.ran.keys, answer.ran.skipped) == {"headers": (4, 1), "scan": (6, 0), "sketches": (4, 1)}[task]
    with Atlas.open(atlas, "create") as opened:
        observe(opened, [models], NOON, None, quiet)
    cards = answers.ran("cards", Asked(atlas), Here(), elsewhere, quiet)
    assert cards.ran.done >= 6
    merged = answers.merged(elsewhere, atlas / FOLDER)
    assert (merged.taken, merged.known, merged.stale) == (4, 0, ())
    assert answers.merged(elsewhere, atlas / FOLDER).taken == 0
    monkeypatch.setattr(reading_headers, "headers_text", forbidden)
    monkeypatch.setattr(reading_scans, "scanned", forbidden)
    monkeypatch.setattr(kept_sketches, "sketch_of", forbidden)
    monkeypatch.setattr(reading, "_reading", lambda row: forbidden() if "README" in row[-1] else original(row))
    found = charted(atlas, models)
    assert found.keys() == alone.keys()
    for table, rows in alone.items():
        assert found[table] == rows, table
    with Atlas.open(atlas, "write") as opened, opened.transaction() as con:
        assert run_checks(con, Lineage.load(atlas), ["hostile-content"]) >= 1
        found = con.execute("SELECT name, message FROM finding JOIN node USING (node_id) WHERE check_name = 'hostile-content'")
        [(name, message)] = found.fetchall()
    assert name == "o/bad"
    assert "model.pkl" in message


original = reading._reading


def test_files_that_changed_are_looked_at_again(models, tmp_path):
    copy = shutil.copytree(models, tmp_path / "m")
    asked = Asked(tmp_path / "a", (copy,))
    assert answers.ran("headers", asked, Here(), tmp_path / "p", quiet).ran.done == 4
    save_file({"x.weight": np.ones((4, 4), np.float32)}, copy / "o" / "base" / "model.safetensors")
    assert answers.ran("headers", asked, Here(), tmp_path / "p", quiet).ran.done == 1
    assert answers.ran("scan", asked, Here(), tmp_path / "p", quiet).ran.done == 6


def test_a_machine_that_does_not_see_the_files_says_so(models, tmp_path):
    copy = shutil.copytree(models, tmp_path / "m")

    class Elsewhere(Here):
        def start(self, order):
            shutil.rmtree(copy, ignore_errors=True)
            super().start(order)

    with pytest.raises(FiliationError, match="does not see"):
        answers.ran("headers", Asked(tmp_path / "a", (copy,)), Elsewhere(), tmp_path / "p", quiet)


def test_what_is_asked_wrongly_is_said(models, tmp_path):
    with pytest.raises(FiliationError, match="name one of cards, headers, scan, sketches"):
        answers.ran("nothing", Asked(tmp_path), Here(), tmp_path, quiet)
    with pytest.raises(FiliationError, match="Name the folders"):
        answers.ran("scan", Asked(tmp_path), Here(), tmp_path, quiet)
    with pytest.raises(FiliationError, match="leave the source out"):
        answers.ran("cards", Asked(tmp_path, (models,)), Here(), tmp_path, quiet)
    with pytest.raises(FiliationError, match="holds no parts"):
        answers.merged(tmp_path, tmp_path / "x")
    folder = tmp_path / "headers" / ("0" * 12)
    folder.mkdir(parents=True)
    (folder / f"{'a' * 32}.parquet").write_bytes(b"PAR1 no PAR1")
    with pytest.raises(AtlasError, match="delete it"):
        answers.listed(tmp_path)


def test_every_task_has_its_page():
    page = Path(__file__).parents[2] / "docs" / "fleet.md"
    assert [name for name in names() if f"`{name}`" not in page.read_text(encoding="utf-8")] == []


def test_the_verbs_answer(models, tmp_path):
    def asked(*words: object) -> dict:
        done = CliRunner().invoke(
            filiation, [*map(str, words), "--atlas", str(tmp_path / "a"), "--json"], standalone_mode=False
        )
        assert done.exception is None, done.output
        return json.loads(done.stdout)

    assert asked("fleet", "list") == {"schema": "filiation/fleet-list/v1", "folder": str(tmp_path / "a/fleet"), "kept": []}
    made = asked("fleet", "run", "headers", models, "--workers", 1)
    assert (made["task"], made["engine"], made["ran"]["done"], made["ran"]["skipped"]) == ("headers", "processes", 4, 1)
    [kept] = asked("fleet", "list")["kept"]
    assert (kept["task"], kept["current"], kept["keys"], kept["skipped"]) == ("headers", True, 4, 1)
    assert asked("fleet", "merge", tmp_path / "a")["known"] == 1
