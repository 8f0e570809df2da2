"""A region of the map in a notebook."""

from __future__ import annotations

from xml.etree import ElementTree

import numpy as np
import pytest

from filiation.api.drawing import drawing
from filiation.api.region import View, bounded


def test_a_family_is_in_front_of_which_one_stands(small):
    region = small.map("o/child")
    refs = region.nodes.to_arrow().column("ref").to_pylist()
    assert {"model:o/base", "model:o/child", "model:o/child-GGUF"} <= set(refs)
    rows = {row["ref"]: row for row in region.nodes.to_arrow().to_pylist()}
    assert rows["model:o/base"]["relation"] is None
    assert rows["model:o/child-GGUF"]["relation"] == "quantized"
    assert rows["model:o/base"]["x"] == pytest.approx(0.5)
    assert rows["model:o/base"]["r"] == pytest.approx(0.5 / 1.15)


def test_what_holds_others_is_painted_first(small):
    circles = small.map().circles()
    assert np.all(np.diff(circles.r) <= 0)
    assert len(small.map().circles(2).node) == 2


def test_the_drawing_is_sound_and_holds_no_markup_of_strangers(small, monkeypatch, tmp_path):
    region = small.map("o/base")
    monkeypatch.setattr(region, "refs", lambda nodes: ["model:o/<script>\x00&\u202e" for _ in nodes])
    root = ElementTree.fromstring(drawing(region, 300))  # noqa: S314  # our own
    titles = [title.text for title in root.iter("{http://www.w3.org/2000/svg}title")]
    assert "model:o/<script>\N{REPLACEMENT CHARACTER}&\N{REPLACEMENT CHARACTER}" in titles
    assert not list(root.iter("{http://www.w3.org/2000/svg}script"))
    region.save(tmp_path / "map.svg")
    assert (tmp_path / "map.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("view", [(2.0, -1.0, 9.0), (float("nan"), 0.5, float("inf")), (0.5, 0.5, 0.0)])
def test_a_view_stays_on_the_map(view):
    x, y, width = bounded(View(*view))
    assert 0 <= x <= 1
    assert 0 <= y <= 1
    assert 0 < width <= 1


def test_a_widget_shows_what_it_is_moved_to(small):
    pytest.importorskip("anywidget")
    widget = small.map("o/child").widget()
    before = widget._circles
    assert len(before) == 12 * len(widget._refs) == 12 * len(widget._relations)
    widget.view = [0.5, 0.5, 1.0]
    assert widget.region.view == (0.5, 0.5, 1.0) == tuple(widget._drawn)
    assert "model:o/alone" in widget._refs
    data, _ = widget._repr_mimebundle_()
    assert data["image/svg+xml"].startswith("<svg")
    assert "application/vnd.jupyter.widget-view+json" in data
    widget.close()
