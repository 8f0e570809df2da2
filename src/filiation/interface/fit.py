"""What may be wrong with one's own samples, gathered row by row."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import msgspec

from filiation.core.finding import Severity
from filiation.core.language import Language
from filiation.core.record import Skipped
from filiation.knowledge import load

MAX_ROWS_SHOWN = 10
MAX_EXAMPLES = 5
MAX_EXAMPLE_CHARS = 60


class Problem(msgspec.Struct, frozen=True):
    """One thing that samples have against them.

    Attributes:
        id: Stable; `knowledge/pilot_words.toml` lists them.
        severity: ``high``: these samples do not go in, or mean nothing to the model; ``medium``: they go in and something
            of them is lost; ``low`` and ``info``: worth knowing.
        message: In a sentence, in the language of the answer.
        remedy: What to do.
        count: How many samples.
        share: Of all that were read, in [0, 1].
        rows: Numbers of the first of them, from 1; empty where it is about all.
        examples: What stands there.
    """

    id: str
    severity: Severity
    message: str
    remedy: str
    count: int
    share: float
    rows: tuple[int, ...] = ()
    examples: tuple[str, ...] = ()


class DataCheck(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/pilot-check-data/v1"):
    """One's own samples against what a model takes in and gives out.

    Attributes:
        model: The model, as its schema names it.
        samples: Where the samples are.
        verdict: ``fits``, ``fits with losses`` (something is cut, resized or not known) or ``does not fit``.
        read: How many samples were looked at.
        columns: Which column holds which input or output.
        problems: The worst first.
        tokens: How many were counted one by one, estimated to fit, to be too long, and how many nobody can tell; for texts.
        labels: How many samples each label has.
        least_difference: With so many samples, two shares of right answers nearer than this cannot be told apart (95 %); null
            where nothing was read.
        skipped: What could not be read.
        lang: Of the sentences.
    """

    model: str
    samples: str
    verdict: str
    read: int
    columns: dict[str, str]
    problems: tuple[Problem, ...]
    tokens: dict[str, int] = {}
    labels: dict[str, int] = {}
    least_difference: float | None = None
    skipped: tuple[Skipped, ...] = ()
    lang: Language = "en"


@dataclass
class Seen:
    """Rows that have one thing against them."""

    count: int = 0
    rows: list[int] = field(default_factory=list)
    examples: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)


class Notes:
    """Takes note of what is wrong, and in which rows."""

    def __init__(self) -> None:
        self._seen: dict[str, Seen] = {}

    def add(self, name: str, row: int = 0, example: object = None, count: int = 1, /, **values: Any) -> None:
        """Note that `row`, 0 for all of them, has `name` against it.

        Args:
            name: Of the problem.
            row: Its number.
            example: What stands there.
            count: How many samples this notes.
            values: Words for its sentence; the first to say one counts.
        """
        seen = self._seen.setdefault(name, Seen())
        seen.count += count
        if row and len(seen.rows) < MAX_ROWS_SHOWN:
            seen.rows.append(row)
        if example is not None and len(seen.examples) < MAX_EXAMPLES and (text := _short(str(example))) not in seen.examples:
            seen.examples.append(text)
        seen.values = values | seen.values

    def problems(self, read: int, lang: Language) -> tuple[Problem, ...]:
        """Return what was noted, the worst first."""
        order = tuple(Severity)
        found = [_problem(name, seen, read, lang) for name, seen in self._seen.items()]
        return tuple(sorted(found, key=lambda problem: (-order.index(problem.severity), -problem.count, problem.id)))


def verdict(problems: tuple[Problem, ...], read: int) -> str:
    """Return what it comes to."""
    severities = {problem.severity for problem in problems}
    if not read or severities & {Severity.HIGH, Severity.CRITICAL}:
        return "does not fit"
    return "fits with losses" if Severity.MEDIUM in severities else "fits"


def words(lang: Language) -> dict[str, Any]:
    """Return the words of the pilot kit in a language."""
    return _all_words()[lang]


@cache
def _all_words() -> dict[str, Any]:
    return load("pilot_words")


def _problem(name: str, seen: Seen, read: int, lang: Language) -> Problem:
    told = words(lang)["problem"][name]
    known = _all_words()["severity"][name]
    values = {"count": f"{seen.count:,}", "all": f"{read:,}", **seen.values}
    return Problem(
        name, Severity(known), told["says"].format(**values), told["do"].format(**values), seen.count,
        seen.count / read if read else 1.0, tuple(seen.rows), tuple(seen.examples),
    )  # fmt: skip


def _short(text: str) -> str:
    plain = " ".join(text.encode("utf-8", "replace").decode().split())
    return plain if len(plain) <= MAX_EXAMPLE_CHARS else f"{plain[: MAX_EXAMPLE_CHARS - 1]}…"
