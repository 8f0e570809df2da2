"""Where a ledger is kept, and how one writes there while a hundred others do."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from filiation.ledger.errors import LedgerError

if TYPE_CHECKING:
    import sqlalchemy as sa

T = TypeVar("T")
PATIENCE_SECONDS = 60
"""How long a writer waits for the others before it gives up."""
PAUSE_SECONDS = 0.02
_TRY_AGAIN = frozenset({"40001", "40P01", "53300", "55P03", "57P03"})
"""PostgreSQL: not serializable, deadlock, too many connections, lock not available, starting up. Nothing was written."""


class Database:
    """A SQLite file or a PostgreSQL database; `path` is the file, None for PostgreSQL."""

    def __init__(self, location: str | Path) -> None:
        self.location = str(location)
        self.path = _path(location)

    @property
    def name(self) -> str:
        """What a message calls it; a password in an address is not shown."""
        return str(self.path) if self.path else self._url.render_as_string(hide_password=True)

    @property
    def is_there(self) -> bool:
        """Whether there is a file; a database by address is taken to be there until it is asked."""
        return self.path is None or self.path.exists()

    @cached_property
    def engine(self) -> sa.Engine:
        """The engine. SQLite opens a file anew each time: once all have closed it, nothing waits in a file beside it."""
        import sqlalchemy as sa  # noqa: PLC0415  # a quarter of a second that only the ledger pays

        if self.path is None:
            arguments = {"timeout": PATIENCE_SECONDS, "application_name": "filiation", "ssl_context": _ssl(self.location)}
            return sa.create_engine(self._url, pool_pre_ping=True, connect_args=arguments, hide_parameters=True)
        arguments = {"timeout": PATIENCE_SECONDS, "isolation_level": None, "check_same_thread": False}
        url = sa.URL.create("sqlite", database=str(self.path))
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=arguments, hide_parameters=True)
        sa.event.listen(engine, "connect", _on_connect)
        sa.event.listen(engine, "begin", _on_begin)
        return engine

    @cached_property
    def _url(self) -> sa.URL:
        import sqlalchemy as sa  # noqa: PLC0415  # see engine

        try:
            url = sa.make_url(self.location).set(drivername="postgresql+pg8000")
        except sa.exc.ArgumentError as error:
            raise LedgerError("That is no address of a database: write postgresql://USER:PASSWORD@HOST/DATABASE.") from error
        _require_driver()
        folder = str(url.query.get("host", ""))
        url = url.difference_update_query(["host", "sslmode"])
        if folder.startswith("/"):  # as libpq spells a socket
            url = url.update_query_dict({"unix_sock": f"{folder}/.s.PGSQL.{url.port or 5432}"})
        return url

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open the database as it stands at one moment."""
        options = {} if self.path else {"isolation_level": "REPEATABLE READ"}
        with self._explained(), self.engine.connect().execution_options(**options) as con, con.begin():
            yield con

    def write(self, work: Callable[[sa.Connection], T]) -> T:
        """Do `work` in a transaction of its own, again from its start where another writer was in the way; return its result.

        When this returns, what was written survives the end of this process and of the machine.

        Raises:
            LedgerError: If others were in the way for a minute, or the database refuses.
        """
        import sqlalchemy as sa  # noqa: PLC0415  # see engine

        end = time.monotonic() + PATIENCE_SECONDS
        with self._explained():
            while True:
                try:
                    with self.engine.connect().execution_options(filiation_writes=True) as con, con.begin():
                        return work(con)
                except sa.exc.DBAPIError as error:
                    if not _is_in_the_way(error) or time.monotonic() > end:
                        raise
                time.sleep(PAUSE_SECONDS * (1 + random.random()))  # noqa: S311  # so that those who wait do not march in step

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """Turn what the database refuses into one sentence."""
        import sqlalchemy as sa  # noqa: PLC0415  # see engine

        try:
            yield
        except sa.exc.DBAPIError as error:
            raise LedgerError(self._sentence(_said(error))) from error
        except (sa.exc.TimeoutError, OSError) as error:
            raise LedgerError(self._sentence(str(error))) from error

    def _sentence(self, said: str) -> str:
        if "locked" in said or "busy" in said:
            return f"The ledger {self.name} is being written by others for over a minute: try again."
        if "readonly" in said or "unable to open" in said or "Permission denied" in said:
            return f"The ledger {self.name} cannot be opened or written: look who owns it and its folder."
        if "disk is full" in said or "disk I/O" in said or "No space" in said:
            return f"The disk that holds {self.name} is full or fails: nothing was written; make room and try again."
        if "malformed" in said or "not a database" in said or "UTF-8" in said:
            return f"{self.name} is damaged, or no ledger: 'filiation ledger verify' says where; restore it from a copy."
        if "no such table" in said or "does not exist" in said:
            return f"There is no ledger at {self.name}: make one with 'filiation ledger init'."
        first = (said.strip().splitlines() or [""])[0]
        return f"The ledger {self.name} could not do that ({first}): is the server there, and may you use it?"


def _path(location: str | Path) -> Path | None:
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


def _ssl(location: str) -> Any:
    """Return how to encrypt, as libpq's ``sslmode`` asks for: ``require`` trusts any certificate, ``verify-full`` does not."""
    import ssl  # noqa: PLC0415  # only a PostgreSQL ledger needs it

    if "sslmode=verify" in location:
        return ssl.create_default_context()
    if "sslmode=require" not in location:
        return None
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _on_connect(connection: Any, _: object) -> None:
    connection.execute(f"PRAGMA busy_timeout = {PATIENCE_SECONDS * 1000}")
    connection.execute("PRAGMA journal_mode = WAL")  # readers and the writer do not wait for each other
    connection.execute("PRAGMA synchronous = FULL")  # what is acknowledged is on the disk, not only with the system


def _on_begin(con: sa.Connection) -> None:
    # Whoever will write says so at once: two readers that both turn writers would wait for each other.
    con.exec_driver_sql("BEGIN IMMEDIATE" if con.get_execution_options().get("filiation_writes") else "BEGIN")


def _is_in_the_way(error: sa.exc.DBAPIError) -> bool:
    details = error.orig.args[0] if error.orig and error.orig.args else ""
    if isinstance(details, dict):
        return details.get("C") in _TRY_AGAIN
    return any(sign in str(details) for sign in ("database is locked", "database table is locked", "database schema is locked"))


def _said(error: sa.exc.DBAPIError) -> str:
    details = error.orig.args[0] if error.orig and error.orig.args else str(error)
    return str(details.get("M", details)) if isinstance(details, dict) else str(details)
