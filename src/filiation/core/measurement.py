"""What a run of a suite answers: the file that ``filiation measure`` writes, and ``chart`` and ``scores`` read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from filiation.core.claim import Basis, Locator
from filiation.core.score import Protocol, Score


class Outcome(StrEnum):
    """How a run ended; only after the first are there scores."""

    FINISHED = "finished"
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    WROTE_TOO_MUCH = "wrote_too_much"
    TOO_MANY_PROCESSES = "too_many_processes"
    CRASHED = "crashed"
    BROKEN_ANSWERS = "broken_answers"
    CANNOT_RUN = "cannot_run"


class MeasuredScore(msgspec.Struct, frozen=True):
    """One figure that a suite gave.

    Attributes:
        metric: Canonical id.
        dataset: Canonical id, or the suite's own name of its data.
        value: In the unit of the metric; a ratio is in [0, 1].
        samples: How many answers went into it.
        stderr: Standard error, in the unit of `value`; null where there is no saying.
        low: Lower end of the 95 % interval; null where there is none.
        high: Upper end.
        protocol: How it was taken.
    """

    metric: str
    dataset: str
    value: float
    samples: int
    stderr: float | None = None
    low: float | None = None
    high: float | None = None
    protocol: Protocol = Protocol()


class SuiteAbout(msgspec.Struct, frozen=True):
    """Which suite was run.

    Attributes:
        name: Its name.
        version: Its version.
        task: What is asked of the model.
        title: In a few words.
        source: Where its data come from.
        license: Of its data.
        samples: How many questions it asks.
        sha256: Of the file, and of the data beside it where there are some.
    """

    name: str
    version: str
    task: str
    title: str
    source: str
    license: str
    samples: int
    sha256: str


class ModelFile(msgspec.Struct, frozen=True):
    """A file that the run could read: its name in the model's folder, size in bytes, and SHA-256."""

    name: str
    size: int
    sha256: str


class ModelAbout(msgspec.Struct, frozen=True):
    """Which model was run.

    Attributes:
        files: What the run could read of it, in order of name.
        bytes: How long they are together.
        sha256: Of the list of names and digests: the same for the same files.
        withheld: Files that were kept from the run, each with the reason.
    """

    files: tuple[ModelFile, ...]
    bytes: int
    sha256: str
    withheld: tuple[str, ...] = ()


class RunnerAbout(msgspec.Struct, frozen=True):
    """What ran the model.

    Attributes:
        name: Of the runner; ``command`` for one of the user's own.
        version: Of the library behind it; empty for a command.
        command: The words of a command, empty of our own runners.
        precision: Of the weights, as the runner found them; null where that is not known.
        packages: Versions of what it loaded, by name.
        options: What the suite and the user asked of it.
    """

    name: str
    version: str = ""
    command: tuple[str, ...] = ()
    precision: str | None = None
    packages: dict[str, str] = {}
    options: dict[str, str] = {}


class Latency(msgspec.Struct, frozen=True):
    """How long it took, in milliseconds but for the first.

    Attributes:
        load_seconds: Until the model could be asked; null where the runner does not tell.
        first_ms: The first answer.
        median_ms: Of one answer after another.
        p95_ms: 95 of 100 answers took no longer.
        per_second: Answers a second, of the median.
        by: ``runner`` where the runner took the time around each answer, ``process`` where only all of it is known.
    """

    load_seconds: float | None
    first_ms: float | None
    median_ms: float
    p95_ms: float | None
    per_second: float
    by: str


class Bounds(msgspec.Struct, frozen=True):
    """What the run was held to, and what it could not be held to here.

    Attributes:
        seconds: It was ended after so long.
        memory_bytes: It was ended when its processes held more together.
        written_bytes: It was ended when it had written more.
        processes: It was ended when it had more of them.
        network: What kept it from the network; null where nothing did.
        files: What kept it from the files of the user; null where nothing did.
        not_held: What it was not held to, and why.
    """

    seconds: float
    memory_bytes: int
    written_bytes: int
    processes: int
    network: str | None = None
    files: str | None = None
    not_held: tuple[str, ...] = ()


class Environment(msgspec.Struct, frozen=True):
    """Where it ran: what may change a figure or a time."""

    python: str
    system: str
    machine: str
    cpu: str
    cores: int
    memory_bytes: int | None
    threads: int
    seed: int


class Spent(msgspec.Struct, frozen=True):
    """What one run took: seconds on the clock, seconds of processors, and the most memory that its processes held."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int


class Measurement(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/measure/v1"):
    """What came of asking a suite of a model.

    Attributes:
        ref: The model.
        outcome: How it ended.
        reason: Why not otherwise, in a sentence; empty when it finished.
        suite: Which suite.
        model: Which files.
        runner: What ran it.
        scores: The figures; none unless it finished.
        runs: How often the same was asked, each time in a process of its own and in another order.
        same: Whether every run gave the same answers and figures; null when there was one.
        answers_sha256: Of the answers, in the suite's order: the same for the same answers.
        latency: Of the first run; null where it gave no answers.
        spent: Of each run.
        bounds: What it was held to.
        environment: Where it ran.
        notes: What is odd about the suite, the answers or the times, in sentences.
        at: When, naive UTC.
        by: What wrote this.
    """

    ref: str
    outcome: Outcome
    reason: str
    suite: SuiteAbout
    model: ModelAbout
    runner: RunnerAbout
    scores: tuple[MeasuredScore, ...]
    runs: int
    same: bool | None
    answers_sha256: str
    latency: Latency | None
    spent: tuple[Spent, ...]
    bounds: Bounds
    environment: Environment
    notes: tuple[str, ...]
    at: datetime
    by: str


def scores_of(measurement: Measurement, source: str) -> list[Score]:
    """Return the figures of a run as scores.

    Args:
        measurement: As it was read; one that did not finish has none.
        source: The file it was read from.
    """
    return [
        Score(
            ref=measurement.ref,
            metric=score.metric,
            dataset=score.dataset,
            value=score.value,
            basis=Basis.MEASURED,
            source=Locator(source, f"/scores/{n}"),
            protocol=score.protocol,
            metric_written=score.metric,
            dataset_written=score.dataset,
            value_written=repr(score.value),
            samples=score.samples,
            stderr=score.stderr,
            at=measurement.at,
            by=measurement.by,
        )
        for n, score in enumerate(measurement.scores)
    ]
