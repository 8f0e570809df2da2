"""A ledger: what people decided, written once and never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from filiation.core.decision import Override, Waiver, evidence_digest
from filiation.core.finding import Finding
from filiation.ledger import drafts as write
from filiation.ledger import tables
from filiation.ledger.adoptions import Adoptions
from filiation.ledger.database import Database
from filiation.ledger.entry import Action, Draft, Entry
from filiation.ledger.errors import LedgerError, RefusedError
from filiation.ledger.fold import CLAIM, Fold
from filiation.ledger.item import WAITING, Decision, Item, State, in_queue_order
from filiation.ledger.log import Log
from filiation.ledger.person import LOCAL, Person, Role, require

if TYPE_CHECKING:
    from filiation.ledger.checkpoint import Checkpoint
    from filiation.ledger.verification import Verification

Clock = Callable[[], datetime]


class Synced(msgspec.Struct, frozen=True):
    """What findings came to.

    Attributes:
        opened: Items that are new.
        updated: Items whose finding now stands on other evidence.
        waiting: How many findings were items already that wait for a person.
        settled: How many were decided on before, on the same evidence.
    """

    opened: list[int]
    updated: list[int]
    waiting: int
    settled: int


def now() -> datetime:
    """Return the time, naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def open_ledger(location: str | Path, *, create: bool = False, clock: Clock = now) -> Ledger:
    """Return the ledger at `location`, which is a SQLite file or the address of a PostgreSQL database.

    Args:
        location: A path, or ``postgresql://USER:PASSWORD@HOST/DATABASE``.
        create: Make it where it is not; the folder must be there.
        clock: What time it is, naive UTC.

    Raises:
        LedgerError: If there is none, or it cannot be opened.
    """
    database = Database(location)
    if create:
        if database.path and not database.path.parent.is_dir():
            raise LedgerError(f"There is no folder {database.path.parent} to keep a ledger in: make it, or name another.")
        database.write(tables.create)
    elif not database.is_there:
        raise LedgerError(f"There is no ledger at {database.name}: make one with 'filiation ledger init'.")
    return Ledger(Log(database, clock))


