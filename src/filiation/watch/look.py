"""Look at what changed, and say what of it matters to whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path

import msgspec

from filiation.core.event import Change, Event
from filiation.core.finding import Severity
from filiation.core.portfolio import Portfolio
from filiation.knowledge import load
from filiation.lineage.applications import load_applications
from filiation.lineage.arrays import Lineage
from filiation.store.atlas import Atlas
from filiation.watch.advised import advisory_events
from filiation.watch.answer import Told, WatchAnswer
from filiation.watch.observed import Seen, Window, events
from filiation.watch.portfolios import find_adopted
from filiation.watch.rating import ORDER, at_least, rating
from filiation.watch.reaudit import Rules, reaudited
from filiation.watch.touching import Touching


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is told of.

    Attributes:
        severity: The least.
        touches: So many must stand on it; what touches a portfolio is told of anyway.
        changes: Only these kinds; empty for all.
        portfolios_only: Whether to tell only of what touches a portfolio.
    """

    severity: Severity = Severity.LOW
    touches: int = 0
    changes: tuple[Change, ...] = ()
    portfolios_only: bool = False

    def admit(self, told: Told) -> bool:
        """Return whether a change is told of."""
        if not at_least(told.severity, self.severity) or (self.changes and told.change not in self.changes):
            return False
        if told.touches.portfolios:
            return True
        return not self.portfolios_only and told.touches.descendants >= self.touches


def look(
    atlas: Atlas,
    window: Window,
    portfolios: Sequence[Portfolio],
    thresholds: Thresholds,
    rules: Rules,
    urgent: Callable[[Told], bool] = lambda _: True,
) -> WatchAnswer:
    """Return what changed in the window: what of it is told, whom it touches, and what an audit says of that.

    Args:
        atlas: Open for reading, its stages up to date.
        window: Which observations.
        portfolios: Models that somebody adopted.
        thresholds: What is told of.
        rules: By what is audited.
        urgent: Says of each change that would be told whether it is to be told now; the others are counted as waiting.
    """
    lineage = Lineage.load(atlas.path)
    adopted, missing = find_adopted(atlas.con, lineage, portfolios)
    seen = [*events(atlas.con, window), *advisory_events(atlas.con, lineage, window)]
    touching = Touching(lineage, adopted, load_applications(atlas.path))
    told = [(item, one) for item in seen if thresholds.admit(one := _told(item, touching))]
    now = [(item, one) for item, one in told if urgent(one)]
    words = load("watch")[rules.lang]
    return WatchAnswer(
        str(atlas.path),
        window.since,
        window.until,
        rules.policy.name,
        rules.lang,
        dict(sorted(Counter(str(item.event.change) for item in seen).items())),
        sorted((one for _, one in now), key=_weight),
        reaudited(atlas.con, lineage, adopted, [item for item, _ in now], window, rules),
        len(told) - len(now),
        skipped=[words["not_here"].format(model=model, portfolio=portfolio) for model, portfolio in missing],
    )


def nothing_yet(atlas: Path, until: datetime, rules: Rules) -> WatchAnswer:
    """Return the answer of a first look, which has nothing to compare with."""
    return WatchAnswer(str(atlas), None, until, rules.policy.name, rules.lang, {}, [], [], first_look=True)


def digest(told: Told) -> str:
    """Return what tells a change from all others, as long as an atlas lives."""
    parts = (told.change, told.ref, told.field, told.before or "", told.after or "", told.at.isoformat(), told.source)
    return sha256("\0".join(parts).encode()).hexdigest()[:32]


def _told(item: Seen, touching: Touching) -> Told:
    event: Event = item.event
    return Told(
        event.ref,
        event.change,
        event.field,
        event.before,
        event.after,
        item.severity or rating(event),
        event.at,
        event.source,
        touching.of(item.node),
    )


def _weight(told: Told) -> tuple[int, int, int, str, str]:
    """Order by severity, then what is adopted, then by how many stand on it."""
    touches = told.touches
    return (-ORDER.index(told.severity), -bool(touches.portfolios), -touches.descendants, told.ref, told.field)
