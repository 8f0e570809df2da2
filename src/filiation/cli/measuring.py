"""The answers of `measure` and `measure portability`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from filiation.cli import console
from filiation.core.errors import FiliationError
from filiation.core.measurement import Measurement
from filiation.measure.bounds import bounds
from filiation.measure.model import Model, find_model
from filiation.measure.portability import Portability, portability
from filiation.measure.process import tidied
from filiation.measure.run import How, measure
from filiation.measure.runners import Runner, options_of, runner_of
from filiation.measure.suite import ReadSuite, read_suite
from filiation.pipeline import Progress


class AskedHow(msgspec.Struct, frozen=True):
    """How a run is asked for, as `options_of_runs` has it."""

    places: tuple[str, ...] = ()
    runner: str | None = None
    own_command: str | None = None
    reads: tuple[str, ...] = ()
    python: str | None = None
    options: tuple[str, ...] = ()
    seconds: float | None = None
    memory: int | None = None
    seed: int = 0
    threads: int = 1
    allow_pickle: bool = False
    despite_scan: bool = False


def asked_how(asked: Mapping[str, Any]) -> AskedHow:
    """Return the options of a command."""
    return AskedHow(**asked)


def measured(ref: str, suite: str, runs: int, asked: AskedHow, progress: Progress) -> Measurement:
    """Return what came of a suite on a model.

    Raises:
        FiliationError: If the suite is none, the model is not here, or nothing runs it.
    """
    model, read, runner, how = _gathered(ref, suite, runs, asked)
    with tidied():
        return measure(model, read, runner, how, progress)


def carried(ref: str, suite: str, asked: AskedHow, progress: Progress) -> Portability:
    """Return what a model can be carried to here.

    Raises:
        FiliationError: As `measured`, and if a command runs it: what that could be carried to is not known.
    """
    if asked.own_command:
        raise FiliationError("A model that a command runs cannot be carried to another form from here: give --runner instead.")
    model, read, runner, how = _gathered(ref, suite, 1, asked)
    with tidied():
        return portability(model, read, runner, how, progress)


def _gathered(ref: str, suite: str, runs: int, asked: AskedHow) -> tuple[Model, ReadSuite, Runner, How]:
    read = read_suite(suite)
    held = bounds(asked.seconds, None if asked.memory is None else asked.memory << 20)
    model = find_model(ref, asked.places, allow_pickle=asked.allow_pickle, despite_scan=asked.despite_scan)
    reads = tuple(Path(path).resolve() for path in asked.reads)
    runner = runner_of(model, asked.runner, asked.own_command, asked.python, reads)
    options = options_of(read.suite.runners, runner.name, asked.options)
    return model, read, runner, How(held, runs, asked.seed, asked.threads, options, asked.allow_pickle)


def save(answer: msgspec.Struct, path: Path) -> None:
    """Write an answer as the document that ``--json`` prints."""
    console.save(f"{msgspec.json.format(msgspec.json.encode(answer)).decode()}\n", path)
