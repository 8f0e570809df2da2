"""Do a job on an engine: each batch once in effect, whatever is lost on the way, and the same bytes whoever does it.

A batch whose worker is lost is tried once more by itself. If it is lost again it is halved, down to the key that does it: that
key is given up, with the reason, and all others are answered.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from filiation.core.errors import FiliationError
from filiation.fleet.engine import Engine, Outcome
from filiation.fleet.job import job_of
from filiation.fleet.losses import Losses
from filiation.fleet.task import Order, Task
from filiation.fleet.work import Done
from filiation.store.parts import PARTIAL, Key

AHEAD = 2
"""Batches that are with each worker, or wait for it."""
MOST_IN_A_ROW = 20
"""So often workers are lost one after another, and none is done, before the work is ended: no key is blamed for it."""


class Ran(msgspec.Struct, frozen=True):
    """What a job came to.

    Attributes:
        job: Its digest.
        keys: How many it has.
        known: How many were answered before: by other jobs, or by this one until it was left.
        done: How many were answered now.
        skipped: Of how many, of those that were answered now, it is only said why they could not be looked at.
        parts: How many parts were written now.
        bytes: Of these.
        lost: How often a worker was lost with a batch.
        seconds: How long it took.
        processor_seconds: Of all workers together, without their start.
    """

    job: str
    keys: int
    known: int
    done: int
    skipped: int
    parts: int
    bytes: int
    lost: int
    seconds: float
    processor_seconds: float


def run(
    task: Task,
    keys: Iterable[Key],
    engine: Engine,
    into: Path,
    tell: Callable[[str, int], None] = lambda _, __: None,
    *,
    again: bool = False,
) -> Ran:
    """Answer all keys into parts, as far as they are not.

    Args:
        task: What is to be done.
        keys: In a fixed order, which decides the batches.
        engine: Who does it; entered here.
        into: The root of the parts: a folder that every worker sees under this name.
        tell: Told how many keys are answered.
        again: Whether to try anew what could not be looked at before.

    Raises:
        FiliationError: If it cannot go on; what is answered stays, and the same call goes on from there.

    Law: the parts do not depend on the engine, on how many workers there are, or on what was lost or killed on the way.
    """
    began = time.perf_counter()
    job = job_of(task, keys, into.resolve(), again=again)
    missing = job.missing()
    known = job.keys - sum(len(order.keys) for order in missing)
    running = _Running(engine, missing, known, lambda done: tell(task.name, done))
    if missing:
        with engine:
            running.to_the_end()
        _tidy(missing)
    return running.told(job.digest, job.keys, time.perf_counter() - began)


def _tidy(orders: list[Order]) -> None:
    """Remove what lost workers left half written."""
    ours = {order.digest for order in orders}
    for partial in orders[0].parts.folder.glob(f".*{PARTIAL}"):
        if partial.name.split(".")[1] in ours:
            partial.unlink(missing_ok=True)


class _Running:
    """A job that is being done."""

    def __init__(self, engine: Engine, missing: list[Order], known: int, tell: Callable[[int], None]) -> None:
        self._engine = engine
        self._waiting = deque(missing)
        self._suspects: deque[Order] = deque()
        self._losses = Losses()
        self._in_flight = self._in_a_row = 0
        self._known, self._tell = known, tell
        self._done = self._skipped = self._parts = self._bytes = 0
        self._seconds = 0.0

    def told(self, digest: str, keys: int, seconds: float) -> Ran:
        """Return what it came to."""
        counts = self._done, self._skipped, self._parts, self._bytes, self._losses.count
        return Ran(digest, keys, self._known, *counts, round(seconds, 3), round(self._seconds, 3))

    def to_the_end(self) -> None:
        """Keep the engine busy until every order is done."""
        while self._waiting or self._suspects or self._in_flight:
            self._hand_out()
            if not self._in_flight:
                continue
            self._take(self._engine.outcomes())
        for done in self._losses.give_up():
            self._finish(done)

    def _take(self, outcomes: list[Outcome]) -> None:
        """Count what has come out; a key is given up only once another shows that workers live."""
        self._in_flight -= len(outcomes)
        done = [outcome for outcome in outcomes if outcome.done is not None]
        self._in_a_row = 0 if done else self._in_a_row + 1
        if self._in_a_row > MOST_IN_A_ROW:
            raise FiliationError("Workers are lost whatever they are given: see that there is memory, then run the same again.")
        for order, answer in outcomes:
            if answer is None:
                self._suspects += self._losses.lost(order)
            else:
                self._seconds += answer.seconds
                self._finish(self._losses.whole(order, answer))
        for given_up in self._losses.give_up() if done else ():
            self._finish(given_up)

    def _hand_out(self) -> None:
        """Start orders up to a few for each worker; a suspect alone, where nobody could tell it from those beside it."""
        if self._suspects and not self._engine.tells_apart:
            if not self._in_flight:
                self._start(self._suspects.popleft())
            return
        while (self._suspects or self._waiting) and self._in_flight < max(1, self._engine.workers) * AHEAD:
            self._start((self._suspects or self._waiting).popleft())

    def _start(self, order: Order) -> None:
        self._in_flight += 1
        self._engine.start(order)

    def _finish(self, done: Done | None) -> None:
        """Count a part that is there now."""
        if done is None:
            return
        self._parts, self._bytes = self._parts + 1, self._bytes + done.bytes
        self._done, self._skipped = self._done + done.keys, self._skipped + done.skipped
        self._tell(self._known + self._done)
