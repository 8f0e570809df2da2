"""Look at an atlas for somebody: from where they looked last, by their settings; then deliver, and remember."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import msgspec

from filiation.cli.deciding import decisions
from filiation.cli.options import moment
from filiation.policy.load import load
from filiation.store.atlas import Atlas
from filiation.watch.answer import Told, WatchAnswer
from filiation.watch.cursor import Cursor, read_cursor, write_cursor
from filiation.watch.deliver import deliver
from filiation.watch.look import digest, look, nothing_yet
from filiation.watch.observed import Window, last_snapshot
from filiation.watch.reaudit import Rules, worsening
from filiation.watch.settings import Settings
from filiation.watch.words import words_of

END_OF_TIME = datetime(9999, 1, 1)  # noqa: DTZ001  # the atlas keeps naive UTC


class Asked(msgspec.Struct, frozen=True):
    """What part of time is asked about, and whether that is remembered.

    Attributes:
        since: Naive UTC; None for since the last look.
        until: Naive UTC; None for all there is.
        cursor: Whose last look counts.
        peek: Whether nothing is to be remembered or delivered.
    """

    since: datetime | None
    until: datetime | None
    cursor: str
    peek: bool


def watch(atlas_path: Path, ledger: str | None, settings: Settings, asked: Asked) -> tuple[WatchAnswer, list[str]]:
    """Return what changed, and a sentence for each delivery.

    What waits for quiet hours to end is told at the first look after them: until then the cursor stays.
    """
    now = moment(None)
    decided = decisions(atlas_path, ledger)
    rules = Rules(load(settings.policy), now, settings.lang, decided.waivers, decided.overrides)
    known = read_cursor(atlas_path, asked.cursor) if asked.since is None else None
    with Atlas.open(atlas_path) as atlas:
        latest = last_snapshot(atlas.con)
        if asked.since is None and known is None:
            if not asked.peek:
                write_cursor(atlas_path, asked.cursor, Cursor(latest, now))
            return nothing_yet(atlas_path, now, rules), []
        window = Window(asked.until or END_OF_TIME, asked.since, known.snapshot if known else None)
        quiet = settings.quiet.until(now) if known else None
        before = set(known.urgent) if known else set()
        urgent = _urgent(settings, before, quiet is not None)
        answer = look(atlas, window, settings.portfolios, settings.report, rules, urgent)
        answer = msgspec.structs.replace(answer, until=asked.until or now, since=asked.since or (known and known.at))
    if asked.peek:
        return answer, []
    told = deliver(answer, settings.deliver) if answer.changes or answer.reaudited else []
    if known:
        kept = sorted(before | {digest(item) for item in answer.changes}) if quiet and answer.waiting else []
        moved = known.snapshot if quiet and answer.waiting else latest
        write_cursor(atlas_path, asked.cursor, Cursor(moved, known.at if kept else now, kept))
    if quiet and answer.waiting:
        told.append(words_of(settings.lang)["quiet"].format(count=answer.waiting, until=f"{quiet:%Y-%m-%d %H:%M}"))
    return answer, told


def told_worse(answer: WatchAnswer) -> bool:
    """Return whether the verdict on an adopted model got worse."""
    return any(worsening(item) > 0 for item in answer.reaudited)


def _urgent(settings: Settings, before: set[str], is_quiet: bool) -> Callable[[Told], bool]:
    def urgent(told: Told) -> bool:
        return digest(told) not in before and (not is_quiet or settings.quiet.passes(told.severity))

    return urgent
