"""A program that runs in bounds: it is started, watched and ended, with all that it has started."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from filiation.core.measurement import Bounds, Outcome, Spent
from filiation.measure.bounds import environment, held_by, settings
from filiation.measure.watch import Seen, seen

INSIDE = Path(__file__).with_name("inside")
SAID_BYTES = 16 << 10
"""So much of what it says on standard error is read, from the end."""
_FIRST_WAIT, _LONGEST_WAIT = 0.01, 0.1
_NO_MEMORY = ("MemoryError", "bad_alloc", "bad allocation", "can't allocate memory", "Cannot allocate memory", "out of memory")


@dataclass(frozen=True)
class Ending:
    """How a program ended.

    Attributes:
        outcome: Finished only when it exited by itself, with 0.
        reason: Why not otherwise, in a sentence.
        answers: What it wrote on standard output, whole.
        spent: What it took.
        bounds: What it was held to.
    """

    outcome: Outcome
    reason: str
    answers: bytes
    spent: Spent
    bounds: Bounds


@dataclass(frozen=True)
class Program:
    """What is run.

    Attributes:
        argv: The words of the command.
        asked: What it gets on standard input.
        reads: Files and folders that it may read, beside what every program needs.
        seed: For what is drawn.
        threads: How many it may use.
    """

    argv: tuple[str, ...]
    asked: bytes
    reads: tuple[Path, ...] = ()
    seed: int = 0
    threads: int = 1


@contextlib.contextmanager
def tidied() -> Iterator[None]:
    """Let an order to end (SIGTERM, SIGHUP) go through what stands in this block, so that runs end and their folders go.

    Nothing is changed outside of the main thread, or where somebody else listens to the signal.
    """
    is_main = threading.current_thread() is threading.main_thread()
    ours = [number for number in (signal.SIGTERM, signal.SIGHUP) if is_main and signal.getsignal(number) is signal.SIG_DFL]

    def stop(number: int, _: FrameType | None) -> None:
        for one in ours:
            signal.signal(one, signal.SIG_IGN)  # tidying up is not interrupted again
        raise SystemExit(128 + number)

    for number in ours:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def run_bounded(program: Program, held: Bounds, folder: Path | None = None) -> Ending:
    """Run a program to its end, or to the end of its bounds.

    Args:
        program: What is run.
        held: What it is held to.
        folder: The one that it may write; without, one of its own that is gone afterwards.
    """
    with tempfile.TemporaryDirectory(prefix="filiation-measure-") as ours:
        own = folder or Path(ours, "own")
        own.mkdir(mode=0o700, exist_ok=True)
        Path(ours, "asked").write_bytes(program.asked)
        return _run(program, held, Path(ours), own)


def _run(program: Program, held: Bounds, ours: Path, own: Path) -> Ending:
    reading, report = os.pipe()
    env = environment(own, program.seed, program.threads)
    reads = [*program.reads, Path(sys.prefix), Path(sys.base_prefix), Path(sys.executable), INSIDE]
    asked = settings(held, list(program.argv), env, own, reads, report)
    Path(ours, "settings").write_text(json.dumps(asked), encoding="utf-8")
    began = time.monotonic()
    with Path(ours, "asked").open("rb") as given, Path(ours, "out").open("wb") as out, Path(ours, "err").open("wb") as err:
        process = subprocess.Popen(  # noqa: S603  # ours; what it becomes was typed by the person
            [sys.executable, "-s", "-B", str(INSIDE / "boundary.py"), str(ours / "settings")],
            stdin=given, stdout=out, stderr=err, cwd=own, env=env, pass_fds=(report,), start_new_session=True,
        )  # fmt: skip
    os.close(report)
    watched = _Watched()
    try:
        _watch(process.pid, watched, held, began, own)
    finally:
        end_session(process.pid)
        _, watched.status, usage = os.wait4(process.pid, 0)
        process.returncode = 0  # it has been waited for
    watched.cpu_seconds = usage.ru_utime + usage.ru_stime
    seconds = time.monotonic() - began
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read(SAID_BYTES)
    bounds = held_by(held, json.loads(told)) if told else held
    answers = _head(ours / "out", held.written_bytes)
    outcome, reason = _outcome(watched, held, _tail(ours / "err"))
    spent = Spent(round(seconds, 3), round(watched.cpu_seconds, 3), watched.peak_bytes)
    return Ending(outcome, reason.replace(f"{own}/", ""), answers, spent, bounds)


@dataclass
class _Watched:
    """What was seen of a program: why it was ended by us, its status, the most that it held, and what it took."""

    ended: Outcome | None = None
    status: int = 0
    peak_bytes: int = 0
    cpu_seconds: float = 0.0


def _watch(pid: int, watched: _Watched, held: Bounds, began: float, own: Path) -> None:
    """Wait until the program has ended or is beyond its bounds; it is not waited for, so that its number stays its own."""
    wait = _FIRST_WAIT
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        now = seen(pid, own)
        watched.peak_bytes = max(watched.peak_bytes, now.peak_bytes)
        watched.ended = _beyond(now, time.monotonic() - began, held)
        if watched.ended:
            return
        time.sleep(wait)
        wait = min(wait * 1.5, _LONGEST_WAIT)


def _beyond(now: Seen, seconds: float, held: Bounds) -> Outcome | None:
    """Return which bound is passed; None while none is."""
    if seconds > held.seconds:
        return Outcome.TIMED_OUT
    if now.processes > held.processes:
        return Outcome.TOO_MANY_PROCESSES
    if now.memory_bytes > held.memory_bytes:
        return Outcome.OUT_OF_MEMORY
    return Outcome.WROTE_TOO_MUCH if now.written_bytes > held.written_bytes else None


def end_session(pid: int) -> None:
    """End every process of the session that `pid` leads; they cannot leave it where system calls are filtered."""
    with contextlib.suppress(OSError):  # nobody is left
        os.killpg(pid, signal.SIGKILL)


def _outcome(watched: _Watched, held: Bounds, said: str) -> tuple[Outcome, str]:
    """Return how it ended, and why, from what was seen and what it said last."""
    last = said.strip().splitlines()[-1][:300] if said.strip() else "it said nothing"
    sentences = {
        Outcome.TIMED_OUT: f"It was ended after {held.seconds:g} seconds.",
        Outcome.OUT_OF_MEMORY: f"It was ended when it held more than {held.memory_bytes >> 20:,} MB of memory.",
        Outcome.WROTE_TOO_MUCH: f"It was ended when it had written more than {held.written_bytes >> 20:,} MB.",
        Outcome.TOO_MANY_PROCESSES: f"It was ended when it had more than {held.processes} processes.",
    }
    if watched.ended:
        return watched.ended, sentences[watched.ended]
    code = os.waitstatus_to_exitcode(watched.status)
    if code == 0:
        return Outcome.FINISHED, ""
    if code == -signal.SIGXFSZ or "File too large" in said:
        return Outcome.WROTE_TOO_MUCH, sentences[Outcome.WROTE_TOO_MUCH]
    if code == -signal.SIGXCPU:
        return Outcome.TIMED_OUT, f"It was ended after {held.seconds:g} seconds on every processor."
    if any(word in said for word in _NO_MEMORY):
        return Outcome.OUT_OF_MEMORY, f"It asked for more than {held.memory_bytes >> 20:,} MB of memory: {last}"
    how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
    return Outcome.CRASHED, f"It ended {how}: {last}"


def program_paths(program: Path) -> list[Path]:
    """Return what a program needs to be read beside the system: itself, and of a Python its libraries; never a whole home.

    Args:
        program: Absolute, links not resolved.
    """
    real = program.resolve()
    around = (program.parent.parent, real.parent.parent)
    return [program, real, *(top for top in around if (top / "pyvenv.cfg").is_file() or any(top.glob("lib/python3.*/os.py")))]


def _head(path: Path, limit: int) -> bytes:
    with path.open("rb") as file:
        return file.read(limit)


def _tail(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - SAID_BYTES, 0))
        return file.read().decode("utf-8", "replace")
