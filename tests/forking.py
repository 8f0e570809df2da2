"""A process that has imported the package and forks for each command: a test need not wait for the imports again.

What it starts is a process of its own all the same: its own arguments, environment, folder, output and exit code. It lacks only
the start of the interpreter, which `tests/cli` and `tests/server` try with fresh ones; ``pytest --fresh`` does so everywhere.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path

IMPORTED = (
    "filiation.pipeline", "filiation.cli.charting", "filiation.cli.console", "filiation.cli.options", "filiation.cli.targets",
    "filiation.audit.audit", "filiation.ledger.store", "filiation.policy.load", "filiation.server.app", "sqlalchemy", "numba",
)  # fmt: skip
MAX_MESSAGE = 1 << 20


class Forks:
    """Commands in forks of one process; close it at the end."""

    def __init__(self) -> None:
        self._ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, __file__, str(theirs.fileno())], pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )

    def run(
        self, words: Sequence[str], environment: dict[str, str], seconds: float, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command line to its end.

        Raises:
            subprocess.TimeoutExpired: If it takes longer than `seconds`; it is killed.
        """
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            wanted = json.dumps([list(words), environment, str(cwd or Path.cwd())]).encode()
            mine, its = socket.socketpair()
            with mine:
                with its:
                    socket.send_fds(self._ours, [wanted], [out.fileno(), err.fileno(), its.fileno()])
                pid = int(mine.recv(32))
                mine.settimeout(seconds)
                try:
                    code = int(mine.recv(32) or b"-9")
                except TimeoutError:
                    os.kill(pid, signal.SIGKILL)
                    raise subprocess.TimeoutExpired(words, seconds) from None
            texts = [_text(file) for file in (out, err)]
        return subprocess.CompletedProcess(list(words), code, *texts)

    def close(self) -> None:
        """End the process that forks."""
        self._ours.close()
        self._process.wait(10)


def _text(file) -> str:
    file.seek(0)
    return file.read().decode().replace("\r\n", "\n")


def serve(channel: socket.socket) -> list[str] | None:
    """Fork for each message, until there are no more; return the words of the command in the process that is to run it."""
    while True:
        message, descriptors, *_ = socket.recv_fds(channel, MAX_MESSAGE, 3)
        if not message:
            return None
        if os.fork() == 0:
            channel.close()
            return _watched(json.loads(message), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)
        _reap()


def _watched(wanted: list, out: int, err: int, told: int) -> list[str]:
    """Fork the command and tell how it ends; return in the fork."""
    words, environment, folder = wanted
    pid = os.fork()
    if pid == 0:
        os.dup2(out, 1)
        os.dup2(err, 2)
        for descriptor in (out, err, told):
            os.close(descriptor)
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        return words
    with socket.socket(fileno=told) as teller:
        teller.send(str(pid).encode())
        code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        teller.send(str(code).encode())
    os._exit(0)


def _reap() -> None:
    while True:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                return
        except ChildProcessError:
            return


if __name__ == "__main__":
    sys.path.pop(0)  # the tests' folder, where the package's modules are not
    for name in IMPORTED:
        import_module(name)
    gc.freeze()  # else the first collection of each fork touches, and so copies, all that is shared
    given = serve(socket.socket(fileno=int(sys.argv[1])))
    if given is not None:
        from filiation.cli import main

        atexit.register(gc.unfreeze)  # what is never collected is reported as leaked by who counts it
        sys.argv = ["-c", *given]
        main()
