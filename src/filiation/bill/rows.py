"""What the atlas holds of some nodes, read in a few queries however many they are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import msgspec

from filiation.knowledge import load

MAX_CLAIMS = 1_000
"""Of one record and predicate; more say nothing new to a reader."""


MAX_CARD = 16_384
"""So many characters of a card are looked at for what it says first."""


class NodeRow(NamedTuple):
    """A node as the atlas has it; `description` is the registry's field for it, `card` how the model card begins."""

    node: int
    registry: str
    kind: str
    name: str
    state: str
    created_at: datetime | None
    description: str | None
    card: str | None


class ClaimRow(NamedTuple):
    """A claim of one of the node's records, with who speaks."""

    predicate: str
    value: str
    basis: str
    confidence: float
    witness: str
    locator: str


class RecordRow(NamedTuple):
    """What one witness said last of the node; `body` is empty where it could not be read again."""

    witness: str
    body: dict[str, Any]


class EdgeRow(NamedTuple):
    """An edge as the atlas has it."""

    child: int
    parent: int
    relation: str
    basis: str
    confidence: float
    relation_basis: str
    relation_confidence: float
    because: str | None
    weight: float | None
    set_aside: str | None


class Rows(NamedTuple):
    """All that is read: by node, and for the claims behind edges by child and parent."""

    nodes: dict[int, NodeRow]
    records: dict[int, list[RecordRow]]
    claims: dict[int, list[ClaimRow]]
    edges: dict[int, list[EdgeRow]]
    evidence: dict[tuple[int, int], list[ClaimRow]]


def read_rows(con: duckdb.DuckDBPyConnection, nodes: Sequence[int]) -> Rows:
    """Return what the atlas holds of `nodes`: of each witness the last record, with its claims, and their edges upwards.

    Edges to nodes that are not among `nodes` are returned too.
    """
    asked = {"nodes": list(nodes)}
    found = Rows({}, defaultdict(list), defaultdict(list), defaultdict(list), defaultdict(list))
    for row in con.execute(_NODES, asked).fetchall():
        found.nodes[row[0]] = NodeRow(*row)
    records: dict[int, tuple[int, str]] = {}
    for node, record, witness, body in con.execute(_RECORDS, asked).fetchall():
        records[record] = node, witness
        found.records[node].append(RecordRow(witness, _decoded(body)))
    claims = con.execute(_CLAIMS, {"records": list(records), "predicates": predicates()}).fetchall()
    for record, *said in claims:
        node, witness = records[record]
        predicate, value, basis, confidence, locator = said
        found.claims[node].append(ClaimRow(predicate, value, basis, round(confidence, 3), witness, locator))
    for row in con.execute(_EDGES, asked).fetchall():
        edge = EdgeRow(*row)
        sure, how_sure = round(edge.confidence, 3), round(edge.relation_confidence, 3)
        weight = None if edge.weight is None else round(edge.weight, 6)
        found.edges[row[0]].append(edge._replace(confidence=sure, relation_confidence=how_sure, weight=weight))
    for child, parent, *said in con.execute(_EVIDENCE, asked).fetchall():
        found.evidence[child, parent].append(ClaimRow(said[0], said[1], said[2], round(said[3], 3), said[4], said[5]))
    return found


def predicates() -> list[str]:
    """Return the predicates of claims that a bill tells."""
    return [*load("bill")["facts"], "license", "license_name", "license_link", "arxiv", "metric", "repository"]


def _decoded(body: str) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):  # half a character, or deeper than anybody writes
        return {}
    return found if isinstance(found, dict) else {}


_NODES = f"""
SELECT node_id, node.registry, node.kind::VARCHAR, name, state::VARCHAR, node.created_at,
    CASE WHEN node.kind = 'dataset' THEN left(json_extract_string(body, '$.description'), 2000) END,
    left(json_extract_string(files, '$."README.md"'), {MAX_CARD})
FROM node LEFT JOIN record USING (record_id) WHERE node_id IN (SELECT unnest($nodes)) ORDER BY node_id
"""

_RECORDS = """
SELECT node_id, record.record_id, source, body
FROM record JOIN (SELECT node_id, registry, kind, name AS id FROM node WHERE node_id IN (SELECT unnest($nodes)))
    USING (registry, kind, id)
QUALIFY row_number() OVER (PARTITION BY node_id, source ORDER BY seen_at DESC, length(body) DESC, body DESC) = 1
ORDER BY node_id, source
"""

_CLAIMS = f"""
SELECT record_id, predicate, value, basis::VARCHAR, confidence, source || CASE pointer WHEN '' THEN '' ELSE '#' || pointer END
FROM claim WHERE record_id IN (SELECT unnest($records)) AND predicate IN (SELECT unnest($predicates))
QUALIFY row_number() OVER (PARTITION BY record_id, predicate ORDER BY source, length(pointer), pointer, value) <= {MAX_CLAIMS}
ORDER BY record_id, predicate, source, length(pointer), pointer, value
"""

_EDGES = """
SELECT child, parent, relation::VARCHAR, basis::VARCHAR, confidence, relation_basis::VARCHAR, relation_confidence, because,
    weight, set_aside
FROM edge WHERE child IN (SELECT unnest($nodes)) ORDER BY child, relation, confidence DESC, parent
"""

_EVIDENCE = """
SELECT child, parent, predicate, value, claim.basis::VARCHAR, claim.confidence, record.source,
    claim.source || CASE pointer WHEN '' THEN '' ELSE '#' || pointer END AS locator
FROM reference JOIN claim USING (claim_id) JOIN record USING (record_id)
WHERE child IN (SELECT unnest($nodes)) AND predicate <> 'new_version'
ORDER BY child, parent, record.source, locator, value
"""
