"""What differs between an atlas of one day and the same atlas of another."""

from __future__ import annotations

from collections import Counter
from datetime import datetime

import msgspec
import numpy as np

from filiation.core.event import Event
from filiation.core.relation import RELATIONS
from filiation.lineage.arrays import NULL, Lineage, Summary
from filiation.pipeline import lineage_as_of
from filiation.store.atlas import Atlas
from filiation.watch.observed import Window, events

MOST = 1000
"""So many of each kind are named; all are counted."""


class EdgeSaid(msgspec.Struct, frozen=True, order=True):
    """An edge of descent."""

    child: str
    parent: str
    relation: str


class LicenseMoved(msgspec.Struct, frozen=True, order=True):
    """What a node declared then and declares now; null where nothing."""

    ref: str
    before: str | None
    after: str | None


class DiffAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/diff/v1", rename={"from_": "from"}):
    """One atlas on two days.

    Attributes:
        from_: The earlier moment.
        to: The later one.
        before: What the lineage came to then.
        after: What it comes to at the later moment.
        counts: How many changes of each kind there are.
        changes: What the registry says differently, the first ones by name; what changed back is not among them.
        edges_added: Edges of descent that are there at the later moment only.
        edges_removed: Those that are there at the earlier one only.
        edges_changed: Those whose relation differs, as it is at the later moment.
        licenses: Nodes whose declared licence differs, as the atlas puts it together from all that is said.
        totals: How many there are of each list, which may be cut.
    """

    from_: datetime
    to: datetime
    before: Summary
    after: Summary
    counts: dict[str, int]
    changes: list[Event]
    edges_added: list[EdgeSaid]
    edges_removed: list[EdgeSaid]
    edges_changed: list[EdgeSaid]
    licenses: list[LicenseMoved]
    totals: dict[str, int]


def difference(atlas: Atlas, start: datetime, end: datetime) -> DiffAnswer:
    """Return what differs between the atlas as it would have been at two moments, naive UTC.

    Args:
        atlas: Open for writing: the lineages of both days are built once, then kept.
        start: The earlier moment.
        end: The later one.
    """
    seen = [item.event for item in events(atlas.con, Window(end, start, only_ends=True))]
    then, now = lineage_as_of(atlas, start), lineage_as_of(atlas, end)
    old, new = _edges(then), _edges(now)
    added = sorted(EdgeSaid(*pair, new[pair]) for pair in new.keys() - old.keys())
    removed = sorted(EdgeSaid(*pair, old[pair]) for pair in old.keys() - new.keys())
    changed = sorted(EdgeSaid(*pair, new[pair]) for pair in new.keys() & old.keys() if new[pair] != old[pair])
    licenses = _licenses(then, now)
    lists = {"changes": seen, "edges_added": added, "edges_removed": removed, "edges_changed": changed, "licenses": licenses}
    return DiffAnswer(
        start,
        end,
        then.summary,
        now.summary,
        dict(sorted(Counter(str(event.change) for event in seen).items())),
        seen[:MOST],
        added[:MOST],
        removed[:MOST],
        changed[:MOST],
        licenses[:MOST],
        {name: len(items) for name, items in lists.items()},
    )


def _edges(lineage: Lineage) -> dict[tuple[str, str], str]:
    """Return the relation of each edge, by the refs of its ends."""
    ends = np.unique(np.concatenate([lineage.child, lineage.parent]))
    refs = dict(zip(ends.tolist(), lineage.refs(ends.tolist()), strict=True))
    columns = zip(lineage.child.tolist(), lineage.parent.tolist(), lineage.relation.tolist(), strict=True)
    return {(refs[child], refs[parent]): str(RELATIONS[relation]) for child, parent, relation in columns}


def _licenses(then: Lineage, now: Lineage) -> list[LicenseMoved]:
    """Return the nodes of both whose declared licence differs."""
    old, new = _declared(then), _declared(now)
    present = _present(then) & _present(now)
    names = sorted(ref for ref in old.keys() | new.keys() if ref in present and old.get(ref) != new.get(ref))
    return [LicenseMoved(ref, old.get(ref), new.get(ref)) for ref in names]


def _declared(lineage: Lineage) -> dict[str, str]:
    nodes = np.flatnonzero(lineage.license != NULL)
    codes = lineage.license[nodes].tolist()
    return dict(zip(lineage.refs(nodes.tolist()), (lineage.licenses[code] for code in codes), strict=True))


def _present(lineage: Lineage) -> set[str]:
    return set(lineage.refs(np.flatnonzero(lineage.state == 0).tolist()))
