"""One line of the log, and the digest that binds it to the line before."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

import msgspec

from filiation.ledger.errors import RefusedError

FORMAT = "filiation/ledger/v1"
NOTHING = "0" * 64
"""The digest before the first entry."""
MAX_TEXT_CHARS = 10_000
MAX_BODY_BYTES = 256 << 10


class Action(StrEnum):
    """What an entry does."""

    INIT = "init"
    OPEN = "open"
    EVIDENCE = "evidence"
    ASSIGN = "assign"
    COMMENT = "comment"
    DECIDE = "decide"
    EXPIRE = "expire"
    ANSWER = "answer"
    ADOPT = "adopt"
    LESSON = "lesson"
    TOKEN = "token"  # noqa: S105  # the name of an action
    REVOKE = "revoke"
    CHECKPOINT = "checkpoint"


class Row(NamedTuple):
    """An entry as the database holds it: text, but for two numbers; what is not said is empty, no item is 0."""

    number: int
    at: str
    who: str
    role: str
    via: str
    action: str
    item: int
    subject: str
    check_name: str
    decision: str
    predicate: str
    value: str
    until: str
    why: str
    body: str
    previous: str
    digest: str


class Draft(msgspec.Struct, frozen=True):
    """What is to be written; number, time and digests follow when it is. `item` None at ``open``: it gets its own number."""

    action: Action
    item: int | None = None
    subject: str = ""
    check: str = ""
    decision: str = ""
    predicate: str = ""
    value: str = ""
    until: datetime | None = None
    why: str = ""
    body: dict[str, Any] = {}


class Entry(msgspec.Struct, frozen=True):
    """One line of the log.

    Attributes:
        number: 1, 2, 3, ... without a gap.
        at: When it was written, naive UTC, by the clock of who wrote it.
        who: The person: a token's name, or the user of the operating system.
        role: Their role then.
        via: How they came in: ``local``, or ``token:N`` with the number of the entry that made the token.
        action: What it does.
        item: The review item, by the number of the entry that opened it.
        subject: A ref, such as ``model:o/a``.
        check: Name of the check; at ``answer`` the question's id, at ``adopt`` the stage before, at ``lesson`` the stage.
        decision: At ``decide``.
        predicate: What an override settles, such as ``license``; at ``answer`` the kind of assessment.
        value: What it is settled to, or the answer, empty where one is taken back; at ``assign`` the new owner; at ``adopt``
            the stage; at ``lesson`` ``success``, ``failure`` or ``answered``.
        until: When a decision or an answer ends.
        why: The reason, or a comment.
        body: Whatever else belongs to the action.
        previous: Digest of the entry before.
        digest: SHA-256 of all of the above.
    """

    number: int
    at: datetime
    who: str
    role: str
    via: str
    action: Action
    item: int | None
    subject: str
    check: str
    decision: str
    predicate: str
    value: str
    until: datetime | None
    why: str
    body: dict[str, Any]
    previous: str
    digest: str


def digest(row: Row) -> str:
    """Return the digest of a row, whatever stands in its field `digest`.

    SHA-256 over the format's name, a line feed, and a JSON object of all other fields: keys sorted, no space, UTF-8 unescaped.
    """
    fields = dict(zip(Row._fields[:-1], row[:-1], strict=True))
    return sha256(f"{FORMAT}\n{canonical(fields)}".encode()).hexdigest()


def canonical(value: object) -> str:
    """Return `value` as JSON in the one form that digests and signatures are made of."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def rows(drafts: Iterable[Draft], after: tuple[int, str], at: datetime, who: str, role: str, via: str) -> list[Row]:
    """Return the rows of `drafts`, chained to the entry `after`, which is a number and a digest.

    Raises:
        RefusedError: If a text is too long, or holds what a database cannot.
    """
    number, previous = after
    found = []
    for draft in drafts:
        number += 1
        item = number if draft.action is Action.OPEN else draft.item or 0
        texts = (draft.subject, draft.check, draft.decision, draft.predicate, draft.value, stamp(draft.until), draft.why)
        body = canonical(draft.body) if draft.body else ""
        _require_storable((who, *texts), body)
        row = Row(number, stamp(at), who, role, via, draft.action.value, item, *texts, body, previous, "")
        previous = digest(row)
        found.append(row._replace(digest=previous))
    return found


def entry(row: Row) -> Entry:
    """Return a row with its times, its item and its body read.

    Raises:
        ValueError: If one of them cannot be: the row was not written by us.
    """
    values = row._asdict()
    return Entry(
        check=values.pop("check_name"),
        at=datetime.fromisoformat(values.pop("at").removesuffix("Z")),
        action=Action(values.pop("action")),
        item=values.pop("item") or None,
        until=moment(values.pop("until")),
        body=json.loads(values.pop("body") or "{}"),
        **values,
    )


def stamp(at: datetime | None) -> str:
    """Return a naive UTC time as text, microseconds always said; empty for None. `moment` is its inverse."""
    return "" if at is None else f"{at.isoformat(timespec='microseconds')}Z"


def moment(text: str) -> datetime | None:
    """Return the naive UTC time that `text` spells; None where it is empty."""
    return datetime.fromisoformat(text.removesuffix("Z")) if text else None


def _require_storable(texts: Iterable[str], body: str) -> None:
    if any(len(text) > MAX_TEXT_CHARS for text in texts):
        raise RefusedError(f"That is longer than {MAX_TEXT_CHARS:,} characters: say it shorter.")
    try:
        size = len(body.encode())
        "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise RefusedError("The text holds half of a pair of surrogates, which is no character: leave it out.") from error
    if size > MAX_BODY_BYTES:
        raise RefusedError(f"The evidence is longer than {MAX_BODY_BYTES >> 10} kB: name where it stands instead.")
    if "\0" in "".join(texts):
        raise RefusedError("The text holds a zero byte, which no database keeps: leave it out.")
