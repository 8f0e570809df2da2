"""A suite: a file of questions with their answers, what is asked of a model, and how that is scored."""

from __future__ import annotations

import base64
import binascii
import hashlib
import math
from pathlib import Path
from typing import Literal

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.measurement import SuiteAbout
from filiation.formats.toml_file import TomlFile
from filiation.measure.metrics import TASKS, metrics_of
from filiation.scores.canonical import canonical_dataset

SCHEMA = "filiation/suite/v1"
SHIPPED = Path(__file__).with_name("suites")
MAX_BYTES = 32 << 20
MAX_SAMPLES = 5_000
MAX_CHARS = 100_000
Task = Literal["classification", "similarity", "retrieval", "regression", "generation"]


class Dataset(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the questions are: `name` is canonical or the suite's own; `revision` of the data, the suite's version without."""

    name: str
    source: str
    license: str
    config: str | None = None
    split: str | None = None
    revision: str | None = None


class Sample(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question, by its task.

    Attributes:
        text: What is classified, answered or rated; the first of two texts; the query.
        other: The second of two texts; the document that answers the query.
        base64: Bytes that are classified, instead of `text`: a file, or an image.
        features: Numbers that are classified or rated, instead of `text`; in the shape of one input, flat.
        label: The right class.
        value: The right number: of a rating, or how alike two texts are.
        answer: The right text.
    """

    text: str | None = None
    other: str | None = None
    base64: str | None = None
    features: tuple[float, ...] | None = None
    label: str | None = None
    value: float | None = None
    answer: str | None = None


class Suite(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"declared": "schema", "samples": "sample"}):
    """A suite as its file has it.

    Attributes:
        declared: ``filiation/suite/v1``.
        name: Words of letters, digits and dashes.
        version: Changes whenever a question or an option does.
        title: In a few words.
        task: What is asked.
        dataset: What the questions are.
        metrics: Canonical ids of the task's metrics.
        samples: The questions.
        data: A file of JSON Lines beside the suite, with further questions.
        data_sha256: Of that file; it is not read if it differs.
        prompt: What stands around a text, with ``{text}`` in it; recorded by its digest.
        shots: Examples in the prompt; null where there is no prompt.
        labels: All classes, in an order that the suite is free to choose; those of the samples without.
        runners: Options by the name of a runner.
    """

    declared: str
    name: str
    version: str
    title: str
    task: Task
    dataset: Dataset
    metrics: tuple[str, ...]
    samples: tuple[Sample, ...] = ()
    data: str | None = None
    data_sha256: str | None = None
    prompt: str | None = None
    shots: int | None = None
    labels: tuple[str, ...] = ()
    runners: dict[str, dict[str, str | int | float | bool]] = {}


