"""What a look at the changes answers."""

from __future__ import annotations

from datetime import datetime

import msgspec

from filiation.core.event import Change
from filiation.core.finding import Severity
from filiation.policy.decision import Verdict


class InPortfolio(msgspec.Struct, frozen=True):
    """An adopted model that stands on what changed.

    Attributes:
        portfolio: Name of the list.
        owner: Who is told; empty for nobody.
        model: The adopted one, as the atlas calls it.
        depth: Steps down to it; 0 where it is what changed.
    """

    portfolio: str
    owner: str
    model: str
    depth: int


class Touches(msgspec.Struct, frozen=True):
    """Whom a change touches.

    Attributes:
        descendants: How many nodes stand on what changed.
        downloads: A month, of those named in `models` and all others together; null where unknown.
        models: The most downloaded of them.
        portfolios: Adopted models among them, or it itself.
        applications: Applications that use one of them, or it itself.
    """

    descendants: int = 0
    downloads: int | None = None
    models: list[str] = []
    portfolios: list[InPortfolio] = []
    applications: list[str] = []


class Told(msgspec.Struct, frozen=True):
    """A change with how much it matters and whom it touches; the rest is as in `core.event.Event`."""

    ref: str
    change: Change
    field: str
    before: str | None
    after: str | None
    severity: Severity
    at: datetime
    source: str
    touches: Touches


class FindingSaid(msgspec.Struct, frozen=True):
    """A finding in the language of the answer."""

    check: str
    severity: str
    message: str


class Reaudited(msgspec.Struct, frozen=True):
    """An adopted model that a change can affect, audited as it stood before and as it stands now.

    Attributes:
        ref: The model.
        portfolios: The lists that have it.
        owners: Of these.
        because: What changed: itself, or what it comes from.
        before: The verdict then; null where it was not known then.
        after: The verdict now; null where it is not known any more.
        came: Findings that it has now and had not.
        went: Findings that it had and has no more.
    """

    ref: str
    portfolios: list[str]
    owners: list[str]
    because: list[str]
    before: Verdict | None
    after: Verdict | None
    came: list[FindingSaid]
    went: list[FindingSaid]


class WatchAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/watch/v1"):
    """What changed since, whom it touches, and what an audit says of that.

    Attributes:
        atlas: The atlas's folder.
        since: What was observed until then is known; null where a cursor counts snapshots, and on the first look.
        until: What was observed later does not count.
        policy: Under which it was audited.
        lang: Language of the sentences.
        counts: How many changes of each kind there are in all, whatever is told of them.
        changes: Those at or above the thresholds, the weightiest first.
        reaudited: Adopted models that these can affect.
        waiting: Changes that are kept for later because hours are quiet.
        first_look: Whether there was no look before, so that nothing is told.
        skipped: What could not be looked at, and why.
    """

    atlas: str
    since: datetime | None
    until: datetime
    policy: str
    lang: str
    counts: dict[str, int]
    changes: list[Told]
    reaudited: list[Reaudited]
    waiting: int = 0
    first_look: bool = False
    skipped: list[str] = []
