"""Run every extractor over the records that have not been extracted yet."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from filiation.cards.rows import SectionRows
from filiation.core.extractor import SetExtractor
from filiation.extract import extractors, version
from filiation.extract.reading import CLAIM_FIELDS, CONTENT, TASK, Reading, Row, readings, readings_schema
from filiation.knowledge import load
from filiation.store.parts import KEY, MARK, Parts

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


def extract(con: duckdb.DuckDBPyConnection, after: int, kept: Path | None = None) -> int:
    """Add the claims and traits of the records after number `after`; return how many claims were added.

    Args:
        con: In a transaction that the caller commits.
        after: The last record whose claims are in the table.
        kept: Where `store.parts` are that other machines made; files that are read there are not read again.

    Law: the claims do not depend on `kept`, but for their numbers.
    """
    before = con.execute("SELECT count(*) FROM claim").fetchall()[0][0]
    _read_files(con, after, kept)
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


def _read_files(con: duckdb.DuckDBPyConnection, after: int, kept: Path | None) -> None:
    """Make the tables ``front_matter`` and ``file_claim`` out of the files beside the records; note what is unreadable.

    The states of their sections go to the table ``section``.
    """
    con.execute("CREATE OR REPLACE TEMP TABLE front_matter (record_id BIGINT, matter VARCHAR)")
    _fill(con, "CREATE OR REPLACE TEMP TABLE file_claim AS SELECT * FROM arrow", CLAIM_SCHEMA.empty_table())
    numbers = con.execute(
        "SELECT record_id FROM record WHERE record_id > ? AND files IS NOT NULL ORDER BY record_id", [after]
    ).fetchnumpy()["record_id"]
    if kept is not None:
        numbers = numbers[~np.isin(numbers, _take_over(con, after, Parts(kept, TASK, version())))]
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
            " WHERE record_id BETWEEN ? AND ? AND list_contains(?, record_id) ORDER BY record_id",
            [int(chunk[0]), int(chunk[-1]), chunk.tolist()],
        ).fetchall()


def _take_over(con: duckdb.DuckDBPyConnection, after: int, parts: Parts) -> np.ndarray:
    """Insert what was read of these records beforehand; return the numbers of those of which something was."""
    if not parts.names():
        return np.array([], np.int64)
    columns = pa.schema([(KEY, pa.string()), (MARK, pa.string()), *readings_schema()])
    con.register("arrow", parts.batches(columns))
    con.execute(_KNOWN, {"after": after})
    con.unregister("arrow")
    for query in _TAKE:
        con.execute(query)
    numbers = con.execute("SELECT record_id FROM known_reading").fetchnumpy()["record_id"]
    con.execute("DROP TABLE known_reading")
    return numbers


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


_KNOWN = f"""
CREATE OR REPLACE TEMP TABLE known_reading AS
SELECT record_id, snapshot_id, line, name, matter, claims, sections,
    CASE WHEN reason IS NULL THEN skipped ELSE [reason] END AS skipped
FROM (
    SELECT record_id, snapshot_id, line, kind || ':' || id AS name, {CONTENT} AS content
    FROM record WHERE record_id > $after AND files IS NOT NULL
) AS wanted JOIN arrow ON "{KEY}" = name AND "{MARK}" = content
QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY reason IS NOT NULL) = 1
ORDER BY record_id
"""
_TAKE = (
    "INSERT INTO front_matter SELECT record_id, matter FROM known_reading WHERE matter <> ''",
    f"INSERT INTO file_claim SELECT record_id, {', '.join(f'claim.{name}' for name in CLAIM_FIELDS)}"
    " FROM (SELECT record_id, unnest(claims) AS claim FROM known_reading)",
    "INSERT INTO section SELECT record_id, one.section, one.state, one.start, one.stop"
    " FROM (SELECT record_id, unnest(sections) AS one FROM known_reading)",
    "INSERT INTO skipped SELECT snapshot_id, name, line, unnest(skipped) FROM known_reading",
)

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