class Ledger(Adoptions):
    """An open ledger; threads may share it.

    Every answer is as of the call: what others have written since is read first, and each new entry is checked against the
    one before. Times that are given and returned are naive UTC. `at` None asks about now.
    """

    def __init__(self, log: Log) -> None:
        super().__init__(log)
        self._clock = log.clock

    @property
    def chain(self) -> Log:
        """The log itself."""
        return self._log

    @property
    def name(self) -> str:
        """Where it is, as a message says it."""
        return self._log.database.name

    # What it says.

    def items(self, state: str | None = None, owner: str | None = None, *, at: datetime | None = None) -> list[Item]:
        """Return the items in the order in which a person should look at them.

        Args:
            state: A `State`; ``waiting`` for those that need a person, open or expired; None for all.
            owner: Only theirs; an empty text for those of nobody.
            at: When; see `Ledger`.

        Raises:
            RefusedError: If that is no state.
        """
        if state is not None and state not in (*State, "waiting"):
            raise RefusedError(f"{state!r} is no state of an item: say waiting, {', '.join(State)}.")
        wanted = WAITING if state == "waiting" else tuple(State) if state is None else (state,)
        time = at or self._clock()
        with self._log.current() as fold:
            found = [item.at(time) for item in fold.items.values()]
        chosen = [item for item in found if item.state in wanted and owner in (None, item.owner or "")]
        return sorted(chosen, key=in_queue_order)

    def item(self, item: int, at: datetime | None = None) -> Item:
        """Return one item.

        Raises:
            UnknownItemError: If there is none of that number.
        """
        with self._log.current() as fold:
            return fold.item(item).at(at or self._clock())

    def history(self, item: int) -> list[Entry]:
        """Return all that was ever written about an item, oldest first.

        Raises:
            UnknownItemError: If there is none of that number.
        """
        with self._log.current() as fold:
            fold.item(item)
        return self._log.entries(lambda columns: columns.item == item)

    def log(self, after: int = 0, limit: int = 100) -> list[Entry]:
        """Return at most `limit` entries behind number `after`, oldest first; not checked, for `verify` does that."""
        return self._log.entries(lambda columns: columns.number > after, limit)

    @property
    def count(self) -> int:
        """How many entries there are."""
        with self._log.current() as fold:
            return fold.count

    def waivers(self, at: datetime | None = None) -> list[Waiver]:
        """Return the findings that count no more, by the latest decision on each: waived, approved, rejected or overridden."""
        with self._log.current() as fold:
            return fold.waivers(at or self._clock())

    def overrides(self, at: datetime | None = None) -> list[Override]:
        """Return the claims that are settled, in the order in which they were; of two on one claim the later holds."""
        with self._log.current() as fold:
            return fold.overrides(at or self._clock())

    def in_force(self, at: datetime | None = None) -> tuple[list[Waiver], list[Override]]:
        """Return the waivers and the overrides of one and the same moment."""
        time = at or self._clock()
        with self._log.current() as fold:
            return fold.waivers(time), fold.overrides(time)

    def verify(self, checkpoints: Sequence[Checkpoint] = (), signers: Sequence[str] = ()) -> Verification:
        """Return whether the log is as it was written; see `verification.verify`."""
        from filiation.ledger.verification import verify  # noqa: PLC0415  # cryptography takes a tenth of a second

        return verify(self._log.database, checkpoints, signers)

    # What people do.

    def open_item(
        self,
        subject: str,
        check: str,
        who: str,
        role: str,
        *,
        message: str = "",
        evidence: Sequence[str] = (),
        severity: str | None = None,
        remedy: str = "",
        owner: str | None = None,
        due: datetime | None = None,
        via: str = LOCAL,
    ) -> Item:
        """Return the item about `check` at `subject` on that evidence, opened if there is none.

        Raises:
            NotAllowedError: If the role is below reviewer.
            RefusedError: If the subject is no ref, the severity none, or no check is named.
        """
        finding, rated = write.finding(subject, check, message, evidence, severity, remedy)
        person = Person(who, require(role, Role.REVIEWER, "to open a review"), via)
        self._log.append(person, lambda fold: write.opening(fold, [finding], owner, due, rated=rated))
        return self.on([finding])[0]

    def on(self, findings: Sequence[Finding]) -> list[Item]:
        """Return the items that stand on these very findings, as of the last look; of one that is no item there is none."""
        time = self._clock()
        with self._log.known() as fold:
            found = [fold.same(item.subject, item.check, evidence_digest(item)) for item in findings]
            return [item.at(time) for item in found if item]

    def sync(
        self,
        findings: Iterable[Finding],
        who: str,
        role: str,
        *,
        beside: Sequence[Finding] = (),
        owner: str | None = None,
        due: datetime | None = None,
        via: str = LOCAL,
    ) -> Synced:
        """Make items of findings that need a person: one for each check, subject and evidence, however often it is called.

        What was decided on the same evidence stays decided. Where the evidence changed and the item still waits, the item takes
        it up; where it was decided, a new item is opened. All in one transaction.

        Args:
            findings: What needs a person.
            who: Who says so.
            role: Their role, at least reviewer.
            beside: What else is found at the same subjects and needs nobody: items that stand on it do not take up anything.
            owner: Who is to decide.
            due: By when.
            via: How the person came in.

        Raises:
            NotAllowedError: If the role is below reviewer.
        """
        person = Person(who, require(role, Role.REVIEWER, "to open reviews"), via)
        distinct = {(found.subject, found.check, evidence_digest(found)): found for found in findings}
        seen: list[Item | None] = []

        def drafts(fold: Fold) -> list[Draft]:
            seen[:] = [fold.same(*key) for key in distinct]
            return write.opening(fold, list(distinct.values()), owner, due, rated=True, beside=beside)

        written = self._log.append(person, drafts)
        time = self._clock()
        known = [item.at(time) for item in seen if item]
        waiting = sum(item.state in WAITING for item in known)
        return Synced(
            [made.number for made in written if made.action is Action.OPEN],
            [made.item or 0 for made in written if made.action is Action.EVIDENCE],
            waiting,
            len(known) - waiting,
        )

    def decide(
        self,
        item: int,
        decision: str,
        who: str,
        role: str,
        why: str,
        until: datetime | None = None,
        predicate: str | None = None,
        value: str | None = None,
        *,
        via: str = LOCAL,
    ) -> Item:
        """Decide on an item and return it.

        Args:
            item: Its number.
            decision: A `Decision`: ``approve``, ``reject``, ``waive``, ``override`` or ``reopen``.
            who: The person.
            role: Their role, at least reviewer.
            why: The reason; it must say something.
            until: When it ends: needed to waive, allowed to approve and override.
            predicate: What an override settles, such as ``license``.
            value: What it is settled to.
            via: How the person came in.

        Raises:
            NotAllowedError: If the role is below reviewer.
            RefusedError: If the decision makes no sense; the message says why.
            UnknownItemError: If there is no such item.
        """
        person = Person(who, require(role, Role.REVIEWER, "to decide"), via)
        draft = write.decision(decision, why, until, predicate, value, self._clock())
        self._log.append(person, lambda fold: [write.with_item(draft, fold, item)])
        return self._after(item)

    def override(
        self,
        subject: str,
        predicate: str,
        value: str,
        who: str,
        role: str,
        why: str,
        until: datetime | None = None,
        *,
        via: str = LOCAL,
    ) -> Item:
        """Settle a claim where no finding asked for it, and return the item that keeps it.

        Raises:
            NotAllowedError: If the role is below reviewer.
            RefusedError: If the subject is no ref, or the value cannot be understood.
        """
        require(role, Role.REVIEWER, "to decide")
        write.decision(Decision.OVERRIDE, why, until, predicate, value, self._clock())
        message = f"What is the {predicate}?"
        about = self.open_item(subject, f"{CLAIM}{predicate}", who, role, message=message, via=via)
        return self.decide(about.id, Decision.OVERRIDE, who, role, why, until, predicate, value, via=via)

    def assign(
        self, item: int, owner: str, who: str, role: str, due: datetime | None = None, *, via: str = LOCAL
    ) -> Item:  # fmt: skip
        """Give an item to `owner`, an empty text for nobody, with a date by which to decide where one is given.

        Raises:
            NotAllowedError: If the role is below reviewer.
            UnknownItemError: If there is no such item.
        """
        person = Person(who, require(role, Role.REVIEWER, "to assign a review"), via)
        body = {"due": due.isoformat()} if due else {}
        self._log.append(person, lambda fold: [write.about(fold, item, Action.ASSIGN, value=owner.strip(), body=body)])
        return self._after(item)

    def comment(self, item: int, text: str, who: str, role: str, *, via: str = LOCAL) -> Item:
        """Say something about an item.

        Raises:
            NotAllowedError: If the role is below reviewer.
            RefusedError: If it says nothing.
            UnknownItemError: If there is no such item.
        """
        person = Person(who, require(role, Role.REVIEWER, "to comment"), via)
        if not text.strip():
            raise RefusedError("An empty comment says nothing: write a sentence.")
        self._log.append(person, lambda fold: [write.about(fold, item, Action.COMMENT, why=text.strip())])
        return self._after(item)

    def expire(self, who: str, role: str, *, via: str = LOCAL) -> list[Item]:
        """Write down which decisions have ended since, and return their items.

        They count as ended the moment that they end, whether this is called or not; it makes the log say so. Every other writer
        does the same on the way.
        """
        person = Person(who, require(role, Role.REVIEWER, "to write"), via)
        written = self._log.append(person, lambda _: [])
        return [self._after(made.item or 0) for made in written if made.action is Action.EXPIRE]

    # Proof.

    def checkpoint(self, key: Path, who: str, role: str, *, via: str = LOCAL) -> Checkpoint:
        """Sign how far the log goes, keep that in the log, and return it so that it can be kept elsewhere as well.

        Args:
            key: File of the key; made if it is not there.
            who: The person.
            role: Their role, which must be administrator.
            via: How they came in.

        Raises:
            LedgerError: If the key cannot be used, or the log is empty.
            NotAllowedError: If who asks is no administrator.
        """
        from filiation.ledger.checkpoint import sign, signing_key  # noqa: PLC0415  # cryptography takes a tenth of a second

        person = Person(who, require(role, Role.ADMINISTRATOR, "to sign a checkpoint"), via)
        signer = signing_key(key)
        signed: list[Checkpoint] = []

        def drafts(fold: Fold) -> list[Draft]:
            if not fold.number:
                raise LedgerError(f"Nothing stands in {self.name} yet: there is nothing to sign.")
            signed[:] = [sign(signer, fold.ledger, fold.number, fold.digest, self._clock())]
            return [Draft(Action.CHECKPOINT, body=msgspec.to_builtins(signed[0]))]

        self._log.append(person, drafts, alone=True)
        return signed[0]

    def append(self, drafts: Sequence[Draft], person: Person) -> list[Entry]:
        """Write `drafts` as they are, in one transaction; what they say is not looked at.

        Raises:
            LedgerError: If the ledger refuses.
        """
        return self._log.append(person, lambda _: list(drafts))

    def _after(self, item: int) -> Item:
        """Return an item as what was just written left it."""
        with self._log.known() as fold:
            return fold.item(item).at(self._clock())
