"""Moments as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

from filiation.core.errors import FiliationError


def moment(text: str | None) -> datetime:
    """Return the naive UTC moment that `text` spells, the end of the day for a bare date; now for None.

    Raises:
        FiliationError: If it is no date.
    """
    if text is None:
        return datetime.now(UTC).replace(tzinfo=None)
    try:
        if len(text) == len("2024-07-11"):
            return datetime.combine(date.fromisoformat(text), time(23, 59, 59))
        parsed = datetime.fromisoformat(text)
    except ValueError as error:
        raise FiliationError(f"{text!r} is no date: write 2024-07-11 or 2024-07-11T08:00:00Z.") from error
    return parsed.astimezone(UTC).replace(tzinfo=None) if parsed.tzinfo else parsed
