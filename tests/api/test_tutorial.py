"""The tutorial of the documentation."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOTEBOOK = json.loads((ROOT / "docs" / "tutorial.ipynb").read_text(encoding="utf-8"))


def test_the_page_is_what_the_notebook_says(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "scripts")
    import make_tutorial

    assert make_tutorial.page(NOTEBOOK) == make_tutorial.PAGE.read_text(encoding="utf-8")


def test_every_cell_was_run():
    cells = [cell for cell in NOTEBOOK["cells"] if cell["cell_type"] == "code"]
    assert len(cells) > 10
    assert not [cell["source"] for cell in cells if not cell["outputs"]]


def test_every_cell_runs(demo, tmp_path, monkeypatch):
    pytest.importorskip("polars")
    (tmp_path / "demo.atlas").symlink_to(demo.atlas)
    monkeypatch.chdir(tmp_path)
    told = []
    monkeypatch.setattr(sys, "displayhook", told.append)
    known: dict[str, object] = {}
    for cell in NOTEBOOK["cells"]:
        if cell["cell_type"] == "code":
            *steps, last = ast.parse(cell["source"]).body
            exec(compile(ast.Module(steps, []), "cell", "exec"), known)  # noqa: S102  # our own
            told_last = ast.Interactive([last])
            exec(compile(told_last, "cell", "single"), known)  # noqa: S102  # likewise
    assert len(told) > 10
