"""What is asked and answered about reviews and the ledger over HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from filiation.ledger.item import Decision, Item, State
from filiation.ledger.person import Person, Role, Token

MAX_PAGE = 500
Line = Annotated[str, Meta(max_length=500)]
Text = Annotated[str, Meta(max_length=10_000)]
Reason = Annotated[str, Meta(min_length=1, max_length=10_000)]
Moment = Annotated[datetime, Meta(tz=True)]


def naive(at: datetime | None) -> datetime | None:
    """Return a moment as the ledger keeps it: UTC, without saying so."""
    return None if at is None else at.astimezone(UTC).replace(tzinfo=None)


class QueueQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which items: by state (``waiting``: open or expired), owner (``-``: nobody's), topic of the check, or what is due."""

    state: Literal["waiting", "open", "expired", "waived", "approved", "rejected", "overridden"] | None = None
    owner: Annotated[str, Meta(max_length=200)] | None = None
    topic: Annotated[str, Meta(max_length=100)] | None = None
    due: Literal["overdue", "week", "none"] | None = None
    ref: Annotated[str, Meta(max_length=300)] | None = None
    order: Literal["risk", "due", "newest"] = "risk"
    offset: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50


class Review(msgspec.Struct, frozen=True):
    """A review item, and what hangs on it.

    Attributes:
        item: As the ledger has it.
        topic: Of its check; null where the check is not known here.
        node: Its subject's number in the atlas; null where the atlas does not hold it.
        dependents: The subject and all that descends from it.
        risk: How bad the finding is, times `dependents`; null where that is not known.
        is_overdue: Whether it waits for a person and its date has passed.
        is_gone: Whether it waits for a person though its check finds nothing there any more; null while nobody can tell.
    """

    item: Item
    topic: str | None
    node: int | None
    dependents: int | None
    risk: float | None
    is_overdue: bool
    is_gone: bool | None = None


class Queue(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/review-queue/v1"):
    """A page of the items that were asked for; `states`, `owners` and `topics` count all that there are."""

    total: int
    offset: int
    items: list[Review]
    states: dict[str, int]
    owners: dict[str, int]
    topics: dict[str, int]


class LogLine(msgspec.Struct, frozen=True):
    """An entry of the ledger, without what only its digest needs."""

    number: int
    at: datetime
    who: str
    role: str
    action: str
    item: int | None
    subject: str
    check: str
    decision: str
    predicate: str
    value: str
    until: datetime | None
    why: str
    digest: str


class Place(msgspec.Struct, frozen=True):
    """Where something was read: as findings write it, and as people read it in each language."""

    place: str
    en: str
    ja: str


class ReviewAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/review-item/v1"):
    """One item with everything that was ever written about it, oldest first.

    Attributes:
        review: The item, and what hangs on it.
        history: What was done with it.
        places: Where its finding stands now; as the item has them where the finding is gone, or while the atlas is written.
    """

    review: Review
    history: list[LogLine]
    places: list[Place] = []


class LogQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Entries behind a number, oldest first."""

    after: Annotated[int, Meta(ge=0, le=1_000_000_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 100


class LedgerAnswer(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/ledger/v1"):
    """How many entries the ledger has, how many items are in each state, and a page of its log."""

    entries: int
    states: dict[State, int]
    log: list[LogLine]


class Me(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="schema", tag="filiation/me/v1"):
    """Whom the token stands for; `groups` are those that the file of access speaks of."""

    name: str
    role: Role
    groups: tuple[str, ...] = ()


def me_of(person: Person) -> Me:
    """Return what a person is told of themselves."""
    return Me(person.name, person.role, person.groups)


class Door(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/door/v1"):
    """How one comes in: where a browser logs in and out, null where it does not; whether reading takes that; who has come."""

    login: str | None
    logout: str | None
    is_private: bool
    me: Me | None


class Tokens(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/tokens/v1"):
    """All tokens ever made, without their secrets."""

    tokens: list[Token]


class OpenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A finding that a person must look at.

    `message`, `evidence` and `severity` are taken from the atlas where it has that finding.
    """

    subject: Annotated[str, Meta(min_length=1, max_length=300)]
    check: Annotated[str, Meta(min_length=1, max_length=100)]
    message: Text = ""
    evidence: Annotated[list[Line], Meta(max_length=200)] = []
    severity: Literal["info", "low", "medium", "high", "critical"] | None = None
    owner: Annotated[str, Meta(max_length=200)] | None = None
    due: Moment | None = None


class DecisionBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A decision and its reason; to waive takes `until`, to override `predicate` and `value`."""

    decision: Decision
    why: Reason
    until: Moment | None = None
    predicate: Annotated[str, Meta(max_length=100)] | None = None
    value: Annotated[str, Meta(max_length=1000)] | None = None


class CommentBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something to say about an item."""

    text: Reason


class OwnerBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Who is to decide, by when; an empty owner for nobody."""

    owner: Annotated[str, Meta(max_length=200)]
    due: Moment | None = None


class TokenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whom a token stands for, what it allows, and when it ends."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    role: Role
    until: Moment | None = None


class TokenMade(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/token-made/v1"):
    """A token's secret: it is kept nowhere, and told once."""

    name: str
    token: str


class RevokeBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whose token ends now, and why."""

    name: Annotated[str, Meta(min_length=1, max_length=200)]
    why: Text = ""
