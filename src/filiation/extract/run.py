"""Run every extractor over the records that have not been extracted yet."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from filiation.cards.rows import SectionRows
from filiation.core.extractor import SetExtractor
from filiation.extract import extractors
from filiation.extract.reading import Reading, Row, readings
from filiation.knowledge import load

ROWS_PER_CHUNK = 256
"""Records that are read in one go, by one process."""
READINGS_PER_INSERT = 16_384
MATTER_SCHEMA = pa.schema([("record_id", pa.int64()), ("matter", pa.string())])
CLAIM_SCHEMA = pa.schema(
    [
        ("record_id", pa.int64()),
        ("predicate", pa.string()),
        ("value", pa.string()),
        ("relation", pa.string()),
        ("weight", pa.float32()),
        ("basis", pa.string()),
        ("confidence", pa.float32()),
        ("source", pa.string()),
        ("pointer", pa.string()),
    ]
)


def extract(con: duckdb.DuckDBPyConnection, after: int) -> int:
    """Add the claims and traits of the records after number `after`; return how many claims were added.

    Args:
        con: In a transaction that the caller commits.
        after: The last record whose claims are in the table.
    """
    before = con.execute("SELECT count(*) FROM claim").fetchall()[0][0]
    _read_files(con, after)
    con.execute(f"SET VARIABLE after = {after:d}")
    con.execute("CREATE OR REPLACE TEMP TABLE witness (witness VARCHAR, basis basis, confidence FLOAT, lists_files BOOLEAN)")
    con.executemany("INSERT INTO witness VALUES (?, ?, ?, ?)", _witnesses())
    con.execute(files("filiation.extract").joinpath("observation.sql").read_text(encoding="utf-8"))
    queries = [extractor.query for extractor in extractors() if isinstance(extractor, SetExtractor)]
    con.execute(_ADD.format(queries="\nUNION ALL BY NAME\n".join(f"SELECT {_TYPED} FROM ({query})" for query in queries)))
    for table in ("observation", "tag", "front_matter", "file_claim", "witness"):
        con.execute(f"DROP TABLE {table}")
    return con.execute("SELECT count(*) FROM claim").fetchall()[0][0] - before


def _witnesses() -> list[list[object]]:
    return [[name, one["basis"], one["confidence"], one.get("lists_files", True)] for name, one in load("witnesses").items()]


def _read_files(con: duckdb.DuckDBPyConnection, after: int) -> None:
    """Make the tables ``front_matter`` and ``file_claim`` out of the files beside the records; note what is unreadable.

    The states of their sections go to the table ``section``.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE front_matter (record_id BIGINT, matter VARCHAR)")
    _fill(con, "CREATE OR REPLACE TEMP TABLE file_claim AS SELECT * FROM arrow", CLAIM_SCHEMA.empty_table())
    numbers = con.execute(
        "SELECT record_id FROM record WHERE record_id > ? AND files IS NOT NULL ORDER BY record_id", [after]
    ).fetchnumpy()["record_id"]
    states = SectionRows()
    batch: list[Reading] = []
    for reading in readings(_chunks(con, numbers), len(numbers)):
        batch.append(reading)
        if len(batch) >= READINGS_PER_INSERT:
            _keep(con, batch, states)
            batch = []
    _keep(con, batch, states)


def _chunks(con: duckdb.DuckDBPyConnection, numbers: np.ndarray) -> Iterator[list[Row]]:
    """Yield the records of these numbers, which are in order, with their files."""
    for start in range(0, len(numbers), ROWS_PER_CHUNK):
        chunk = numbers[start : start + ROWS_PER_CHUNK]
        yield con.execute(
            "SELECT record_id, snapshot_id, line, kind, id, body, files FROM record"
            " WHERE record_id BETWEEN ? AND ? AND files IS NOT NULL ORDER BY record_id",
            [int(chunk[0]), int(chunk[-1])],
        ).fetchall()


def _keep(con: duckdb.DuckDBPyConnection, batch: list[Reading], states: SectionRows) -> None:
    """Insert what was read, in its order."""
    matters = [(reading.record_id, reading.matter) for reading in batch if reading.matter]
    claims = [claim for reading in batch for claim in reading.claims]
    skipped = [row for reading in batch for row in reading.skipped]
    for reading in batch:
        states.add(reading.record_id, reading.sections)
    _fill(con, "INSERT INTO front_matter SELECT * FROM arrow", _table(matters, MATTER_SCHEMA))
    _fill(con, "INSERT INTO file_claim SELECT * FROM arrow", _table(claims, CLAIM_SCHEMA))
    _fill(con, "INSERT INTO section SELECT * FROM arrow", states.take())
    if skipped:
        con.executemany("INSERT INTO skipped VALUES (?, ?, ?, ?)", skipped)


def _fill(con: duckdb.DuckDBPyConnection, query: str, table: pa.Table) -> None:
    con.register("arrow", table)
    con.execute(query)
    con.unregister("arrow")


def _table(rows: list[tuple[Any, ...]], schema: pa.Schema) -> pa.Table:
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    return pa.table([pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema)


_TYPED = """record_id, predicate::VARCHAR AS predicate, value::VARCHAR AS value, relation::VARCHAR AS relation,
    weight::FLOAT AS weight, source::VARCHAR AS source, pointer::VARCHAR AS pointer"""

_ADD = """
INSERT INTO claim
SELECT (SELECT coalesce(max(claim_id), -1) + 1 FROM claim) + row_number() OVER (), * EXCLUDE (witness) FROM (
    SELECT record_id, witness, predicate, value, relation, weight,
        witness.basis, witness.confidence, said.source, pointer
    FROM ({queries}) AS said JOIN observation USING (record_id) JOIN witness USING (witness)
    WHERE trim(value) <> ''
    UNION ALL BY NAME
    SELECT *, NULL AS witness FROM file_claim
)
"""
