"""Names and places by number, in pieces that a page can fetch one by one."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa

from filiation.core.ref import HUB
from filiation.layout.previous import Layout
from filiation.lineage.arrays import Lineage, folded

PIECE = 1024
"""Nodes to a piece."""
FIRST = 20_000
"""So many names can be searched by words: of the nodes on which most stand, or else that are downloaded most."""


def write_names(lineage: Lineage, layout: Layout, folder: Path) -> None:
    """Write ``<k>.arrow`` with the nodes from k x `PIECE` on, ``index.json`` and ``first.arrow`` into `folder`.

    A piece has the columns ``ref`` utf8, ``x``, ``y``, ``r`` float64 and ``parent`` int32. The index lists the sections, which
    are sorted by name as it is compared, and the first name of each piece. ``first.arrow`` has
    ``node`` uint32, ``ref`` utf8 and ``downloads`` int64, -1 where unknown, the most important first.
    """
    folder.mkdir(parents=True)
    begins = []
    for number, start in enumerate(range(0, lineage.size, PIECE)):
        nodes = range(start, min(start + PIECE, lineage.size))
        part = slice(nodes.start, nodes.stop)
        begins.append(folded(lineage.name(start)))
        _write(
            folder / f"{number}.arrow",
            ref=lineage.refs(nodes), x=layout.x[part], y=layout.y[part], r=layout.r[part], parent=layout.parent[part],
        )  # fmt: skip
    order = np.lexsort((-np.asarray(lineage.downloads), -np.asarray(lineage.descendants)))[:FIRST]
    _write(
        folder / "first.arrow",
        node=order.astype(np.uint32), ref=lineage.refs(order.tolist()), downloads=np.asarray(lineage.downloads)[order],
    )  # fmt: skip
    sections = [
        {"prefix": f"{kind}:" if registry == HUB else f"{registry}:{kind}:", "start": start, "end": end}
        for registry, kind, start, end in lineage.sections
    ]
    told = {"piece": PIECE, "sections": sections, "begins": begins}
    (folder / "index.json").write_text(json.dumps(told, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")


def _write(path: Path, **columns: object) -> None:
    batch = pa.RecordBatch.from_pydict({name: pa.array(column) for name, column in columns.items()})
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema) as writer:
        writer.write_batch(batch)
