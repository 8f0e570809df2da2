"""Batches on processes of this machine, each started afresh: nothing of the parent's memory, threads or locks is in them."""

from __future__ import annotations

import os
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from types import TracebackType
from typing import Self

from filiation.core.worker import begin_work
from filiation.fleet.engine import Outcome
from filiation.fleet.task import Order
from filiation.fleet.work import Done, do

MAX_PROCESSES = 64


class Processes:
    """A pool of processes; when one is lost the others of its time are let go, and a new pool takes their place.

    Args:
        count: How many; None for as many as there are processors for us.
    """

    name = "processes"
    tells_apart = False

    def __init__(self, count: int | None = None) -> None:
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        self._count = min(max(count or cores, 1), MAX_PROCESSES)
        self._pool: ProcessPoolExecutor | None = None
        self._running: dict[Future[Done], Order] = {}

    @property
    def workers(self) -> int:
        """How many processes there are."""
        return self._count

    def start(self, order: Order) -> None:
        """Hand an order to the pool; see `engine.Engine`."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(self._count, get_context("spawn"), initializer=begin_work)
        try:
            future = self._pool.submit(do, order)
        except BrokenProcessPool as error:
            future = Future()
            future.set_exception(error)
        self._running[future] = order

    def outcomes(self) -> list[Outcome]:
        """Return what has come out; see `engine.Engine`."""
        finished, _ = wait(self._running, return_when=FIRST_COMPLETED)
        found = [Outcome(self._running.pop(future), _done(future)) for future in finished]
        if any(outcome.done is None for outcome in found):
            found += [Outcome(order, _done(future)) for future, order in self._running.items()]  # all end together
            self._running = {}
            self._let_go()
        return found

    def _let_go(self) -> None:
        pool, self._pool = self._pool, None
        if pool is None:
            return
        if self._running:
            self._running = {}
            for process in (pool._processes or {}).values():  # Python 3.14 calls this terminate_workers
                process.terminate()
        pool.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._let_go()


def _done(future: Future[Done]) -> Done | None:
    try:
        return future.result()
    except BrokenProcessPool:
        return None
