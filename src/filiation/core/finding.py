"""Something a person should know about a subject."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Severity(StrEnum):
    """How bad it is if true."""

    INFO = "info"
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Finding(msgspec.Struct, frozen=True):
    """A defect with its evidence; the first of `locations` is the primary one.

    `message` and `remedy` are English; `details` are the words that stand in the message, so that it can be said in another
    language.
    """

    check: str
    subject: str
    message: str
    severity: Severity
    confidence: float
    locations: tuple[str, ...] = ()
    remedy: str = ""
    details: tuple[str, ...] = ()
