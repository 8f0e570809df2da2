"""Reviews and the ledger: what is asked of them, and what people do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache

import msgspec

from filiation.audit.evidence import sentences
from filiation.audit.rank import WEIGHTS
from filiation.audit.words import words_of
from filiation.core.errors import AtlasError
from filiation.core.finding import Finding
from filiation.ledger.entry import Entry
from filiation.ledger.errors import NotAllowedError
from filiation.ledger.gone import gone, node_of
from filiation.ledger.item import WAITING, Item, State, in_queue_order
from filiation.ledger.person import Person
from filiation.ledger.verification import Verification
from filiation.lineage.arrays import NULL, Lineage
from filiation.server.answers import Nothing
from filiation.server.review_shapes import (
    CommentBody,
    DecisionBody,
    LedgerAnswer,
    LogLine,
    LogQuery,
    Me,
    OpenBody,
    OwnerBody,
    Place,
    Queue,
    QueueQuery,
    Review,
    ReviewAnswer,
    RevokeBody,
    TokenBody,
    TokenMade,
    Tokens,
    me_of,
    naive,
)
from filiation.server.seen import require_seen
from filiation.server.standing import Standing

SOON = timedelta(days=7)
NOBODY = "-"


def tell_queue(standing: Standing, query: QueueQuery) -> Queue:
    """Return a page of the items that were asked for, with counts of all."""
    ledger, at = standing.room.ledger(), standing.room.now()
    known = ledger.items(at=at)
    chosen = [item for item in known if _is_wanted(item, query, at)]
    reviews = [_review(standing.lineage, item, at) for item in chosen]
    reviews.sort(key=_ORDERS[query.order])
    return Queue(
        len(reviews),
        query.offset,
        _looked_for(standing, reviews[query.offset : query.offset + query.limit]),
        dict(Counter(str(item.state) for item in known)),
        dict(Counter(item.owner or NOBODY for item in known)),
        dict(Counter(_topics().get(item.check, "") for item in known)),
    )


def _is_wanted(item: Item, query: QueueQuery, at: datetime) -> bool:
    states = tuple(State) if query.state is None else WAITING if query.state == "waiting" else (query.state,)
    due = item.due
    return (
        item.state in states
        and query.owner in {None, item.owner or NOBODY}
        and query.topic in {None, _topics().get(item.check, "")}
        and query.ref in {None, item.subject}
        and (
            query.due is None
            or (query.due == "none" and due is None)
            or (query.due == "overdue" and due is not None and due <= at)
            or (query.due == "week" and due is not None and due <= at + SOON)
        )
    )


def _review(lineage: Lineage, item: Item, at: datetime) -> Review:
    node = _node(lineage, item.subject)
    dependents = None if node is None else 1 + int(lineage.descendants[node])
    weight = WEIGHTS[item.severity] if item.severity else None
    sure = 1.0 if item.confidence is None else item.confidence
    risk = None if weight is None or dependents is None else round(weight * sure * dependents, 2)
    overdue = item.state in WAITING and item.due is not None and item.due <= at
    return Review(item, _topics().get(item.check), node, dependents, risk, overdue)


def _looked_for(standing: Standing, reviews: list[Review]) -> list[Review]:
    """Return `reviews`, each with whether its finding is gone; while the atlas is written nobody can tell."""
    if not reviews:
        return []
    try:
        with standing.database() as con:
            missed = gone(con, standing.lineage, [review.item for review in reviews])
    except AtlasError:  # it is being written, and people can decide all the same
        missed = None
    told = [None if missed is None else review.item.id in missed for review in reviews]
    return [msgspec.structs.replace(review, is_gone=is_gone) for review, is_gone in zip(reviews, told, strict=True)]


def _node(lineage: Lineage, subject: str) -> int | None:
    node = node_of(lineage, subject)
    return None if node == NULL else node


@cache
def _topics() -> dict[str, str]:
    from filiation.checks import checks  # noqa: PLC0415  # a module for each

    return {check.name: str(check.topic) for check in checks()}


def _by_risk(review: Review) -> tuple:
    """Sort key: who waits for a person first, the riskiest before others; what is not known may be the worst."""
    risk = float("inf") if review.risk is None else review.risk
    return review.item.state not in WAITING, -risk, in_queue_order(review.item)


_ORDERS = {
    "risk": _by_risk,
    "due": lambda review: in_queue_order(review.item),
    "newest": lambda review: -review.item.id,
}


def tell_item(standing: Standing, item: int, _: Nothing) -> ReviewAnswer:
    """Return one item with its history."""
    ledger, at = standing.room.ledger(), standing.room.now()
    found = ledger.item(item, at)
    (review,) = _looked_for(standing, [_review(standing.lineage, found, at)])
    return ReviewAnswer(review, _lines(ledger.history(item)), _places(standing, review))


def _places(standing: Standing, review: Review) -> list[Place]:
    """Return where a review's finding stands now: numbers of edges change when the lineage is built anew."""
    item, node = review.item, review.node
    if node is not None:
        try:
            found = [one for one in _findings(standing, node) if (one.check, one.message) == (item.check, item.message)]
            if found:
                return _told(standing, found[0].locations)
        except AtlasError:  # it is being written: the item's own places have to do
            pass
    return [Place(place, place, place) for place in item.evidence]


