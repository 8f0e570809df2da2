"""What a program really loads: it runs as it is, and each of its Python processes notes what it opens and asks for.

The notes are made by ``watching/sitecustomize.py``, through Python's audit hooks. What a process notes is its own word: a
program that wants to hide what it loads can.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO

from filiation.core.errors import SourceError as NoSourceError
from filiation.core.record import Skipped
from filiation.uses.seen import Notes, uses_of
from filiation.uses.use import Found, Run

WATCHING = Path(__file__).parent / "watching"
FOLDER = "FILIATION_WATCH"
SUFFIX = ".watched"
MAX_PROCESSES = 2_000
MAX_BYTES = 64 << 20
"""So much of what the processes noted is read."""


def run(command: Sequence[str], *, stdout: IO[str] | None = None) -> Found:
    """Run a program to its end and return what it loaded.

    Args:
        command: The program with its arguments; it gets our standard input, environment and working directory.
        stdout: Where its standard output goes; None for ours.

    Raises:
        SourceError: If there is no such program.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="filiation-watch-") as folder:
        code = _finished(command, folder, stdout)
        seconds = time.monotonic() - began
        skipped: list[Skipped] = []
        notes = Notes()
        for name, fields in _noted(Path(folder), skipped):
            notes.add(name, fields)
    if not notes.processes:
        reason = "no Python process told what it loads: only Python is watched, and not with -I, -E or -S"
        skipped.append(Skipped(command[0], 0, reason))
    found = uses_of(notes, Path.cwd())
    about = Run(list(command), code, round(seconds, 3), len(notes.processes))
    return Found(command[0], notes.files, found, skipped, about)


def _finished(command: Sequence[str], folder: str, stdout: IO[str] | None) -> int:
    """Run the program watched; return its exit code, 128 and the number of the signal where one ended it."""
    environment = dict(os.environ)
    before = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = f"{WATCHING}{os.pathsep}{before}" if before else str(WATCHING)
    environment[FOLDER] = folder
    try:
        with subprocess.Popen(command, env=environment, stdout=stdout) as process:  # noqa: S603  # typed by the person, no shell
            while True:
                try:
                    code = process.wait()
                    break
                except KeyboardInterrupt:  # the program got it too, and may want to end in its own way
                    continue
    except OSError as error:
        raise NoSourceError(f"{command[0]} cannot be run: {error.strerror or error}.") from error
    return code if code >= 0 else 128 - code


def _noted(folder: Path, skipped: list[Skipped]) -> Iterator[tuple[str, list[str]]]:
    """Yield the name of a process and the fields of each line that it wrote."""
    files = sorted(folder.glob(f"*{SUFFIX}"))
    left = MAX_BYTES
    if len(files) > MAX_PROCESSES:
        skipped.append(Skipped("", 0, f"more than {MAX_PROCESSES:,} processes; what the others loaded is not known"))
    for file in files[:MAX_PROCESSES]:
        with file.open("rb") as stream:
            held = stream.read(max(left, 0) + 1)
        if len(held) > left:
            skipped.append(Skipped(file.stem, 0, f"the processes noted more than {MAX_BYTES >> 20} MB; the rest is not known"))
        left -= len(held)
        for line in held.split(b"\n"):
            if line:
                yield file.stem, [_text(field) for field in line.split(b"\t")]


def _text(field: bytes) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of escapes that no watcher writes
        return field.decode("unicode_escape", "replace")
