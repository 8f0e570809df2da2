"""A PostgreSQL of one's own, from Debian's package, in a temporary folder; it ends with the `with`."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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


@contextmanager
def cluster(bin_: Path) -> Iterator[str]:
    """Start a server that listens on a socket only, with the settings that a fresh one has; yield its address.

    PostgreSQL does not run as root: there, it runs as nobody.
    """
    folder = Path(tempfile.mkdtemp(prefix="filiation-pg-"))  # short: the path of a socket has at most 107 characters
    user = {} if os.geteuid() else {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
    quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "cwd": folder}
    try:
        if user:
            shutil.chown(folder, "nobody")
        folder.chmod(0o755)
        data = folder / "data"
        words = ["--pgdata", data, "--username", "filiation", "--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run([bin_ / "initdb", *words], check=True, **quiet, **user)
        with (data / "postgresql.conf").open("a") as conf:
            conf.write(f"{CONF}unix_socket_directories = '{folder}'\n")
        server = subprocess.Popen([bin_ / "postgres", "-D", data], **quiet, **user)
        try:
            _wait(bin_, folder, server)
            yield f"postgresql://filiation@/postgres?host={folder}"
        finally:
            server.send_signal(signal.SIGINT)  # a fast end: whoever is connected is sent away
            server.communicate(timeout=SECONDS_TO_START)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _wait(bin_: Path, folder: Path, server: subprocess.Popen) -> None:
    end = time.monotonic() + SECONDS_TO_START
    while subprocess.run([bin_ / "pg_isready", "-q", "-h", folder, "-d", "postgres"], check=False).returncode:
        if server.poll() is not None or time.monotonic() > end:
            raise RuntimeError(f"PostgreSQL does not start: {server.communicate()[1]!r}")
        time.sleep(0.05)
