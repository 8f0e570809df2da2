"""A scan as lines, and as a SARIF log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from filiation.core.finding import Finding, Severity
from filiation.export.sarif import Place, sarif
from filiation.scan.answer import ORDER, Level, Scan

SEVERITIES = {
    Level.MALICIOUS: Severity.CRITICAL,
    Level.SUSPICIOUS: Severity.HIGH,
    Level.INCONCLUSIVE: Severity.LOW,
    Level.NOTE: Severity.INFO,
}


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
