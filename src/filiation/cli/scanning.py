"""A scan as lines, and as a SARIF log."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Ref
from filiation.export.sarif import Place, sarif
from filiation.scan.answer import ORDER, Level, Scan

SEVERITIES = {
    Level.MALICIOUS: Severity.CRITICAL,
    Level.SUSPICIOUS: Severity.HIGH,
    Level.INCONCLUSIVE: Severity.LOW,
    Level.NOTE: Severity.INFO,
}


def with_registry(scan: Scan, name: str, atlas_path: Path) -> Scan:
    """Return the same answer with what the registry's own scan says of each file, as the atlas holds it.

    Args:
        scan: Ours.
        name: Of the repository whose files these are.
        atlas_path: The atlas that has a record of it.

    Raises:
        FiliationError: If the atlas has no record of it, or that says nothing of a scan.
    """
    from filiation.store.atlas import Atlas

    ref = Ref.parse(name)
    with Atlas.open(atlas_path) as atlas:
        rows = atlas.con.execute(
            "SELECT body -> '$.securityRepoStatus' FROM record WHERE id = ? AND kind = ? ORDER BY seen_at DESC LIMIT 1",
            [ref.name, str(ref.kind)],
        ).fetchall()
    if not rows or rows[0][0] is None:
        raise FiliationError(f"{atlas_path} holds no scan of the registry's for {name}: fetch its record with securityStatus.")
    told = msgspec.json.decode(rows[0][0], type=_Status)
    levels = {issue.path: issue.level for issue in told.filesWithIssues}
    rest = "no issue" if told.scansDone else "not scanned yet"
    files = tuple(msgspec.structs.replace(file, registry=levels.get(file.path, rest)) for file in scan.files)
    return msgspec.structs.replace(scan, files=files)


class _Issue(msgspec.Struct):
    path: str
    level: str = "unsafe"


class _Status(msgspec.Struct):
    """What the Hub's API calls ``securityRepoStatus``."""

    scansDone: bool = False  # noqa: N815  # as the API spells it
    filesWithIssues: list[_Issue] = []  # noqa: N815  # as above


def lines_of(scan: Scan) -> Iterator[str]:
    """Yield the answer line by line, the worst files first; clean ones are only counted."""
    for file in sorted(scan.files, key=lambda file: (ORDER.index(file.status), file.path)):
        if file.status != "clean":
            yield f"{file.status}: {file.path}"
            yield from (f"  {reason.place}: {reason.message} [{reason.rule}]" for reason in file.reasons)
    yield f"{len(scan.files):,} files: " + ", ".join(f"{count:,} {status}" for status, count in scan.counts.items())


def sarif_log(scan: Scan, lang: str) -> dict[str, Any]:
    """Return the answer as a SARIF log: each reason is a result at its file, what was not looked at a notification."""
    findings = [
        Finding(
            f"scan/{reason.rule}",
            file.path,
            f"{reason.message} ({reason.place})" if reason.place else reason.message,
            SEVERITIES[reason.level],
            1.0,
            (),
            "",
            (reason.place, reason.evidence),
        )
        for file in scan.files
        for reason in file.reasons
    ]
    places = {file.path: [Place(file.path)] for file in scan.files}
    said: Literal["en", "ja"] = "ja" if lang == "ja" else "en"
    return sarif(findings, (), lang=said, places=places, skipped=scan.skipped)
