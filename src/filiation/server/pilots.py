"""Models on their way into use over HTTP: how each stands, what it needs next, and the steps that people take."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from filiation.core.adoption import Learnt, Stage, is_ahead
from filiation.core.ref import Ref
from filiation.governance.assessment import Language
from filiation.governance.pilot.needs import KIND
from filiation.governance.pilot.way import Register, Ways, all_ways, way_of
from filiation.ledger.adoptions import unpinned
from filiation.ledger.errors import RefusedError
from filiation.ledger.person import Person
from filiation.lineage.arrays import NULL
from filiation.lineage.lookup import locate
from filiation.server.review_shapes import Moment, Reason, Text, naive
from filiation.server.seen import require_seen
from filiation.server.standing import Standing

Name = Annotated[str, Meta(min_length=1, max_length=300)]
Person_ = Annotated[str, Meta(max_length=200)]
MAX_LESSONS = 200


class PilotQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language of what is needed."""

    lang: Literal["en", "ja"] = "en"


class AdoptBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A model to be put on its way; a revision stands behind its name, as in owner/name@revision."""

    ref: Name
    why: Reason
    owner: Person_ = ""
    due: Moment | None = None


class AdvanceBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a model goes; with `despite` also where needs are open, which takes an administrator."""

    ref: Name
    stage: Stage
    why: Reason
    despite: bool = False
    owner: Person_ = ""
    due: Moment | None = None


class LessonBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A success or a failure with a model."""

    ref: Name
    learnt: Learnt
    what: Reason
    where: Text = ""


class DoneBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was done about a failure, by its number in the register."""

    number: Annotated[int, Meta(ge=1)]
    what: Reason


def tell_ways(standing: Standing, query: PilotQuery) -> Ways:
    """Return every adopted model, and what it needs next."""
    ledger = standing.room.found()
    with standing.database() as con:
        return all_ways(ledger, con, standing.lineage, standing.room.now(), query.lang)


def tell_register(standing: Standing, _: PilotQuery) -> Register:
    """Return the newest of the register."""
    ledger = standing.room.found()
    return Register(tuple(ledger.lessons()[:MAX_LESSONS]) if ledger else ())


def adopt(standing: Standing, person: Person, body: AdoptBody) -> Ways:
    """Put a model on its way.

    Raises:
        FiliationError: If the ledger refuses.
    """
    ref = _named(standing, body.ref)
    standing.room.ledger().adopt(
        ref, person.name, person.role, body.why, owner=body.owner, due=naive(body.due), via=person.via
    )  # fmt: skip
    return _one(standing, ref)


def advance(standing: Standing, person: Person, body: AdvanceBody) -> Ways:
    """Move a model.

    Raises:
        RefusedError: If needs are open and nobody said that it goes on all the same; the message names them.
        FiliationError: If the ledger refuses.
    """
    ref = _named(standing, body.ref)
    ledger = standing.room.ledger()
    before = _one(standing, ref)
    missing = [need.id for way in before.models for need in way.next if is_ahead(way.stage, body.stage)]
    if missing and not body.despite:
        raise RefusedError(f"{ref} was not moved: open are {', '.join(missing)}.")
    ledger.advance(
        ref, body.stage, person.name, person.role, body.why, missing=missing, owner=body.owner,
        revision=body.ref.partition("@")[2], due=naive(body.due), via=person.via,
    )  # fmt: skip
    return _one(standing, ref)


def learn(standing: Standing, person: Person, body: LessonBody) -> Register:
    """Write a success or a failure into the register.

    Raises:
        FiliationError: If the ledger refuses.
    """
    ref, ledger = _named(standing, body.ref), standing.room.ledger()
    ledger.learn(ref, body.learnt, body.what, person.name, person.role, where=body.where, via=person.via)
    return Register(tuple(ledger.lessons([ref])))


def answer_failure(standing: Standing, person: Person, body: DoneBody) -> Register:
    """Write down what was done about a failure.

    Raises:
        FiliationError: If the ledger refuses.
    """
    ledger = standing.room.ledger()
    lesson = ledger.answer_failure(body.number, body.what, person.name, person.role, via=person.via)
    return Register(tuple(ledger.lessons([lesson.subject])))


def _one(standing: Standing, ref: str, lang: Language = "en") -> Ways:
    """Return how one model stands, in the shape of them all."""
    ledger, subject, at = standing.room.ledger(), unpinned(ref), standing.room.now()
    adopted = ledger.adopted_as(subject)
    if adopted is None:
        return Ways(0, (), lang)
    given, lessons = ledger.answers(subject, KIND, at=at), ledger.lessons([subject])
    with standing.database() as con:
        return Ways(1, (way_of(adopted, given, lessons, con, standing.lineage, at, lang),), lang)


def _named(standing: Standing, text: str) -> str:
    """Return the ref in full: by the atlas's own name where it holds the model, else as it is written."""
    require_seen(standing, text)
    node = locate(standing.lineage, text).node
    revision = Ref.parse(text).revision
    named = unpinned(text) if node == NULL else standing.lineage.ref(node)
    return f"{named}@{revision}" if revision else named
