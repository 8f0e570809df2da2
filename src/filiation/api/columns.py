"""A whole lineage as two tables, made from its arrays without a copy of the names."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from filiation.core.relation import RELATIONS
from filiation.lineage.arrays import BASES, NULL, STATES, Lineage


def node_columns(lineage: Lineage) -> pa.Table:
    """Return a row for each node; `node` is its number, which edges use.

    The table has node (int32), registry and kind (dictionary), name (text), state (dictionary), downloads (int64, null where
    unknown), license (dictionary, null where undeclared), descendants and dominated (int32, see `Lineage`).
    """
    n = lineage.size
    registry, kind = np.zeros(n, np.int32), np.zeros(n, np.int32)
    registries = sorted({section[0] for section in lineage.sections})
    kinds = sorted({section[1] for section in lineage.sections})
    for section_registry, section_kind, start, end in lineage.sections:
        registry[start:end] = registries.index(section_registry)
        kind[start:end] = kinds.index(section_kind)
    return pa.table(
        {
            "node": pa.array(np.arange(n, dtype=np.int32)),
            "registry": _words(registry, registries),
            "kind": _words(kind, kinds),
            "name": _names(lineage),
            "state": _words(lineage.state, STATES),
            "downloads": _known(lineage.downloads),
            "license": _words(lineage.license, lineage.licenses),
            "descendants": pa.array(lineage.descendants),
            "dominated": pa.array(lineage.dominated),
        }
    )


def edge_columns(lineage: Lineage) -> pa.Table:
    """Return a row for each edge of descent that stands.

    The table has child and parent (int32, numbers of nodes), relation (dictionary), basis and confidence that there is an edge,
    relation_basis and relation_confidence that it is of this relation.
    """
    return pa.table(
        {
            "child": pa.array(lineage.child),
            "parent": pa.array(lineage.parent),
            "relation": _words(lineage.relation, [str(relation) for relation in RELATIONS]),
            "basis": _words(lineage.basis, [str(basis) for basis in BASES]),
            "confidence": pa.array(lineage.confidence),
            "relation_basis": _words(lineage.relation_basis, [str(basis) for basis in BASES]),
            "relation_confidence": pa.array(lineage.relation_confidence),
        }
    )


def _names(lineage: Lineage) -> pa.Array:
    buffers = [None, pa.py_buffer(lineage.name_start), pa.py_buffer(lineage.names)]
    return pa.Array.from_buffers(pa.large_string(), lineage.size, buffers)


def _words(code: np.ndarray, words: list[str] | tuple[str, ...]) -> pa.Array:
    index = np.asarray(code).astype(np.int32)
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=index == NULL), pa.array(words, pa.string()))


def _known(values: np.ndarray) -> pa.Array:
    return pa.array(np.asarray(values), mask=np.asarray(values) == NULL)
