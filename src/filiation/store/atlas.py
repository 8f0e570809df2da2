"""Open an atlas: a folder with a database and the arrays that were built from it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Literal

import duckdb

from filiation import __version__
from filiation.core.errors import AtlasError, LockedError

SCHEMA_VERSION = 6
DATABASE = "atlas.duckdb"
MEMORY_LIMIT = "2GB"
DAMAGE = ("not a valid DuckDB database file", "Serialization Error", "Corrupt", "Could not read enough bytes")
"""What the database says of a file that is none of its own, or not whole."""
Mode = Literal["read", "write", "create"]


class Atlas:
    """An open atlas; a context manager. `con` is its database.

    One process writes at a time. Readers of the database wait for none: they are refused with a sentence while it is being
    written; the lineage arrays stay readable throughout.
    """

    def __init__(self, path: Path, con: duckdb.DuckDBPyConnection) -> None:
        self.path = path
        self.con = con

    @classmethod
    def open(cls, path: Path, mode: Mode = "read") -> Atlas:
        """Return the atlas at `path`; with ``create``, a new one where nothing is.

        Raises:
            AtlasError: If there is none, it is damaged, locked, of another schema version, or cannot be written.
        """
        database = path / DATABASE
        if mode != "create" and not database.exists():
            raise AtlasError(f"There is no atlas at {path}: run 'filiation chart SOURCE --atlas {path}' first.")
        with explained(path):
            if mode == "create":
                path.mkdir(parents=True, exist_ok=True)
                if not database.exists():
                    _create(path)
            con = duckdb.connect(database, read_only=mode == "read", config=_config(path))
            try:
                con.execute("SET enable_progress_bar = false")  # else it draws on standard output where no script was named
                _check_schema(path, con, mode)
            except BaseException:
                con.close()
                raise
        return cls(path, con)

    def __enter__(self) -> Atlas:
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        with explained(self.path):
            self.con.close()
            if isinstance(error, duckdb.Error):
                raise error

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Commit what is done inside, or nothing of it."""
        with explained(self.path):
            self.con.begin()
            try:
                yield self.con
            except BaseException:
                self._roll_back()
                raise
            self.con.commit()

    def _roll_back(self) -> None:
        try:
            self.con.rollback()
        except duckdb.Error:  # a fatal error has closed the transaction already; what it was is being raised
            return


def _config(path: Path) -> dict[str, str | bool | int | float | list[str]]:
    return {
        "memory_limit": MEMORY_LIMIT,
        "preserve_insertion_order": False,
        "temp_directory": str(path / "tmp"),
        "autoinstall_known_extensions": False,
        "allow_community_extensions": False,
    }


def _create(path: Path) -> None:
    """Make an empty atlas beside its place and move it there, so that a database that is there is whole."""
    partial = path / f"{DATABASE}.new"
    for leftover in (partial, path / f"{partial.name}.wal"):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(partial, config=_config(path)) as con:
        con.execute(files("filiation.store").joinpath("schema.sql").read_text(encoding="utf-8"))
        con.execute("INSERT INTO atlas VALUES (?, now()::TIMESTAMP, ?)", [SCHEMA_VERSION, __version__])
        con.execute("CHECKPOINT")
    partial.rename(path / DATABASE)


def _check_schema(path: Path, con: duckdb.DuckDBPyConnection, mode: Mode) -> None:
    try:
        version, writer = con.execute("SELECT schema_version, written_by FROM atlas").fetchall()[0]
    except (duckdb.CatalogException, duckdb.BinderException):
        raise AtlasError(f"{path / DATABASE} is a database, but no atlas: name another folder with --atlas.") from None
    if version == SCHEMA_VERSION:
        return
    if 0 < version < SCHEMA_VERSION and mode != "read":
        _migrate(con, version)
        return
    age = "newer" if version > SCHEMA_VERSION else "older"
    remedy = "upgrade filiation" if version > SCHEMA_VERSION else f"run 'filiation build --atlas {path}' to bring it up to date"
    raise AtlasError(
        f"{path} was written by {age} filiation {writer} (schema {version}; this one reads {SCHEMA_VERSION}): {remedy}."
    )


def _migrate(con: duckdb.DuckDBPyConnection, version: int) -> None:
    """Bring the tables of an older atlas up to date, or leave them as they were."""
    con.begin()
    try:
        for number in range(version + 1, SCHEMA_VERSION + 1):
            con.execute(files("filiation.store").joinpath(f"migrations/{number}.sql").read_text(encoding="utf-8"))
        con.execute("UPDATE atlas SET schema_version = ?, written_by = ?", [SCHEMA_VERSION, __version__])
    except BaseException:
        con.rollback()
        raise
    con.commit()


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the database or the disk refuses into one sentence."""
    try:
        yield
    except duckdb.Error as error:
        text = str(error)
        raise (LockedError if _is_locked(text) else AtlasError)(_sentence(path, text)) from error
    except OSError as error:
        raise AtlasError(f"The atlas {path} cannot be used: {error.strerror or error}.") from error


def _is_locked(message: str) -> bool:
    return "Conflicting lock" in message or "Could not set lock" in message


def _sentence(path: Path, message: str) -> str:
    if _is_locked(message):
        holder = re.search(r"PID (\d+)", message)
        who = f"process {holder[1]}" if holder else "another process"
        return f"The atlas {path} is being written by {who}: wait until it is done, then try again."
    if "No space left" in message or "File too large" in message:
        return f"The disk that holds {path} is full: free some space and run the same command again; nothing was lost."
    if "Permission denied" in message or "Read-only file system" in message or "read-only mode" in message:
        return f"The atlas {path} cannot be written: it or its folder is read-only."
    if any(sign in message for sign in DAMAGE):
        return f"{path / DATABASE} is damaged or no atlas: restore it, or chart its sources into a new folder."
    first = message.strip().splitlines()[0]
    return f"The atlas {path} could not do that ({first}): run again with --debug to see more."
