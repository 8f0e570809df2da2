"""What the log comes to: items, decisions and tokens, brought up to date entry by entry."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from filiation.core.adoption import Adopted, Lesson
from filiation.core.decision import Given, Override, Waiver
from filiation.core.finding import Severity
from filiation.ledger.adopting import learnt, moved
from filiation.ledger.entry import NOTHING, Entry, Row, digest, entry
from filiation.ledger.errors import BrokenLedgerError, UnknownItemError
from filiation.ledger.item import STATE_AFTER, Decided, Decision, Item, State
from filiation.ledger.person import Role, Token

_ACCEPTED = (State.WAIVED, State.APPROVED, State.REJECTED, State.OVERRIDDEN)
CLAIM = "claim:"
"""Begins the check of an item that settles a claim where nothing was found."""


class Fold:
    """The state after entry `number`. It is only ever what the entries say: fold them again and it is the same.

    Attributes:
        number: Of the last entry.
        digest: Of the last entry.
        ledger: The ledger's own id.
        items: By number.
        tokens: By number, and `hashes` what is kept of their secrets.
        given: The latest answer to each question, by subject, kind of assessment and question; none where it was taken back.
        adopted: How each model stands that somebody adopted, by its ref.
        lessons: The register, by number.
    """

    def __init__(self) -> None:
        self.number = 0
        self.digest: str = NOTHING
        self.ledger = ""
        self.items: dict[int, Item] = {}
        self.tokens: dict[int, Token] = {}
        self.hashes: dict[int, str] = {}
        self.given: dict[tuple[str, str, str], Given] = {}
        self.adopted: dict[str, Adopted] = {}
        self.lessons: dict[int, Lesson] = {}
        self._ending: set[int] = set()
        self._by_evidence: dict[tuple[str, str, str], int] = {}
        self._by_check: dict[tuple[str, str], list[int]] = {}

    def follow(self, row: Row) -> None:
        """Take the next entry in.

        Raises:
            BrokenLedgerError: If it is not the next, or not as it was written.
        """
        try:
            if row.number != self.number + 1 or row.previous != self.digest or digest(row) != row.digest:
                raise ValueError
            read = entry(row)
            if change := getattr(self, f"_{read.action}", None):  # a checkpoint changes nothing
                change(read)
        except (
            ValueError,
            TypeError,
            KeyError,
        ) as error:  # no text where text should stand, or an entry of no kind that we write
            raise BrokenLedgerError(
                f"The ledger is broken at entry {self.number + 1}, so nothing in it is believed:"
                " 'filiation ledger verify' says more; restore it from a copy."
            ) from error
        self.number, self.digest = row.number, row.digest

    @property
    def count(self) -> int:
        """How many entries it took in."""
        return self.number

    def item(self, number: int) -> Item:
        """Return the item of that number.

        Raises:
            UnknownItemError: If there is none.
        """
        if number not in self.items:
            raise UnknownItemError(f"There is no review item {number}: 'filiation review list' names them.")
        return self.items[number]

    def on(self, subject: str, check: str) -> list[Item]:
        """Return the items about `check` at `subject`, oldest first."""
        return [self.items[number] for number in self._by_check.get((subject, check), ())]

    def same(self, subject: str, check: str, evidence: str) -> Item | None:
        """Return the item that stands on this very evidence, if there is one."""
        number = self._by_evidence.get((subject, check, evidence))
        return None if number is None else self.items[number]

    def ended(self, at: datetime) -> list[Item]:
        """Return the items whose decision has ended by `at`, which the log does not say yet."""
        return [item for item in map(self.items.__getitem__, sorted(self._ending)) if item.has_ended(at)]

    def valid_tokens(self, at: datetime) -> list[Token]:
        """Return the tokens that open something at `at`, oldest first."""
        return [token for token in self.tokens.values() if token.state_at(at) == "valid"]

    def standing(self, at: datetime) -> Iterator[tuple[Item, Decided]]:
        """Yield the items whose decision is in force at `at`, with it, in the order of the decisions."""
        decided = [(item, item.decided) for item in self.items.values() if item.decided and item.state in _ACCEPTED]
        for item, decision in sorted(decided, key=lambda pair: pair[1].entry):
            if decision.at <= at and not item.has_ended(at):
                yield item, decision

    def waivers(self, at: datetime) -> list[Waiver]:
        """Return the findings that count no more at `at`; all but those waived only for the evidence decided on."""
        return [
            Waiver(
                item.subject, item.check, made.who, made.at, made.until, made.why, made.entry,
                "" if item.state is State.WAIVED else item.evidence_digest,
            )
            for item, made in self.standing(at)
            if not item.check.startswith(CLAIM)
        ]  # fmt: skip

    def overrides(self, at: datetime) -> list[Override]:
        """Return the claims that are settled at `at`, in the order in which they were."""
        return [
            Override(item.subject, made.predicate, made.value, made.who, made.at, made.until, made.why, made.entry)
            for item, made in self.standing(at)
            if item.state is State.OVERRIDDEN
        ]

    def answers(self, at: datetime, subject: str | None = None, kind: str | None = None) -> list[Given]:
        """Return the answers that hold at `at`, of one subject or one kind where that is named, oldest first."""
        return sorted(
            (
                given
                for given in self.given.values()
                if given.holds(at) and subject in (None, given.subject) and kind in (None, given.kind)
            ),
            key=lambda given: given.entry,
        )

    def _replace(self, read: Entry, **changes: Any) -> Item:
        item = msgspec.structs.replace(self.item(read.item or 0), changed_at=read.at, **changes)
        self.items[item.id] = item
        return item

    def _init(self, read: Entry) -> None:
        self.ledger = read.body["ledger"]

    def _open(self, read: Entry) -> None:
        found = Item(
            id=read.number, subject=read.subject, check=read.check, state=State.OPEN,
            opened_at=read.at, opened_by=read.who, changed_at=read.at,
            **_described(read),
        )  # fmt: skip
        self.items[found.id] = found
        self._by_check.setdefault((found.subject, found.check), []).append(found.id)
        self._by_evidence[found.subject, found.check, found.evidence_digest] = found.id

    def _evidence(self, read: Entry) -> None:
        before = self.item(read.item or 0)
        described = _described(read)
        kept = {"owner": before.owner, "due": before.due}
        self._replace(read, **described | {name: value for name, value in kept.items() if described[name] is None})
        self._by_evidence.pop((before.subject, before.check, before.evidence_digest), None)
        self._by_evidence[before.subject, before.check, str(described["evidence_digest"])] = before.id

    def _assign(self, read: Entry) -> None:
        due = read.body.get("due")
        changes = {"due": datetime.fromisoformat(due)} if due else {}
        self._replace(read, owner=read.value or None, **changes)

    def _comment(self, read: Entry) -> None:
        self._replace(read, comments=self.item(read.item or 0).comments + 1)

    def _decide(self, read: Entry) -> None:
        decision = Decision(read.decision)
        made = Decided(decision, read.who, read.at, read.until, read.why, read.predicate, read.value, read.number)
        item = self._replace(read, state=STATE_AFTER[decision], decided=None if decision is Decision.REOPEN else made)
        (self._ending.add if read.until else self._ending.discard)(item.id)

    def _expire(self, read: Entry) -> None:
        item = self._replace(read, state=State.EXPIRED)
        self._ending.discard(item.id)

    def _answer(self, read: Entry) -> None:
        asked = (read.subject, read.predicate, read.check)
        self.given.pop(asked, None)
        if read.value:
            told = read.body.get("detail", ""), read.body.get("where", "")
            self.given[asked] = Given(*asked, read.value, *told, read.who, read.at, read.until, read.why, read.number)

    def _adopt(self, read: Entry) -> None:
        self.adopted[read.subject] = moved(self.adopted.get(read.subject), read)

    def _lesson(self, read: Entry) -> None:
        found = learnt(self.lessons, read)
        self.lessons[found.number] = found

    def _token(self, read: Entry) -> None:
        self.tokens[read.number] = Token(read.number, read.subject, Role(read.value), "valid", read.who, read.at, read.until)
        self.hashes[read.number] = read.body["hash"]

    def _revoke(self, read: Entry) -> None:
        number = read.body["token"]
        ended = {"state": "revoked", "revoked_by": read.who, "revoked_at": read.at}
        self.tokens[number] = msgspec.structs.replace(self.tokens[number], **ended)


def _described(read: Entry) -> dict[str, Any]:
    """Return what an entry says about a finding, as fields of an item."""
    body = read.body
    severity, due = body.get("severity"), body.get("due")
    return {
        "severity": Severity(severity) if severity else None,
        "confidence": body.get("confidence"),
        "message": body.get("message", ""),
        "details": tuple(body.get("details", ())),
        "evidence": tuple(body.get("evidence", ())),
        "evidence_digest": body["digest"],
        "remedy": body.get("remedy", ""),
        "owner": body.get("owner"),
        "due": datetime.fromisoformat(due) if due else None,
    }
