"""Add what a source says to the observations, once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from filiation.core.errors import SourceError
from filiation.core.record import Batch, Skipped
from filiation.core.ref import MAX_NAME_CHARS, NAME_PATTERN
from filiation.store.absence import absent
from filiation.store.atlas import Atlas

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
    ]
)


class Ingested(msgspec.Struct, frozen=True):
    """What one reading of one source came to; ``seen == added + unchanged + skipped``, but for damage to the file itself.

    `gone` is how many repositories a whole listing does not name any more.
    """

    path: str
    seen: int
    added: int
    unchanged: int
    skipped: int
    skipped_examples: tuple[Skipped, ...] = ()
    gone: int = 0


def ingest(
    atlas: Atlas,
    path: Path,
    batches: Iterable[Batch | Skipped],
    at: datetime,
    progress: Callable[[int], None],
    *,
    whole: bool = False,
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
        whole: Whether the batches name all that there is: of what they do not name it is noted that it is gone.

    Raises:
        AtlasError: If the atlas cannot be written; it is then as it was before.
    """
    reading = _Reading(progress)
    with atlas.transaction() as con:
        snapshot = _number(con, "SELECT coalesce(max(snapshot_id), 0) + 1 FROM snapshot")
        con.register("stream", pa.RecordBatchReader.from_batches(SCHEMA, reading.chunks(batches)))
        try:
            con.execute(_READ, {"at": at})
        except duckdb.Error:
            if reading.failure:  # the database only knows that its stream broke off
                raise reading.failure from None
            raise
        con.unregister("stream")
        con.execute(_REJECT_DUPLICATES)
        refused = con.execute(_REFUSED).fetchall()
        skipped = [*reading.skipped, *(Skipped(reading.file_of(number), line, reason) for number, line, reason in refused)]
        if skipped:
            rows = [(snapshot, item.file, item.line, item.reason) for item in skipped]
            con.executemany("INSERT INTO skipped VALUES (?, ?, ?, ?)", rows)
        gone = absent(con, at, path.name if whole and not reading.skipped else None)
        con.execute(_ADD, {"at": at, "snapshot": snapshot})
        added = _number(con, "SELECT count(*) FROM incoming WHERE reason IS NULL AND changed")
        con.execute("DROP TABLE incoming")
        con.execute("DROP TABLE absent")
        lines = reading.seen + sum(1 for item in reading.skipped if item.line)
        refusals = sum(1 for item in skipped if item.line)
        counts = lines, added, lines - added - refusals, len(skipped)
        row = [snapshot, str(path), ", ".join(sorted(reading.sources)), at, *counts]
        con.execute("INSERT INTO snapshot VALUES (?, ?, ?, ?, now()::TIMESTAMP, ?, ?, ?, ?)", row)
    return Ingested(str(path), *counts, tuple(skipped[:20]), gone)


class _Reading:
    """One pass over the batches: their rows in chunks, and what was noted on the way."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self.seen = 0
        self.sources: set[str] = set()
        self.skipped: list[Skipped] = []
        self.failure: BaseException | None = None
        self._progress = progress
        self._files: list[tuple[int, str]] = []

    def file_of(self, number: int) -> str:
        """Return the file that row `number` came from."""
        return self._files[bisect_right(self._files, number, key=lambda entry: entry[0]) - 1][1]

    def chunks(self, batches: Iterable[Batch | Skipped]) -> Iterator[pa.RecordBatch]:
        """Yield the rows in chunks small enough that several threads parse them at once; keep what a source fails with."""
        try:
            yield from self._chunks(batches)
        except OSError as error:
            self.failure = SourceError(f"{error.filename or 'The source'} cannot be read: {error.strerror or error}.")
            raise
        except (Exception, KeyboardInterrupt) as error:
            self.failure = error
            raise

    def _chunks(self, batches: Iterable[Batch | Skipped]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            if isinstance(batch, Skipped):
                self.skipped.append(batch)
                continue
            self._files.append((self.seen, batch.file))
            rows = _numbered(batch, self.seen)
            for start in range(0, len(rows), ROWS_PER_CHUNK):
                yield rows.slice(start, ROWS_PER_CHUNK)
            self.seen += len(rows)
            self.sources.add(batch.source)
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
    ]
    return pa.RecordBatch.from_arrays(columns, schema=SCHEMA)


def _number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    return con.execute(query).fetchall()[0][0]


# What the source said last of each repository at or before the moment.
_LATEST = """
    SELECT registry, kind, source, id, any_value(record_id) AS record_id
    FROM record WHERE seen_at <= $at GROUP BY ALL HAVING count(*) = 1
    UNION ALL
    SELECT registry, kind, source, id, arg_max(record_id, (seen_at, length(body), body))
    FROM record JOIN (
        SELECT registry, kind, source, id FROM record WHERE seen_at <= $at GROUP BY ALL HAVING count(*) > 1
    ) USING (registry, kind, source, id) WHERE seen_at <= $at GROUP BY ALL
