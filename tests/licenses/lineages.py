"""Small lineages for the tests of licences."""

from __future__ import annotations

import numpy as np

from filiation.lineage.arrays import NULL, Lineage, Summary, starts


def lineage_of(n: int, edges: list[tuple[int, int, int, float]], licenses: tuple[str, ...] = (), license_of=()) -> Lineage:
    """Return n models: `edges` are (child, parent, relation, confidence), sorted by child and then parent."""
    child, parent = (np.array([edge[k] for edge in edges], np.int32) for k in (0, 1))
    by_parent = np.argsort(parent, kind="stable").astype(np.int32)
    names = [f"o/{node:03d}".encode() for node in range(n)]
    license_ = np.full(n, NULL, np.int32)
    license_[: len(license_of)] = license_of
    m = len(edges)
    return Lineage(
        names=np.frombuffer(b"".join(names), np.uint8),
        name_start=np.concatenate([[0], np.cumsum([len(name) for name in names])]).astype(np.int64),
        state=np.zeros(n, np.uint8),
        downloads=np.zeros(n, np.int64),
        license=license_,
        descendants=np.zeros(n, np.int32),
        dominated=np.zeros(n, np.int32),
        child=child,
        parent=parent,
        relation=np.array([edge[2] for edge in edges], np.uint8),
        basis=np.zeros(m, np.uint8),
        confidence=np.array([edge[3] for edge in edges], np.float32),
        relation_basis=np.zeros(m, np.uint8),
        relation_confidence=np.ones(m, np.float32),
        parent_start=starts(child, n),
        child_start=starts(parent[by_parent], n),
        child_edge=by_parent,
        sections=(("hf", "model", 0, n),),
        licenses=licenses,
        capped=False,
        summary=Summary(*([0] * len(Summary.__struct_fields__))),
    )
