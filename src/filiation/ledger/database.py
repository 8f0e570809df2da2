"""Where a ledger is kept, and how one writes there while a hundred others do."""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from filiation.ledger.encryption import PARAMETERS, Encryption
from filiation.ledger.errors import LedgerError

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")
FILE = "ledger.db"
"""Where an atlas keeps its ledger, unless another is named."""
PATIENCE_SECONDS = 60
"""How long a writer waits for the others before it gives up."""
FIRST_PAUSE_SECONDS, LAST_PAUSE_SECONDS = 0.01, 0.3
TURN_SECONDS = 0.04
"""A writer of a SQLite file looks at least so often whether it is its turn."""
_TRY_AGAIN = frozenset({"40001", "40P01", "53300", "55P03", "57P03"})
"""PostgreSQL: not serializable, deadlock, too many connections, lock not available, starting up. Nothing was written."""

# Of a server that goes away the pool would tell with a traceback for each connection; we say it in a sentence.
logging.getLogger("sqlalchemy.pool").addHandler(logging.NullHandler())


class _Patience:
    """How long to go on trying: a little longer each time, and never two writers in step."""

    def __init__(self) -> None:
        self._end = time.monotonic() + PATIENCE_SECONDS
        self._pause = FIRST_PAUSE_SECONDS

    @property
    def is_over(self) -> bool:
        return time.monotonic() > self._end

    def wait(self) -> None:
        time.sleep(self._pause * (0.5 + random.random()))  # noqa: S311  # no secret
        self._pause = min(2 * self._pause, LAST_PAUSE_SECONDS)


