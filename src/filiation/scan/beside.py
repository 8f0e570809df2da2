"""What a scan saw, as a file that stands beside those of a model: so the checks read it as they read a card."""

from __future__ import annotations

import msgspec

from filiation.scan.answer import ORDER, Level, Scan

NAME = "filiation-scan.json"
"""Not a file of the repository: a JSON array, an object for each file that is not clean."""
MAX_FILES = 200


def beside(scan: Scan) -> str:
    """Return the files that are not clean, the worst first: ``file``, ``status``, and ``why``, the rule with its words."""
    found = sorted(
        (file for file in scan.files if file.status != "clean"), key=lambda file: (ORDER.index(file.status), file.path)
    )
    rows = []
    for file in found[:MAX_FILES]:
        first = next(reason for reason in file.reasons if reason.level != Level.NOTE)
        words = ", ".join(first.details)
        rows.append({"file": file.path, "status": file.status, "why": f"{first.rule}: {words}" if words else first.rule})
    return msgspec.json.encode(rows).decode()
