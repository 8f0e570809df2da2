"""Several processes that answer from one socket, and what they share."""

from __future__ import annotations

import os
import socket
import tempfile

from uvicorn import Config
from uvicorn.supervisors import Multiprocess

from filiation.server.metrics import FOLDER_VARIABLE, forget_worker


def run_workers(config: Config, listening: socket.socket, *, metrics: bool) -> None:
    """Run as many workers as `config` says until this process is told to end.

    Args:
        config: Of uvicorn; its application is made by each worker.
        listening: What all of them accept connections from.
        metrics: Whether they count together, in a folder that is removed at the end.
    """
    if not metrics:
        Multiprocess(config, [listening]).run()
        return
    with tempfile.TemporaryDirectory(prefix="filiation-metrics-") as folder:
        os.environ[FOLDER_VARIABLE] = folder
        _Counting(config, [listening]).run()


class _Counting(Multiprocess):
    """Takes a worker that ended out of the sums."""

    def keep_subprocess_alive(self) -> None:
        before = {process.pid for process in self.processes}
        super().keep_subprocess_alive()
        for ended in before - {process.pid for process in self.processes}:
            if ended is not None:
                forget_worker(ended)
