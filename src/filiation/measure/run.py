"""Ask a suite of a model: every run in a process of its own, the answers scored out here, where the right ones are."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from filiation import __version__
from filiation.core.measurement import (
    Bounds,
    Latency,
    MeasuredScore,
    Measurement,
    Outcome,
    RunnerAbout,
    Spent,
)
from filiation.core.score import Protocol
from filiation.measure.answers import Told, asked_and_given, asked_of, digest_of, oddities, order_of, questions, told_by
from filiation.measure.machine import environment_here
from filiation.measure.metrics import figure
from filiation.measure.model import Model
from filiation.measure.process import Ending, Program, run_bounded
from filiation.measure.runners import COMMAND, Runner
from filiation.measure.suite import ReadSuite
from filiation.scores.canonical import canonical_dataset

HARNESS = "filiation"
FEW_MS = 20
"""From so many times on, the slowest of twenty is told."""
_SLACK_SECONDS = 0.5


@dataclass(frozen=True)
class How:
    """How a model is asked.

    Attributes:
        held: The bounds of each run.
        runs: How often the same is asked.
        seed: Of what is drawn.
        threads: How many a run may use.
        options: Of the runner.
        allow_pickle: Whether the runner may load what is a program.
    """

    held: Bounds
    runs: int = 2
    seed: int = 0
    threads: int = 1
    options: dict[str, str] = field(default_factory=dict)
    allow_pickle: bool = False


@dataclass(frozen=True)
class Run:
    """One run: how its process ended, and what it wrote."""

    ending: Ending
    told: Told


def measure(
    model: Model, suite: ReadSuite, runner: Runner, how: How, progress: Callable[[str, int], None] = lambda *_: None
) -> Measurement:
    """Return what came of asking a suite of a model; a run that ends badly is an answer too.

    Args:
        model: With the files that a run may read.
        suite: With right answers, which no run sees.
        runner: What runs the model.
        how: Bounds, repetitions, seed.
        progress: Is told how many runs are done.
    """
    runs: list[Run] = []
    for number in range(how.runs):
        runs.append(ask(model, suite, runner, how, number))
        progress("measure", number + 1)
        if outcome_of(runs[-1])[0] is not Outcome.FINISHED:
            break
    first = runs[0]
    outcome, reason = outcome_of(runs[-1])
    is_done = outcome is Outcome.FINISHED
    scores = _scores(suite, first.told.answers, runner, first.told.head, model) if is_done else ()
    same = _same(runs) if is_done and how.runs > 1 else None
    return Measurement(
        ref=model.ref,
        outcome=outcome,
        reason=reason,
        suite=suite.about(),
        model=model.about,
        runner=_runner(runner, first.told.head, how, model),
        scores=scores,
        runs=len(runs),
        same=same,
        answers_sha256=digest_of(first.told.answers) if is_done else "",
        latency=latency_of(first) if is_done else None,
        spent=tuple(run.ending.spent for run in runs),
        bounds=runs[-1].ending.bounds,
        environment=environment_here(how.threads, how.seed),
        notes=tuple(_notes(suite, runs, is_done=is_done, same=same)),
        at=now(),
        by=f"{HARNESS} {__version__}",
    )


def now() -> datetime:
    """Return the naive UTC moment, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def ask(model: Model, suite: ReadSuite, runner: Runner, how: How, number: int) -> Run:
    """Return one run, in a process and a folder of its own.

    Args:
        model: With the files that it may read.
        suite: With right answers, which it does not see.
        runner: What runs the model.
        how: Bounds and seed.
        number: From 0: each is asked in another order.
    """
    order = order_of(len(questions(suite)), number, how.seed)
    with tempfile.TemporaryDirectory(prefix="filiation-model-") as folder:
        laid = Path(folder, "model")
        model.lay_out(laid)
        head = {
            "model": str(laid),
            "options": how.options,
            "seed": how.seed,
            "threads": how.threads,
            "allow_pickle": how.allow_pickle,
        }
        reads = (laid, *runner.reads, *model.files.values())
        program = Program(runner.argv, asked_of(suite, order, head), reads, how.seed, how.threads)
        ending = run_bounded(program, how.held)
    told = told_by(ending.answers, suite, order)
    if told.error:
        told.error["error"] = told.error["error"].replace(f"{laid}/", "")
    return Run(replace(ending, reason=ending.reason.replace(f"{laid}/", "")), told)


