"""Texts that mean to do something: commands, code, addresses."""

from __future__ import annotations

import re
from functools import cache
from typing import Literal

from filiation.knowledge import load

MAX_CHARS = 4_096


@cache
def _patterns() -> list[tuple[Literal["malicious", "suspicious"], re.Pattern[str]]]:
    rows = load("scan_texts")["command"]
    return [
        (row["level"], re.compile(row["pattern"], re.ASCII | (re.IGNORECASE if row.get("any_case") else 0))) for row in rows
    ]


def commanding(text: str) -> Literal["", "malicious", "suspicious"]:
    """Return how bad it is that a text is given to something that may carry it out; empty of plain text."""
    head = text[:MAX_CHARS]
    return next((level for level, pattern in _patterns() if pattern.search(head)), "")
