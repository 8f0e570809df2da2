"""A node and all that it descends from, as a lineage of its own: what hangs on ancestors alone is quicker asked of that."""

from __future__ import annotations

from typing import NamedTuple

import msgspec
import numpy as np

from filiation.lineage.arrays import NULL, Lineage, starts
from filiation.lineage.questions import reach


class Ancestry(NamedTuple):
    """A part of a lineage.

    Attributes:
        lineage: The node and its ancestors, with the edges among them.
        node: The node's number there.
        nodes: int64[k]; the number of each in the whole, ascending.
    """

    lineage: Lineage
    node: int
    nodes: np.ndarray


def ancestry(lineage: Lineage, node: int) -> Ancestry:
    """Return the part of `lineage` above `node`; what is counted below nodes, such as descendants, stays that of the whole.

    Law: a node has the same parents in the same order here and there.
    """
    nodes = np.array(sorted({*reach(lineage, node, "up").nodes.tolist(), node}))  # np.unique imports numpy.ma, for longer
    return Ancestry(among(lineage, nodes), int(np.searchsorted(nodes, node)), nodes)


def among(lineage: Lineage, nodes: np.ndarray) -> Lineage:
    """Return the part of `lineage` that has only `nodes`: int64[k], ascending, with every parent of theirs among them."""
    spans = [np.arange(lineage.parent_start[at], lineage.parent_start[at + 1]) for at in nodes]
    edges = np.concatenate([np.zeros(0, np.int64), *spans])
    child, parent = (np.searchsorted(nodes, ends[edges]).astype(np.int32) for ends in (lineage.child, lineage.parent))
    by_parent = np.argsort(parent, kind="stable").astype(np.int32)
    names = [lineage.name(int(at)).encode() for at in nodes]
    low, high = (
        [np.searchsorted(nodes, bound) for bound in bounds]
        for bounds in zip(*((s[2], s[3]) for s in lineage.sections), strict=True)
    )
    said = lineage.license[nodes]
    used = np.array(sorted(set(said.tolist()) - {NULL}), said.dtype)
    return Lineage(
        names=np.frombuffer(b"".join(names), np.uint8),
        name_start=np.concatenate([[0], np.cumsum([len(name) for name in names])]).astype(np.int64),
        **{name: np.asarray(getattr(lineage, name)[nodes]) for name in _OF_NODES},
        license=np.where(said == NULL, NULL, np.searchsorted(used, said)).astype(np.int32),
        **{name: np.asarray(getattr(lineage, name)[edges]) for name in _OF_EDGES},
        child=child,
        parent=parent,
        parent_start=starts(child, len(nodes)),
        child_start=starts(parent[by_parent], len(nodes)),
        child_edge=by_parent,
        sections=tuple((s[0], s[1], int(a), int(b)) for s, a, b in zip(lineage.sections, low, high, strict=True)),
        licenses=tuple(lineage.licenses[number] for number in used),
        capped=lineage.capped,
        summary=msgspec.structs.replace(lineage.summary, edges=len(edges)),
    )


_OF_NODES = ("state", "downloads", "descendants", "dominated")
_OF_EDGES = ("relation", "basis", "confidence", "relation_basis", "relation_confidence")