class ReadSuite(msgspec.Struct, frozen=True):
    """A suite with all its questions, the SHA-256 of all of it, and what is odd about it."""

    suite: Suite
    samples: tuple[Sample, ...]
    sha256: str
    notes: tuple[str, ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        """Every class that may be answered."""
        own = {sample.label for sample in self.samples if sample.label is not None}
        return self.suite.labels or tuple(sorted(own))

    def about(self) -> SuiteAbout:
        """Return what is recorded of it."""
        suite = self.suite
        return SuiteAbout(
            suite.name, suite.version, suite.task, suite.title, suite.dataset.source, suite.dataset.license,
            len(self.samples), self.sha256,
        )  # fmt: skip


def shipped() -> tuple[str, ...]:
    """Return the names of the suites that come with this package."""
    return tuple(sorted(path.stem for path in SHIPPED.glob("*.toml")))


def read_suite(name: str | Path) -> ReadSuite:
    """Return a suite by the path of its file, or by its name where it comes with this package.

    Raises:
        FiliationError: If it is none, or what it says of itself cannot be; the message says what to mend.
    """
    path = SHIPPED / f"{name}.toml" if str(name) in shipped() else Path(name)
    if not path.is_file():
        raise FiliationError(f"{name} is no file of a suite; those that come with filiation: {', '.join(shipped())}.")
    raw = _bytes(path)
    suite = TomlFile(Suite, "a suite", MAX_BYTES, "docs/measure.md shows one.").parse(raw, path.name)
    more, digest = _beside(suite, path, raw)
    samples = (*suite.samples, *more)
    _check(suite, samples, path.name)
    return ReadSuite(suite, samples, digest, tuple(_odd(suite, samples)))


def _bytes(path: Path) -> bytes:
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise FiliationError(f"{path.name} is longer than {MAX_BYTES >> 20} MB: a suite is small; split it.")
    return raw


def _beside(suite: Suite, path: Path, raw: bytes) -> tuple[list[Sample], str]:
    """Return the questions in the file beside the suite, and the digest of all of it."""
    digest = hashlib.sha256(raw)
    if suite.data is None:
        return [], digest.hexdigest()
    folder = path.parent.resolve()
    file = (folder / suite.data).resolve()
    if not file.is_relative_to(folder) or not file.is_file():
        raise FiliationError(f"{path.name}: {suite.data} is no file beside it.")
    data = _bytes(file)
    found = hashlib.sha256(data).hexdigest()
    if suite.data_sha256 not in (None, found):
        raise FiliationError(f"{path.name}: {suite.data} is not the data it was made for: its SHA-256 is {found}.")
    digest.update(data)
    lines = [line for line in data.split(b"\n") if line.strip()]
    try:
        return [msgspec.json.decode(line, type=Sample) for line in lines[: MAX_SAMPLES + 1]], digest.hexdigest()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise FiliationError(f"{path.name}: {suite.data} holds what is no sample ({error}).") from error


def _check(suite: Suite, samples: tuple[Sample, ...], file: str) -> None:
    """Refuse a suite that cannot be asked or scored."""
    said = None
    known = metrics_of(suite.task)
    if suite.declared != SCHEMA:
        said = f"its schema is {suite.declared!r}, and {SCHEMA!r} is read here"
    elif not suite.metrics or (unknown := [name for name in suite.metrics if name not in known]):
        named = ", ".join(unknown) if suite.metrics else "no metric"
        said = f"{named} is not for {suite.task}, which has {', '.join(known)}"
    elif not 2 <= len(samples) <= MAX_SAMPLES:
        said = f"it has {len(samples):,} samples, of 2 to {MAX_SAMPLES:,}"
    elif suite.prompt is not None and "{text}" not in suite.prompt:
        said = "its prompt has no {text}"
    if said:
        raise FiliationError(f"{file}: {said}.")
    for number, sample in enumerate(samples, 1):
        if problem := _problem(suite, sample):
            raise FiliationError(f"{file}: sample {number} {problem}.")


def _problem(suite: Suite, sample: Sample) -> str | None:
    """Return what is wrong with a sample; None where nothing is."""
    asked, right = TASKS[suite.task]
    given = [name for name in ("text", "base64", "features") if getattr(sample, name) is not None]
    missing = [name for name in right if getattr(sample, name) is None]
    texts = [text for text in (sample.text, sample.other, sample.answer, sample.label) if text is not None]
    numbers = [*(sample.features or ()), *(() if sample.value is None else (sample.value,))]
    wrong = (
        (len(given) != 1 or given[0] not in asked, f"needs one of {', '.join(asked)}"),
        (bool(missing), f"has no {' and no '.join(missing)}"),
        (any(len(text) > MAX_CHARS for text in texts), f"has a text of more than {MAX_CHARS:,} characters"),
        (not all(map(math.isfinite, numbers)), "has a number that is none"),
        (sample.base64 is not None and not _is_base64(sample.base64), "has bytes that are not written in base64"),
        (_is_foreign(suite, sample), f"has the label {(sample.label or '')[:60]!r}, which is not among the labels"),
    )
    return next((said for is_wrong, said in wrong if is_wrong), None)


def _is_foreign(suite: Suite, sample: Sample) -> bool:
    return bool(suite.labels) and sample.label is not None and sample.label not in suite.labels


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _odd(suite: Suite, samples: tuple[Sample, ...]) -> list[str]:
    """Return what is odd about a suite, though it can be run."""
    notes = []
    right: dict[object, set[object]] = {}
    for sample in samples:
        asked = (sample.text, sample.other if suite.task == "similarity" else None, sample.base64, sample.features)
        right.setdefault(asked, set()).add((sample.label, sample.value, sample.answer, sample.other))
    if suite.task != "retrieval" and (twice := sum(len(answers) > 1 for answers in right.values())):
        notes.append(f"{twice:,} questions stand in the suite with different right answers.")
    if len(right) < len(samples):
        notes.append(f"{len(samples) - len(right):,} of {len(samples):,} questions repeat another.")
    if suite.task == "classification" and len({sample.label for sample in samples}) == 1:
        notes.append("Every question has the same right answer.")
    if (known := canonical_dataset(suite.dataset.name)) and suite.dataset.revision is None:
        notes.append(f"It calls its data {known} and names no revision: nothing shows that they are.")
    return notes
