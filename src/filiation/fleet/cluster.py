"""Batches on the machines of a Ray cluster: the extra ``ray``. Every machine has filiation installed and sees the same folders.

Source:
    https://docs.ray.io/en/latest/ray-core/tasks.html, https://docs.ray.io/en/latest/ray-core/fault-tolerance.html
"""

from __future__ import annotations

import logging
import os
import socket
import sys
import time
from contextlib import ExitStack, redirect_stdout
from types import TracebackType
from typing import Any, Self

from filiation.core.errors import FiliationError
from filiation.fleet.engine import Outcome
from filiation.fleet.task import Order
from filiation.fleet.work import Done, do

STORE_BYTES = 80 << 20
"""Of shared memory, where the cluster is ours: only keys and counts go through it."""
ANSWER_SECONDS = 10.0
LOOK_SECONDS = 5.0
GRACE_SECONDS = 300.0
"""So long a cluster may be without any worker, as while machines are replaced."""


class Cluster:
    """A Ray cluster.

    Args:
        address: Of one that runs, as ``ray start`` prints it, or ``auto``; None starts one on this machine, for this job.
        count: Processors to use of this machine, where it is started here; None for all.

    Raises:
        FiliationError: On entering, if Ray is not installed, or the cluster does not answer.
    """

    name = "ray"
    tells_apart = True

    def __init__(self, address: str | None = None, count: int | None = None) -> None:
        self._address, self._count = address, count
        self._running: dict[Any, Order] = {}
        self._ray: Any = None
        self._do: Any = None
        self._is_ours = False
        self._told = ExitStack()
        self._workers, self._looked, self._last_worker = 0, 0.0, 0.0

    @property
    def workers(self) -> int:
        """How many processors the cluster has, looked up every few seconds."""
        now = time.monotonic()
        if now - self._looked > LOOK_SECONDS or not self._looked:
            self._looked = now
            self._workers = int(self._ray.cluster_resources().get("CPU", 0))
            if self._workers:
                self._last_worker = now
        return self._workers

    def start(self, order: Order) -> None:
        """Hand an order to the cluster; see `engine.Engine`."""
        self._running[self._do.remote(order)] = order

    def outcomes(self) -> list[Outcome]:
        """Return what has come out; see `engine.Engine`."""
        while True:
            ready, _ = self._ray.wait(list(self._running), num_returns=1, timeout=LOOK_SECONDS)
            if ready:
                more, _ = self._ray.wait(list(self._running), num_returns=len(self._running), timeout=0)
                return [self._outcome(item) for item in {*ready, *more}]
            if not self.workers and time.monotonic() - self._last_worker > GRACE_SECONDS:
                raise FiliationError("The cluster has no machine left to work on: add one, and run the same again.")

    def _outcome(self, item: Any) -> Outcome:
        return Outcome(self._running.pop(item), self._done(item))

    def _done(self, item: Any) -> Done | None:
        errors = self._ray.exceptions
        try:
            return self._ray.get(item)
        except errors.RayTaskError as error:
            if isinstance(error.cause, FiliationError):
                raise error.cause from None
            raise FiliationError(f"A machine of the cluster cannot do this ({str(error.cause)[:300]}).") from error
        except errors.RayError:  # the process or its machine is gone
            return None

    def __enter__(self) -> Self:
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would tell its makers of every cluster
        try:
            import ray  # type: ignore[import-not-found]  # noqa: PLC0415  # an extra, and a second
        except ImportError:
            raise FiliationError("Ray is not installed: pip install 'filiation[ray]'.") from None
        self._ray, self._is_ours = ray, not ray.is_initialized()
        if self._is_ours:
            self._told.enter_context(redirect_stdout(sys.stderr))  # where it tells of workers that were lost
            try:
                self._join()
            except BaseException:
                self._told.close()
                raise
        self._do = ray.remote(num_cpus=1, max_retries=0)(do)
        self._looked, self._last_worker = 0.0, time.monotonic()
        return self

    def _require_answer(self) -> None:
        """Pass if something listens at the address, where it is one: Ray itself would ask for many minutes."""
        host, colon, port = (self._address or "").rpartition(":")
        if not colon or "://" in host or not port.isdecimal():
            return
        try:
            socket.create_connection((host, int(port)), ANSWER_SECONDS).close()
        except (OSError, OverflowError) as error:
            raise FiliationError(f"Nothing answers at {self._address} ({error}): name the address of a Ray cluster.") from error

    def _join(self) -> None:
        self._require_answer()
        own = {"num_cpus": self._count, "include_dashboard": False, "object_store_memory": STORE_BYTES}
        where = {"address": self._address} if self._address else own
        try:
            self._ray.init(log_to_driver=False, logging_level=logging.ERROR, **where)
        except (ConnectionError, RuntimeError, ValueError, OSError) as error:
            raise FiliationError(f"The Ray cluster {self._address or ''} does not answer ({error}).") from error

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for item in self._running:
            self._ray.cancel(item, force=True)
        self._running = {}
        if self._is_ours:
            self._ray.shutdown()
        self._told.close()
