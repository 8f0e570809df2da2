"""Models on their way into use, and the register of what was learnt."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from filiation.core.adoption import Adopted, Learnt, Lesson, Stage, ways
from filiation.core.ref import Kind, Ref
from filiation.ledger.answers import Answers
from filiation.ledger.drafts import named
from filiation.ledger.entry import Action, Draft, Entry
from filiation.ledger.errors import RefusedError, UnknownItemError
from filiation.ledger.fold import Fold
from filiation.ledger.person import LOCAL, Person, Role, require


class Adoptions(Answers):
    """The part of a ledger that is about models on their way into use."""

    def adopted(self) -> list[Adopted]:
        """Return every model that anybody ever adopted, as it now stands, in the order in which they began."""
        with self._log.current() as fold:
            return sorted(fold.adopted.values(), key=lambda one: (one.began, one.subject))

    def adopted_as(self, subject: str) -> Adopted | None:
        """Return how a model stands; None where nobody adopted it.

        Raises:
            RefusedError: If the subject is no ref.
        """
        with self._log.current() as fold:
            return fold.adopted.get(unpinned(subject))

    def adopt(
        self, subject: str, who: str, role: str, why: str, *, revision: str = "", owner: str = "",
        stage: Stage = Stage.SELECT, due: datetime | None = None, via: str = LOCAL,
    ) -> Adopted:  # fmt: skip
        """Put a model on the way, and return how it stands.

        Args:
            subject: A ref.
            who: The person.
            role: Their role, at least reviewer; to begin behind the first stage takes an administrator.
            why: The reason.
            revision: Of the model.
            owner: Who carries it.
            stage: Where it begins: behind the first only what was in use before anybody kept a ledger.
            due: When somebody must look at it again.
            via: How they came in.

        Raises:
            NotAllowedError: If the role does not suffice.
            RefusedError: If it is on the way already, no reason is given, or the subject is no model.
        """
        least = Role.REVIEWER if stage is Stage.SELECT else Role.ADMINISTRATOR
        person = Person(who, require(role, least, f"to adopt a model at {stage}"), via)
        ref = unpinned(subject)
        if Ref.parse(ref).kind is not Kind.MODEL:
            raise RefusedError(f"{ref} is no model: only models are adopted.")
        body = _body(owner=owner, revision=revision or (Ref.parse(subject).revision or ""), due=due)

        def drafts(fold: Fold) -> list[Draft]:
            known = fold.adopted.get(ref)
            if known is not None and known.stage is not Stage.STOPPED:
                raise RefusedError(f"{ref} is on its way already, at {known.stage}: 'filiation pilot advance' moves it.")
            if stage is Stage.STOPPED:
                raise RefusedError("A model that is adopted is on the way, not off it: begin at select.")
            before = Stage.STOPPED.value if known else ""
            return [Draft(Action.ADOPT, subject=ref, check=before, value=stage.value, why=_reason(why), body=body)]

        self._log.append(person, drafts)
        return self._standing(ref)

    def advance(
        self, subject: str, stage: Stage, who: str, role: str, why: str, *, missing: Sequence[str] = (),
        owner: str = "", revision: str = "", due: datetime | None = None, via: str = LOCAL,
    ) -> Adopted:  # fmt: skip
        """Move a model on or back, and return how it stands.

        Args:
            subject: A ref.
            stage: Where to: one of its `ways`.
            who: The person.
            role: Their role, at least reviewer; with something missing it takes an administrator.
            why: The reason.
            missing: What is open all the same: ids of needs; kept with the step.
            owner: Who carries it from now on; empty for as before.
            revision: Of the model; empty for as before.
            due: When somebody must look at it again; None for as before.
            via: How they came in.

        Raises:
            NotAllowedError: If the role does not suffice.
            RefusedError: If nobody adopted it, it cannot go there, or no reason is given.
        """
        ref = unpinned(subject)
        needed = Role.ADMINISTRATOR if missing else Role.REVIEWER
        act = "to move a model on with needs open" if missing else "to move a model"
        person = Person(who, require(role, needed, act), via)
        body = _body(owner=owner, revision=revision, due=due, missing=list(missing))

        def drafts(fold: Fold) -> list[Draft]:
            known = fold.adopted.get(ref)
            if known is None:
                raise RefusedError(f"Nobody has adopted {ref} yet: 'filiation pilot adopt {ref}' does.")
            if stage not in ways(known.stage):
                told = ", ".join(ways(known.stage))
                raise RefusedError(f"{ref} stands at {known.stage} and cannot go to {stage} from there, only to {told}.")
            return [Draft(Action.ADOPT, subject=ref, check=known.stage.value, value=stage.value, why=_reason(why), body=body)]

        self._log.append(person, drafts)
        return self._standing(ref)

    def steps(self, subject: str) -> list[Entry]:
        """Return every step of a model, oldest first."""
        action, ref = Action.ADOPT.value, unpinned(subject)
        return self._log.entries(lambda row: (row.action == action) & (row.subject == ref))

    def lessons(self, subjects: Sequence[str] | None = None) -> list[Lesson]:
        """Return the register, newest first; only of `subjects` where they are given."""
        wanted = None if subjects is None else {unpinned(subject) for subject in subjects}
        with self._log.current() as fold:
            found = [one for one in fold.lessons.values() if wanted is None or one.subject in wanted]
        return sorted(found, key=lambda one: -one.number)

    def learn(
        self, subject: str, learnt: Learnt, what: str, who: str, role: str, *, where: str = "", via: str = LOCAL
    ) -> Lesson:
        """Write down a success or a failure with a model, and return it.

        Args:
            subject: A ref.
            learnt: Which of the two.
            what: What happened.
            who: The person.
            role: Their role, at least reviewer.
            where: What shows it.
            via: How they came in.

        Raises:
            NotAllowedError: If the role is below reviewer.
            RefusedError: If the subject is no ref, or nothing is said.
        """
        person = Person(who, require(role, Role.REVIEWER, "to write into the register"), via)
        ref, told = unpinned(subject), what.strip()
        if not told:
            raise RefusedError("The register keeps what happened: say it in a sentence.")

        def drafts(fold: Fold) -> list[Draft]:
            known = fold.adopted.get(ref)
            stage = known.stage.value if known else ""
            body = {"where": where.strip()} if where.strip() else {}
            return [Draft(Action.LESSON, subject=ref, check=stage, value=learnt, why=told, body=body)]

        written = self._log.append(person, drafts)
        with self._log.known() as fold:
            return fold.lessons[written[-1].number]

    def answer_failure(self, number: int, what: str, who: str, role: str, *, via: str = LOCAL) -> Lesson:
        """Write down what was done about a failure, and return it; a later answer stands before an earlier.

        Raises:
            NotAllowedError: If the role is below reviewer.
            RefusedError: If that is a success, or nothing is said.
            UnknownItemError: If the register has no such number.
        """
        person = Person(who, require(role, Role.REVIEWER, "to write into the register"), via)
        told = what.strip()
        if not told:
            raise RefusedError("What was done about it? Say it in a sentence.")

        def drafts(fold: Fold) -> list[Draft]:
            known = fold.lessons.get(number)
            if known is None:
                raise UnknownItemError(f"The register has no {number}: 'filiation pilot register' lists it.")
            if known.learnt == "success":
                raise RefusedError(f"{number} is a success: there is nothing to be done about it.")
            return [Draft(Action.LESSON, subject=known.subject, value="answered", why=told, body={"of": number})]

        self._log.append(person, drafts)
        with self._log.known() as fold:
            return fold.lessons[number]

    def _standing(self, ref: str) -> Adopted:
        with self._log.known() as fold:
            return fold.adopted[ref]


def unpinned(subject: str) -> str:
    """Return the ref that `subject` spells, in full and without its revision: who adopts a model goes from one to the next.

    Raises:
        RefusedError: If it is none.
    """
    return named(subject).partition("@")[0]


def _body(*, due: datetime | None, **said: Any) -> dict[str, Any]:
    told = {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}
    if due is not None:
        told["due"] = due.isoformat()
    return {name: value for name, value in told.items() if value}


def _reason(why: str) -> str:
    if not why.strip():
        raise RefusedError("A step needs a reason that holds up later: say why.")
    return why.strip()
