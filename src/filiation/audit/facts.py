"""What a policy is asked about: everything known of a repository, as plain facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np

from filiation import checks
from filiation.assess.descent_signs import owned_by
from filiation.core.decision import Waiver
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Kind
from filiation.core.relation import RELATIONS
from filiation.licenses.catalog import kind_of
from filiation.licenses.expression import ids, parse
from filiation.lineage.arrays import BASES, STATES, Lineage
from filiation.lineage.questions import reach
from filiation.policy.facts import (
    EvidenceFacts,
    Facts,
    FindingFacts,
    LicenseFacts,
    ParentFacts,
    PublisherFacts,
    ScoreFacts,
    SeverityName,
    formats_of,
)

ROWS = 4096
SEVERITIES = tuple(reversed(Severity))
"""From the worst to the least."""
_Row = dict[str, Any]
Found = tuple[str, SeverityName, float]
"""A finding by check, severity and confidence; those of a node come in the order of the checks, the surest of each first."""
PREDICATES = {
    "evaluation": "metric",
    "hardware": "hardware",
    "carbon": "carbon",
    "contact": "contact",
    "demo_code": "demo_code",
    "repository": "repository",
    "paper": "arxiv",
    "training": "hyperparameter",
    "intended_use": "intended_use",
    "limitations": "limitation",
}
"""The claim that shows each piece of evidence."""
SECTIONS = {
    "evaluation": "evaluation",
    "carbon": "environmental-impact",
    "contact": "contact",
    "training": "training-details",
    "intended_use": "uses",
    "limitations": "limitations",
}
"""The section of the card that does."""


class FactFinder:
    """Tells what an atlas knows.

    Args:
        con: Of the atlas.
        lineage: Agrees with it.
        waivers: Those in force.
        at: Now, naive UTC.
        answers: Of each node whether the policy's use is allowed; empty where the policy names none.
    """

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        lineage: Lineage,
        waivers: Sequence[Waiver],
        at: datetime,
        answers: Mapping[int, str] | None = None,
    ) -> None:
        self._con, self._lineage, self._at = con, lineage, at
        self._waivers: dict[str, list[Waiver]] = {}
        for waiver in waivers:
            self._waivers.setdefault(waiver.subject, []).append(waiver)
        self._answers = answers or {}

    def of(
        self, nodes: Sequence[int] | np.ndarray, findings: Mapping[int, Sequence[Found]] | None = None
    ) -> Iterator[tuple[int, Facts]]:
        """Yield each of `nodes` with its facts, in ascending order.

        Args:
            nodes: Their numbers.
            findings: What was found of each, where whoever asks knows; None to look.
        """
        cursor = self._con.cursor()
        cursor.execute(_ASKED, [np.asarray(nodes).tolist()])
        publishers = self._publishers(cursor, nodes)
        if findings is None:
            found: dict[int, list[Found]] = {}
            for node, *finding in cursor.execute(_FOUND).fetchall():
                found.setdefault(node, []).append(tuple(finding))
            findings = found
        cursor.execute(files("filiation.audit").joinpath("facts.sql").read_text(encoding="utf-8"))
        columns = [name for name, *_ in cursor.description or ()]
        while chunk := cursor.fetchmany(ROWS):
            for values in chunk:
                row = dict(zip(columns, values, strict=True))
                yield row["node_id"], self._facts(row, publishers, findings.get(row["node_id"], ()))
        cursor.close()

    def _publishers(self, cursor: duckdb.DuckDBPyConnection, nodes: Sequence[int] | np.ndarray) -> dict[str, int]:
        """Return how many models each owner of the nodes asked about has; that of one is found sooner in the arrays."""
        if len(nodes) != 1:
            return dict(cursor.execute(_PUBLISHERS).fetchall())
        owner, slash, _ = self._lineage.name(int(nodes[0])).partition("/")
        models = [range(start, end) for _, kind, start, end in self._lineage.sections if kind == Kind.MODEL]
        return {owner: sum(len(owned_by(self._lineage, owner, span)) for span in models)} if slash else {}

    def _facts(self, row: _Row, publishers: Mapping[str, int], findings: Sequence[Found]) -> Facts:
        lineage, node = self._lineage, row["node_id"]
        ref = lineage.ref(node)
        found = self._found(node, ref, findings)
        above = ancestors(lineage, node)
        changed = row["changed_at"]
        names = row["file_names"]
        return Facts(
            ref=ref,
            kind=row["kind"],
            owner=row["owner"],
            name=row["name"].rpartition("/")[2],
            state=row["state"],
            revision=row["revision"],
            is_pinned=False,
            gated=None if row["gated"] is None else row["gated"].lower() != "false",
            license=self._license(row, found),
            scores=ScoreFacts(**{name: row[name] for name in ScoreFacts.__struct_fields__}),
            findings=found,
            parents=tuple(_parents(lineage, node)),
            ancestors=len(above),
            unknown_ancestors=int((lineage.state[above] != 0).sum()),
            descendants=int(lineage.descendants[node]),
            downloads=row["downloads"],
            age_days=(self._at - changed).days if changed else None,
            formats=formats_of(names) if names else None,
            files_known=bool(names),
            publisher=PublisherFacts(row["owner"], publishers.get(row["owner"], 0)),
            evidence=_evidence(row),
        )

    def _license(self, row: _Row, found: Sequence[FindingFacts]) -> LicenseFacts:
        named = _named(row["expression"]) if row["expression"] else (None, None)
        conflicts = {item.check for item in found if item.topic == "license"}
        return LicenseFacts(
            row["license_state"] or "undeclared",
            row["expression"],
            *named,
            tuple(sorted(conflicts)),
            self._answers.get(row["node_id"]),
        )

    def _found(self, node: int, ref: str, findings: Sequence[Found]) -> tuple[FindingFacts, ...]:
        """Return the findings of a node; only where something was decided about it are they looked at one by one."""
        waivers = self._waivers.get(ref)
        if waivers is None:
            return tuple([_finding_facts(name, severity, sure) for name, severity, sure in findings])
        told = []
        for finding in findings_of(self._con, ref, node):
            waived = any(waiver.covers(finding) for waiver in waivers)
            told.append(
                FindingFacts(finding.check, topic_of(finding.check), finding.severity.value, finding.confidence, waived)
            )
        return tuple(told)


def findings_of(con: duckdb.DuckDBPyConnection, ref: str, node: int) -> list[Finding]:
    """Return what was found of one node, the worst first."""
    rows = con.execute(
        "SELECT check_name, message, severity, confidence, locations, remedy, details FROM finding WHERE node_id = ?", [node]
    ).fetchall()
    found = [
        Finding(name, ref, text, Severity(level), round(sure, 3), tuple(at or ()), cure or "", tuple(words or ()))
        for name, text, level, sure, at, cure, words in rows
    ]
    return sorted(found, key=lambda item: (SEVERITIES.index(item.severity), -item.confidence, item.check, item.message))


@lru_cache(maxsize=1 << 16)
def _finding_facts(name: str, severity: SeverityName, confidence: float) -> FindingFacts:
    return FindingFacts(name, topic_of(name), severity, round(confidence, 3))


def topic_of(name: str) -> str:
    """Return the topic of the check of that name; empty where no such check is known any more."""
    check = checks.find(name)
    return str(check.topic) if check else ""


def ancestors(lineage: Lineage, node: int) -> np.ndarray:
    """Return the ancestors of a node, int64[k]; most have none, which takes no time."""
    if lineage.parent_start[node] == lineage.parent_start[node + 1]:
        return np.zeros(0, np.int64)
    return reach(lineage, node, "up").nodes


def _parents(lineage: Lineage, node: int) -> Iterator[ParentFacts]:
    for edge in range(int(lineage.parent_start[node]), int(lineage.parent_start[node + 1])):
        parent = int(lineage.parent[edge])
        yield ParentFacts(
            lineage.ref(parent),
            str(RELATIONS[lineage.relation[edge]]),
            str(BASES[lineage.basis[edge]]),
            round(float(lineage.confidence[edge]), 3),
            str(STATES[lineage.state[parent]]),
        )


def _evidence(row: _Row) -> EvidenceFacts:
    return _shown(
        frozenset(row["predicates"] or ()), frozenset(row["sections"] or ()), row["sections"] is None, row["has_card"]
    )


@lru_cache(maxsize=1 << 14)
def _shown(said: frozenset[str], filled: frozenset[str], unread: bool, card: bool | None) -> EvidenceFacts:
    """Return what is said or shown; of what only a card could say, nothing is known where the card is not."""
    nothing = None if card is None or (card and unread) else False
    shown: dict[str, bool | None] = {
        name: True if predicate in said or SECTIONS.get(name) in filled else nothing for name, predicate in PREDICATES.items()
    }
    datasets = True if "dataset" in said else False if said or card is not None else None
    return EvidenceFacts(card=card, datasets=datasets, **shown)


@lru_cache(maxsize=1 << 14)
def _named(expression: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the licenses in an expression, and their kinds."""
    keys = sorted({part.key for part in ids(parse(expression))})
    return tuple(keys), tuple(sorted({kind for key in keys if (kind := kind_of(key))}))


_ASKED = """
CREATE OR REPLACE TEMP TABLE asked AS SELECT node_id, record_id FROM node WHERE node_id IN (SELECT unnest(?))
"""
_FOUND = """
SELECT node_id, check_name, severity, confidence FROM finding SEMI JOIN asked USING (node_id)
ORDER BY node_id, check_name, confidence DESC
"""
_PUBLISHERS = """
WITH wanted AS (
    SELECT DISTINCT split_part(name, '/', 1) AS owner FROM asked JOIN node USING (node_id) WHERE contains(name, '/')
)
SELECT owner, count(*) FROM (
    SELECT split_part(name, '/', 1) AS owner FROM node
    WHERE state = 'present' AND kind = 'model' AND contains(name, '/')
        AND name >= (SELECT min(owner) || '/' FROM wanted) AND name < (SELECT max(owner) || '0' FROM wanted)
) AS held JOIN wanted USING (owner) GROUP BY owner
"""
"""How many models each owner has; '0' follows '/', so that all names of one owner lie between the two."""
