"""What a person decided, where the machine could not."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256

import msgspec

from filiation.core.finding import Finding

_NUMBERED = ("edge/", "claim/")


class Override(msgspec.Struct, frozen=True):
    """A claim that a reviewer settled: until it ends, `value` holds whatever the sources say.

    Attributes:
        subject: A ref, such as ``model:o/a``.
        predicate: What is settled, such as ``license``.
        value: What it is, such as a license expression.
        who: The reviewer.
        decided_at: When, naive UTC.
        until: When it ends, naive UTC; None for never.
        why: The reason given.
        entry: Number of the ledger's entry.
    """

    subject: str
    predicate: str
    value: str
    who: str
    decided_at: datetime
    until: datetime | None
    why: str
    entry: int


class Waiver(msgspec.Struct, frozen=True):
    """A finding that counts no more until `until`: `check` at `subject` was accepted, or rejected as false.

    Attributes:
        subject: A ref, such as ``model:o/a``.
        check: Name of the check.
        who: The reviewer.
        decided_at: When, naive UTC.
        until: When it ends, naive UTC; None for never.
        why: The reason given.
        entry: Number of the ledger's entry.
        evidence: `evidence_digest` of the finding that was decided on, and no other is covered; empty for any evidence.
    """

    subject: str
    check: str
    who: str
    decided_at: datetime
    until: datetime | None
    why: str
    entry: int
    evidence: str = ""

    def covers(self, finding: Finding) -> bool:
        """Return whether `finding` is the one that was decided on; whether the waiver is in force is not asked."""
        same = (self.check, self.subject) == (finding.check, finding.subject)
        return same and self.evidence in ("", evidence_digest(finding))


class Given(msgspec.Struct, frozen=True):
    """A person's answer to a question of an assessment; which values there are, the assessment says.

    Attributes:
        subject: A ref, such as ``model:o/a``.
        kind: Of the assessment, such as ``openness``.
        question: Its id, such as ``mof.training-code``.
        value: The answer, such as ``yes``.
        detail: What it is beyond that, such as a license; empty for nothing.
        where: What it rests on: a link or a file; empty where a person only says so.
        who: The person.
        at: When, naive UTC.
        until: When it ends, naive UTC; None for never.
        why: The reason given.
        entry: Number of the ledger's entry; 0 where it was read from a file.
    """

    subject: str
    kind: str
    question: str
    value: str
    detail: str
    where: str
    who: str
    at: datetime
    until: datetime | None
    why: str
    entry: int = 0

    def holds(self, at: datetime) -> bool:
        """Return whether it was given by `at` and has not ended by then."""
        return self.at <= at and (self.until is None or at < self.until)


def is_numbered(place: str) -> bool:
    """Return whether a location is the number of an edge or a claim, which is given anew with every build."""
    return place.startswith(_NUMBERED)


def evidence_digest(finding: Finding) -> str:
    """Return 16 hexadecimal digits of what `finding` stands on: the words in its message, and its locations in any order.

    Neither wording, severity nor confidence changes it; where there are no words, the message stands for them. Numbers of edges
    and claims do not count: they are given anew with every build.
    """
    words = finding.details or (finding.message,)
    places = sorted(place for place in finding.locations if not is_numbered(place))
    return sha256(msgspec.json.encode([words, places])).hexdigest()[:16]