class Database:
    """A SQLite file or a PostgreSQL database; `path` is the file, None for PostgreSQL."""

    def __init__(self, location: str | Path) -> None:
        self.location = str(location)
        self.path = file_of(location)

    @property
    def name(self) -> str:
        """What a message calls it; a password in an address is not shown."""
        return str(self.path) if self.path else self._address.set(drivername="postgresql").render_as_string(hide_password=True)

    @property
    def is_there(self) -> bool:
        """Whether there is a file; a database by address is taken to be there until it is asked."""
        return self.path is None or self.path.exists()

    @cached_property
    def engine(self) -> sa.Engine:
        """The engine; it holds no connection between two calls.

        A server for a hundred connections then serves more than a hundred writers, and a SQLite file that all have closed has
        nothing waiting in a file beside it.
        """
        import sqlalchemy as sa  # noqa: PLC0415  # a quarter of a second that only the ledger pays

        if self.path is None:
            arguments = {"timeout": PATIENCE_SECONDS, "application_name": "filiation"}
            engine = sa.create_engine(self._url, poolclass=sa.NullPool, connect_args=arguments, hide_parameters=True)
            sa.event.listen(engine, "do_connect", self._encryption.connect)
            sa.event.listen(engine, "connect", _on_connect_postgresql)
            return engine
        arguments = {"timeout": PATIENCE_SECONDS, "isolation_level": None, "check_same_thread": False}
        url = sa.URL.create("sqlite", database=str(self.path))
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments, hide_parameters=True)
        sa.event.listen(engine, "connect", _on_connect_sqlite)
        sa.event.listen(engine, "begin", _on_begin_sqlite)
        return engine

    @cached_property
    def _address(self) -> sa.URL:
        """The address as it was given."""
        import sqlalchemy as sa  # noqa: PLC0415  # see engine

        try:
            return sa.make_url(self.location).set(drivername="postgresql+pg8000")
        except (sa.exc.ArgumentError, ValueError) as error:  # ValueError: the port is no number
            raise LedgerError("That is no address of a database: write postgresql://USER:PASSWORD@HOST/DATABASE.") from error

    @cached_property
    def _encryption(self) -> Encryption:
        return Encryption(self._address.query)

    @cached_property
    def _url(self) -> sa.URL:
        """The address as the driver takes it."""
        _require_driver()
        host = str(self._address.query.get("host", ""))
        url = self._address.difference_update_query(PARAMETERS)
        if host.startswith("/"):  # as libpq spells a socket
            return url.update_query_dict({"unix_sock": f"{host}/.s.PGSQL.{url.port or 5432}"})
        return url.set(host=host) if host else url

    @contextmanager
    def reading(self, *, still: bool = False) -> Iterator[sa.Connection]:
        """Open the database to read; with `still`, all that is read is as of one moment, which SQLite gives in any case."""
        options: dict[str, Any] = {"isolation_level": "REPEATABLE READ"} if still and not self.path else {}
        with self._explained(), self._connected(_Patience(), **options) as con, con.begin():
            yield con

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work` in a transaction of its own, again from its start where another writer was in the way; return its result.

        When this returns, what was written survives the end of this process and of the machine.

        Raises:
            LedgerError: If others were in the way for a minute, or the database refuses.
        """
        import sqlalchemy as sa  # noqa: PLC0415  # see engine

        patience = _Patience()
        with self._explained():
            while True:
                try:
                    with _turn(self.path, patience), self._connected(patience, filiation_writes=True) as con, con.begin():
                        return work(con)
                except sa.exc.DBAPIError as error:
                    if not _is_in_the_way(error) or patience.is_over:
                        raise
                patience.wait()

    def _connected(self, patience: _Patience, **options: Any) -> sa.Connection:
        """Return a connection, after others have gone where there are too many."""
        import sqlalchemy as sa  # noqa: PLC0415  # see engine

        while True:
            try:
                return self.engine.connect().execution_options(**options)
            except sa.exc.DBAPIError as error:
                if not (_is_in_the_way(error) or _is_crowded(error)) or patience.is_over:
                    raise
            patience.wait()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the database refuses into one sentence."""
        import sqlalchemy as sa  # noqa: PLC0415  # see engine

        try:
            yield
        except sa.exc.DBAPIError as error:
            raise LedgerError(self._sentence(_said(error))) from error
        except UnicodeDecodeError as error:  # SQLite quotes what it cannot read
            raise LedgerError(self._sentence("malformed")) from error
        except (sa.exc.TimeoutError, OSError) as error:
            raise LedgerError(self._sentence(str(error))) from error

    def _sentence(self, said: str) -> str:
        for signs, sentence in _SENTENCES.items():
            if any(sign in said for sign in signs):
                return sentence.format(self.name)
        first = (said.strip().splitlines() or [""])[0]
        return f"The ledger {self.name} could not do that ({first}): is the server there, and may you use it?"


_SENTENCES = {
    ("locked", "busy"): "The ledger {} is being written by others for over a minute: try again.",
    ("readonly", "unable to open", "Permission denied"): "The ledger {} cannot be opened or written: look who owns it"
    " and its folder.",
    (
        "is full",
        "disk I/O",
        "No space",
    ): "The disk that holds {} is full or fails: nothing was written; make room and try again.",
    ("malformed", "not a database", "UTF-8"): "{} is damaged, or no ledger: 'filiation ledger verify' says where; restore it"
    " from a copy.",
    (
        "network error",
        "communication error",
        "terminating connection",
        "Connection reset",
        "Broken pipe",
    ): "The ledger {} does not answer: is the server there? If it went away just now, 'filiation ledger log' says what was"
    " written.",
    (
        "CERTIFICATE_VERIFY_FAILED",
    ): "The certificate of {} is not valid for that host, as far as we can tell: name who signed it with sslrootcert=FILE.",
    ("refuses SSL",): "The ledger {} does not encrypt, and sslmode asks for it: have 'ssl' switched on there.",
    ("no such table", "does not exist"): "There is no ledger at {}: make one with 'filiation ledger init'.",
}
"""What a database says, and what we do."""


def file_of(location: str | Path) -> Path | None:
    """Return the file of a ledger; None where `location` is the address of a PostgreSQL database.

    Raises:
        LedgerError: If it is an address of another kind.
    """
    text = str(location)
    if isinstance(location, Path) or "://" not in text:
        return Path(location)
    kind, _, rest = text.partition("://")
    if kind == "sqlite":
        return Path(rest.removeprefix("/"))
    if kind in ("postgresql", "postgres", "postgresql+pg8000"):
        return None
    raise LedgerError(f"{kind}:// is no kind of ledger: name a file, or postgresql://USER:PASSWORD@HOST/DATABASE.")


def _require_driver() -> None:
    try:
        import pg8000  # noqa: F401, PLC0415  # an extra that need not be there
    except ImportError as error:
        raise LedgerError(
            "A ledger on PostgreSQL needs the driver pg8000: install it with pip install 'filiation[postgresql]'."
        ) from error


def _on_connect_sqlite(connection: Any, _: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait for each other
    connection.execute("PRAGMA synchronous = FULL")  # what is acknowledged is on the disk, not only with the system


def _on_connect_postgresql(connection: Any, _: object) -> None:
    connection.autocommit = True
    # What is acknowledged is on the disk, and a writer sees what was written while it waited, whatever the server is set to.
    connection.cursor().execute(
        "SET synchronous_commit = on; SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED"
    )
    connection.autocommit = False


def _on_begin_sqlite(con: sa.Connection) -> None:
    # Whoever will write says so at once: two readers that both turn writers would wait for each other.
    con.exec_driver_sql("BEGIN IMMEDIATE" if con.get_execution_options().get("filiation_writes") else "BEGIN")


@contextmanager
def _turn(path: Path | None, patience: _Patience) -> Iterator[None]:
    """Wait for our turn among the writers of a SQLite file.

    SQLite keeps two from writing at once, but whoever waits there asks more and more seldom, so that newcomers always win. At
    this lock all ask equally often. It ends with the process that holds it, however that ends; where the system has no such
    locks, SQLite's own must do.
    """
    if path is None or sys.platform == "win32":
        yield
        return
    import fcntl  # noqa: PLC0415  # Windows has none

    with path.with_name(f"{path.name}-turn").open("ab") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if patience.is_over:
                    break  # whoever holds it has stopped, or is none of ours: let SQLite decide
            time.sleep(TURN_SECONDS * random.random())  # noqa: S311  # no secret
        yield


def _is_in_the_way(error: sa.exc.DBAPIError) -> bool:
    details = error.orig.args[0] if error.orig and error.orig.args else ""
    if isinstance(details, dict):
        return details.get("C") in _TRY_AGAIN
    return any(sign in str(details) for sign in ("database is locked", "database table is locked", "database schema is locked"))


def _is_crowded(error: sa.exc.DBAPIError) -> bool:
    """Return whether a server that is there did not let us in: it ends the connection, at times before it has said why."""
    cause = error.orig.__cause__ if error.orig else None
    return isinstance(cause, (BlockingIOError, BrokenPipeError, ConnectionResetError))


def _said(error: sa.exc.DBAPIError) -> str:
    details = error.orig.args[0] if error.orig and error.orig.args else str(error)
    return str(details.get("M", details)) if isinstance(details, dict) else str(details)
