"""A finding that a person must look at, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from filiation.core.finding import Severity


class Decision(StrEnum):
    """What a person may say about an item."""

    APPROVE = "approve"
    REJECT = "reject"
    WAIVE = "waive"
    OVERRIDE = "override"
    REOPEN = "reopen"


class State(StrEnum):
    """Where an item stands; ``expired`` is open again, because what was decided has ended."""

    OPEN = "open"
    EXPIRED = "expired"
    WAIVED = "waived"
    APPROVED = "approved"
    REJECTED = "rejected"
    OVERRIDDEN = "overridden"


STATE_AFTER = {
    Decision.APPROVE: State.APPROVED,
    Decision.REJECT: State.REJECTED,
    Decision.WAIVE: State.WAIVED,
    Decision.OVERRIDE: State.OVERRIDDEN,
    Decision.REOPEN: State.OPEN,
}
WAITING = (State.OPEN, State.EXPIRED)
"""The states in which a person is asked for."""


class Decided(msgspec.Struct, frozen=True):
    """The latest decision on an item.

    Attributes:
        decision: What was said.
        who: By whom.
        at: When, naive UTC.
        until: When it ends; None for never.
        why: The reason.
        predicate: What an override settles, else empty.
        value: What it is settled to, else empty.
        entry: Number of the ledger's entry.
    """

    decision: Decision
    who: str
    at: datetime
    until: datetime | None
    why: str
    predicate: str
    value: str
    entry: int


class Item(msgspec.Struct, frozen=True):
    """A review item.

    Attributes:
        id: Number of the entry that opened it.
        subject: A ref, such as ``model:o/a``.
        check: The check that found it; ``claim:PREDICATE`` where a claim was settled with no finding.
        state: Where it stands at the time that was asked about.
        severity: How bad it is if true; null where nobody said.
        confidence: How sure the check is, in [0, 1]; null where nobody said.
        message: What was found.
        details: The words in the message, so that it can be said in another language.
        evidence: Where it was read, the primary place first.
        evidence_digest: What the finding stands on, in 16 hexadecimal digits.
        remedy: What to do.
        owner: Who is to decide; null for nobody yet.
        due: By when, naive UTC.
        opened_at: When, naive UTC.
        opened_by: By whom.
        changed_at: Time of its latest entry.
        decided: The latest decision, also where it has ended; null where there is none, or it was opened again.
        comments: How many were made.
    """

    id: int
    subject: str
    check: str
    state: State
    severity: Severity | None
    confidence: float | None
    message: str
    details: tuple[str, ...]
    evidence: tuple[str, ...]
    evidence_digest: str
    remedy: str
    owner: str | None
    due: datetime | None
    opened_at: datetime
    opened_by: str
    changed_at: datetime
    decided: Decided | None = None
    comments: int = 0

    def at(self, at: datetime) -> Item:
        """Return the item as it stands at `at`: a decision that has ended by then no longer holds."""
        if self.has_ended(at):
            return msgspec.structs.replace(self, state=State.EXPIRED)
        return self

    def has_ended(self, at: datetime) -> bool:
        """Return whether its decision was in force once and has ended by `at`."""
        until = self.decided.until if self.decided else None
        return self.state not in WAITING and until is not None and until <= at


def in_queue_order(item: Item) -> tuple:
    """Sort key: who waits for a person first, then what is due first, then what is worst, then what is oldest."""
    severities = tuple(Severity)
    badness = severities.index(item.severity) if item.severity else -1
    return item.state not in WAITING, item.due is None, item.due.isoformat() if item.due else "", -badness, item.id
