"""What people answered to the questions of assessments."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from filiation.core.decision import Given
from filiation.ledger import drafts as write
from filiation.ledger.drafts import Reply
from filiation.ledger.entry import Action, Entry
from filiation.ledger.person import LOCAL, Person, Role, require
from filiation.ledger.tokens import Tokens


class Answers(Tokens):
    """The part of a ledger that is about assessments."""

    def answers(self, subject: str | None = None, kind: str | None = None, *, at: datetime | None = None) -> list[Given]:
        """Return the answers that hold, oldest first; to each question only the latest.

        Args:
            subject: Only about this ref, in full.
            kind: Only of this kind of assessment.
            at: When, naive UTC; None for now.
        """
        with self._log.current() as fold:
            return fold.answers(at or self._log.clock(), subject, kind)

    def answer(
        self, subject: str, kind: str, replies: Sequence[Reply], who: str, role: str, *, via: str = LOCAL
    ) -> list[Given]:  # fmt: skip
        """Keep answers, all or none of them, and return those that hold now about that subject and kind.

        Args:
            subject: A ref.
            kind: Of the assessment.
            replies: To its questions; one with an empty value takes back what was answered before.
            who: The person.
            role: Their role, at least reviewer.
            via: How they came in.

        Raises:
            NotAllowedError: If the role is below reviewer.
            RefusedError: If the subject is no ref, no reason is given, or an answer has ended already.
        """
        person = Person(who, require(role, Role.REVIEWER, "to answer"), via)
        time = self._log.clock()
        made = [write.answer(subject, kind, reply, time) for reply in replies]
        self._log.append(person, lambda _: made)
        with self._log.known() as fold:
            return fold.answers(self._log.clock(), write.named(subject), kind)

    def answered(self, subject: str, kind: str) -> list[Entry]:
        """Return all that was ever answered about a subject, oldest first, with what was taken back."""
        action, ref = Action.ANSWER.value, write.named(subject)
        return self._log.entries(lambda row: (row.action == action) & (row.subject == ref) & (row.predicate == kind))
