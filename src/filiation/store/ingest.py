"""Add what a source says to the observations, once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from filiation.core.record import Batch, Skipped
from filiation.core.ref import MAX_NAME_CHARS, NAME_PATTERN
from filiation.store.atlas import Atlas

DIGEST_BYTES = 16
ROWS_PER_CHUNK = 16_384
_NAME = pa.dictionary(pa.int8(), pa.string())
SCHEMA = pa.schema(
    [
        ("registry", _NAME),
        ("kind", _NAME),
        ("source", _NAME),
        ("body", pa.large_string()),
        ("files", pa.large_string()),
        ("line", pa.int64()),
        ("number", pa.int64()),
        ("digest", pa.binary(DIGEST_BYTES)),
    ]
)


class Ingested(msgspec.Struct, frozen=True):
    """What one reading of one source came to; ``seen == added + unchanged + skipped``, but for damage to the file itself."""

    path: str
    seen: int
    added: int
    unchanged: int
    skipped: int
    skipped_examples: tuple[Skipped, ...] = ()


def ingest(
    atlas: Atlas, path: Path, batches: Iterable[Batch | Skipped], at: datetime, progress: Callable[[int], None]
) -> Ingested:
    """Add what `batches` hold and the atlas does not know yet, in one transaction.

    A record is added when it differs from what the same source last said of that repository at or before `at` (UTC). Laws:
    ingesting twice equals ingesting once; the order of ingests does not change what is current.

    Args:
        atlas: Open for writing.
        path: Where the batches come from.
        batches: Read once.
        at: When the source saw what it says, naive UTC.
        progress: Called with the number of records read so far.

    Raises:
        AtlasError: If the atlas cannot be written; it is then as it was before.
    """
    reading = _Reading(progress)
    with atlas.transaction() as con:
        snapshot = _number(con, "SELECT coalesce(max(snapshot_id), 0) + 1 FROM snapshot")
        con.register("stream", pa.RecordBatchReader.from_batches(SCHEMA, reading.chunks(batches)))
        con.execute(_READ, {"at": at})
        con.unregister("stream")
        con.execute(_REJECT_DUPLICATES)
        refused = con.execute("SELECT line, reason FROM incoming WHERE reason IS NOT NULL ORDER BY ALL").fetchall()
        skipped = [*reading.skipped, *(Skipped(str(path), line, reason) for line, reason in refused)]
        if skipped:
            rows = [(snapshot, item.file, item.line, item.reason) for item in skipped]
            con.executemany("INSERT INTO skipped VALUES (?, ?, ?, ?)", rows)
        con.execute(_ADD, {"at": at, "snapshot": snapshot})
        added = _number(con, "SELECT count(*) FROM incoming WHERE reason IS NULL AND changed")
        con.execute("DROP TABLE incoming")
        lines = reading.seen + sum(1 for item in reading.skipped if item.line)
        refusals = sum(1 for item in skipped if item.line)
        counts = lines, added, lines - added - refusals, len(skipped)
        row = [snapshot, str(path), reading.source, at, *counts]
        con.execute("INSERT INTO snapshot VALUES (?, ?, ?, ?, now()::TIMESTAMP, ?, ?, ?, ?)", row)
    return Ingested(str(path), *counts, tuple(skipped[:20]))


class _Reading:
    """One pass over the batches: their rows in chunks, and what was noted on the way."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.seen = 0
        self.source: str | None = None
        self.skipped: list[Skipped] = []
        self._progress = progress

    def chunks(self, batches: Iterable[Batch | Skipped]) -> Iterator[pa.RecordBatch]:
        """Yield the rows with their digests, in chunks small enough that several threads parse them at once."""
        for batch in batches:
            if isinstance(batch, Skipped):
                self.skipped.append(batch)
                continue
            rows = _numbered(batch, self.seen)
            for start in range(0, len(rows), ROWS_PER_CHUNK):
                yield rows.slice(start, ROWS_PER_CHUNK)
            self.seen += len(rows)
            self.source = batch.source
            self._progress(self.seen)