"""

# Texts are compared whole, not by a digest: nothing can be forged, and it is quicker.
_READ = f"""
CREATE OR REPLACE TEMP TABLE incoming AS
SELECT row.* EXCLUDE (unreadable),
    (latest.body IS NULL OR latest.body <> row.body OR latest.files IS DISTINCT FROM row.files) AS changed,
    CASE WHEN unreadable THEN CASE WHEN json_valid(row.body) THEN 'not a JSON object' ELSE 'not JSON' END
         WHEN row.id IS NULL THEN CASE WHEN json_type(row.body) = 'OBJECT' THEN 'no id' ELSE 'not a JSON object' END
         WHEN NOT regexp_full_match(row.id, '{NAME_PATTERN}') OR contains(row.id, '..') OR length(row.id) > {MAX_NAME_CHARS}
         THEN 'the id is not a repository name: ' || left(row.id, 80)
    END AS reason
FROM (
    SELECT * EXCLUDE (head), coalesce(head.id, head."modelId") AS id, head._id AS repo_id, head IS NULL AS unreadable
    FROM (
        SELECT stream.* EXCLUDE (kind), kind::kind AS kind,
            TRY(from_json(body, '{{"id": "VARCHAR", "modelId": "VARCHAR", "_id": "VARCHAR"}}')) AS head
        FROM stream
    )
) AS row
LEFT JOIN (SELECT record.* FROM record SEMI JOIN ({_LATEST}) USING (record_id)) AS latest USING (registry, kind, source, id)
"""

# Of two different records of one repository in one dump the longer one counts, then the later one in the order of text.
_REJECT_DUPLICATES = """
UPDATE incoming SET changed = false,
    reason = CASE WHEN NOT same THEN 'a second, different record of ' || incoming.id || '; that of line ' || kept || ' was kept'
        END
FROM (
    SELECT number, first_value(line) OVER best AS kept, number = first_value(number) OVER best AS is_kept,
        text = first_value(text) OVER best AS same
    FROM (
        SELECT *, body || coalesce(files, '') AS text
        FROM incoming WHERE reason IS NULL AND hash(kind, id) IN (
            SELECT hash(kind, id) FROM incoming WHERE reason IS NULL GROUP BY ALL HAVING count(*) > 1)
    )
    WINDOW best AS (PARTITION BY registry, kind, source, id ORDER BY length(text) DESC, text DESC, number)
) AS duplicate
WHERE incoming.number = duplicate.number AND NOT is_kept
"""

_REFUSED = "SELECT number, line, reason FROM incoming WHERE reason IS NOT NULL ORDER BY number"

# In one statement: after a long insert, the database does not count what a second one adds to the same table.
_ADD = """
INSERT INTO record
SELECT (SELECT coalesce(max(record_id), -1) + 1 FROM record) + number,
    registry, kind, id, source, repo_id, $at, $snapshot, line, body, files
FROM incoming WHERE reason IS NULL AND changed
UNION ALL
SELECT (SELECT coalesce(max(record_id), -1) + (SELECT coalesce(max(number), -1) FROM incoming) + 1 FROM record)
    + row_number() OVER (ORDER BY source, id), registry, kind, id, source, repo_id, $at, $snapshot, line, body, files
FROM absent
"""
