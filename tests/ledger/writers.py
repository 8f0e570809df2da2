"""A hundred writers at once, some of them killed: start as `python writers.py LOCATION FOLDER WRITERS EACH KILLED SEED`.

Each writer opens EACH items, one after another, and notes each in a file of its own once the ledger has acknowledged it. While
they do, KILLED of them, drawn at random, are ended with SIGKILL wherever they happen to be. The last line of the output is a
JSON object: seconds, how many were killed, and the longest wait.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
import traceback
from importlib.util import find_spec
from pathlib import Path

import sqlalchemy.dialects.postgresql.pg8000  # noqa: F401  # once, here, and not in each writer

from filiation.ledger.store import open_ledger

if find_spec("pg8000"):
    import pg8000  # noqa: F401  # the same


def write(location: str, note: Path, name: str, each: int) -> None:
    """Open items and note their numbers, each on a line with the seconds that it took."""
    ledger = open_ledger(location)
    with note.open("ab", buffering=0) as file:
        for number in range(each):
            start = time.monotonic()
            item = ledger.open_item(f"{name}/m{number}", "license-missing", name, "reviewer", message=f"{name} {number}")
            file.write(f"{item.id} {item.subject} {time.monotonic() - start:.3f}\n".encode())


def start(location: str, folder: Path, writers: int, each: int) -> list[int]:
    """Fork the writers; return their process ids."""
    pids = []
    for number in range(writers):
        pid = os.fork()
        if not pid:
            status = 1
            try:
                write(location, folder / f"w{number}", f"w{number}", each)
                status = 0
            except Exception:  # whatever it is, the one who reads the output should see it
                traceback.print_exc()
            finally:
                os._exit(status)
        pids.append(pid)
    return pids


def acknowledged(folder: Path) -> list[tuple[int, str, float]]:
    """Return what the writers noted: item, subject, seconds."""
    lines = [line.split() for note in sorted(folder.iterdir()) for line in note.read_text().splitlines()]
    return [(int(item), subject, float(seconds)) for item, subject, seconds in lines]


def main(location: str, folder: Path, writers: int, each: int, killed: int, seed: int) -> None:
    """Run, kill, wait, report."""
    chance = random.Random(seed)  # noqa: S311  # which writer ends is no secret
    begun = time.monotonic()
    alive = start(location, folder, writers, each)
    dead = failed = 0
    step = max(1, (writers * each) // (2 * (killed + 1)))
    while alive:
        if dead < killed and len(acknowledged(folder)) >= step * (dead + 1):
            victim = chance.choice(alive)
            time.sleep(chance.random() / 50)  # somewhere in the middle of an entry
            os.kill(victim, signal.SIGKILL)
            dead += 1
        for pid in list(alive):
            done, status = os.waitpid(pid, os.WNOHANG)
            if done:
                alive.remove(pid)
                failed += os.WIFEXITED(status) and os.WEXITSTATUS(status) != 0
        time.sleep(0.02)
    seconds = time.monotonic() - begun
    longest = max((wait for _, _, wait in acknowledged(folder)), default=0.0)
    print(json.dumps({"seconds": seconds, "killed": dead, "failed": failed, "longest": longest}))  # noqa: T201  # its answer


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *map(int, sys.argv[3:7]))
