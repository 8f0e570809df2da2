"""The atlas's tables as Parquet, for any engine that reads it: the same names, columns and types."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb
import msgspec

from filiation.core.errors import FiliationError
from filiation.export.sink import replaced

MARK = "filiation-tables.json"
"""Tells a folder that may be overwritten from any other."""
PARTITIONED = {"record": "kind", "node": "kind"}
"""Tables that lie in folders by one of their columns, which stays in the files as well."""
DECISIONS = frozenset({"override"})
"""Tables that say who decided what: they are written only when they are named."""
FILE_BYTES = "256MB"
"""A table is divided into files of about this size."""


class WrittenTable(msgspec.Struct, frozen=True):
    """A table, how many rows it has, and how many files it takes."""

    name: str
    rows: int
    files: int


class ParquetFolder(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/export-parquet/v1"):
    """What was written.

    Attributes:
        folder: Where; each table is a folder in it.
        tables: In the order of their names.
        bytes: Of all files.
    """

    folder: str
    tables: list[WrittenTable]
    bytes: int


def export_parquet(con: duckdb.DuckDBPyConnection, into: Path, only: Sequence[str] = ()) -> ParquetFolder:
    """Write tables of an atlas as Parquet files; a folder that holds such an export is replaced as a whole.

    Args:
        con: The atlas's database.
        into: Is made. Of each table there is a folder ``<table>/``; ``record`` and ``node`` are divided by kind as
            ``kind=model/``.
        only: Names of tables; all where empty, but for those that say who decided what (`DECISIONS`).

    Raises:
        FiliationError: If a table is unknown, or `into` holds something else or cannot be written.
    """
    known = sorted(name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall())
    for name in only:
        if name not in known:
            raise FiliationError(f"An atlas has no table {name!r}: name one of {', '.join(known)}.")
    with replaced(into, MARK) as partial:
        tables = [_write(con, name, partial / name) for name in sorted({*only} or {*known} - DECISIONS)]
        (partial / MARK).write_bytes(msgspec.json.encode({table.name: table.rows for table in tables}))
    size = sum(path.stat().st_size for path in into.rglob("*.parquet"))
    return ParquetFolder(str(into), tables, size)


def _write(con: duckdb.DuckDBPyConnection, name: str, folder: Path) -> WrittenTable:
    by = PARTITIONED.get(name)
    how = f"PARTITION_BY ({by}), WRITE_PARTITION_COLUMNS true" if by else f"FILE_SIZE_BYTES '{FILE_BYTES}'"
    target = str(folder).replace("'", "''")
    copy = f"COPY \"{name}\" TO '{target}' (FORMAT parquet, COMPRESSION zstd, {how})"  # the name is one that the database gave
    try:
        rows = con.execute(copy).fetchall()[0][0]
    except duckdb.IOException as error:
        raise OSError(str(error).splitlines()[0]) from error
    return WrittenTable(name, rows, sum(1 for _ in folder.rglob("*.parquet")))
