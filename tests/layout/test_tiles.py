from __future__ import annotations

import json

import numpy as np
import pyarrow as pa

from filiation.layout import quadtree
from filiation.layout.layout import lay_out
from filiation.layout.tiles import write_tiles
from filiation.layout.traits import OTHER, UNDECLARED, WORDS, coded
from filiation.layout.write import current, draw, publish, standing
from filiation.lineage.arrays import NULL

SCHEMA = {
    "id": "uint32", "x": "float", "y": "float", "r": "float", "parent": "int32", "relation": "uint8", "basis": "uint8",
    "confidence": "uint8", "kind": "uint8", "state": "uint8", "task": "uint8", "library": "uint8", "license": "uint8",
    "month": "uint16", "downloads": "uint8", "descendants": "uint8", "documented": "uint8",
    "defects": "uint8", "conflict": "uint8", "label": "string",
}  # fmt: skip


def test_every_circle_stands_in_one_tile_where_it_can_be_seen(make, grow, tmp_path, monkeypatch):
    lineage, traits = make(**grow(1500, 5))
    layout = lay_out(lineage, traits, "t")
    write_tiles(lineage, traits, layout, tmp_path)
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    seen = np.zeros(1500, int)
    for level, column, row, rows, size in manifest["tiles"]:
        path = tmp_path / "tiles" / str(level) / str(column) / f"{row}.arrow"
        table = pa.ipc.open_file(path).read_all()
        assert {field.name: str(field.type) for field in table.schema} == SCHEMA
        assert (len(table), path.stat().st_size) == (rows, size)
        node = table["id"].to_numpy()
        seen[node] += 1
        side = 2**level
        for name, origin in (("x", column), ("y", row)):
            assert np.allclose((table[name].to_numpy() + origin) / side, getattr(layout, name)[node], atol=1e-7)
            assert ((table[name].to_numpy() >= 0) & (table[name].to_numpy() <= 1)).all()
        assert np.allclose(table["r"].to_numpy() / side, layout.r[node], rtol=1e-6)
        assert (table["r"].to_numpy() * 512 >= 0.499).all()
        assert (np.diff(table["r"].to_numpy()) <= 0).all()
        assert np.array_equal(table["relation"].to_numpy() == 255, layout.parent[node] < 0)
        named = [(n, label) for n, label in zip(node, table["label"].to_pylist(), strict=True) if label]
        assert named
        assert all(lineage.name(int(n)) == label for n, label in named)
    assert (seen == 1).all()
    assert manifest["nodes"] == 1500
    assert manifest["levels"] == 1 + max(tile[0] for tile in manifest["tiles"])


def test_full_tiles_pass_the_least_important_down_and_never_a_child_above_its_parent(make, grow):
    layout = lay_out(*make(**grow(3000, 6)), "t")
    order = np.arange(3000)
    level = quadtree.assign(order, layout.x, layout.y, np.maximum(layout.r, 0.001), layout.parent, np.full(3000, -1.0))
    inner = layout.parent >= 0
    assert (level[inner] >= level[layout.parent[inner]]).all()
    assert (level < 255).all()


def test_no_tile_holds_more_than_its_share():
    rng = np.random.default_rng(0)
    n = 60_000
    x, y = rng.random(n), rng.random(n)
    level = quadtree.assign(np.arange(n), x, y, np.full(n, 0.01), np.full(n, -1, np.int32), np.full(n, -1.0))
    for depth in range(level.max() + 1):
        here = level == depth
        tile = (x[here] * 2**depth).astype(int) * 2**depth + (y[here] * 2**depth).astype(int)
        assert np.bincount(tile).max() <= quadtree.TILE_ROWS
    assert (np.flatnonzero(level == 0) == np.arange(quadtree.TILE_ROWS)).all()


def test_a_level_shows_the_same_share_of_the_sea_everywhere():
    rng = np.random.default_rng(0)
    n = 80_000
    x, y, lot = rng.random((3, n))
    x[: n // 2] *= 0.3  # denser on one side
    level = quadtree.assign(np.arange(n), x, y, np.full(n, 0.01), np.full(n, -1, np.int32), lot)
    first = level == 0
    assert first.sum() > 0.95 * quadtree.TILE_ROWS
    assert lot[first].max() < 0.11
    second = level == 1
    dense = x < 0.3
    assert abs(second[dense].mean() - second[~dense].mean()) < 0.05


def test_an_empty_registry_has_an_empty_map(make, tmp_path):
    summary = draw(*make(0), tmp_path, "t", None, "downloads", {})
    assert (summary.nodes, summary.tiles, summary.levels) == (0, 0, 0)


def test_words_come_most_frequent_first_and_the_rest_are_other():
    words = ["rare", "common", *(f"w{number:03d}" for number in range(300))]
    codes = [0, 1, 1, 1, NULL, *(2 + number for number in range(300) for _ in range(2))]
    column = coded(np.array(codes), words)
    assert column.words[:2] == ("common", "w000")
    assert column.words[-1] == OTHER
    assert len(column.words) == WORDS + 1
    assert column.words[column.code[0]] == OTHER
    assert column.code[4] == UNDECLARED
    assert column.code.max() <= 255


def test_a_map_is_published_whole_and_the_next_keeps_its_places(make, grow, tmp_path):
    lineage, traits = make(**grow(300, 7))
    assert standing(tmp_path) is None
    for token in ("first", "second"):
        summary = draw(lineage, traits, tmp_path / "map", token, standing(tmp_path), "downloads", {})
        publish(tmp_path, summary.token)
        assert current(tmp_path).name == summary.token
        assert summary.token.startswith(f"{token}-")
        assert json.loads((current(tmp_path) / "manifest.json").read_text())["token"] == summary.token
    assert summary.kept == 1.0
    assert sorted(path.name for path in (tmp_path / "map").iterdir()) == ["CURRENT", summary.token]
    (tmp_path / "map" / summary.token / "layout.npz").write_bytes(b"PK")
    assert standing(tmp_path) is None
