"""Marks of applications around the map."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiation.layout.previous import FILE, Layout
from filiation.layout.shore import APART, AWAY, MAX_USES, RADIUS, berths, shore
from filiation.layout.write import current
from filiation.lineage.applications import Application, Used, load_applications
from filiation.lineage.arrays import FOLDER, NULL, Lineage, current_token

MODELS = [{"id": "o/base"}, *({"id": f"o/m{i}", "tags": ["base_model:o/base"]} for i in range(5))]


def told(name: str, *refs: str) -> dict:
    uses = [{"ref": ref, "confidence": 0.9, "file": "a.py", "line": 1} for ref in refs]
    return {"schema": "filiation/uses/v1", "path": name, "uses": uses}


@pytest.fixture(scope="module")
def pair(tmp_path_factory, dump, chart) -> tuple[Path, Path]:
    """The same registry charted without and with an application."""
    folder = tmp_path_factory.mktemp("shore")
    models = dump(folder / "models.jsonl", MODELS)
    uses = dump(folder / "uses.json", [told("shop", "model:o/m1", "model:o/m2", "model:no/body")])
    return chart(folder / "without", models, draw=True), chart(folder / "with", models, uses, draw=True)


def files(atlas: Path) -> dict[str, bytes]:
    """Return the files of lineage and map, by path without the token."""
    lineage, drawn = atlas / FOLDER / current_token(atlas), current(atlas)
    found = {f"lineage/{path.name}": path.read_bytes() for path in lineage.iterdir()}
    for path in (drawn / "tiles").rglob("*.arrow"):
        found[str(path.relative_to(drawn))] = path.read_bytes()
    return found


def test_nothing_of_lineage_or_map_changes_by_an_application(pair):
    without, with_one = map(files, pair)
    assert set(with_one) - set(without) == {"lineage/applications.json"}
    kept = [name for name in without if not name.endswith(("meta.json", "lineage.json"))]
    assert len(kept) > 10
    assert [name for name in kept if without[name] != with_one[name]] == []
    first, second = (json.loads((current(atlas) / "manifest.json").read_text()) | {"token": ""} for atlas in pair)
    assert first == second


def test_a_mark_and_the_circles_of_what_it_uses(pair):
    atlas = pair[1]
    token = current_token(atlas)
    lineage, layout = Lineage.load(atlas, token), Layout.load(current(atlas) / FILE)
    found = shore(load_applications(atlas, token), lineage, (layout.x, layout.y, layout.r))
    (mark,) = found.applications
    assert (found.total, mark.name, mark.total, mark.r) == (1, "shop", 3, RADIUS)
    uses = {use.ref: use for use in mark.uses}
    assert uses["model:no/body"].node is None
    assert (uses["model:no/body"].state, uses["model:no/body"].x) == ("unknown", None)
    one = uses["model:o/m1"]
    assert (one.x, one.y, one.r) == tuple(float(column[one.node]) for column in (layout.x, layout.y, layout.r))
    assert (one.state, one.is_sure, one.place) == ("present", True, "a.py:1")
    bare = shore(load_applications(atlas, token), lineage, None).applications[0]
    assert all(use.x is None for use in bare.uses)


def test_many_uses_are_counted_and_the_surest_told(pair):
    lineage = Lineage.load(pair[1], current_token(pair[1]))
    uses = [Used(f"model:o/x{i}", NULL, None, "stated", 0.9, "a.py") for i in range(MAX_USES + 7)]
    (mark,) = shore([Application("big", "2024-01-01T00:00:00", uses)], lineage, None).applications
    assert (len(mark.uses), mark.total) == (MAX_USES, MAX_USES + 7)
    assert shore([], lineage, None).applications == []


@given(st.lists(st.floats(0, 0.999), max_size=150))
def test_no_two_marks_touch_and_all_stand_outside_the_square(wanted):
    places, radius = berths(wanted)
    assert len(places) == len(wanted)
    for x, y in places:
        assert max(abs(x - 0.5), abs(y - 0.5)) == pytest.approx(0.5 + AWAY)
    # Around a corner the way along the frame is longer than the straight one, by no more than the square root of two.
    least = min((max(abs(a[0] - b[0]), abs(a[1] - b[1])) for a, b in combinations(places, 2)), default=1.0)
    assert least >= APART * radius / 2 - 1e-9


def test_a_newcomer_moves_nobody_and_the_nearest_side_is_taken():
    before, _ = berths([0.1, 0.1, 0.5])
    after, _ = berths([0.1, 0.1, 0.5, 0.1])
    assert after[:3] == before
    top, right, bottom, left = (berths([at])[0][0] for at in (0.125, 0.375, 0.625, 0.875))
    assert (top[1], right[0], bottom[1], left[0]) == pytest.approx((-AWAY, 1 + AWAY, 1 + AWAY, -AWAY))
