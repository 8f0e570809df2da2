"""Several processes that answer from one socket, and what they share."""

from __future__ import annotations

import os
import socket
import tempfile
import time
from multiprocessing.connection import wait

from uvicorn import Config
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

from filiation.cli.console import note
from filiation.server.metrics import FOLDER_VARIABLE, forget_worker

GLANCE_SECONDS = 0.2


def run_workers(config: Config, listening: socket.socket, *, metrics: bool) -> None:
    """Run as many workers as `config` says until this process is told to end.

    Args:
        config: Of uvicorn; its application is made by each worker.
        listening: What all of them accept connections from.
        metrics: Whether they count together, in a folder that is removed at the end.
    """
    if not metrics:
        _Workers(config, [listening]).run()
        return
    with tempfile.TemporaryDirectory(prefix="filiation-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        _Workers(config, [listening]).run()


class _Workers(Multiprocess):
    """Replaces a worker as soon as it ended; uvicorn's own waits out its patience for one that ended while it was asked."""

    def keep_subprocess_alive(self) -> None:
        """Replace whoever ended or keeps silent; called again and again."""
        for place, process in enumerate(self.processes):
            if self.should_exit.is_set() or self._is_well(process):
                continue
            process.kill()
            process.join()
            if process.exitcode == STARTUP_FAILURE:
                note("A worker could not start: what it said stands above.")
                self.should_exit.set()
                return
            _forget(process)
            self.processes[place] = Process(self.config, self.sockets)
            self.processes[place].start()

    def _is_well(self, process: Process) -> bool:
        """Return whether a worker answers in time; one that is asked when there is something else to do is taken to be well."""
        answers, end = process.parent_conn, process.process.sentinel
        until = time.monotonic() + self.config.timeout_worker_healthcheck
        try:
            while answers.poll(0):
                answers.recv()  # late, to an earlier question
            answers.send(b"ping")
            while time.monotonic() < until and not self.signal_queue:
                ready = wait([answers, end], GLANCE_SECONDS)
                if ready:
                    return end not in ready
        except (OSError, EOFError):
            return False
        return bool(self.signal_queue)


def _forget(process: Process) -> None:
    if FOLDER_VARIABLE in os.environ and process.pid is not None:
        forget_worker(process.pid)
