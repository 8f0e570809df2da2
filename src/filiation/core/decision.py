"""What a person decided, where the machine could not."""

from __future__ import annotations

from datetime import datetime

import msgspec


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
    """A finding that a reviewer accepts until `until`; `check` at `subject` counts no more as long as it stands."""

    subject: str
    check: str
    who: str
    decided_at: datetime
    until: datetime | None
    why: str
    entry: int
