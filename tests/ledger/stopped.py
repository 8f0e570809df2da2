"""A clock that goes when it is told to."""

from __future__ import annotations

from datetime import datetime, timedelta

NOON = datetime(2026, 11, 22, 12)  # noqa: DTZ001  # the ledger keeps naive UTC


class Clock:
    """Says the same time until it is moved; each look is a microsecond later, so that entries differ."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def pass_days(self, days: float) -> None:
        self.now += timedelta(days=days)