def outcome_of(run: Run) -> tuple[Outcome, str]:
    """Return how a run ended: first what ended it, then what it says, then whether its answers are any."""
    if run.ending.outcome is not Outcome.FINISHED:
        return run.ending.outcome, run.ending.reason
    if run.told.error:
        return Outcome.CANNOT_RUN, f"{run.told.error['error']}."
    if run.told.problem:
        return Outcome.BROKEN_ANSWERS, run.told.problem
    return Outcome.FINISHED, ""


def _scores(
    suite: ReadSuite, answers: dict[int, Any], runner: Runner, head: dict[str, Any], model: Model
) -> tuple[MeasuredScore, ...]:
    asked = asked_and_given(suite, answers)
    about = suite.suite.dataset
    found = []
    for metric in suite.suite.metrics:
        one = figure(metric, asked)
        protocol = Protocol(
            config=about.config,
            split=about.split,
            dataset_revision=about.revision or f"{suite.suite.name} {suite.suite.version}",
            shots=suite.suite.shots,
            prompt=hashlib.sha256(suite.suite.prompt.encode()).hexdigest()[:16] if suite.suite.prompt else None,
            precision=_precision(runner, head, model),
            harness=HARNESS,
            harness_version=__version__,
            variant=one.variant,
        )
        dataset = canonical_dataset(about.name, about.config) or about.name
        found.append(MeasuredScore(metric, dataset, one.value, one.samples, one.stderr, one.low, one.high, protocol))
    return tuple(found)


def _precision(runner: Runner, head: dict[str, Any], model: Model) -> str | None:
    """Return the type of the weights: as our runner found it, else as the files have it; a command's word is not taken."""
    told = head.get("precision") if runner.name != COMMAND else None
    return told if isinstance(told, str) else model.precision


def _runner(runner: Runner, head: dict[str, Any], how: How, model: Model) -> RunnerAbout:
    packages = head.get("packages")
    versions = {str(name)[:80]: str(value)[:80] for name, value in packages.items()} if isinstance(packages, dict) else {}
    own = runner.name == COMMAND
    words = tuple(Path(word).name if word.startswith("/") else word for word in runner.argv) if own else ()
    version = str(head.get("version", ""))[:80]
    return RunnerAbout(runner.name, version, words, _precision(runner, head, model), versions, how.options)


def _same(runs: Sequence[Run]) -> bool:
    return len({digest_of(run.told.answers) for run in runs}) == 1


def latency_of(run: Run) -> Latency:
    """Return the times of one answer after another; where they cannot be true, of the whole process."""
    loaded = run.told.head.get("loaded")
    load = round(float(loaded), 4) if isinstance(loaded, (int, float)) and 0 <= loaded <= run.ending.spent.seconds else None
    times = run.told.ms
    count = len(run.told.answers)
    if len(times) != count or not _are_possible(times, run.ending.spent):
        each = run.ending.spent.seconds * 1000 / max(count, 1)
        return Latency(load, None, round(each, 3), None, round(1000 / each, 3) if each else 0.0, "process")
    later = np.array(times[1:] or times)
    median = float(np.median(later))
    slow = round(float(np.quantile(later, 0.95)), 3) if len(later) >= FEW_MS else None
    return Latency(load, round(times[0], 3), round(median, 3), slow, round(1000 / median, 3) if median else 0.0, "runner")


def _are_possible(times: Sequence[float], spent: Spent) -> bool:
    return bool(times) and sum(times) / 1000 <= spent.seconds + _SLACK_SECONDS


def _notes(suite: ReadSuite, runs: Sequence[Run], *, is_done: bool, same: bool | None) -> list[str]:
    """Return what is odd, in sentences."""
    notes = list(suite.notes)
    if not is_done:
        return notes
    first = runs[0].told
    notes += oddities(suite, first.answers)
    if len(first.ms) == len(first.answers) and not _are_possible(first.ms, runs[0].ending.spent):
        notes.append("The times that it told are longer than it ran; they are not used.")
    if same is False:
        differ = sum(runs[0].told.answers[at] != runs[-1].told.answers[at] for at in first.answers)
        notes.append(f"{differ:,} of {len(first.answers):,} answers differ from one run to another: {_moved(suite, runs)}.")
    return notes


def _moved(suite: ReadSuite, runs: Sequence[Run]) -> str:
    """Return by how much the figures differ from run to run."""
    asked = [asked_and_given(suite, run.told.answers) for run in runs]
    told = []
    for metric in suite.suite.metrics:
        values = [figure(metric, one).value for one in asked]
        told.append(f"{metric} from {min(values):.4f} to {max(values):.4f}")
    return ", ".join(told)
