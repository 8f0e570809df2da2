"""What an atlas's checks found, whole or of some nodes, as a SARIF log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import IO, Literal

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from filiation.checks import checks
from filiation.core.decision import Waiver
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.export.sarif import sarif
from filiation.export.sink import Written
from filiation.lineage.arrays import Lineage
from filiation.store.stages import last_run

MAX_FINDINGS = 100_000
"""More than this is no log that a viewer opens; code hosts take 25,000."""
SEVERITIES = tuple(Severity)


class SarifFile(Written, frozen=True, kw_only=True, tag_field="schema", tag="filiation/export-sarif/v1"):
    """What was written; `nodes` are those with findings."""

    findings: int


def chosen_findings(
    con: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    nodes: np.ndarray | None = None,
    only: Sequence[str] = (),
    least: Severity = Severity.INFO,
) -> list[Finding]:
    """Return findings, the worst first, then in the order of nodes.

    Args:
        con: The atlas's database.
        lineage: Of the atlas.
        nodes: int32[k], of which nodes; of all where None.
        only: Names of checks; all where empty.
        least: From which severity on.

    Raises:
        FiliationError: If nothing was checked yet, a check is unknown, or there are more than `MAX_FINDINGS`.
    """
    if last_run(con, "audit") is None:
        raise FiliationError("Nothing in this atlas was checked yet: run 'filiation build'.")
    known = {check.name for check in checks()}
    for name in only:
        if name not in known:
            raise FiliationError(f"There is no check {name!r}: 'filiation checks' lists them.")
    cursor = con.cursor()
    cursor.register(
        "asked", pa.table({"node_id": pa.array(np.arange(lineage.size, dtype=np.int32) if nodes is None else nodes)})
    )
    levels = list(SEVERITIES[SEVERITIES.index(least) :])
    rows = cursor.execute(_FOUND, {"levels": levels, "only": list(only), "limit": MAX_FINDINGS + 1}).fetchall()
    if len(rows) > MAX_FINDINGS:
        raise FiliationError(
            f"There are more than {MAX_FINDINGS:,} findings: name models, or fewer checks with --check, or a --severity."
        )
    return list(_findings(lineage, rows))


def write_sarif(findings: Sequence[Finding], waivers: Sequence[Waiver], lang: Literal["en", "ja"], sink: IO[bytes]) -> None:
    """Write the log; what somebody waived is in it, suppressed, with the reason."""
    waived = {
        (finding.check, finding.subject): waiver.why for finding in findings for waiver in waivers if waiver.covers(finding)
    }
    sink.write(msgspec.json.format(msgspec.json.encode(sarif(findings, checks(), lang=lang, waived=waived))) + b"\n")


def _findings(lineage: Lineage, rows: Sequence[tuple]) -> Iterator[Finding]:
    refs = lineage.refs([row[0] for row in rows])
    for ref, (_, check, message, level, sure, at, cure, words) in zip(refs, rows, strict=True):
        yield Finding(check, ref, message, Severity(level), round(sure, 3), tuple(at or ()), cure or "", tuple(words or ()))


_FOUND = """
SELECT node_id, check_name, message, severity, confidence, locations, remedy, details
FROM finding SEMI JOIN asked USING (node_id)
WHERE list_contains($levels, severity) AND (len($only) = 0 OR list_contains($only, check_name))
ORDER BY list_position($levels, severity) DESC, node_id, check_name, message LIMIT $limit
"""
