"""The graph as GraphML, which Gephi, yEd, Cytoscape, igraph and networkx read.

Source:
    The GraphML specification, http://graphml.graphdrawing.org/specification.html.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import IO
from xml.sax.saxutils import escape

import duckdb

from filiation.core.ref import HUB
from filiation.core.relation import RELATIONS
from filiation.export.part import Described, Part, described
from filiation.export.sink import Written
from filiation.lineage.arrays import BASES, Lineage

LINES = 4096
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_NODE_KEYS = {
    "label": "string",
    "registry": "string",
    "kind": "string",
    "name": "string",
    "state": "string",
    "license": "string",
    "library": "string",
    "pipeline_tag": "string",
    "created_at": "string",
    "downloads": "long",
    "likes": "long",
    "descendants": "long",
}
_EDGE_KEYS = {
    "relation": "string",
    "basis": "string",
    "confidence": "double",
    "relation_basis": "string",
    "relation_confidence": "double",
}


class GraphmlFile(Written, frozen=True, kw_only=True, tag_field="schema", tag="filiation/export-graphml/v1"):
    """What was written."""


def write_graphml(lineage: Lineage, con: duckdb.DuckDBPyConnection, part: Part, sink: IO[bytes]) -> None:
    """Write `part` as a directed graph; an edge leads from a child to what it descends from.

    A node's ``label`` is its ref; what the registry does not say is left out. An edge carries the relation, and on what basis
    and how surely we say that there is an edge, and that it is this relation.
    """
    lines = itertools.chain(_head(), _nodes(lineage, con, part), _edges(lineage, part), ("</graph>\n</graphml>\n",))
    while some := "".join(itertools.islice(lines, LINES)):
        sink.write(some.encode("utf-8"))


def _head() -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
    for target, keys in (("node", _NODE_KEYS), ("edge", _EDGE_KEYS)):
        for name, kind in keys.items():
            yield f'<key id="{target}_{name}" for="{target}" attr.name="{name}" attr.type="{kind}"/>\n'
    yield '<graph id="filiation" edgedefault="directed">\n'


def _nodes(lineage: Lineage, con: duckdb.DuckDBPyConnection, part: Part) -> Iterator[str]:
    for row in described(con, part.nodes):
        told = {
            "label": _label(row),
            "registry": row.registry,
            "kind": row.kind,
            "name": row.name,
            "state": row.state,
            "license": row.license,
            "library": row.library,
            "pipeline_tag": row.pipeline_tag,
            "created_at": row.created_at.isoformat() + "Z" if isinstance(row.created_at, datetime) else None,
            "downloads": row.downloads,
            "likes": row.likes,
            "descendants": int(lineage.descendants[row.node]),
        }
        yield f'<node id="n{row.node}">{_data("node", told)}</node>\n'


def _label(row: Described) -> str:
    return f"{row.kind}:{row.name}" if row.registry == HUB else f"{row.registry}:{row.kind}:{row.name}"


def _edges(lineage: Lineage, part: Part) -> Iterator[str]:
    for edge in part.edges.tolist():
        told = {
            "relation": str(RELATIONS[lineage.relation[edge]]),
            "basis": str(BASES[lineage.basis[edge]]),
            "confidence": round(float(lineage.confidence[edge]), 4),
            "relation_basis": str(BASES[lineage.relation_basis[edge]]),
            "relation_confidence": round(float(lineage.relation_confidence[edge]), 4),
        }
        ends = f'source="n{lineage.child[edge]}" target="n{lineage.parent[edge]}"'
        yield f'<edge id="e{edge}" {ends}>{_data("edge", told)}</edge>\n'


def _data(target: str, told: Mapping[str, object]) -> str:
    return "".join(f'<data key="{target}_{name}">{_text(value)}</data>' for name, value in told.items() if value is not None)


def _text(value: object) -> str:
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", str(value)))
