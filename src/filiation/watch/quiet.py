"""Hours in which nobody is told of what can wait."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.finding import Severity
from filiation.watch.rating import at_least

Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_HOURS = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)")
STEP = timedelta(minutes=15)
MOST_STEPS = 8 * 24 * 4


class Quiet(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When nothing is told but what cannot wait.

    Attributes:
        hours: Such as ``22:00-07:00``, which goes over midnight; empty for none.
        days: Days that are quiet from midnight to midnight.
        zone: Whose hours and days these are, by its name in the IANA database.
        through: What is this severe or worse is told at once.
    """

    hours: str = ""
    days: tuple[Day, ...] = ()
    zone: str = "UTC"
    through: Severity = Severity.CRITICAL

    def checked(self) -> Quiet:
        """Return itself.

        Raises:
            FiliationError: If the hours or the zone are none.
        """
        if self.hours and not _HOURS.fullmatch(self.hours):
            raise FiliationError(f"{self.hours!r} are no quiet hours: write them as '22:00-07:00'.")
        if len(set(self.days)) == len(DAYS):
            raise FiliationError("All days of the week are quiet, so that nothing would ever be told: leave one out.")
        try:
            ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise FiliationError(
                f"{self.zone!r} is no time zone: write one such as 'Europe/Berlin' or 'Asia/Tokyo'."
            ) from error
        return self

    def until(self, now: datetime) -> datetime | None:
        """Return about when the quiet time ends that `now` lies in, both naive UTC; None where it lies in none."""
        if not self._holds(now):
            return None
        start = now.replace(minute=now.minute - now.minute % 15, second=0, microsecond=0)
        return next(
            (at for step in range(1, MOST_STEPS) if not self._holds(at := start + step * STEP)), start + MOST_STEPS * STEP
        )

    def passes(self, severity: Severity) -> bool:
        """Return whether what is this severe is told at once."""
        return at_least(severity, self.through)

    def _holds(self, moment: datetime) -> bool:
        local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))
        if DAYS[local.weekday()] in self.days:
            return True
        match = _HOURS.fullmatch(self.hours)
        if not match:
            return False
        start, end = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        minute = local.hour * 60 + local.minute
        return start <= minute < end if start <= end else minute >= start or minute < end
