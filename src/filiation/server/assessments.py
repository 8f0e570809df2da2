"""Assessments over HTTP: what there is, one of a node, and the answers that people give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from filiation.core.adoption import Adopted, Lesson
from filiation.core.decision import Given
from filiation.core.errors import FiliationError
from filiation.governance.answers import require_question
from filiation.governance.assessment import Assessment, Value
from filiation.governance.kind import Asked, Kind, kind, kinds, made, require_model
from filiation.governance.pilot.register import relatives
from filiation.ledger.drafts import Reply
from filiation.ledger.person import Person
from filiation.lineage.arrays import NULL
from filiation.lineage.lookup import locate, unknown
from filiation.server.answers import Nothing
from filiation.server.review_shapes import Moment, Reason, Text, naive
from filiation.server.standing import Standing

Name = Annotated[str, Meta(max_length=40)]


class KindName(msgspec.Struct, frozen=True):
    """A kind of assessment, what a page calls it, and what it may be asked for."""

    name: str
    en: str
    ja: str
    purposes: tuple[str, ...]


class KindNames(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/assessments/v1"):
    """The kinds of assessment that there are."""

    kinds: list[KindName]


class AssessQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The language of the sentences, and what the assessment is for, where its kind tells purposes apart."""

    lang: Literal["en", "ja"] = "en"
    purpose: Name = ""


class AssessmentQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The same."""

    lang: Literal["en", "ja"] = "en"
    purpose: Name = ""


class GivenBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person's answer to a question; an empty value takes back the one before."""

    question: Annotated[str, Meta(min_length=1, max_length=200)]
    value: Value | Literal[""]
    why: Reason
    detail: Text = ""
    where: Text = ""
    until: Moment | None = None


class GivenAnswers(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/assessment-answers/v1"):
    """What people answered about a node and holds now, oldest first."""

    answers: list[Given]


def tell_kinds(_: Standing, __: Nothing) -> KindNames:
    """Return the kinds of assessment."""
    found = map(kind, kinds())
    return KindNames([KindName(meant.name, meant.en, meant.ja, meant.purposes) for meant in found])


def tell_assessment(standing: Standing, kind_name: str, node: int, query: AssessQuery | AssessmentQuery) -> Assessment:
    """Return the assessment of a node, with what people answered by now.

    Raises:
        FiliationError: If there is no such kind or purpose.
    """
    meant = kind(kind_name)
    if query.purpose and query.purpose not in meant.purposes:
        raise FiliationError(f"{query.purpose!r} is no purpose of {kind_name}: ask for {_purposes(meant)}.")
    at, ref = standing.room.now(), standing.lineage.ref(node)
    given = _given(standing, ref, kind_name)
    with standing.database() as con:
        asked = Asked(con, standing.lineage, node, query.lang, at, given, query.purpose, *_standing(standing, node))
        return made(meant, asked)


def tell_page(standing: Standing, kind_name: str, node: int, query: AssessmentQuery) -> bytes:
    """Return the same as a page that stands for itself."""
    from filiation.export.report_html import html  # noqa: PLC0415  # brings a template engine along
    from filiation.governance.report import report  # noqa: PLC0415  # the same

    return html(report(tell_assessment(standing, kind_name, node, query))).encode()


def answer(standing: Standing, person: Person, kind_name: str, ref: str, body: GivenBody) -> GivenAnswers:
    """Keep a person's answer.

    Raises:
        FiliationError: If there is no such kind, model or question.
    """
    meant = kind(kind_name)
    node = locate(standing.lineage, ref).node
    if node == NULL:
        raise unknown(standing.lineage, ref, "this atlas", "look for it with /api/v1/find?q=.")
    require_model(standing.lineage, node)
    require_question(body.question, meant.questions(), kind_name)
    reply = Reply(body.question, body.value, body.why, body.detail, body.where, naive(body.until))
    ledger = standing.room.ledger()
    named = standing.lineage.ref(node)
    return GivenAnswers(ledger.answer(named, kind_name, [reply], person.name, person.role, via=person.via))


def _given(standing: Standing, ref: str, kind_name: str) -> Sequence[Given]:
    ledger = standing.room.found()
    return ledger.answers(ref, kind_name, at=standing.room.now()) if ledger else ()


def _standing(standing: Standing, node: int) -> tuple[Adopted | None, Sequence[Lesson]]:
    """Return where a model stands on its way into use, and the register about it and what it was made from."""
    ledger, refs = standing.room.found(), relatives(standing.lineage, node)
    if ledger is None or not refs:
        return None, ()
    return ledger.adopted_as(refs[0]), ledger.lessons(refs)


def _purposes(meant: Kind) -> str:
    return ", ".join(meant.purposes) or "nothing in particular"
