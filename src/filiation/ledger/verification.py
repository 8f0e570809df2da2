"""Whether the log is as it was written, and if not, from where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec

from filiation.ledger import tables
from filiation.ledger.checkpoint import Checkpoint
from filiation.ledger.database import Database
from filiation.ledger.entry import NOTHING, Action, Row, digest
from filiation.ledger.errors import LedgerError
from filiation.ledger.log import BATCH_ROWS

if TYPE_CHECKING:
    import sqlalchemy as sa

_TYPES = tuple("integer" if name in tables.NUMBERS else "text" for name in Row._fields)


class Verification(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/ledger-verify/v1"):
    """Whether the log is whole.

    Attributes:
        entries: How many stand there unbroken, from the first.
        intact: Whether nothing speaks against any of them, or against more having been there.
        first_broken: Number of the first entry that is not as it was written, or is missing; null where all stand.
        why: What is wrong, in a sentence; empty where nothing is.
        ledger: The ledger's own id.
        digest: Of the last entry that stands.
        proven: Up to which entry a signature, in the log or beside it, says the same; behind it a rewriting of all that
            follows would not show.
        signers: The keys that signed, by id.
    """

    entries: int
    intact: bool
    first_broken: int | None
    why: str
    ledger: str
    digest: str
    proven: int
    signers: list[str]


class _Broken(Exception):  # noqa: N818  # a finding, not an error
    def __init__(self, number: int | None, why: str) -> None:
        super().__init__(why)
        self.number, self.why = number, why


class _Walk:
    """How far it has been looked."""

    def __init__(self, outside: Sequence[Checkpoint], signers: Sequence[str]) -> None:
        self.number = 0
        self.digest: str = NOTHING
        self.ledger = ""
        self.proven = 0
        self.signers: set[str] = set()
        self._trusted = frozenset(signers)
        self._outside = sorted(outside, key=lambda said: said.entry)
        self._digests: dict[int, str] = {}
        self._wanted = {said.entry for said in outside}

    def step(self, row: Row) -> None:
        """Look at the next entry."""
        due = self.number + 1
        if row.number != due:
            raise _Broken(due, f"Entry {due} is missing: the next one is {row.number}.")
        if digest(row) != row.digest:
            raise _Broken(due, f"Entry {due} is not as it was written: its digest does not fit it.")
        if row.previous != self.digest:
            raise _Broken(due, f"Entry {due} does not follow the one before: it, or what was before it, was rewritten.")
        if due == 1:
            self.ledger = _born(row)
        if row.action == Action.CHECKPOINT:
            self._hold(_inside(row), self.number, self.digest)
        self.number, self.digest = due, row.digest
        while self._outside and self._outside[0].entry == due:
            self._hold(self._outside.pop(0), due, row.digest)

    def end(self) -> None:
        """Say what a checkpoint beside the log knows of and the log does not."""
        for said in self._outside:
            self._hold(said, said.entry, said.digest)  # a forged one proves nothing
            raise _Broken(self.number + 1, f"Entry {self.number + 1} is missing: a checkpoint of {said.at} knows {said.entry}.")

    def _hold(self, said: Checkpoint, number: int, value: str) -> None:
        """Hold what a key said against what stands there."""
        where = f"the checkpoint of {said.at} at entry {said.entry}"
        if not said.is_signed:
            raise _Broken(number, f"The signature of {where} is not that of its key.")
        if self._trusted and said.key not in self._trusted:
            raise _Broken(number, f"The key {said.key} of {where} is not among those trusted.")
        if said.ledger != self.ledger:
            raise _Broken(1, f"Here is another ledger than the one of {where}: {self.ledger}, not {said.ledger}.")
        if (said.entry, said.digest) != (number, value):
            behind = f"behind entry {self.proven}" if self.proven else "from the first entry on"
            raise _Broken(self.proven + 1, f"What {where} signed is not what stands there: it was rewritten {behind}.")
        self.proven = max(self.proven, number)
        self.signers.add(said.key)


def verify(database: Database, outside: Sequence[Checkpoint] = (), signers: Sequence[str] = ()) -> Verification:
    """Return whether the log in `database` is as it was written.

    Args:
        database: Where it is; it is only read.
        outside: Checkpoints that were kept elsewhere; what they prove cannot be rewritten or cut off unseen.
        signers: Ids of the keys whose checkpoints are believed; empty for any.

    Raises:
        LedgerError: If there is no ledger, or it cannot be reached.
    """
    walk = _Walk(outside, signers)
    broken: _Broken | None = None
    try:
        _look(database, walk)
    except _Broken as found:
        broken = found
    return Verification(
        entries=walk.number,
        intact=broken is None,
        first_broken=broken.number if broken else None,
        why=broken.why if broken else "",
        ledger=walk.ledger,
        digest=walk.digest,
        proven=min(walk.proven, walk.number),
        signers=sorted(walk.signers),
    )


def _look(database: Database, walk: _Walk) -> None:
    """Walk through all entries, and then look at what holds them.

    Raises:
        _Broken: At the first thing that is not as it was written.
    """
    import sqlalchemy as sa  # noqa: PLC0415  # a quarter of a second that only the ledger pays

    try:
        with database.reading(still=True) as con:
            if not sa.inspect(con).has_table("entry", schema=tables.tables(con.dialect.name)[0].schema):
                raise LedgerError(f"There is no ledger at {database.name}: make one with 'filiation ledger init'.")
            for row in _rows_as_stored(con, walk):
                walk.step(row)
            walk.end()
            _look_around(con, walk)
    except LedgerError as error:
        if isinstance(error.__cause__, (sa.exc.DBAPIError, UnicodeDecodeError)) and database.path and database.path.exists():
            raise _Broken(walk.number + 1, f"Entry {walk.number + 1} cannot be read: {error}") from error
        raise


def _look_around(con: sa.Connection, walk: _Walk) -> None:
    """Look at the note of the last entry, at the file, and at the guards."""
    last = tables.noted(con)
    if last is None:
        raise _Broken(
            walk.number + 1, f"The note of the last entry is gone: whether there was an entry {walk.number + 1}, who knows."
        )
    if last[0] > walk.number:
        raise _Broken(walk.number + 1, f"Entry {walk.number + 1} is missing: the note of the last one says {last[0]}.")
    if last != (walk.number, walk.digest):
        raise _Broken(walk.number, f"The note of the last entry is not that of entry {walk.number}: one of them was changed.")
    if con.dialect.name == "sqlite":
        said = con.exec_driver_sql("PRAGMA integrity_check(1)").scalar()
        if said != "ok":
            raise _Broken(None, f"All entries stand, but the file is damaged ({said}): copy it while they can be read.")
    if missing := tables.missing_guards(con):
        raise _Broken(None, f"All entries stand, but guards against changing them are gone: {', '.join(missing)}.")


def _rows_as_stored(con: sa.Connection, walk: _Walk) -> Iterator[Row]:
    """Yield what stands there byte by byte: SQLite would call a text whose type was changed the same."""
    if con.dialect.name != "sqlite":
        table, _ = tables.tables(con.dialect.name)
        query = table.select().order_by(table.c.number)
        for row in con.execute(query, execution_options={"yield_per": BATCH_ROWS}):
            yield Row(*row)
        return
    types = " || ' ' || ".join(f"typeof({name})" for name in Row._fields)
    bytes_ = ", ".join(f"CAST({name} AS BLOB)" for name in Row._fields)
    for kinds, *values in con.exec_driver_sql(f"SELECT {types}, {bytes_} FROM entry ORDER BY entry.number"):
        due = walk.number + 1
        if tuple(kinds.split()) != _TYPES:
            raise _Broken(due, f"Entry {due} is not as it was written: it holds something else than text.")
        yield _decoded(values, due)


def _decoded(values: Sequence[bytes], due: int) -> Row:
    try:
        texts = [value.decode() for value in values]
    except UnicodeDecodeError as error:
        raise _Broken(due, f"Entry {due} is not as it was written: it holds what is no text.") from error
    stored: list[Any] = [int(text) if kind == "integer" else text for kind, text in zip(_TYPES, texts, strict=True)]
    return Row(*stored)


def _born(row: Row) -> str:
    """Return the ledger's own id."""
    with suppress(ValueError, TypeError, KeyError):  # then it names no ledger
        if row.action == Action.INIT:
            return str(json.loads(row.body)["ledger"])
    raise _Broken(1, "Entry 1 does not begin a ledger.")


def _inside(row: Row) -> Checkpoint:
    """Return the checkpoint that an entry holds."""
    try:
        return msgspec.json.decode(row.body, type=Checkpoint)
    except msgspec.DecodeError as error:
        raise _Broken(row.number, f"Entry {row.number} says that it is a checkpoint, and is none.") from error
