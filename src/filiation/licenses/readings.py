"""What the files beside a record say of its licence: read for every node that the atlas holds files of."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import msgspec

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.finding import Finding
from filiation.licenses.declared import Declared, State
from filiation.licenses.disagreement import disagreements
from filiation.licenses.expression import UnreadableExpressionError, parse
from filiation.licenses.identify import Identified, identify

ENOUGH = 0.8
"""From this confidence on what a file states stands in for what no field says."""
ROWS = 256
OPEN = frozenset({State.UNDECLARED, State.UNKNOWN, State.OTHER})


class Read(msgspec.Struct, frozen=True):
    """What the files of a node came to: a licence where the fields leave it open, and where the sources disagree."""

    node: int
    stated: Declared | None
    findings: list[Finding]


def readings(con: duckdb.DuckDBPyConnection) -> Iterator[Read]:
    """Yield what is read for each node whose record comes with files, in their order."""
    rows = con.cursor().execute(_FILES)
    while chunk := rows.fetchmany(ROWS):
        for node, name, files, claims in chunk:
            texts = {file: text for file, text in msgspec.json.decode(files).items() if isinstance(text, str)}
            yield read(node, name, [_claim(*said) for said in claims or []], texts)


def read(node: int, name: str, claims: list[Claim], files: dict[str, str]) -> Read:
    """Return what one node's claims and files say of its licence."""
    found = identify(claims, files)
    return Read(node, _stated(found), list(disagreements(name, found)))


def _stated(found: Identified) -> Declared | None:
    """Return the surest statement of a file or card, where the fields leave the licence open."""
    if found.declared.expression is not None or found.declared.state not in OPEN:
        return None
    sure = [item for item in found.readings if item.basis == Basis.STATED and item.subject in {"model", "unstated"}]
    best = max(sure, key=lambda item: item.confidence, default=None)
    if best is None or best.confidence < ENOUGH:
        return None
    try:
        return Declared(State.STATED, (f"{best.locator}",), parse(best.license), best.confidence)
    except UnreadableExpressionError:
        return None


def _claim(predicate: str, value: str, basis: str, confidence: float, source: str, pointer: str) -> Claim:
    return Claim(Predicate(predicate), value, Basis(basis), confidence, Locator(source, pointer))


_FILES = """
SELECT node_id, any_value(name), any_value(files),
    list((predicate, value, basis::VARCHAR, confidence, source, pointer) ORDER BY claim_id) FILTER (value IS NOT NULL)
FROM (
    SELECT node_id, name, files, claim_id, predicate, value, claim.basis, claim.confidence, claim.source, pointer
    FROM node JOIN record USING (record_id)
    LEFT JOIN claim ON claim.record_id = record.record_id AND predicate IN ('license', 'license_name', 'license_link')
    WHERE files IS NOT NULL
) GROUP BY node_id ORDER BY node_id
"""
