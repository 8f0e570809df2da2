"""The map as files: a quadtree of Arrow tiles, and the manifest that lists them."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from filiation.core.relation import RELATIONS
from filiation.layout.continents import continent_of
from filiation.layout.forest import kind_of
from filiation.layout.previous import Layout
from filiation.layout.traits import SEVERITIES, Traits
from filiation.licenses import catalog
from filiation.lineage.arrays import BASES, NULL, STATES, Lineage

MANIFEST_VERSION = 1
MIXER = np.uint64(0x9E3779B97F4A7C15)
NONE = 255
"""In `relation`, `basis` and `confidence` of a root: there is no edge."""


class Tiles(NamedTuple):
    """What was written: the map's token, tiles as (level, column, row, rows, bytes), and the bytes of the manifest."""

    token: str
    tiles: list[tuple[int, int, int, int, int]]
    manifest_bytes: int


class Sheaf(NamedTuple):
    """All rows, by tile and then radius, the widest first, so that what holds others stands before them.

    Attributes:
        node: int[n]; the node of each row.
        named: bool[n]; whether the row bears its name.
        level, column, row: int[t] of each tile.
        start: int64[t + 1]; where each tile's rows begin.
        x, y, r: float32[n]; 0 to 1 across the tile.
    """

    node: np.ndarray
    named: np.ndarray
    level: np.ndarray
    column: np.ndarray
    row: np.ndarray
    start: np.ndarray
    x: np.ndarray
    y: np.ndarray
    r: np.ndarray


def write_tiles(lineage: Lineage, traits: Traits, layout: Layout, folder: Path) -> Tiles:
    """Write ``tiles/<level>/<x>/<y>.arrow`` and ``manifest.json`` under `folder`."""
    sheaf = _gather(lineage, layout)
    batch = _rows(lineage, traits, layout, sheaf)
    written, digest = [], sha256()
    for tile, (level, column, row) in enumerate(zip(sheaf.level, sheaf.column, sheaf.row, strict=True)):
        path = tile_path(folder, level, column, row)
        path.parent.mkdir(parents=True, exist_ok=True)
        first, rows = int(sheaf.start[tile]), int(sheaf.start[tile + 1] - sheaf.start[tile])
        content = _file_of(batch.slice(first, rows))
        digest.update(content)
        path.write_bytes(content)
        written.append((int(level), int(column), int(row), rows, len(content)))
    token = f"{layout.token}-{digest.hexdigest()[:8]}"
    text = json.dumps(_manifest(traits, layout, token, written), ensure_ascii=False, separators=(",", ":"))
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    return Tiles(token, written, len(text.encode()))


def tile_path(folder: Path, level: int, column: int, row: int) -> Path:
    """Return where a tile of the map in `folder` lies."""
    return folder / "tiles" / str(level) / str(column) / f"{row}.arrow"


