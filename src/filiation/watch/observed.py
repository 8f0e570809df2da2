"""What differs between consecutive observations of a registry, set at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from importlib.resources import files

import duckdb
import msgspec
import pyarrow as pa

from filiation.core.errors import AtlasError
from filiation.core.event import Change, Event
from filiation.core.finding import Severity
from filiation.core.ref import HUB
from filiation.extract.weights_digest import is_weights
from filiation.knowledge import load
from filiation.store.stages import last_run

MAX_TEXT_CHARS = 300
"""Of what was said before and after; more is cut."""
DIGEST_CHARS = 12


class Window(msgspec.Struct, frozen=True):
    """Which observations are looked at.

    Attributes:
        until: Naive UTC; what was observed later does not count.
        since: Naive UTC; what was observed until then is known.
        snapshot: In place of `since`: what was ingested with or before this snapshot is known.
        only_ends: Whether to compare what stood at the beginning with what stands at the end, and nothing in between.
    """

    until: datetime
    since: datetime | None = None
    snapshot: int | None = None
    only_ends: bool = False


class Seen(msgspec.Struct, frozen=True):
    """An event with the node that it is about; null where the lineage has none of that name.

    `severity` is how much it matters where its source says so, null where its kind does.
    """

    event: Event
    node: int | None
    severity: Severity | None = None


def events(con: duckdb.DuckDBPyConnection, window: Window, only: Collection[tuple[str, str]] | None = None) -> list[Seen]:
    """Return what changed in the window, by moment, name and kind of change.

    Compared is what one source says of one repository; a repository is known by the registry's own number where it has one, so
    that a new name is no new repository. What a source did not tell before makes no change when it first tells it. A source's
    first reading is where its time begins: nothing of it is new. Law: events of ``only_ends`` over a window in which nothing
    changed back are those of its parts together, but for what changed twice.

    Args:
        con: Of an atlas whose claims are extracted. It keeps no table of this.
        window: Which observations.
        only: (kind, name) of the repositories to look at, None for all. Earlier names of them are looked at too.

    Raises:
        AtlasError: If records were ingested that are not extracted yet.
    """
    _require_extracted(con)
    _prepare(con, window, only)
    for script in ("pairs.sql", "events.sql"):
        con.execute(files(__package__ or "").joinpath(script).read_text(encoding="utf-8"))
    rows = con.execute(_EVENTS).fetchall()
    for table in _TABLES:
        con.execute(f"DROP TABLE IF EXISTS temp.{table}")
    return [
        Seen(Event(Change(change), ref, field, _cut(before), _cut(after), at, source), node)
        for change, ref, field, before, after, at, source, node in rows
    ]


def last_snapshot(con: duckdb.DuckDBPyConnection) -> int:
    """Return the number of the snapshot that was ingested last; 0 where there is none."""
    return con.execute("SELECT coalesce(max(snapshot_id), 0) FROM snapshot").fetchall()[0][0]


def _require_extracted(con: duckdb.DuckDBPyConnection) -> None:
    run = last_run(con, "extract")
    last = con.execute("SELECT coalesce(max(record_id), -1) FROM record").fetchall()[0][0]
    if run is None or run.input != str(last):
        raise AtlasError("The atlas has records that no stage has read yet: run 'filiation build' first.")


def _prepare(con: duckdb.DuckDBPyConnection, window: Window, only: Collection[tuple[str, str]] | None) -> None:
    witnesses = [name for name, row in load("witnesses").items() if row.get("describes", True)]
    _fill(con, "describing", [("witness", pa.array(witnesses, pa.string()))])
    names: Sequence[tuple[str, str]] = sorted(only or ())
    kinds, ids = [kind for kind, _ in names], [name for _, name in names]
    _fill(con, "wanted", [("kind", pa.array(kinds, pa.string())), ("id", pa.array(ids, pa.string()))])
    con.execute("SET VARIABLE until = ?::TIMESTAMP", [window.until])
    con.execute("SET VARIABLE after_moment = ?::TIMESTAMP", [window.since])
    con.execute("SET VARIABLE after_snapshot = ?::INTEGER", [window.snapshot])
    con.execute("SET VARIABLE only_ends = ?::BOOLEAN", [window.only_ends])
    con.execute("SET VARIABLE is_narrowed = ?::BOOLEAN", [only is not None])
    con.execute(f"CREATE OR REPLACE TEMP MACRO weights_file(path) AS {is_weights('path')}")
    con.execute(_DIGESTED)


def _fill(con: duckdb.DuckDBPyConnection, table: str, columns: Sequence[tuple[str, pa.Array]]) -> None:
    con.register("arrow", pa.table(dict(columns)))
    con.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS FROM arrow")
    con.unregister("arrow")


def _cut(text: str | None) -> str | None:
    return text if text is None or len(text) <= MAX_TEXT_CHARS else f"{text[:MAX_TEXT_CHARS]}…"


_TABLES = (
    "describing", "wanted", "fresh", "sighting", "seen", "followed", "beginning", "pair", "compared", "side", "said",
    "difference", "change",
)  # fmt: skip
_DIGESTED = f"""
CREATE OR REPLACE TEMP MACRO digested(digests) AS list_transform(
    list_filter(map_entries(digests), lambda item: weights_file(item.key)),
    lambda item: item.key || ' ' || left(item.value, {DIGEST_CHARS}))
"""
_EVENTS = f"""
SELECT change, CASE told.registry WHEN '{HUB}' THEN '' ELSE told.registry || ':' END || told.kind || ':' || now AS ref, field,
    CASE WHEN change = 'card' THEN left(md5(told.before), {DIGEST_CHARS}) ELSE told.before END AS before,
    CASE WHEN change = 'card' THEN left(md5("new"), {DIGEST_CHARS}) ELSE "new" END AS after,
    told."at", source, node_id
FROM (
    SELECT DISTINCT change, field, change.before, "new", "at", source, registry, kind,
        CASE WHEN change = 'renamed' THEN "new" ELSE id END AS now
    FROM change JOIN pair USING (after)
) AS told
LEFT JOIN (SELECT node_id, registry, kind, name FROM node) AS node
    ON node.registry = told.registry AND node.kind = told.kind AND node.name = now
ORDER BY told."at", ref, change, field
"""
