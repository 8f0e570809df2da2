"""What a run is held to, and how that is asked of the process that runs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from filiation.core.errors import FiliationError
from filiation.core.measurement import Bounds
from filiation.knowledge import load

MIN_MEMORY = 64 << 20
_INHERITED = ("LANG", "LC_ALL", "TZ")
"""Nothing else of our environment reaches a run: it may hold secrets."""


def bounds(seconds: float | None = None, memory_bytes: int | None = None) -> Bounds:
    """Return what a run is held to unless it is said otherwise.

    Raises:
        FiliationError: If nothing could run within them, or this system has no such bounds.
    """
    if not hasattr(os, "waitid"):
        raise FiliationError(
            "A model is run only where its process can be bounded and ended with all that it started: on Linux."
        )
    table = load("measure")["bounds"]
    seconds = table["seconds"] if seconds is None else seconds
    memory = table["memory_bytes"] if memory_bytes is None else memory_bytes
    if not 0 < seconds <= 7 * 24 * 3600:
        raise FiliationError(f"A run of {seconds:g} seconds is none: give between 0 and 604,800.")
    if memory < MIN_MEMORY:
        raise FiliationError(f"Nothing runs in {memory:,} bytes: give at least {MIN_MEMORY >> 20} MB.")
    return Bounds(seconds, memory, table["written_bytes"], table["processes"])


def environment(folder: Path, seed: int, threads: int) -> dict[str, str]:
    """Return the whole environment of a run.

    Args:
        folder: Its own, for what it writes.
        seed: Of Python's hashes; libraries get it from the runner.
        threads: How many each library may use.
    """
    count = str(threads)
    own = str(folder)
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": own,
        "TMPDIR": own,
        "XDG_CACHE_HOME": own,
        "HF_HOME": own,
        "LANG": "C.UTF-8",
        **{name: os.environ[name] for name in _INHERITED if name in os.environ},
        "PYTHONHASHSEED": str(seed % (1 << 32)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "DO_NOT_TRACK": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "OMP_NUM_THREADS": count,
        "OPENBLAS_NUM_THREADS": count,
        "MKL_NUM_THREADS": count,
        "CUDA_VISIBLE_DEVICES": "",
    }


def settings(
    held: Bounds, argv: list[str], env: dict[str, str], own: Path, reads: Iterable[Path], report: int
) -> dict[str, Any]:
    """Return what `inside/boundary.py` is asked.

    Args:
        held: The bounds.
        argv: The program it becomes.
        env: Its environment.
        own: The folder that it may write.
        reads: What it may read beside what every program needs.
        report: File descriptor on which it says what holds.
    """
    table = load("measure")
    seconds = int(held.seconds) + 1
    limits = {
        "RLIMIT_CORE": 0,
        "RLIMIT_CPU": seconds * max(os.cpu_count() or 1, 1),
        "RLIMIT_DATA": held.memory_bytes,
        "RLIMIT_FSIZE": held.written_bytes,
        "RLIMIT_NOFILE": 1024,
        "RLIMIT_MEMLOCK": 0,
        "RLIMIT_MSGQUEUE": 0,
    }
    return {
        "limits": limits if sys.platform == "linux" else limits | {"RLIMIT_AS": held.memory_bytes},
        "readable": [*table["readable"]["paths"], *sorted({str(path) for path in reads})],
        "writable": [*table["readable"]["written"], str(own)],
        "denied": {name: one | {"calls": sorted(one["calls"].values())} for name, one in table["denied"].items()},
        "parent": os.getpid(),
        "report": report,
        "argv": argv,
        "env": env,
    }


def held_by(asked: Bounds, report: dict[str, Any]) -> Bounds:
    """Return the bounds with what the process says of them; what it could not be held to is said."""
    landlock = report.get("landlock") or 0
    filtered = report.get("filtered") is True
    missing = []
    if not filtered:
        missing.append("the network, and leaving its session: no filter of system calls here")
    if not landlock:
        missing.append("the files of the user: no Landlock here")
    elif landlock < 6:
        missing.append("signals to other processes of the user: Landlock is older than version 6")
    if report.get("dropped") is not True:
        missing.append("the rights of the superuser")
    unlimited = [str(name).removeprefix("RLIMIT_").lower() for name in report.get("unlimited", ())]
    missing += [f"{name}: this system has no such limit" for name in unlimited]
    return Bounds(
        asked.seconds,
        asked.memory_bytes,
        asked.written_bytes,
        asked.processes,
        "no sockets (seccomp)" if filtered else None,
        f"only the model and its own folder (Landlock {landlock})" if landlock else None,
        tuple(missing),
    )
