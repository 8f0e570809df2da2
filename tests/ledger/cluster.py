"""A PostgreSQL of one's own, from Debian's package, in a temporary folder; it ends with the `with`.

A server that the package has started, or anybody else, is not in its way: it listens on a socket in its own folder, and where
it must be reached over the network on a port that was free.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

SECONDS_TO_START = 30
CONF = """
listen_addresses = ''
unix_socket_permissions = 0777
shared_buffers = 32MB
log_min_messages = fatal
"""


def binaries() -> Path | None:
    """Return the newest folder with initdb and postgres in it; None where PostgreSQL is not installed."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb") if (path.parent / "postgres").exists()]
    beside = shutil.which("initdb")
    return max(found, key=lambda path: float(path.parent.name), default=Path(beside).parent if beside else None)


class Server:
    """A server in `folder`, with the settings that a fresh one has and those of `conf`; PostgreSQL does not run as root, so
    there it runs as nobody.

    Attributes:
        port: Where it listens at 127.0.0.1, if `conf` lets it.
    """

    def __init__(self, bin_: Path, folder: Path, conf: str = "") -> None:
        self.folder, self.port, self._bin = folder, _free_port(), bin_
        as_nobody = {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        user: dict[str, Any] = {} if os.geteuid() else as_nobody
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": folder}
        self._how = quiet | user
        if user:
            shutil.chown(folder, "nobody")
        folder.chmod(0o755)
        words = ["--username", "filiation", "--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run([bin_ / "initdb", "--pgdata", self.data, *words], check=True, **self._how)
        with (self.data / "postgresql.conf").open("a") as file:
            file.write(f"{CONF}unix_socket_directories = '{folder}'\nport = {self.port}\n{conf}")

    @property
    def data(self) -> Path:
        """The folder of its data."""
        return self.folder / "data"

    @property
    def address(self) -> str:
        """Of its socket, as a ledger is named."""
        return f"postgresql://filiation@:{self.port}/postgres?host={self.folder}"

    def database(self, name: str) -> str:
        """Make an empty database and return its address."""
        words = ["-h", self.folder, "-p", str(self.port), "-U", "filiation", name]
        subprocess.run([self._bin / "createdb", *words], check=True, stdin=subprocess.DEVNULL)
        return self.address.replace("/postgres?", f"/{name}?")

    def put(self, name: str, content: bytes) -> None:
        """Write a file into its data for its own eyes only, as it wants its key to be."""
        path = self.data / name
        path.write_bytes(content)
        path.chmod(0o600)
        if not os.geteuid():
            shutil.chown(path, "nobody")

    def start(self) -> None:
        """Start it and wait until it answers; again where one that was killed has not quite gone."""
        end = time.monotonic() + SECONDS_TO_START
        self._process = subprocess.Popen([self._bin / "postgres", "-D", self.data], **self._how)
        ready = [self._bin / "pg_isready", "-q", "-h", self.folder, "-p", str(self.port), "-d", "postgres"]
        while subprocess.run(ready, check=False).returncode:
            said = self._process.communicate()[1] if self._process.poll() is not None else b""
            if time.monotonic() > end or (said and b"still in use" not in said):
                raise RuntimeError(f"PostgreSQL does not start: {said!r}")
            if said:
                self._process = subprocess.Popen([self._bin / "postgres", "-D", self.data], **self._how)
            time.sleep(0.05)

    def kill(self) -> None:
        """End it as a crash does, in the middle of whatever it is at."""
        self._process.kill()
        self._process.communicate(timeout=SECONDS_TO_START)

    def stop(self) -> None:
        """End it fast: whoever is connected is sent away."""
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=SECONDS_TO_START)


@contextmanager
def server(bin_: Path, conf: str = "", files: dict[str, bytes] | None = None) -> Iterator[Server]:
    """Start a server with these settings and these files in its data; what it wrote is removed."""
    folder = Path(tempfile.mkdtemp(prefix="filiation-pg-"))  # short: the path of a socket has at most 107 characters
    try:
        made = Server(bin_, folder, conf)
        for name, content in (files or {}).items():
            made.put(name, content)
        made.start()
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
