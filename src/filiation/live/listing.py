"""A pass over a listing, page by page into the spool: all of it, or what changed since the last one."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.live.spool import Head, Spool
from filiation.registry.live.hub import Hub, Listed, StaleError

PAGES = "pages"
ALL, CHANGED = "all", "changed"
MAX_PAGES = 200_000
"""Of one pass: 200 million records."""
MAX_BARREN = 20
"""So many pages in a row may hold nothing."""
SECONDS = len("2024-07-11T08:00:00")
Tell = Callable[[int], None]


class Row(msgspec.Struct):
    """What is read of a record before it is ingested; what is not text there is passed over later."""

    id: str = ""
    repo_id: str = msgspec.field(default="", name="_id")
    sha: str | None = None
    modified: str | None = msgspec.field(default=None, name="lastModified")


def row_of(record: bytes) -> Row:
    """Return what a record says of itself; an empty one where it is of another shape."""
    try:
        return msgspec.json.decode(record, type=Row)
    except (msgspec.DecodeError, RecursionError):
        return Row()


def fetch(hub: Hub, spool: Spool, kind: Kind, *, whole: bool, until: float, tell: Tell) -> bool:
    """Bring the pass that is under way to its end, or begin one; return whether its pages are all there.

    Args:
        hub: Asked for pages.
        spool: Held by this run.
        kind: What is listed.
        whole: List all even where changes would do.
        until: By `time.monotonic`; no page is asked for after it.
        tell: Told how many records were listed in this run.

    Raises:
        UnreachableError: If the Hub does not answer; the pages that came stay.
    """
    try:
        return _fetch(hub, spool, kind, whole=whole, until=until, tell=tell)
    except StaleError:
        spool.clear(PAGES)
        return _fetch(hub, spool, kind, whole=whole, until=until, tell=tell)


def _fetch(hub: Hub, spool: Spool, kind: Kind, *, whole: bool, until: float, tell: Tell) -> bool:
    last = spool.last(PAGES)
    number, head = last or (0, _begun(hub, spool, kind, whole=whole))
    asked, barren, listed = set(), 0, 0
    while head.following:
        if time.monotonic() > until:
            return False
        if head.following in asked or number >= MAX_PAGES or barren >= MAX_BARREN:
            raise FiliationError(f"The listing of {hub.endpoint} does not end: check --endpoint; what came is kept.")
        asked.add(head.following)
        page = hub.page(head.following, later=number > 0)
        head = _head(head, page)
        number += 1
        spool.add(PAGES, number, head, page.rows)
        barren = 0 if page.rows else barren + 1
        listed += len(page.rows)
        tell(listed)
    return True


def _begun(hub: Hub, spool: Spool, kind: Kind, *, whole: bool) -> Head:
    since = "" if whole else spool.standing().since
    return Head(CHANGED if since else ALL, hub.first(kind, changed=bool(since)), since=since)


def _head(before: Head, page: Listed) -> Head:
    """Return the head of a page that comes after the one whose head is given."""
    now = datetime.now(UTC).replace(tzinfo=None)
    following = "" if before.since and _reaches(page.rows, before.since) else page.following
    return Head(
        before.mode,
        following,
        now.isoformat(),
        before.began or (page.at or now).isoformat(timespec="seconds"),
        before.since,
        len(page.rows),
    )


def _reaches(rows: Sequence[bytes], since: str) -> bool:
    """Return whether the rows, if they come newest first, go back beyond what is known, with some overlap."""
    moments = [row_of(row).modified or "" for row in rows]
    if not moments or not all(moments) or any(one < other for one, other in pairwise(moments)):
        return False
    known = datetime.fromisoformat(since) - timedelta(seconds=load("live")["hub"]["overlap_seconds"])
    return moments[-1][:SECONDS] < known.isoformat(timespec="seconds")
