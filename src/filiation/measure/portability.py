"""What a model can be carried to on this machine: as it is, in fewer bits, in another format; what each costs and keeps."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from filiation import __version__
from filiation.core.measurement import (
    Bounds,
    Environment,
    Latency,
    ModelAbout,
    ModelFile,
    Outcome,
    SuiteAbout,
)
from filiation.formats.file_digest import sha256_of
from filiation.formats.tensor_formats import has_tensor_suffix
from filiation.measure.answers import asked_and_given, asked_of, told_by
from filiation.measure.machine import environment_here
from filiation.measure.metrics import cosines, figure
from filiation.measure.model import Model, precision_of
from filiation.measure.process import INSIDE, Program, run_bounded
from filiation.measure.run import HARNESS, How, Run, ask, latency_of, now, outcome_of
from filiation.measure.runners import Runner
from filiation.measure.suite import ReadSuite

AS_IS, HALF, ONNX, OPTIMISED, EIGHT = "as it is", "bfloat16", "onnx", "optimised", "int8"
SAMPLES = 40
"""So many questions of a suite are asked of each form."""


class Form(msgspec.Struct, frozen=True):
    """A form that a model was carried to, or was not.

    Attributes:
        form: ``as it is``, ``bfloat16``, ``onnx``, ``optimised`` (as ONNX Runtime rewrites the graph) or ``int8``.
        made_from: The form that it was made from; empty for the first.
        outcome: How making and asking it ended; ``finished`` where it works here.
        reason: Why it did not, in a sentence.
        runner: What ran it.
        make_seconds: How long the making took; null where nothing was made.
        bytes: Of the files of its weights; null where it was not made.
        precision: Type of most of its weights.
        latency: Of one answer after another.
        peak_bytes: The most memory that the run held.
        agreement: How alike its answers are to those of the first form: the mean cosine of vectors, the share of equal labels
            and texts; null without both.
        scores: Figures on the questions asked, by metric.
    """

    form: str
    made_from: str
    outcome: Outcome
    reason: str
    runner: str
    make_seconds: float | None = None
    bytes: int | None = None
    precision: str | None = None
    latency: Latency | None = None
    peak_bytes: int | None = None
    agreement: float | None = None
    scores: dict[str, float] = {}


class Portability(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/measure-portability/v1"):
    """What a model can be carried to here.

    Attributes:
        ref: The model.
        suite: What was asked of each form; `samples` says how much of it.
        model: Its files.
        forms: In the order that they were made.
        packages: Versions of what ran and made them.
        bounds: What each step was held to.
        environment: Where it ran.
        at: When, naive UTC.
        by: What wrote this.
    """

    ref: str
    suite: SuiteAbout
    model: ModelAbout
    forms: tuple[Form, ...]
    packages: dict[str, str]
    bounds: Bounds
    environment: Environment
    at: datetime
    by: str


def portability(
    model: Model, suite: ReadSuite, runner: Runner, how: How, progress: Callable[[str, int], None] = lambda *_: None
) -> Portability:
    """Return what a model can be carried to on this machine; what cannot be made or run is said of its form.

    Args:
        model: With the files that a run may read.
        suite: What is asked of each form; the first `SAMPLES` of it.
        runner: What runs the model as it is: one of ours.
        how: Bounds of each step, seed, threads and options.
        progress: Is told how many forms are done.
    """
    few = msgspec.structs.replace(suite, samples=suite.samples[:SAMPLES])
    made: list[Form] = []
    packages: dict[str, str] = {}
    with tempfile.TemporaryDirectory(prefix="filiation-portability-") as folder:
        tried = _Tried(model, few, how, Path(folder), packages)
        for form in tried.forms(runner):
            made.append(form)
            progress("portability", len(made))
    assert tried.held is not None  # noqa: S101  # the first form was asked
    return Portability(
        model.ref, few.about(), model.about, tuple(made), dict(sorted(packages.items())), tried.held,
        environment_here(how.threads, how.seed), now(), f"{HARNESS} {__version__}",
    )  # fmt: skip


class _Tried:
    """The forms of one model, each made from one before, with the answers of the first to hold the others against."""

    def __init__(self, model: Model, suite: ReadSuite, how: How, folder: Path, packages: dict[str, str]) -> None:
        self.model, self.suite, self.how, self.folder, self.packages = model, suite, how, folder, packages
        self.first: dict[int, Any] = {}
        self.held: Bounds | None = None

    def forms(self, runner: Runner) -> Iterator[Form]:
        """Yield the form as it is, then those that its runner can be carried to."""
        yield self.asked(Form(AS_IS, "", Outcome.FINISHED, "", runner.name), self.model, runner, self.how)
        base = AS_IS
        onnx = self.model
        runs = runner
        if runner.name in ("transformers", "sentence-transformers", "timm"):
            halved = replace(self.how, options=self.how.options | {"dtype": HALF})
            yield self.asked(Form(HALF, AS_IS, Outcome.FINISHED, "", runner.name), self.model, runner, halved)
            if runner.name == "timm":
                return
            runs = replace(runner, name="onnxruntime", argv=(*runner.argv[:-1], str(INSIDE / "run_onnxruntime.py")))
            made = yield from self.carried(ONNX, AS_IS, self.model, runs)
            if made is None:
                return
            base, onnx = ONNX, made
        elif runner.name != "onnxruntime":
            return
        for name in (OPTIMISED, EIGHT):
            yield from self.carried(name, base, onnx, runs)

    def carried(self, name: str, made_from: str, model: Model, runner: Runner) -> Generator[Form, None, Model | None]:
        """Make a form and yield what came of it; return the model in that form, None where it was not made."""
        form = Form(name, made_from, Outcome.FINISHED, "", runner.name)
        own = self.folder / name
        own.mkdir(mode=0o700)
        run = self._made(name, model, runner, own)
        seconds = run.ending.spent.seconds
        path = _file(own, run)
        if path is None:
            outcome, reason = _making(run)
            yield msgspec.structs.replace(form, outcome=outcome, reason=reason, make_seconds=seconds)
            return None
        other = in_form(model, path)
        plain = replace(self.how, options={key: value for key, value in self.how.options.items() if key != "file"})
        yield self.asked(msgspec.structs.replace(form, make_seconds=seconds), other, runner, plain)
        return other

    def asked(self, form: Form, model: Model, runner: Runner, how: How) -> Form:
        """Return a form with what came of asking it."""
        run = ask(model, self.suite, runner, how, 0)
        self.held = run.ending.bounds
        outcome, reason = outcome_of(run)
        told = run.told.head
        self._note(told)
        precision = told.get("precision") if isinstance(told.get("precision"), str) else model.precision
        about = msgspec.structs.replace(
            form, outcome=outcome, reason=reason, bytes=weight_bytes(model), precision=precision,
            peak_bytes=run.ending.spent.peak_bytes,
        )  # fmt: skip
        if outcome is not Outcome.FINISHED:
            return about
        self.first = self.first or run.told.answers
        asked = asked_and_given(self.suite, run.told.answers)
        return msgspec.structs.replace(
            about,
            latency=latency_of(run),
            agreement=agreement(self.first, run.told.answers),
            scores={metric: figure(metric, asked).value for metric in self.suite.suite.metrics},
        )

    def _made(self, name: str, model: Model, runner: Runner, own: Path) -> Run:
        """Run what makes a form, in bounds; it may write `own`."""
        with tempfile.TemporaryDirectory(prefix="filiation-model-") as folder:
            laid = Path(folder, "model")
            model.lay_out(laid)
            options = self.how.options | {"form": name}
            head = {
                "model": str(laid), "options": options, "seed": self.how.seed, "threads": self.how.threads,
                "allow_pickle": self.how.allow_pickle,
            }  # fmt: skip
            argv = (*runner.argv[:-1], str(INSIDE / "carry.py"))
            reads = (laid, *runner.reads, *model.files.values())
            program = Program(argv, asked_of(self.suite, (), head), reads, self.how.seed, self.how.threads)
            ending = run_bounded(program, self.how.held, own)
        told = told_by(ending.answers, self.suite, ())
        self._note(told.head)
        return Run(replace(ending, reason=ending.reason.replace(f"{laid}/", "")), told)

    def _note(self, told: Mapping[str, Any]) -> None:
        """Keep the versions that a run told."""
        packages = told.get("packages")
        if isinstance(packages, dict):
            self.packages |= {str(name)[:80]: str(version)[:80] for name, version in packages.items()}


def in_form(model: Model, path: Path) -> Model:
    """Return a model whose weights are an ONNX file that was made of it; all other files stay.

    Args:
        model: As it was.
        path: The file.
    """
    weights = (".onnx", ".onnx_data", ".safetensors", ".bin", ".pt", ".pth")
    beside = {name: file for name, file in model.files.items() if not name.endswith(weights)}
    files = beside | {"model.onnx": path}
    digest = sha256_of(path)
    kept = (file for file in model.about.files if file.name in beside)
    listed = (*kept, ModelFile("model.onnx", path.stat().st_size, digest))
    about = ModelAbout(listed, sum(file.size for file in listed), hashlib.sha256(digest.encode()).hexdigest())
    return Model(model.ref, files, about, precision_of(files))


def weight_bytes(model: Model) -> int:
    """Return how long the files of weights are together; of all files where none is known as such."""
    weights = [file.size for file in model.about.files if has_tensor_suffix(file.name)]
    return sum(weights) if weights else model.about.bytes


def agreement(first: Mapping[int, Any], other: Mapping[int, Any]) -> float | None:
    """Return how alike answers are: the mean cosine of vectors, the share of those that are equal; None of numbers.

    Args:
        first: By question.
        other: To the same questions.
    """
    pairs = [(first[at], other[at]) for at in first if at in other]
    if not pairs or isinstance(pairs[0][0], (int, float)):
        return None
    if not isinstance(pairs[0][0], list):
        return sum(one == two for one, two in pairs) / len(pairs)
    if len({len(vector) for pair in pairs for vector in pair}) > 1:
        return None
    return float(np.mean([cosines(np.array([one]), np.array([two]))[0, 0] for one, two in pairs]))


def _making(run: Run) -> tuple[Outcome, str]:
    """Return why a form was not made."""
    if run.ending.outcome is not Outcome.FINISHED:
        return run.ending.outcome, run.ending.reason
    told = f"{run.told.error['error']}." if run.told.error else run.told.problem or "It made no file."
    return Outcome.CANNOT_RUN, told


def _file(own: Path, run: Run) -> Path | None:
    """Return the file that was made: one that lies in the folder itself, and is no link."""
    if run.ending.outcome is not Outcome.FINISHED or run.told.error or run.told.problem:
        return None
    path = own / "model.onnx"
    return path if run.told.head.get("made") == path.name and path.is_file() and not path.is_symlink() else None
