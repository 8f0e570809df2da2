"""What changed in the registry, as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb
import msgspec

from filiation.core.ref import Ref
from filiation.lineage.arrays import Lineage
from filiation.watch.observed import Window, events


class EventRow(msgspec.Struct, frozen=True):
    """A change of one field of one repository; see `core.event.Event`. `descendants` counts what stands on it now."""

    at: datetime
    change: str
    ref: str
    field: str
    before: str | None
    after: str | None
    source: str
    descendants: int | None


def happened(
    con: duckdb.DuckDBPyConnection, lineage: Lineage, since: datetime, until: datetime, nodes: Sequence[int] | None
) -> list[EventRow]:
    """Return what changed after `since` and not after `until`, both naive UTC; of all, or of some nodes."""
    only = None if nodes is None else [_name(lineage.ref(node)) for node in nodes]
    return [
        EventRow(
            item.event.at.replace(tzinfo=UTC), str(item.event.change), item.event.ref, item.event.field, item.event.before,
            item.event.after, item.event.source, None if item.node is None else int(lineage.descendants[item.node]),
        )
        for item in events(con, Window(until, since), only)
    ]  # fmt: skip


def _name(ref: str) -> tuple[str, str]:
    named = Ref.parse(ref)
    return str(named.kind), named.name