def _file_of(batch: pa.RecordBatch) -> pa.Buffer:
    """Return `batch` as an Arrow IPC file."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
    return sink.getvalue()


def _gather(lineage: Lineage, layout: Layout) -> Sheaf:
    from filiation.layout import labels, quadtree  # noqa: PLC0415  # a second to import

    order = np.lexsort((layout.key, -np.asarray(lineage.downloads), -np.asarray(lineage.descendants)))
    mixed = layout.key * MIXER  # by the keys themselves the sea is sorted
    lot = np.where(layout.in_sea, (mixed >> np.uint64(11)) / 2.0**53, -1.0)
    level = quadtree.assign(order, layout.x, layout.y, layout.r, layout.parent, lot)[order].astype(np.int64)
    side = 2.0**level
    column = np.minimum((layout.x[order] * side).astype(np.int64), (side - 1).astype(np.int64))
    row = np.minimum((layout.y[order] * side).astype(np.int64), (side - 1).astype(np.int64))
    tile = (level << 52) | (column << 26) | row
    by_tile = np.argsort(tile, kind="stable")
    begins = np.flatnonzero(np.diff(tile[by_tile], prepend=-1))
    start = np.append(begins, len(tile))
    first = by_tile[begins]
    x, y, r = (
        values.astype(np.float32)
        for values in (layout.x[order] * side - column, layout.y[order] * side - row, layout.r[order] * side)
    )
    named = np.zeros(len(tile), bool)
    named[by_tile] = labels.labelled(start, x[by_tile], y[by_tile], r[by_tile])
    widest = by_tile[np.lexsort((-r[by_tile], tile[by_tile]))]
    return Sheaf(order[widest], named[widest], level[first], column[first], row[first], start, x[widest], y[widest], r[widest])


def _rows(lineage: Lineage, traits: Traits, layout: Layout, sheaf: Sheaf) -> pa.RecordBatch:
    node, edge = sheaf.node, layout.edge[sheaf.node]
    rooted = edge == NULL
    columns = {
        "id": node.astype(np.uint32),
        "x": sheaf.x,
        "y": sheaf.y,
        "r": sheaf.r,
        "parent": layout.parent[node],
        "relation": _of_edge(lineage.relation, edge, rooted),
        "basis": _of_edge(lineage.relation_basis, edge, rooted),
        "confidence": _of_edge(np.rint(np.asarray(lineage.confidence) * 255).astype(np.uint8), edge, rooted),
        "kind": kind_of(lineage)[node],
        "state": np.asarray(lineage.state)[node],
        "task": traits.task.code[node],
        "library": traits.library.code[node],
        "license": traits.license.code[node],
        "month": traits.month[node],
        "downloads": _tenths(np.asarray(lineage.downloads)[node]),
        "descendants": _tenths(np.asarray(lineage.descendants)[node]),
        "documented": traits.documented[node],
        "defects": traits.defects[node],
        "conflict": traits.conflict[node],
        "label": _labels(lineage, sheaf),
    }
    return pa.RecordBatch.from_pydict({name: pa.array(column) for name, column in columns.items()})


def _of_edge(values: np.ndarray, edge: np.ndarray, rooted: np.ndarray) -> np.ndarray:
    """Return uint8: the value of each edge, `NONE` where there is none."""
    if not len(values):
        return np.full(len(edge), NONE, np.uint8)
    return np.where(rooted, NONE, np.asarray(values)[edge]).astype(np.uint8)


def _tenths(amount: np.ndarray) -> np.ndarray:
    """Return uint8: ten times the decimal logarithm of amount + 1, 255 where it is unknown."""
    return np.where(amount < 0, 255, np.minimum(np.rint(10 * np.log10(np.maximum(amount, 0) + 1.0)), 254)).astype(np.uint8)


def _labels(lineage: Lineage, sheaf: Sheaf) -> pa.Array:
    """Return the names of the rows that bear them, null elsewhere."""
    names = pa.array([lineage.name(node) for node in sheaf.node[sheaf.named].tolist()], pa.string())
    index = np.where(sheaf.named, np.cumsum(sheaf.named) - 1, 0).astype(np.int32)
    return names.take(pa.array(index, mask=~sheaf.named))


def _manifest(traits: Traits, layout: Layout, token: str, written: list[tuple[int, int, int, int, int]]) -> dict[str, object]:
    return {
        "version": MANIFEST_VERSION,
        "token": token,
        "nodes": len(layout.x),
        "levels": max((tile[0] for tile in written), default=-1) + 1,
        "size": layout.size,
        "tiles": written,
        "relations": list(RELATIONS),
        "bases": list(BASES),
        "states": list(STATES),
        "tasks": traits.task.words,
        "libraries": traits.library.words,
        "licenses": traits.license.words,
        "license_kinds": [catalog.kind_of(word) for word in traits.license.words],
        "severities": list(SEVERITIES),
        "lands": [
            {"name": str(name), "continent": continent_of(str(name)), "x": round(x, 9), "y": round(y, 9), "r": round(r, 9)}
            for name, x, y, r in zip(
                layout.land_name, layout.land_x.tolist(), layout.land_y.tolist(), layout.land_r.tolist(), strict=True
            )
        ],
    }
