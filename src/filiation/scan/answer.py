"""What a scan answers: of each file whether it is hostile, and why."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from filiation.core.record import Skipped


class Status(StrEnum):
    """The answer about a file; the last one says that it could not be told, which is not the same as clean."""

    CLEAN = "clean"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"
    INCONCLUSIVE = "inconclusive"


class Level(StrEnum):
    """What a reason makes of its file; a note makes nothing of it."""

    MALICIOUS = "malicious"
    SUSPICIOUS = "suspicious"
    INCONCLUSIVE = "inconclusive"
    NOTE = "note"


LEVELS = tuple(Level)
"""The worst first."""


class Reason(msgspec.Struct, frozen=True):
    """Something that was seen in a file.

    Attributes:
        rule: What it is an instance of; the page on scanning lists them.
        level: What it makes of the file.
        place: Where: members of archives with ``!`` between, then the byte, key or line; empty for the file as a whole.
        evidence: What stands there, shortened; of a secret only its beginning.
        message: In a sentence.
        details: The words that stand in the message.
    """

    rule: str
    level: Level
    place: str
    evidence: str
    message: str
    details: tuple[str, ...] = ()


class Opinion(msgspec.Struct, frozen=True):
    """What another scanner says of a file.

    Attributes:
        scanner: Its name and version.
        status: In our words; ``inconclusive`` where it knows what it saw to be neither good nor bad.
        says: What it saw.
        agrees: Whether it raises an alarm where we do, and none where we do not.
    """

    scanner: str
    status: Status
    says: tuple[str, ...]
    agrees: bool


class FileScan(msgspec.Struct, frozen=True):
    """The answer about one file, with all that is nested in it.

    Attributes:
        path: Relative to what was scanned, with forward slashes.
        status: The worst that its reasons make of it.
        kind: What its first bytes say it is; empty where they say nothing that we know.
        bytes: How long it is.
        reasons: The worst first.
        opinions: Of other scanners.
        registry: What the registry's own scan says of it; null where that is not known.
    """

    path: str
    status: Status
    kind: str
    bytes: int
    reasons: tuple[Reason, ...]
    opinions: tuple[Opinion, ...] = ()
    registry: str | None = None


class Scan(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/scan/v1"):
    """The answer about a folder, or about one file.

    Attributes:
        path: What was scanned.
        status: The worst of its files'.
        files: In order of name.
        counts: How many files have each status.
        bytes: How long they are together.
        skipped: What was not looked at, and why: links that leave the folder, what is no file.
    """

    path: str
    status: Status
    files: tuple[FileScan, ...]
    counts: dict[str, int]
    bytes: int
    skipped: tuple[Skipped, ...] = ()


ORDER = (Status.MALICIOUS, Status.SUSPICIOUS, Status.INCONCLUSIVE, Status.CLEAN)
ALARMS = frozenset({Status.MALICIOUS, Status.SUSPICIOUS})


def status_of(levels: set[Level]) -> Status:
    """Return what reasons of these levels make of their file: the worst; clean without any."""
    worst = next((level for level in LEVELS if level in levels), Level.NOTE)
    return Status.CLEAN if worst is Level.NOTE else Status(worst)