def _told(standing: Standing, places: Sequence[str]) -> list[Place]:
    with standing.database() as con:
        en, ja = (sentences(con, standing.lineage, places, words_of(lang)) for lang in ("en", "ja"))
    return [Place(*told) for told in zip(places, en, ja, strict=True)]


def tell_ledger(standing: Standing, query: LogQuery) -> LedgerAnswer:
    """Return how full the ledger is, and a page of its log."""
    ledger = standing.room.ledger()
    states = Counter(item.state for item in ledger.items(at=standing.room.now()))
    return LedgerAnswer(ledger.count, dict(states), _lines(ledger.log(query.after, query.limit)))


def _lines(entries: Iterable[Entry]) -> list[LogLine]:
    """Return entries without their bodies, where the hashes of tokens are."""
    names = LogLine.__struct_fields__
    return [LogLine(*(getattr(entry, name) for name in names)) for entry in entries]


def tell_verified(standing: Standing, _: Nothing, person: Person) -> Verification:  # noqa: ARG001  # a reader is enough
    """Return whether the log is whole.

    Raises:
        NotAllowedError: If who asks does not see all of it: the answer would count what they may not see.
    """
    if not standing.room.is_whole:
        raise NotAllowedError("It takes somebody who sees the whole log to ask whether it is whole.")
    return standing.room.ledger().verify()


def tell_me(_: Standing, __: Nothing, person: Person) -> Me:
    """Return whom the token stands for."""
    return me_of(person)


def tell_tokens(standing: Standing, _: Nothing, person: Person) -> Tokens:  # noqa: ARG001  # any administrator
    """Return all tokens, without their secrets."""
    return Tokens(standing.room.ledger().tokens(standing.room.now()))


def open_review(standing: Standing, person: Person, body: OpenBody) -> ReviewAnswer:
    """Open a review of a finding: the atlas's own where it has it, so that what is decided is decided on its evidence."""
    require_seen(standing, body.subject)
    ledger, said = standing.room.ledger(), _said(person)
    due = naive(body.due)
    node = _node(standing.lineage, body.subject)
    known = [] if node is None else [item for item in _findings(standing, node) if item.check == body.check]
    found = [item for item in known if body.message in {"", item.message}]
    if found:
        ledger.sync(found, **said, beside=known, owner=body.owner, due=due)
        opened = ledger.on(found)[0]
    else:
        opened = ledger.open_item(
            body.subject, body.check, **said, message=body.message, evidence=body.evidence, severity=body.severity,
            owner=body.owner, due=due,
        )  # fmt: skip
    return tell_item(standing, opened.id, Nothing())


def _findings(standing: Standing, node: int) -> list[Finding]:
    """Return what was found of one node; the portraits of all take a while to be there."""
    from filiation.audit.facts import findings_of  # noqa: PLC0415  # brings the walks along

    with standing.database() as con:
        return findings_of(con, standing.lineage.ref(node), node)


def decide(standing: Standing, person: Person, item: int, body: DecisionBody) -> ReviewAnswer:
    """Decide on an item."""
    ledger = standing.room.ledger()
    given = naive(body.until), body.predicate or None, body.value or None
    ledger.decide(item, body.decision, person.name, person.role, body.why, *given, via=person.via)
    return tell_item(standing, item, Nothing())


def comment(standing: Standing, person: Person, item: int, body: CommentBody) -> ReviewAnswer:
    """Say something about an item."""
    standing.room.ledger().comment(item, body.text, **_said(person))
    return tell_item(standing, item, Nothing())


def assign(standing: Standing, person: Person, item: int, body: OwnerBody) -> ReviewAnswer:
    """Give an item to somebody."""
    standing.room.ledger().assign(item, body.owner, **_said(person), due=naive(body.due))
    return tell_item(standing, item, Nothing())


def make_token(standing: Standing, person: Person, body: TokenBody) -> TokenMade:
    """Make a token."""
    ledger = standing.room.ledger()
    secret = ledger.add_token(body.name, body.role, person.name, person.role, naive(body.until), via=person.via)
    return TokenMade(body.name, secret)


def revoke_token(standing: Standing, person: Person, body: RevokeBody) -> Tokens:
    """End a token."""
    standing.room.ledger().revoke_token(body.name, **_said(person), why=body.why)
    return tell_tokens(standing, Nothing(), person)


def _said(person: Person) -> dict[str, str]:
    return {"who": person.name, "role": person.role, "via": person.via}
