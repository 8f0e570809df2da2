"""The part of an atlas that is written: all of it, or some nodes with what they stand on and what stands on them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, NamedTuple

import duckdb
import numpy as np
import pyarrow as pa

from filiation.lineage.arrays import Lineage
from filiation.lineage.questions import reach

Around = Literal["up", "down", "both", "none"]
BATCH = 20_000


class Part(NamedTuple):
    """Nodes, int32[k] in rising order, and the edges of descent between them, int64[l] in rising order."""

    nodes: np.ndarray
    edges: np.ndarray


class Described(NamedTuple):
    """What the atlas knows of a node in a word each; null where unknown."""

    node: int
    registry: str
    kind: str
    name: str
    state: str
    created_at: Any
    downloads: int | None
    likes: int | None
    library: str | None
    pipeline_tag: str | None
    license: str | None
    revision: str | None


def part_of(lineage: Lineage, chosen: Sequence[int], around: Around = "up") -> Part:
    """Return `chosen`, with their ancestors (``up``), descendants (``down``) or both; without any chosen, everything."""
    if not chosen:
        return Part(np.arange(lineage.size, dtype=np.int32), np.arange(len(lineage.child), dtype=np.int64))
    inside = np.zeros(lineage.size, bool)
    inside[list(chosen)] = True
    for direction in ("up", "down"):
        if around in (direction, "both"):
            for node in chosen:
                inside[reach(lineage, node, direction).nodes] = True  # type: ignore[arg-type]  # one of the two
    edges = np.flatnonzero(inside[lineage.child] & inside[lineage.parent])
    return Part(np.flatnonzero(inside).astype(np.int32), edges)


def described(con: duckdb.DuckDBPyConnection, nodes: np.ndarray) -> Iterator[Described]:
    """Yield what is known of `nodes`, int32[k], in rising order."""
    asked = pa.table({"node_id": pa.array(nodes)})
    rows = con.cursor().register("asked", asked).execute(_DESCRIBED)
    while batch := rows.fetchmany(BATCH):
        yield from (Described(*row) for row in batch)


_DESCRIBED = """
SELECT node_id, registry, kind, name, state, node.created_at, node.downloads, node.likes, node.library, node.pipeline_tag,
    license, revision
FROM node SEMI JOIN asked USING (node_id) LEFT JOIN trait USING (record_id) ORDER BY node_id
"""
