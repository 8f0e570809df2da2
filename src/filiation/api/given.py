"""What a person may write, as it is taken."""

from __future__ import annotations

from datetime import UTC, date, datetime

from filiation.core.errors import FiliationError
from filiation.core.moment import moment

Moment = str | date | datetime
"""A day, which means its end, or a moment; without a zone it is UTC."""


def least(number: int) -> int:
    """Return a count of what to show.

    Raises:
        FiliationError: If it is less than 1.
    """
    if number < 1:
        raise FiliationError(f"{number} is too few: ask for 1 or more.")
    return number


def moment_of(at: Moment | None) -> datetime:
    """Return the naive UTC moment, the end of the day for a bare date; now for None.

    Raises:
        FiliationError: If a text is no date.
    """
    if isinstance(at, datetime):
        return at.astimezone(UTC).replace(tzinfo=None) if at.tzinfo else at
    return moment(at.isoformat() if isinstance(at, date) else at)
