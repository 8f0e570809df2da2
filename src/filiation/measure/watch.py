"""What the processes of a session hold at one moment."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import NamedTuple

MAX_FILES = 10_000


class Seen(NamedTuple):
    """What a session holds: how many processes, their memory that is no file's, the most that they held, and what it wrote."""

    processes: int
    memory_bytes: int
    peak_bytes: int
    written_bytes: int


def seen(leader: int, folder: Path) -> Seen:
    """Return what the session that `leader` leads holds now.

    Memory and processes are seen on Linux only; elsewhere they are 0, and the limits of the process itself hold.

    Args:
        leader: The number of its first process.
        folder: Where it writes.
    """
    members = _members(leader) if sys.platform == "linux" else []
    held = [_memory(member) for member in members]
    return Seen(len(members), sum(now for now, _ in held), sum(most for _, most in held), _written(folder))


def _members(leader: int) -> list[int]:
    with os.scandir("/proc") as entries:
        return [int(entry.name) for entry in entries if entry.name.isdigit() and _session(entry.name) == leader]


def _session(pid: str) -> int:
    """Return the session of a process; its name may hold anything, so the fields are counted after its last bracket."""
    try:
        told = Path("/proc", pid, "stat").read_bytes()
    except OSError:  # gone meanwhile
        return -1
    return int(told[told.rindex(b")") + 2 :].split()[3])


def _memory(pid: int) -> tuple[int, int]:
    """Return the bytes that a process holds now beside mapped files, and the most that it ever held with them."""
    try:
        told = Path("/proc", str(pid), "status").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return 0, 0
    sizes = {line.partition(":")[0]: line.split()[1] for line in told.splitlines() if line.startswith(("Rss", "VmHWM"))}
    now = int(sizes.get("RssAnon", 0)) + int(sizes.get("RssShmem", 0))
    return now << 10, int(sizes.get("VmHWM", 0)) << 10


def _written(folder: Path) -> int:
    """Return how many bytes lie in a folder; more files than are counted are more than may be written."""
    total = 0
    folders = [folder]
    for _ in range(MAX_FILES):
        if not folders:
            return total
        try:
            with os.scandir(folders.pop()) as entries:
                for count, entry in enumerate(entries):
                    if count > MAX_FILES:
                        return sys.maxsize
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(Path(entry.path))
                    else:
                        total += entry.stat(follow_symlinks=False).st_size
        except OSError:  # gone meanwhile, or closed to us
            continue
    return sys.maxsize
