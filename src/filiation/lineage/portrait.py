"""Everything about one node: what was said of it, where, and what we believe."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import msgspec

from filiation.core.claim import Predicate
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Kind, Ref
from filiation.core.score import Score
from filiation.lineage.arrays import Lineage
from filiation.lineage.copies import Copy, copies
from filiation.scores.claimed import claimed_in
from filiation.store.info import aware

MAX_CLAIMS = 2000


class SaidClaim(msgspec.Struct, frozen=True):
    """A claim as it was read: by which witness, where, when; `understood_as` says how a name in it was resolved."""

    predicate: str
    value: str
    relation: str | None
    weight: float | None
    basis: str
    confidence: float
    witness: str
    locator: str
    seen_at: datetime
    understood_as: str | None


class Parent(msgspec.Struct, frozen=True):
    """An edge to a parent; `set_aside` says why where it does not count."""

    ref: str
    relation: str
    basis: str
    confidence: float
    relation_basis: str
    relation_confidence: float
    because: str | None
    set_aside: str | None


class Portrait(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/show/v1"):
    """One node. `license` is what is declared, null where nothing is; `copies` have the same files of weights.

    `scores` are what is claimed of it, under names that can be compared; `claims` has them too, as written.
    """

    ref: str
    state: str
    purl: str | None
    license: str | None
    library: str | None
    pipeline_tag: str | None
    created_at: datetime | None
    downloads: int | None
    likes: int | None
    parents: list[Parent]
    children_count: int
    descendants_count: int
    claims: list[SaidClaim]
    findings: list[Finding]
    copies: list[Copy] = []
    scores: list[Score] = []


def portrait(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> Portrait:
    """Return all that the atlas has of `node`, claims of every source and of its earlier names."""
    registry, kind, name, state, license_, library, pipeline_tag, created_at, downloads, likes = con.execute(
        "SELECT registry, kind, name, state, license, library, pipeline_tag, created_at, downloads, likes"
        " FROM node WHERE node_id = ?",
        [node],
    ).fetchall()[0]
    parents = con.execute(_PARENTS, [node]).fetchall()
    claims = con.execute(_CLAIMS, {"node": node, "registry": registry, "kind": kind, "name": name}).fetchall()
    findings = con.execute(
        "SELECT check_name, message, severity, confidence, locations, remedy, details FROM finding"
        " WHERE node_id = ? ORDER BY ALL",
        [node],
    ).fetchall()
    ref = lineage.ref(node)
    return Portrait(
        ref,
        state,
        _purl(ref) if registry == "hf" and state == "present" else None,
        license_,
        library,
        pipeline_tag,
        created_at and created_at.replace(tzinfo=UTC),
        downloads,
        likes,
        [Parent(*_rounded(row)) for row in parents],
        int(lineage.child_start[node + 1] - lineage.child_start[node]),
        int(lineage.descendants[node]),
        [SaidClaim(*_rounded(row)) for row in claims],
        [
            Finding(check, ref, text, Severity(level), round(sure, 3), tuple(where), cure, tuple(words or ()))
            for check, text, level, sure, where, cure, words in findings
        ],
        copies(con, node) if any(claim[0] == Predicate.WEIGHTS_SHA256 for claim in claims) else [],
        claimed_in(con, Ref(Kind(kind), name, registry)) if any(claim[0] == Predicate.METRIC for claim in claims) else [],
    )


def _rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(round(value, 3) if isinstance(value, float) else value for value in aware(row))


def _purl(ref: str) -> str | None:
    try:
        return Ref.parse(ref).purl
    except FiliationError:
        return None


_PARENTS = """
SELECT CASE registry WHEN 'hf' THEN '' ELSE registry || ':' END || kind || ':' || name, relation::VARCHAR, basis::VARCHAR,
    confidence, relation_basis::VARCHAR, relation_confidence, because, set_aside
FROM edge JOIN node ON node_id = parent WHERE child = ? ORDER BY relation, confidence DESC, name
"""

_CLAIMS = f"""
SELECT predicate, value, claim.relation, claim.weight, claim.basis::VARCHAR, claim.confidence, record.source,
    claim.source || CASE WHEN pointer = '' THEN '' ELSE '#' || pointer END, seen_at, how
FROM claim JOIN record USING (record_id) LEFT JOIN reference USING (claim_id)
WHERE record_id IN (
    SELECT record_id FROM record WHERE registry = $registry AND kind = $kind AND id = $name
    UNION SELECT record_id FROM reference JOIN claim USING (claim_id) WHERE child = $node
)
ORDER BY predicate, seen_at DESC, record.source, claim.source, length(pointer), pointer LIMIT {MAX_CLAIMS}
"""
