"""What is to be written, from what was asked: here nonsense is refused."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from filiation.core.decision import evidence_digest
from filiation.core.errors import FiliationError
from filiation.core.finding import Finding, Severity
from filiation.core.ref import Ref
from filiation.ledger.entry import FORMAT, Action, Draft
from filiation.ledger.errors import RefusedError
from filiation.ledger.fold import Fold
from filiation.ledger.item import WAITING, Decision
from filiation.ledger.person import Role

MAX_EVIDENCE = 200
"""Places and words that an item keeps of a finding."""
MAX_EVIDENCE_CHARS = 1000
"""Of each."""


class Reply(msgspec.Struct, frozen=True):
    """What a person answers.

    Attributes:
        question: Its id.
        value: The answer; empty to take back the one before.
        why: The reason; it must say something.
        detail: What it is beyond that; empty for nothing.
        where: What it rests on; empty where they only say so.
        until: When it ends, naive UTC; None for never.
    """

    question: str
    value: str
    why: str
    detail: str = ""
    where: str = ""
    until: datetime | None = None


def birth() -> Draft:
    """Return the first entry: the format, and an id that no other ledger has."""
    return Draft(Action.INIT, body={"format": FORMAT, "ledger": secrets.token_hex(16)})


def finding(
    subject: str, check: str, message: str, evidence: Sequence[str], severity: str | None, remedy: str
) -> tuple[Finding, bool]:  # fmt: skip
    """Return what a person found, and whether they said how bad it is.

    Raises:
        RefusedError: If the subject is no ref, the severity none, or no check is named.
    """
    if not check.strip():
        raise RefusedError("A review is about a check: name one, such as license-missing.")
    if severity is not None and severity not in tuple(Severity):
        raise RefusedError(f"{severity!r} is no severity: say {', '.join(Severity)}.")
    rank = Severity(severity or Severity.INFO)
    said = Finding(check.strip(), named(subject), message.strip(), rank, 1.0, tuple(evidence), remedy)
    return said, severity is not None


def named(subject: str) -> str:
    """Return the ref that `subject` spells, in full.

    Raises:
        RefusedError: If it is none.
    """
    try:
        return str(Ref.parse(subject))
    except FiliationError as error:
        raise RefusedError(str(error)) from error


def opening(
    fold: Fold,
    findings: Sequence[Finding],
    owner: str | None,
    due: datetime | None,
    *,
    rated: bool,
    beside: Sequence[Finding] = (),
) -> list[Draft]:
    """Return the entries that make items of those findings which are none yet; see `Ledger.sync`.

    Args:
        fold: The state.
        findings: No two with the same subject, check and evidence.
        beside: What else is found now: items that stand on it are left as they are.
        owner: Who is to decide.
        due: By when.
        rated: Whether severity and confidence were said.
    """
    drafts = []
    taken: set[int] = set()
    for found in findings:
        digest = evidence_digest(found)
        if fold.same(found.subject, found.check, digest):
            continue
        body = _described(found, digest, owner, due, rated=rated)
        waiting = [item.id for item in fold.on(found.subject, found.check) if item.state in WAITING and item.id not in taken]
        # Two findings of one check at one subject are two items; only one that nothing stands on any more is taken up.
        all_ = [*findings, *beside]
        current = {evidence_digest(other) for other in all_ if (other.subject, other.check) == (found.subject, found.check)}
        free = [number for number in waiting if fold.items[number].evidence_digest not in current]
        if free:
            taken.add(free[0])
        action = Action.EVIDENCE if free else Action.OPEN
        drafts.append(Draft(action, free[0] if free else None, found.subject, found.check, body=body))
    return drafts


def decision(said: str, why: str, until: datetime | None, predicate: str | None, value: str | None, at: datetime) -> Draft:
    """Return the entry of a decision made `at`, but for the item.

    Raises:
        RefusedError: If it makes no sense; the message says why.
    """
    if said not in tuple(Decision):
        raise RefusedError(f"{said!r} is no decision: say {', '.join(Decision)}.")
    if not why.strip():
        raise RefusedError("A decision needs a reason that holds up later: say why.")
    if said == Decision.WAIVE and until is None:
        raise RefusedError("A waiver needs a date on which it ends: say until when.")
    if until is not None and said in (Decision.REJECT, Decision.REOPEN):
        raise RefusedError(f"To {said} has no end: leave the date out.")
    if until is not None and until <= at:
        raise RefusedError(f"{until:%Y-%m-%d %H:%M} is past: name a later date.")
    if (said == Decision.OVERRIDE) is not bool(predicate and value):
        raise RefusedError("To override says what is settled, and to what, such as 'license apache-2.0'; nothing else does.")
    if predicate and value:
        from filiation.licenses.decided import check_value  # noqa: PLC0415  # brings the atlas's database along

        check_value(predicate, value)
    return Draft(
        Action.DECIDE, decision=said, predicate=predicate or "", value=value or "", until=until, why=why.strip()
    )  # fmt: skip


def answer(subject: str, kind: str, reply: Reply, at: datetime) -> Draft:
    """Return the entry of an answer given `at`.

    Raises:
        RefusedError: If it makes no sense; the message says why.
    """
    if not kind.strip() or not reply.question.strip():
        raise RefusedError("An answer is to a question of an assessment: name both.")
    if not reply.why.strip():
        raise RefusedError("An answer needs a reason that holds up later: say why.")
    if reply.until is not None and reply.until <= at:
        raise RefusedError(f"{reply.until:%Y-%m-%d %H:%M} is past: name a later date.")
    said = {"detail": reply.detail.strip(), "where": reply.where.strip()}
    return Draft(
        Action.ANSWER, subject=named(subject), check=reply.question.strip(), predicate=kind.strip(), value=reply.value.strip(),
        until=reply.until, why=reply.why.strip(), body={name: text for name, text in said.items() if text},
    )  # fmt: skip


def token(name: str, role: str, until: datetime | None, kept: str, at: datetime) -> Draft:
    """Return the entry of a token made `at`, of whose secret `kept` is kept.

    Raises:
        RefusedError: If it stands for nobody, its role is none, or it has ended already.
    """
    if role not in tuple(Role):
        raise RefusedError(f"{role!r} is no role: say {', '.join(Role)}.")
    if not name or not name.isprintable():
        raise RefusedError("A token stands for somebody: name them.")
    if until is not None and until <= at:
        raise RefusedError("That token would have ended already: name a later date.")
    return Draft(Action.TOKEN, subject=name, value=str(role), until=until, body={"hash": kept})


def about(fold: Fold, item: int, action: Action, **said: Any) -> Draft:
    """Return an entry about an item.

    Raises:
        UnknownItemError: If there is no such item.
    """
    known = fold.item(item)
    return Draft(action, item, known.subject, known.check, **said)


def _described(found: Finding, digest: str, owner: str | None, due: datetime | None, *, rated: bool) -> dict[str, Any]:
    """Return what an item keeps of a finding, as JSON."""
    said: dict[str, Any] = {
        "message": found.message[:MAX_EVIDENCE_CHARS],
        "details": [text[:MAX_EVIDENCE_CHARS] for text in found.details[:MAX_EVIDENCE]],
        "evidence": [text[:MAX_EVIDENCE_CHARS] for text in found.locations[:MAX_EVIDENCE]],
        "remedy": found.remedy[:MAX_EVIDENCE_CHARS],
        "owner": owner,
        "due": due.isoformat() if due else None,
        "digest": digest,
    }
    if rated:
        said |= {"severity": found.severity.value, "confidence": round(found.confidence, 4)}
    return {name: value for name, value in said.items() if value not in (None, "", [])}


def with_item(draft: Draft, fold: Fold, item: int) -> Draft:
    """Return `draft` about an item.

    Raises:
        UnknownItemError: If there is no such item.
    """
    known = fold.item(item)
    return msgspec.structs.replace(draft, item=item, subject=known.subject, check=known.check)
