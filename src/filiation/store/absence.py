"""What a whole listing does not name any more: it is said as a later observation of the same source."""

from __future__ import annotations

import json
from datetime import datetime

import duckdb
import msgspec

from filiation.core.gone import FIELD, Gone, How


def absent(con: duckdb.DuckDBPyConnection, at: datetime, listing: str | None) -> int:
    """Make the table ``absent``: a record for each repository that the sources told of before and the listing does not name.

    It says what was said last, and that the repository is gone; one that goes on under another name is not gone.

    Args:
        con: In the transaction of an ingest, with its table ``incoming``.
        at: When the listing was seen, naive UTC.
        listing: What the listing is called; None where it is not whole, so that nothing is absent.

    Returns:
        How many there are.
    """
    gone = json.dumps({FIELD: msgspec.to_builtins(Gone(How.UNSEEN, f"not in {listing}"))})
    con.execute(_ABSENT, {"at": at, "gone": gone, "is_whole": listing is not None})
    return con.execute("SELECT count(*) FROM absent").fetchall()[0][0]


# What names nothing is no listing, and a row that cannot be read could be any repository.
_ABSENT = f"""
CREATE OR REPLACE TEMP TABLE absent AS
SELECT registry, kind, id, source, repo_id, line, json_merge_patch(body, $gone) AS body, files
FROM record JOIN (
    SELECT registry, kind, source, id, arg_max(record_id, (seen_at, record_id)) AS record_id,
        arg_max(repo_id, (seen_at, record_id)) AS number
    FROM record WHERE seen_at <= $at AND (registry, kind, source) IN (SELECT DISTINCT (registry, kind, source) FROM incoming)
    GROUP BY ALL
) AS last USING (registry, kind, source, id, record_id)
ANTI JOIN incoming USING (registry, kind, source, id)
WHERE $is_whole AND NOT (contains(body, '"{FIELD}"') AND json_exists(body, '$."{FIELD}"'))
    AND (SELECT count(*) > 0 AND count(*) = count(id) FROM incoming)
    AND (number IS NULL OR (registry, kind, source, number) NOT IN (
        SELECT (registry, kind, source, repo_id) FROM incoming WHERE repo_id IS NOT NULL))
"""
