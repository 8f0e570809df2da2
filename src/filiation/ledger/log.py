"""The log: read to its end, added to at its end."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any

from filiation.ledger import tables
from filiation.ledger.database import Database
from filiation.ledger.drafts import birth
from filiation.ledger.entry import Action, Draft, Entry, Row, entry, rows
from filiation.ledger.errors import BrokenLedgerError, NotAllowedError
from filiation.ledger.fold import Fold
from filiation.ledger.person import Person

if TYPE_CHECKING:
    import sqlalchemy as sa

BATCH_ROWS = 1000


class Log:
    """The entries in a database, and the state that they come to. Threads may share it."""

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self.database = database
        self.clock = clock
        self._fold = Fold()
        self._lock = threading.Lock()

    @contextmanager
    def known(self) -> Iterator[Fold]:
        """Give the state as it was last read or written, held still while it is looked at; the database is not asked."""
        with self._lock:
            yield self._fold

    @contextmanager
    def current(self) -> Iterator[Fold]:
        """Give the state as of now, held still while it is looked at.

        Raises:
            BrokenLedgerError: If the log is not as it was written.
        """
        with self._lock:
            with self.database.reading() as con:
                self._follow(con)
            yield self._fold

    def entries(self, where: Callable[[Any], Any], limit: int | None = None) -> list[Entry]:
        """Return the entries for which `where`, given the table's columns, holds; oldest first."""
        with self.database.reading() as con:
            table, _ = tables.tables(con.dialect.name)
            query = table.select().where(where(table.c)).order_by(table.c.number).limit(limit)
            return [entry(Row(*row)) for row in con.execute(query)]

    def rows_between(self, after: int, last: int) -> list[Row]:
        """Return the rows behind number `after` up to `last`, as they stand."""
        with self.database.reading() as con:
            return list(_rows(con, after, last))

    def append(self, person: Person, drafts: Callable[[Fold], list[Draft]], *, alone: bool = False) -> list[Entry]:
        """Write what `drafts` makes of the state, after what has ended by then; return the new entries.

        With `alone`, nothing is written but that: what has ended is left to the next writer.

        Nobody else writes between the state that `drafts` sees and the entries that it makes. It is called again where another
        writer was in the way.

        Raises:
            BrokenLedgerError: If the log is not as it was written.
            NotAllowedError: If the person's token is no longer valid.
        """

        def work(con: sa.Connection) -> list[Row]:
            self._follow(con, lock=True)
            fold, time = self._fold, self.clock()
            _require_valid(fold, person, time)
            before = [] if alone else _due(fold, time)
            made = rows([*before, *drafts(fold)], (fold.number, fold.digest), time, person.name, person.role.value, person.via)
            if made:
                table, _ = tables.tables(con.dialect.name)
                con.execute(table.insert(), [row._asdict() for row in made])
            return made

        with self._lock:
            written = self.database.write(work)
            for row in written:
                self._fold.follow(row)
        return [entry(row) for row in written]

    def _follow(self, con: sa.Connection, *, lock: bool = False) -> None:
        """Bring the state up to what `con` sees; with `lock`, no other writer goes on until `con` is done."""
        fold = self._fold
        if lock:
            tables.lock(con)
        last = tables.noted(con)
        if last is None or last[0] < fold.number:
            raise BrokenLedgerError(f"The ledger {self.database.name} has lost entries: run 'filiation ledger verify'.")
        for row in _rows(con, fold.number, last[0]):
            fold.follow(row)
        if last != (fold.number, fold.digest):
            raise BrokenLedgerError(f"The ledger {self.database.name} is not what it was: run 'filiation ledger verify'.")


def _due(fold: Fold, at: datetime) -> list[Draft]:
    """Return what the next writer must write first: the beginning, and what has ended."""
    first = [] if fold.number else [birth()]
    return [*first, *(Draft(Action.EXPIRE, item.id, item.subject, item.check) for item in fold.ended(at))]


def _rows(con: sa.Connection, after: int, last: int) -> Iterator[Row]:
    """Yield the rows behind number `after` up to `last`, a batch at a time."""
    table, _ = tables.tables(con.dialect.name)
    for start in range(after, last, BATCH_ROWS):
        within = table.c.number.between(start + 1, min(start + BATCH_ROWS, last))
        yield from (Row(*row) for row in con.execute(table.select().where(within).order_by(table.c.number)).all())


def _require_valid(fold: Fold, person: Person, at: datetime) -> None:
    """Refuse a token that was revoked between the question and the answer."""
    kind, _, number = person.via.partition(":")
    if kind != "token":
        return
    token = fold.tokens.get(int(number)) if number.isdecimal() else None
    if token is None or token.state_at(at) != "valid" or (token.name, token.role) != (person.name, person.role):
        raise NotAllowedError(f"The token of {person.name} is no longer valid: ask an administrator for another.")
