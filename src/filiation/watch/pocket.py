"""A small atlas of some models and of all that they come from, as they stood at a moment."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from filiation.core.advisory import REGISTRY as ADVISORIES
from filiation.core.decision import Override
from filiation.core.errors import FiliationError
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.lookup import locate
from filiation.lineage.questions import reach
from filiation.pipeline import build
from filiation.store.atlas import Atlas
from filiation.watch.observed import Seen, Window

Name = tuple[str, str, str]
"""Registry, kind and name of a repository."""
MOST = 20_000
"""So many repositories are taken into a small atlas."""


@contextmanager
def pocket(
    con: duckdb.DuckDBPyConnection, names: Collection[Name], window: Window, overrides: Sequence[Override] = ()
) -> Iterator[tuple[Atlas, Lineage]]:
    """Give an atlas of the repositories of these names, whatever else they were called, for as long as it is needed.

    Args:
        con: Of the atlas that knows them.
        names: Of the repositories.
        window: Take what was observed before it.
        overrides: Decisions in force.

    Yields:
        The small atlas, open and built, and its lineage.
    """
    with tempfile.TemporaryDirectory(prefix="filiation-watch-") as place:
        path = Path(place) / "pocket.atlas"
        records, snapshots = _records(con, names, window)
        with Atlas.open(path, "create") as atlas:
            for table, rows in (("record", records), ("snapshot", snapshots)):
                atlas.con.register("arrow", rows)
                atlas.con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM arrow")
                atlas.con.unregister("arrow")
            build(atlas, lambda *_: None, overrides=overrides, without=("predict", "search"))
            yield atlas, Lineage.load(path)


def upstream(lineage: Lineage, nodes: Collection[int], events: Sequence[Seen] = ()) -> set[Name]:
    """Return the names of `nodes` and of their ancestors, those that `events` tell them to have had before among them."""
    found = set(nodes)
    for node in nodes:
        found.update(reach(lineage, node, "up").nodes.tolist())
    before = {name for item in events if item.node in found and item.event.field == "base_model" for name in _names(item)}
    for name in before:
        ref = _find(lineage, name)
        if ref != NULL:
            found |= {ref, *reach(lineage, ref, "up").nodes.tolist()}
    return {name_of(lineage, node) for node in sorted(found)[:MOST]}


def _names(item: Seen) -> list[str]:
    return (item.event.before or "").split(", ")


def _find(lineage: Lineage, name: str) -> int:
    try:
        return locate(lineage, name).node
    except FiliationError:
        return NULL


def name_of(lineage: Lineage, node: int) -> Name:
    """Return registry, kind and name of a node."""
    registry, kind = next((registry, kind) for registry, kind, start, end in lineage.sections if start <= node < end)
    return registry, kind, lineage.name(node)


def _records(con: duckdb.DuckDBPyConnection, names: Collection[Name], window: Window) -> tuple[pa.Table, pa.Table]:
    columns = list(zip(*sorted(names), strict=True)) or [(), (), ()]
    asked = {name: pa.array(column, pa.string()) for name, column in zip(("registry", "kind", "id"), columns, strict=True)}
    con.register("arrow", pa.table(asked))
    limits = {"since": window.since, "snapshot": window.snapshot}
    try:
        records = con.sql(_RECORDS, params=limits).to_arrow_table()
    finally:
        con.unregister("arrow")
    return records, con.sql(_SNAPSHOTS, params=limits).to_arrow_table()


_BEFORE = "($since IS NULL OR seen_at <= $since) AND ($snapshot IS NULL OR snapshot_id <= $snapshot)"
_RECORDS = f"""
WITH held AS (SELECT DISTINCT registry, kind, source, repo_id FROM record
    WHERE repo_id IS NOT NULL AND (registry, kind::VARCHAR, id) IN (SELECT (registry, kind, id) FROM arrow))
SELECT * FROM record
WHERE {_BEFORE} AND (
    registry = '{ADVISORIES}' OR (registry, kind::VARCHAR, id) IN (SELECT (registry, kind, id) FROM arrow)
    OR (repo_id IS NOT NULL AND (registry, kind, source, repo_id) IN (SELECT (registry, kind, source, repo_id) FROM held)))
"""
_SNAPSHOTS = f"SELECT * FROM snapshot WHERE {_BEFORE}"
