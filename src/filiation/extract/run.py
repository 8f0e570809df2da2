"""Run every extractor over the records that have not been extracted yet."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import duckdb
import msgspec
import pyarrow as pa

from filiation.core.claim import Claim
from filiation.core.extractor import RecordExtractor, SetExtractor, UnreadableError
from filiation.core.record import Record
from filiation.extract import extractors
from filiation.extract.front_matter import front_matter
from filiation.knowledge import load

ROWS_PER_FETCH = 512
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
    con.execute(files("filiation.extract").joinpath("observation.sql").read_text(encoding="utf-8"))
    con.execute("CREATE OR REPLACE TEMP TABLE witness (witness VARCHAR, basis basis, confidence FLOAT)")
    con.executemany("INSERT INTO witness VALUES (?, ?, ?)", [[n, w["basis"], w["confidence"]] for n, w in _witnesses()])
    queries = [extractor.query for extractor in extractors() if isinstance(extractor, SetExtractor)]
    con.execute(_ADD.format(queries="\nUNION ALL BY NAME\n".join(f"SELECT {_TYPED} FROM ({query})" for query in queries)))
    for table in ("observation", "tag", "front_matter", "file_claim", "witness"):
        con.execute(f"DROP TABLE {table}")
    return con.execute("SELECT count(*) FROM claim").fetchall()[0][0] - before


def _witnesses() -> list[tuple[str, dict[str, object]]]:
    return list(load("witnesses").items())


def _read_files(con: duckdb.DuckDBPyConnection, after: int) -> None:
    """Make the tables ``front_matter`` and ``file_claim`` out of the files beside the records; note what is unreadable."""
    matters: list[tuple[int, str]] = []
    claims: list[tuple[object, ...]] = []
    skipped: list[tuple[int, str, int, str]] = []
    readers = [extractor for extractor in extractors() if isinstance(extractor, RecordExtractor)]
    for record_id, snapshot_id, line, record in _records_with_files(con, after):
        name = f"{record.kind}:{record.id}"
        try:
            matter = front_matter(record.files.get("README.md", ""))
            if matter:
                matters.append((record_id, matter))
        except UnreadableError as error:
            skipped.append((snapshot_id, name, line, str(error)))
        for reader in readers:
            if not any(file in record.files for file in reader.files):
                continue
            try:
                claims += [_row(record_id, claim) for claim in reader.extract(record)]
            except UnreadableError as error:
                skipped.append((snapshot_id, name, line, f"{reader.name}: {error}"))
    columns = list(zip(*matters, strict=True)) or [(), ()]
    matter_table = pa.table({"record_id": pa.array(columns[0], pa.int64()), "matter": pa.array(columns[1], pa.string())})
    claim_rows = [dict(zip(CLAIM_SCHEMA.names, row, strict=True)) for row in claims]
    for name, table in (
        ("front_matter", matter_table),
        ("file_claim", pa.Table.from_pylist(claim_rows, schema=CLAIM_SCHEMA)),
    ):
        con.register("arrow", table)
        con.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS SELECT * FROM arrow")
        con.unregister("arrow")
    if skipped:
        con.executemany("INSERT INTO skipped VALUES (?, ?, ?, ?)", skipped)


def _records_with_files(con: duckdb.DuckDBPyConnection, after: int) -> Iterator[tuple[int, int, int, Record]]:
    cursor = con.cursor()
    rows = con.execute(
        "SELECT record_id, snapshot_id, line, kind, id, body, files FROM record"
        " WHERE record_id > ? AND files IS NOT NULL ORDER BY record_id",
        [after],
    ).fetchall()
    cursor.close()
    for record_id, snapshot_id, line, kind, name, body, beside in rows:
        body_fields = msgspec.json.decode(body, type=dict)
        yield (
            record_id,
            snapshot_id,
            line,
            Record(kind, name, body_fields, msgspec.json.decode(beside, type=dict[str, str])),
        )


def _row(record_id: int, claim: Claim) -> tuple[object, ...]:
    place = claim.locator
    return (
        record_id, str(claim.predicate), claim.value, claim.relation, claim.weight, str(claim.basis), claim.confidence,
        place.source, place.pointer,
    )  # fmt: skip


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
