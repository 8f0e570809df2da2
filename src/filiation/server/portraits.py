"""Portraits of all nodes, read from the database at once: it is no server of single rows, and is not held while we serve."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import duckdb
import numpy as np

from filiation import checks
from filiation.checks.run import explain
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Ref
from filiation.lineage.arrays import NULL, STATES, Lineage
from filiation.lineage.columns import Columns
from filiation.lineage.copies import MAX_COPIES, Copy, copies_query
from filiation.lineage.portrait import MAX_CLAIMS, Parent, Portrait, SaidClaim
from filiation.lineage.questions import known
from filiation.server.rows import Rows
from filiation.store.info import aware


class Portraits:
    """Rows of claims, edges and findings in the order of their nodes.

    Law: `of` returns what `lineage.portrait.portrait` does.
    """

    def __init__(self, con: duckdb.DuckDBPyConnection, lineage: Lineage, columns: Columns) -> None:
        self._lineage, self._columns = lineage, columns
        self._claims = Rows(con, _CLAIMS)
        self._parents = Rows(con, _PARENTS)
        self._checks = {check.name: check for check in checks.checks() if check.made_by == "checks"}
        self._copies = Rows(con, copies_query())
        self._findings = Rows(con, _FINDINGS.format(ours=", ".join(f"'{name}'" for name in self._checks) or "''"))

    def of(self, node: int) -> Portrait:
        """Return all that the atlas has of `node`."""
        lineage, columns = self._lineage, self._columns
        ref, state = lineage.ref(node), STATES[lineage.state[node]]
        return Portrait(
            ref,
            state,
            _purl(ref) if state == STATES[0] else None,
            _word(lineage.licenses, lineage.license[node]),
            _word(columns.libraries, columns.library[node]),
            _word(columns.tasks, columns.task[node]),
            _moment(columns.created[node]),
            known(lineage.downloads[node]),
            known(columns.likes[node]),
            [Parent(*_rounded(row)) for row in self._parents.of(node)],
            int(lineage.child_start[node + 1] - lineage.child_start[node]),
            int(lineage.descendants[node]),
            [SaidClaim(*_rounded(row)) for row in self._claims.of(node, MAX_CLAIMS)],
            [self._finding(ref, *row) for row in self._findings.of(node)],
            [Copy(*row) for row in self._copies.of(node, MAX_COPIES)],
        )

    def _finding(
        self, ref: str, check: str, message: str | None, level: str, sure: float, where: list[str], cure: str, words: list[str]
    ) -> Finding:
        """Return a row of `_FINDINGS`; a message that is not in it follows from the check and the words in it."""
        details = tuple(words or ())
        text = explain(self._checks[check], details, "en").message if message is None else message
        return Finding(check, ref, text, Severity(level), round(sure, 3), tuple(where), cure, details)


def _rounded(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(round(value, 3) if isinstance(value, float) else value for value in aware(row))


def _word(words: tuple[str, ...], code: np.integer) -> str | None:
    return None if code == NULL else words[code]


def _moment(seconds: np.int64) -> datetime | None:
    return None if seconds == NULL else datetime.fromtimestamp(int(seconds), UTC)


def _purl(ref: str) -> str | None:
    try:
        parsed = Ref.parse(ref)
    except FiliationError:
        return None
    return parsed.purl if ref.count(":") == 1 else None


_PARENTS = """
SELECT child AS node, CASE registry WHEN 'hf' THEN '' ELSE registry || ':' END || kind || ':' || name AS ref,
    relation, edge.basis, confidence, relation_basis, relation_confidence, because, set_aside
FROM edge JOIN node ON node_id = parent ORDER BY child, relation, confidence DESC, name
"""

_CLAIMS = """
WITH belonging AS (
    SELECT node_id AS node, record.record_id
    FROM record JOIN node ON (record.registry, record.kind, record.id) = (node.registry, node.kind, node.name)
    UNION SELECT child, record_id FROM reference JOIN claim USING (claim_id)
)
SELECT node, predicate, value, claim.relation, claim.weight, claim.basis, claim.confidence, record.source AS witness,
    claim.source || CASE WHEN pointer = '' THEN '' ELSE '#' || pointer END AS locator, seen_at, how
FROM belonging JOIN claim USING (record_id) JOIN record USING (record_id) LEFT JOIN reference USING (claim_id)
ORDER BY node, predicate, seen_at DESC, record.source, claim.source, length(pointer), pointer
"""

_FINDINGS = """
SELECT node_id AS node, check_name, CASE WHEN check_name IN ({ours}) THEN NULL ELSE message END AS told,
    severity, confidence, locations, remedy, details
FROM finding
ORDER BY node_id, check_name, message, severity, confidence, locations, remedy, details
"""
"""Millions in a whole registry: a message that `checks.run.explain` can make again is not kept."""
