"""Advisories that were published, changed or withdrawn in a window, as events of the repositories that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import msgspec

from filiation.advisories.matching import applications_at, matches, summary_of
from filiation.core.advisory import REGISTRY, Advisory, parse_advisory
from filiation.core.event import Change, Event
from filiation.core.finding import Severity
from filiation.core.gone import FIELD
from filiation.lineage.applications import PREFIX
from filiation.lineage.arrays import Lineage
from filiation.watch.observed import Seen, Window

OF_PACKAGE = Severity.LOW
"""What an advisory on a package weighs for a model whose card names the package: it tells of no harm in the weights."""


class _Word(NamedTuple):
    """What was said of an advisory last, and before the window; null where it was not there, or counts no more."""

    at: datetime
    before: Advisory | None
    after: Advisory | None


def advisory_events(con: duckdb.DuckDBPyConnection, lineage: Lineage, window: Window) -> list[Seen]:
    """Return an event for each repository and each application that an advisory of the window is about.

    Unlike other sources, the first reading of advisories is news too: that one has not asked before makes nobody safe.
    """
    found: list[Seen] = []
    for word in _words(con, window):
        told = word.after or word.before
        if told is None or (word.before is not None and word.after is not None and _same(word.before, word.after)):
            continue
        before = summary_of(word.before) if word.before else None
        after = summary_of(word.after) if word.after else None
        for match in matches(con, [told]):
            severity = OF_PACKAGE if match.how == "package" else Severity(match.severity)
            event = Event(Change.ADVISORY, lineage.ref(match.node_id), told.id, before, after, word.at, REGISTRY)
            found.append(Seen(event, match.node_id, severity if after else Severity.LOW))
        for item in applications_at(con, [told]):
            said = f"{item.package} ({item.file}): {after}" if after else None
            event = Event(Change.ADVISORY, f"{PREFIX}{item.application}", told.id, before, said, word.at, REGISTRY)
            found.append(Seen(event, None, Severity(item.severity) if after else Severity.LOW))
    return found


def _same(before: Advisory, after: Advisory) -> bool:
    """Return whether two versions of an advisory say the same of the same."""
    return (before.affected, summary_of(before)) == (after.affected, summary_of(after))


def _words(con: duckdb.DuckDBPyConnection, window: Window) -> Iterator[_Word]:
    limits = {"since": window.since, "snapshot": window.snapshot, "until": window.until}
    for at, before, after in con.execute(_WINDOW, limits).fetchall():
        yield _Word(at, _counting(before), _counting(after))


def _counting(body: str | None) -> Advisory | None:
    if body is None or (FIELD in body and FIELD in msgspec.json.decode(body, type=dict[str, Any])):
        return None
    found = parse_advisory(body)
    return found if found.withdrawn is None else None


_WINDOW = f"""
SELECT max(seen_at), arg_max(body, (seen_at, record_id)) FILTER (NOT is_fresh), arg_max(body, (seen_at, record_id))
FROM (
    SELECT id, body, seen_at, record_id, ($since IS NULL OR seen_at > $since) AND ($snapshot IS NULL OR snapshot_id > $snapshot)
        AS is_fresh
    FROM record WHERE registry = '{REGISTRY}' AND seen_at <= $until
) GROUP BY id HAVING bool_or(is_fresh) ORDER BY id
"""
