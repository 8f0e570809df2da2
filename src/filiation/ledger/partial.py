"""A ledger as somebody sees it who may not see everything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from filiation.ledger.entry import Action, Draft, Entry, Row, entry
from filiation.ledger.errors import UnknownItemError
from filiation.ledger.fold import Fold
from filiation.ledger.log import Log
from filiation.ledger.person import Person
from filiation.ledger.store import Ledger

Sees = Callable[[str, str], bool]
"""Says of a subject, and of the other text of an entry, whether they may be seen."""
_NO_SUBJECT = frozenset({Action.INIT, Action.TOKEN, Action.REVOKE, Action.CHECKPOINT})


def partial_ledger(ledger: Ledger, sees: Sees) -> Ledger:
    """Return `ledger` without the entries that may not be seen.

    Law: but for the numbers of entries, it answers as if they had never been written; and it writes only what may be seen.
    """
    return Ledger(_PartialLog(ledger.chain, sees))


class _PartialLog(Log):
    """Follows another log, and takes in of it what may be seen."""

    def __init__(self, whole: Log, sees: Sees) -> None:
        super().__init__(whole.database, whole.clock)
        self._whole, self._sees = whole, sees
        self._seen_fold = _PartialFold(sees)

    @contextmanager
    def known(self) -> Iterator[Fold]:
        """Give the state as it was last read or written."""
        with self._whole.known() as fold, self._lock:
            yield self._brought_up(fold)

    @contextmanager
    def current(self) -> Iterator[Fold]:
        """Give the state as of now, held still while it is looked at."""
        with self._whole.current() as fold, self._lock:
            yield self._brought_up(fold)

    def entries(self, where: Callable[[Any], Any], limit: int | None = None) -> list[Entry]:
        """Return the entries that may be seen, and for which `where` holds; oldest first."""
        with self.current():
            visible = frozenset(self._seen_fold.visible)
        if limit is None:
            return [found for found in self._whole.entries(where) if found.number in visible]
        return self._some(where, limit, visible)

    def _some(self, where: Callable[[Any], Any], limit: int, visible: frozenset[int]) -> list[Entry]:
        found: list[Entry] = []
        after = 0
        while len(found) < limit:
            page = self._whole.entries(lambda row, after=after: where(row) & (row.number > after), limit)
            found += [item for item in page if item.number in visible]
            if len(page) < limit:
                break
            after = page[-1].number
        return found[:limit]

    def append(self, person: Person, drafts: Callable[[Fold], list[Draft]], *, alone: bool = False) -> list[Entry]:
        """Write what `drafts` makes of the state that is seen, unless that may not be seen.

        Raises:
            UnknownItemError: If it speaks of what is hidden.
        """

        def seen_drafts(fold: Fold) -> list[Draft]:
            with self._lock:
                made = drafts(self._brought_up(fold))
            for draft in made:
                if draft.action not in _NO_SUBJECT and not self._sees(draft.subject, _said(draft)):
                    raise UnknownItemError("There is nothing of that name here: look for it with /api/v1/find?q=.")
            return made

        return self._whole.append(person, seen_drafts, alone=alone)

    def _brought_up(self, fold: Fold) -> _PartialFold:
        """Return the state that is seen after the last entry that `fold` took in."""
        mine = self._seen_fold
        if mine.number < fold.number:
            for read in self._whole.rows_between(mine.number, fold.number):
                mine.follow(read)
        return mine


class _PartialFold(Fold):
    """Takes in what may be seen; that the chain is whole was seen by the log that it follows."""

    def __init__(self, sees: Sees) -> None:
        super().__init__()
        self._sees = sees
        self.visible: set[int] = set()

    def follow(self, row: Row) -> None:
        """Take the next entry in, or pass over it."""
        read = entry(row)
        if self._is_seen(read):
            self.visible.add(read.number)
            if change := getattr(self, f"_{read.action}", None):
                change(read)
        self.number, self.digest = row.number, row.digest

    @property
    def count(self) -> int:
        """How many entries it took in."""
        return len(self.visible)

    def _is_seen(self, read: Entry) -> bool:
        if read.action is Action.REVOKE and read.body["token"] not in self.tokens:
            return False
        if read.action in _NO_SUBJECT:
            return self._sees("", _said(read))
        if read.item is not None and read.action is not Action.OPEN and read.item not in self.items:
            return False
        if read.action is Action.LESSON and read.value == "answered" and read.body.get("of") not in self.lessons:
            return False
        return self._sees(read.subject, _said(read))


def _said(told: Entry | Draft) -> str:
    """Return all that an entry says but its subject, as one text."""
    body = [str(value) for name, value in told.body.items() if name not in {"digest", "hash"}]
    return "\n".join((told.check, told.predicate, told.value, told.why, *body))
