"""The ledger that a server works with: opened when it is first wanted, for it may be made while we serve."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from filiation.access.hidden import Hidden
from filiation.core.decision import Override, Waiver
from filiation.core.errors import FiliationError
from filiation.ledger.database import file_of
from filiation.ledger.partial import partial_ledger
from filiation.ledger.store import Clock, Ledger, now, open_ledger
from filiation.server.problems import NothingHereError


class LedgerRoom:
    """A ledger that may not be there yet. Everything here may wait for a disk: ask in a thread.

    Args:
        location: A file, or the address of a PostgreSQL database.
        clock: What time it is, naive UTC; None for the system's.
    """

    def __init__(self, location: str | Path, clock: Clock | None = None) -> None:
        self._location, self._clock = location, clock
        self._file = file_of(location)
        self._ledger: Ledger | None = None

    def now(self) -> datetime:
        """Return the time, naive UTC."""
        return (self._clock or now)()

    def found(self) -> Ledger | None:
        """Return the ledger, or None where there is none."""
        if self._ledger is None:
            if self._file and not self._file.exists():
                return None
            self._ledger = open_ledger(self._location, clock=self._clock or now)
        return self._ledger

    def ledger(self) -> Ledger:
        """Return the ledger.

        Raises:
            NothingHereError: If there is none.
            LedgerError: If it cannot be opened.
        """
        ledger = self.found()
        if ledger is None:
            name = self._file.name if self._file else ""  # an address is taken to be there
            raise NothingHereError(f"There is no ledger at {name} yet: 'filiation ledger init' makes one.")
        return ledger

    def partial(self, hidden: Callable[[], Hidden]) -> LedgerRoom:
        """Return the same ledger without the entries that speak of what is hidden; what that is, is asked when it is opened."""
        return _PartialRoom(self, hidden)

    @property
    def is_whole(self) -> bool:
        """Whether all that was written is seen here."""
        return True

    def decisions(self, at: datetime) -> tuple[Sequence[Waiver], Sequence[Override]]:
        """Return the waivers and the overrides in force at `at`; none where there is no ledger.

        Raises:
            FiliationError: If there is a ledger, and it cannot be read: nobody knows then what holds.
        """
        ledger = self.found()
        if ledger is None:
            return (), ()
        try:
            return ledger.in_force(at)
        except FiliationError:
            self._forget()  # whoever mends it need not start the server again
            raise

    def _forget(self) -> None:
        self._ledger = None


class _PartialRoom(LedgerRoom):
    """A room in which something is not seen."""

    def __init__(self, whole: LedgerRoom, hidden: Callable[[], Hidden]) -> None:
        super().__init__(whole._location, whole._clock)
        self._whole, self._hidden = whole, hidden
        self._of: tuple[Ledger, Hidden] | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all that was written is seen here."""
        return False

    def found(self) -> Ledger | None:
        """Return the ledger as it is seen, or None where there is none."""
        whole = self._whole.found()
        if whole is None:
            return None
        hidden = self._hidden()
        if self._ledger is None or self._of != (whole, hidden):

            def sees(subject: str, text: str) -> bool:
                return not (subject and hidden.has(subject)) and not hidden.in_text(text)

            self._ledger, self._of = partial_ledger(whole, sees), (whole, hidden)
        return self._ledger

    def _forget(self) -> None:
        self._ledger = None
        self._whole._forget()
