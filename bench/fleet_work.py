"""What `bench/fleet.py` has done: work that costs nothing, models whose headers are to be read, and who is killed meanwhile."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from threading import Event, Thread

import pyarrow as pa
from headers import llama, write

from filiation.fleet.task import Task
from filiation.store.parts import Key

SCHEMA = pa.schema([("reason", pa.string()), ("length", pa.int64())])


def lengths(keys: Sequence[Key]) -> pa.Table:
    """Return how long the names are: next to nothing, so that what is left is the cost of handing over."""
    return pa.table({"reason": pa.nulls(len(keys), pa.string()), "length": [len(key.name) for key in keys]}, schema=SCHEMA)


def light(keys_per_batch: int) -> Task:
    """Return the task of `lengths`."""
    return Task("lengths", "1", lengths, SCHEMA, keys_per_batch)


def names(count: int) -> list[Key]:
    """Return so many keys."""
    return [Key(f"model:owner/name-{number}", "m") for number in range(count)]


def models(folder: Path, count: int) -> Path:
    """Write so many models of different shapes, without values."""
    for number in range(count):
        write(folder / "o" / f"m{number:05}" / "model.safetensors", llama(4 + number % 29, 64 * (1 + number % 7)))
    return folder


def digest(into: Path) -> str:
    """Return a digest of all parts below a folder, names and bytes."""
    found = sha256()
    for path in sorted(into.rglob("*.parquet")):
        if path.parent.name != "jobs":
            found.update(path.name.encode() + path.read_bytes())
    return found.hexdigest()[:16]


def below(parent: int) -> Iterator[tuple[int, str]]:
    """Yield the processes that descend from `parent`, with their command lines."""
    children: dict[int, list[int]] = {}
    lines: dict[int, str] = {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            with contextlib.suppress(OSError):
                above = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                children.setdefault(above, []).append(int(folder.name))
                lines[int(folder.name)] = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    waiting = [parent]
    while waiting:
        for child in children.get(waiting.pop(), []):
            yield child, lines[child]
            waiting.append(child)


def kill_a_worker(words: tuple[str, ...] = ("spawn_main", "ray::do")) -> bool:
    """Kill one of the processes below this one that work on batches; return whether there was one."""
    found = [pid for pid, line in below(os.getpid()) if any(word in line for word in words)]
    if not found:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(random.choice(found), signal.SIGKILL)
    return True


@contextlib.contextmanager
def meanwhile(act: Callable[[], bool], times: int, pause: float) -> Iterator[list[float]]:
    """Do something a few times, `pause` seconds apart, while what is inside goes on; yields when it was done."""
    done: list[float] = []
    over = Event()

    def acting() -> None:
        while len(done) < times and not over.wait(pause):
            if act():
                done.append(time.monotonic())

    thread = Thread(target=acting)
    thread.start()
    try:
        yield done
    finally:
        over.set()
        thread.join()