def _numbered(batch: Batch, start: int) -> pa.RecordBatch:
    table = batch.table
    n = len(table)
    body = table["body"].combine_chunks()
    files = table["files"].combine_chunks() if "files" in table.column_names else pa.nulls(n, pa.large_string())
    zeros = pa.array(np.zeros(n, np.int8))
    columns = [
        *(pa.DictionaryArray.from_arrays(zeros, [word]) for word in (batch.registry, str(batch.kind), batch.source)),
        body,
        files,
        table["line"].combine_chunks(),
        pa.array(np.arange(start, start + n)),
        pa.array(_digests(body, files), pa.binary(DIGEST_BYTES)),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _digests(body: pa.Array, files: pa.Array) -> list[bytes]:
    """Return the first 16 bytes of each row's SHA-256: over the body without trailing space, then the files."""
    text = memoryview(body.buffers()[2])
    ends = np.frombuffer(body.buffers()[1], np.int64)[body.offset : body.offset + len(body) + 1].tolist()
    spans = zip(ends, ends[1:], strict=False)
    if files.null_count == len(files):
        return [sha256(bytes(text[a:b]).rstrip()).digest()[:DIGEST_BYTES] for a, b in spans]
    besides = (b"\0" + beside.encode() if beside else b"" for beside in files.to_pylist())
    return [
        sha256(bytes(text[a:b]).rstrip() + beside).digest()[:DIGEST_BYTES]
        for (a, b), beside in zip(spans, besides, strict=True)
    ]


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return con.execute(query).fetchall()[0][0]


# A row that the same source has said before keeps no text: it is only counted, and weighed against its duplicates.
_READ = f"""
CREATE OR REPLACE TEMP TABLE incoming AS
SELECT registry, kind, source, id, repo_id, digest, line, number, changed,
    CASE WHEN changed THEN body END AS body, CASE WHEN changed THEN files END AS files,
    CASE WHEN NOT valid THEN 'not JSON'
         WHEN head IS NULL THEN 'not a JSON object'
         WHEN id IS NULL THEN 'no id'
         WHEN NOT regexp_full_match(id, '{NAME_PATTERN}') OR contains(id, '..') OR length(id) > {MAX_NAME_CHARS}
         THEN 'the id is not a repository name: ' || left(id, 80)
    END AS reason
FROM (
    SELECT row.*, latest.digest IS DISTINCT FROM row.digest AS changed
    FROM (
        SELECT *, coalesce(head.id, head."modelId") AS id, head._id AS repo_id
        FROM (
            SELECT stream.* EXCLUDE (kind), kind::kind AS kind, json_valid(body) AS valid,
                CASE WHEN valid AND starts_with(ltrim(left(body, 64)), '{{')
                     THEN from_json(body, '{{"id": "VARCHAR", "modelId": "VARCHAR", "_id": "VARCHAR"}}') END AS head
            FROM stream
        )
    ) AS row
    LEFT JOIN (
        SELECT registry, kind, source, id, arg_max(digest, (seen_at, digest)) AS digest
        FROM record WHERE seen_at <= $at GROUP BY ALL
    ) AS latest USING (registry, kind, source, id)
)
"""

# Of two different records of one repository in one dump, the one of greater digest counts, whatever their order.
_REJECT_DUPLICATES = """
UPDATE incoming SET changed = false,
    reason = CASE WHEN incoming.digest <> kept.digest
                  THEN 'a second, different record of ' || incoming.id || '; that of line ' || kept.line || ' was kept' END
FROM (
    SELECT registry, kind, source, id, arg_max(number, (digest, -number)) AS number,
        arg_max(line, (digest, -number)) AS line, max(digest) AS digest
    FROM incoming WHERE reason IS NULL GROUP BY ALL HAVING count(*) > 1
) AS kept
WHERE (incoming.registry, incoming.kind, incoming.source, incoming.id) = (kept.registry, kept.kind, kept.source, kept.id)
    AND incoming.number <> kept.number AND incoming.reason IS NULL
"""

_ADD = """
INSERT INTO record
SELECT (SELECT coalesce(max(record_id), -1) + 1 FROM record) + number,
    registry, kind, id, source, repo_id, digest, $at, $snapshot, line, body, files
FROM incoming WHERE reason IS NULL AND changed
"""
