"""What a policy is asked about: everything known of a repository, as plain facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

import duckdb

from filiation.core.decision import Waiver
from filiation.core.finding import Finding, Severity
from filiation.core.relation import RELATIONS
from filiation.lineage.arrays import BASES, STATES, Lineage
from filiation.lineage.questions import reach

ROWS = 4096
SEVERITIES = tuple(str(severity) for severity in Severity)
"""From the least to the worst."""
Row = dict[str, Any]


def facts(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    nodes: Sequence[int] | None,
    topics: Mapping[str, str],
    waivers: Sequence[Waiver],
    at: datetime,
) -> Iterator[tuple[int, Row]]:
    """Yield each node with its facts, in ascending order; see `policy.facts.Facts` for what they are.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        nodes: Whose facts; None for every model that the registry holds.
        topics: The topic of each check.
        waivers: Those in force.
        at: Now, naive UTC.
    """
    by_subject: dict[str, list[Waiver]] = {}
    for waiver in waivers:
        by_subject.setdefault(waiver.subject, []).append(waiver)
    publishers = dict(con.execute(_PUBLISHERS).fetchall()) if nodes is None else {}
    wanted = "node.state = 'present' AND node.kind = 'model'" if nodes is None else "list_contains($nodes, node.node_id)"
    given = {} if nodes is None else {"nodes": list(nodes)}
    cursor = con.cursor()
    cursor.execute(_FACTS.format(wanted=wanted), given)
    columns = [name for name, *_ in cursor.description or ()]
    while chunk := cursor.fetchmany(ROWS):
        for values in chunk:
            row = dict(zip(columns, values, strict=True))
            node = row["node_id"]
            ref = lineage.ref(node)
            if nodes is not None:
                publishers[row["owner"]] = cursor_count(con, row["owner"])
            yield node, _facts(lineage, node, ref, row, topics, by_subject.get(ref, []), at, publishers)


def cursor_count(con: duckdb.DuckDBPyConnection, owner: str | None) -> int:
    """Return how many repositories of `owner` the atlas holds."""
    query = "SELECT count(*) FROM node WHERE state = 'present' AND starts_with(name, ?)"
    return 0 if owner is None else con.execute(query, [f"{owner}/"]).fetchall()[0][0]


def _facts(
    lineage: Lineage,
    node: int,
    ref: str,
    row: Row,
    topics: Mapping[str, str],
    waivers: Sequence[Waiver],
    at: datetime,
    publishers: Mapping[str, int],
) -> Row:
    found = [_finding(ref, item, topics, waivers) for item in row["findings"] or ()]
    above = reach(lineage, node, "up").nodes if lineage.parent_start[node + 1] > lineage.parent_start[node] else ()
    unknown = [int(item) for item in above if lineage.state[item] != 0]
    names = row["file_names"]
    worst = max((SEVERITIES.index(item["severity"]) for item in found if not item["waived"]), default=None)
    return {
        "ref": ref,
        "kind": row["kind"],
        "owner": row["owner"] or "",
        "name": row["name"],
        "state": row["state"],
        "revision": row["revision"] or "",
        "is_pinned": False,
        "gated": row["gated"] not in (None, "false", "False"),
        "license": {
            "state": row["license_state"] or "undeclared",
            "expression": row["expression"] or "",
            "kinds": [row["license_kind"]] if row["license_kind"] else [],
            "conflicts": sorted({item["check"] for item in found if item["topic"] == "license" and not item["waived"]}),
            "answer": None,
        },
        "scores": {name: row[name] for name in _SCORES},
        "findings": found,
        "worst": "" if worst is None else SEVERITIES[worst],
        "parents": _parents(lineage, node),
        "ancestors": len(above),
        "unknown_ancestors": len(unknown),
        "descendants": int(lineage.descendants[node]),
        "downloads": row["downloads"],
        "age_days": (at - row["created_at"]).days if row["created_at"] else None,
        "formats": sorted({PurePosixPath(name).suffix.lower().lstrip(".") for name in names or ()} - {""}),
        "files_known": names is not None,
        "publisher": {"owner": row["owner"] or "", "models": publishers.get(row["owner"] or "", 0)},
    }


def _finding(ref: str, item: Row, topics: Mapping[str, str], waivers: Sequence[Waiver]) -> Row:
    found = Finding(
        item["check_name"], ref, item["message"], Severity(item["severity"]), item["confidence"],
        tuple(item["locations"] or ()), "", tuple(item["details"] or ()),
    )  # fmt: skip
    return {
        "check": found.check,
        "topic": topics.get(found.check, ""),
        "severity": str(found.severity),
        "confidence": round(float(found.confidence), 3),
        "waived": any(waiver.covers(found) for waiver in waivers),
    }


def _parents(lineage: Lineage, node: int) -> list[Row]:
    span = range(int(lineage.parent_start[node]), int(lineage.parent_start[node + 1]))
    return [
        {
            "ref": lineage.ref(int(lineage.parent[edge])),
            "relation": str(RELATIONS[lineage.relation[edge]]),
            "basis": str(BASES[lineage.basis[edge]]),
            "confidence": round(float(lineage.confidence[edge]), 3),
            "state": str(STATES[lineage.state[lineage.parent[edge]]]),
        }
        for edge in span
    ]


_SCORES = ("documentation", "provenance", "reproducibility", "portability", "popularity", "upkeep")

_PUBLISHERS = """
SELECT split_part(name, '/', 1), count(*) FROM node WHERE state = 'present' AND contains(name, '/') GROUP BY 1
"""

_FACTS = """
SELECT node.node_id, node.kind::VARCHAR AS kind, node.name, node.state::VARCHAR AS state, node.created_at, node.downloads,
    CASE WHEN contains(node.name, '/') THEN split_part(node.name, '/', 1) END AS owner,
    trait.revision, trait.gated, trait.file_names,
    term.state AS license_state, term.expression, term.kind AS license_kind,
    score.* EXCLUDE (node_id), found.findings
FROM node
LEFT JOIN trait USING (record_id)
LEFT JOIN term USING (node_id)
LEFT JOIN score USING (node_id)
LEFT JOIN (
    SELECT node_id, list({{'check_name': check_name, 'message': message, 'severity': severity, 'confidence': confidence,
        'locations': locations, 'details': details}} ORDER BY check_name, message)
        AS findings FROM finding GROUP BY node_id
) AS found USING (node_id)
WHERE {wanted} ORDER BY node.node_id
"""
