"""Applications at the end of the chain, which change nothing about it."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from filiation.cli.applying import named_tree, observe_applications
from filiation.core.errors import SourceError, UnknownRefError
from filiation.core.record import ReadOptions, Skipped
from filiation.core.ref import Kind, Ref
from filiation.lineage.applications import (
    find_application,
    load_applications,
    standing_on,
    trace_application,
    with_applications,
)
from filiation.lineage.arrays import Lineage
from filiation.lineage.questions import trace
from filiation.pipeline import build, observe, token_as_of
from filiation.registry import source_for
from filiation.registry.application import SOURCE, name_of
from filiation.store.atlas import Atlas
from filiation.uses import find

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FIRST, SECOND = (datetime(2024, 7, day) for day in (9, 11))  # noqa: DTZ001  # the atlas keeps naive UTC
SPARED = ("names", "predict", "audit", "search")
MODELS = [
    {"id": "o/base", "tags": ["license:gpl-3.0"]},
    {"id": "o/m", "tags": ["base_model:o/base", "license:mit", "dataset:o/d"], "downloads": 3},
    {"id": "o/other", "tags": []},
]
PROGRAM = f'from_pretrained("o/m", revision="{COMMIT}")\nfrom_pretrained("o/absent")\nload_dataset("O/D")\nfrom_pretrained(x)\n'


def silent(*_: object) -> None:
    pass


def charted(atlas: Path, dump: Path, *trees: str) -> Path:
    with Atlas.open(atlas, "create") as opened:
        observe(opened, [dump], FIRST, Kind.MODEL, silent)
        observe_applications(opened, trees, SECOND, silent)
        build(opened, silent, without=SPARED)
    return atlas


@pytest.fixture(scope="module")
def made(tmp_path_factory, dump):
    """An atlas with an application and one without, of the same models; and the tree."""
    folder = tmp_path_factory.mktemp("applications")
    (folder / "app").mkdir()
    (folder / "app" / "main.py").write_text(PROGRAM, encoding="utf-8")
    models = dump(folder / "models.jsonl", MODELS)
    tree = folder / "app"
    return charted(folder / "with", models, f"mine={tree}"), charted(folder / "without", models), tree


def test_what_an_application_stands_on(made):
    atlas, _, _ = made
    lineage = Lineage.load(atlas)
    (application,) = load_applications(atlas)
    said = {(used.ref, used.revision, used.basis, used.place) for used in application.uses}
    assert said == {
        ("model:o/m", COMMIT, "stated", "main.py:1"),
        ("model:o/absent", None, "stated", "main.py:2"),
        ("dataset:o/d", None, "stated", "main.py:3"),
    }
    answer = trace_application(lineage, application)
    assert [(node.ref, node.depth, node.state) for node in answer.nodes] == [
        ("dataset:o/d", 1, "missing"),
        ("model:o/absent", 1, "missing"),
        ("model:o/m", 1, None),
        ("model:o/base", 2, None),
    ]
    assert [edge.parent for edge in answer.edges if edge.relation == "uses" and edge.child == "application:mine"] == [
        used.ref for used in application.uses
    ]
    assert [node.ref for node in trace_application(lineage, application, 1).nodes if node.depth > 1] == []
    with pytest.raises(UnknownRefError, match="mine"):
        find_application([application], "application:other")


def test_whom_a_model_reaches(made):
    atlas, _, _ = made
    lineage, known = Lineage.load(atlas), load_applications(atlas)
    reached = {name: standing_on(lineage, known, lineage.find(Ref(Kind.MODEL, name))) for name in ("o/base", "o/m", "o/other")}
    assert [(item.name, item.through, item.depth) for item in reached["o/base"]] == [("mine", ["model:o/m"], 2)]
    assert [item.depth for item in reached["o/m"]] == [1]
    assert reached["o/other"] == []
    down = trace(lineage, lineage.find(Ref(Kind.MODEL, "o/base")), "down")
    seen = with_applications(down, known, None)
    assert (seen.nodes[-1].ref, seen.nodes[-1].depth, seen.total) == ("application:mine", 2, down.total + 1)
    assert with_applications(down, known, 1) == down


def test_an_application_changes_nothing_about_the_models(made, rows):
    atlas, plain, _ = made
    one, other = Lineage.load(atlas), Lineage.load(plain)
    assert one.summary == other.summary
    for (name, array), (_, twin) in zip(one._arrays(), other._arrays(), strict=True):
        assert np.array_equal(array, twin, equal_nan=array.dtype.kind == "f"), name
    for table in ("node", "edge", "term", "reference"):
        columns = {"node": "* EXCLUDE (record_id)", "reference": "child, parent, how"}.get(table, "*")
        assert rows(atlas, f"SELECT {columns} FROM {table}") == rows(plain, f"SELECT {columns} FROM {table}"), table


def test_as_of_a_day_before_there_is_none(made):
    atlas, _, _ = made
    with Atlas.open(atlas, "write") as opened:
        before, after = token_as_of(opened, FIRST), token_as_of(opened, SECOND)
    assert load_applications(atlas, before) == []
    assert len(load_applications(atlas, after)) == 1


def test_charting_the_same_tree_again_adds_nothing(made, rows):
    atlas, _, tree = made
    with Atlas.open(atlas, "write") as opened:
        (again,), _ = observe_applications(opened, [f"mine={tree}"], SECOND, silent)
    assert (again.seen, again.added, again.unchanged) == (1, 0, 1)
    assert rows(atlas, "SELECT count(*) FROM node WHERE registry = 'application'") == [(0,)]


def test_a_saved_answer_is_a_source(tmp_path, run, made):
    _, _, tree = made
    path = tmp_path / "saved.json"
    path.write_text(run("uses", tree, "--json").stdout, encoding="utf-8")
    assert source_for(path) is SOURCE
    assert find(path) == find(tree)
    (batch,) = SOURCE.read(path, ReadOptions())
    (row,) = batch.table.to_pylist()
    told = json.loads(json.loads(row["files"])["uses.json"])
    assert (batch.registry, json.loads(row["body"])["id"], told["unresolved"], told["seen"]) == ("application", "app", 1, False)
    assert [item["ref"] for item in told["uses"]] == ["model:o/m", "model:o/absent", "dataset:O/D"]


@pytest.mark.parametrize(
    "text",
    ['{"schema": "filiation/uses/v1", "uses": [{"ref": "../x"}, 3, {"ref": "a:b:c:d"}]}', '{"schema": "filiation/uses/v1"'],
)
def test_a_damaged_answer_is_read_or_said(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    assert SOURCE.recognises(path)
    assert any(isinstance(item, Skipped) for item in SOURCE.read(path, ReadOptions()))
    with pytest.raises(SourceError, match="no whole answer"):
        find(path)


@pytest.mark.parametrize(("path", "name"), [("a/my app", "my-app"), ("..", None), ("/x/y.py", "y.py"), ("///", "application")])
def test_an_application_has_a_name(path, name):
    assert name_of(path) == (name or name_of(str(Path(path).resolve())))


def test_a_tree_may_be_named(tmp_path):
    (tmp_path / "a=b").mkdir()
    assert named_tree(f"mine={tmp_path}") == ("mine", tmp_path)
    assert named_tree(str(tmp_path / "a=b")) == ("a-b", tmp_path / "a=b")
