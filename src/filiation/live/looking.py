"""Look into many repositories, a bounded number at a time, into the spool."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.gone import Gone, How
from filiation.core.ref import Kind
from filiation.live.listing import Tell
from filiation.live.looks import LOOKS, Look, failed, look
from filiation.live.spool import Head, Spool, rows_of
from filiation.live.taking import Unseen
from filiation.registry.byte_ranges import Link
from filiation.registry.live.asking import Asked, UnreachableError
from filiation.registry.live.hub import Hub, TokenError

AT_ONCE = 4
PER_PAGE = 32
"""Looks that are kept together: an interruption costs no more than these."""
LOOKED = "looked.jsonl"


class Task(msgspec.Struct, frozen=True):
    """A name to look into, and the stamp to remember it by where there is nothing to see."""

    name: str
    stamp: str = ""
    whole: bool = True
    to: str = ""
    """Its new name, where that is known without asking."""


def look_into(hub: Hub, spool: Spool, kind: Kind, tasks: Sequence[Task], until: float, tell: Tell) -> int:
    """Look into `tasks` that the spool has no answer for; return how many are answered now.

    Args:
        hub: Asked.
        spool: Held by this run.
        kind: Of the repositories.
        tasks: The most important first.
        until: By `time.monotonic`; nothing is begun after it.
        tell: Told how many are answered.

    Raises:
        UnreachableError: If the registry does not answer; what came stays.
    """
    answered = _answered(spool)
    left = [task for task in tasks if task.name not in answered]
    last = spool.last(LOOKS)
    number, done, asked = last[0] if last else 0, len(tasks) - len(left), Asked()
    with Link(hub.endpoint, hub.token) as link, ThreadPoolExecutor(AT_ONCE) as pool:
        for start in range(0, len(left), PER_PAGE):
            if time.monotonic() > until:
                break
            some = left[start : start + PER_PAGE]
            waiting = [pool.submit(partial(_answer, hub, link, kind), task) for task in some]
            told, broken = [], None
            for future in waiting:
                try:
                    told.append(future.result())
                except UnreachableError as error:
                    broken = error
            hub.asker.count(requests=link.requests - asked.requests, bytes=link.bytes_read - asked.bytes)
            asked = Asked(requests=link.requests, bytes=link.bytes_read)
            number += 1
            _keep(spool, number, told)
            done += len(told)
            tell(done)
            if broken:
                raise broken
    return done


def _answer(hub: Hub, link: Link, kind: Kind, task: Task) -> list[Look]:
    if task.to:
        return [Look(task.name, task.stamp, gone=Gone(How.RENAMED, "listed under its number", task.to))]
    try:
        looks = look(hub, link, kind, task.name, whole=task.whole)
    except (UnreachableError, TokenError):  # that is not about the repository
        raise
    except FiliationError as error:
        looks = [failed(task.name, error)]
    for item in looks:
        item.stamp = item.stamp or task.stamp
    return looks


def _keep(spool: Spool, number: int, told: Iterable[list[Look]]) -> None:
    rows = [msgspec.json.encode(item) for looks in told for item in looks]
    if rows:
        now = datetime.now(UTC).replace(tzinfo=None)
        spool.add(LOOKS, number, Head("looks", at=now.isoformat(), rows=len(rows)), rows)


def _answered(spool: Spool) -> set[str]:
    pages = spool.pages(LOOKS)
    return {msgspec.json.decode(row, type=Look).name for page in pages for row in rows_of(page)}


def conclude(spool: Spool) -> None:
    """Remember which looks at files were taken, and let their pages go."""
    lines = []
    for page in spool.pages(LOOKS):
        for row in rows_of(page):
            item = msgspec.json.decode(row, type=Look)
            if item.stamp and (item.whole or bytes(item.body) == b"null"):
                lines.append(msgspec.json.encode((item.name, item.stamp)))
    if lines:
        with (spool.folder / LOOKED).open("ab") as file:
            file.write(b"\n".join([*lines, b""]))
    spool.clear(LOOKS)


def unseen_tasks(unseen: Iterable[Unseen]) -> list[Task]:
    """Return what to ask of repositories that a full listing lacked."""
    return [Task(item.name, whole=False, to=item.to) for item in unseen]
