"""What changed in the registry, as rows; and the answers of `history` and `diff`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import duckdb
import msgspec

from filiation.api.answers import Answer
from filiation.api.table import Rows
from filiation.core.event import Event
from filiation.core.ref import Ref
from filiation.lineage.arrays import Lineage
from filiation.watch.between import DiffAnswer, EdgeSaid, LicenseMoved
from filiation.watch.history import HistoryAnswer, Observation, Then
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


class HistoryTold(Answer[HistoryAnswer]):
    """One model through time."""

    @property
    def changes(self) -> Rows[Event]:
        """What changed, oldest first."""
        return Rows(self.answer.changes, Event)

    main = changes

    @property
    def observations(self) -> Rows[Observation]:
        """When which source spoke of it, and under which name."""
        return Rows(self.answer.observations, Observation)

    @property
    def answers(self) -> Rows[Then]:
        """What was made of it at each of the last moments: parents, license, verdict."""
        return Rows(self.answer.answers, Then)


class DiffTold(Answer[DiffAnswer]):
    """What differs between two moments of an atlas."""

    @property
    def changes(self) -> Rows[Event]:
        """What repositories say otherwise."""
        return Rows(self.answer.changes, Event)

    main = changes

    @property
    def edges_added(self) -> Rows[EdgeSaid]:
        """Edges of descent that were not there before."""
        return Rows(self.answer.edges_added, EdgeSaid)

    @property
    def edges_removed(self) -> Rows[EdgeSaid]:
        """Edges of descent that are there no more."""
        return Rows(self.answer.edges_removed, EdgeSaid)

    @property
    def licenses(self) -> Rows[LicenseMoved]:
        """Declared licenses that differ."""
        return Rows(self.answer.licenses, LicenseMoved)


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
