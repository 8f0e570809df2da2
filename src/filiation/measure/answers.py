"""What a run is asked, and what it answered: whatever it says, only answers of the right shape to what was asked count."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from filiation.measure.metrics import Asked, cosines
from filiation.measure.suite import ReadSuite

ASK = "filiation/ask/v1"
MAX_LINE_BYTES = 4 << 20
MAX_VECTOR = 65_536
EXPECTS = {
    "classification": "label",
    "similarity": "vector",
    "retrieval": "vector",
    "regression": "number",
    "generation": "text",
}


@dataclass(frozen=True)
class Question:
    """One thing that is asked: `role` is ``query`` or ``document`` in retrieval."""

    kind: str
    content: str | tuple[float, ...]
    role: str = ""


@dataclass
class Told:
    """What a run wrote.

    Attributes:
        answers: By the number of the question, in the suite's order.
        ms: What each took, where the runner says it.
        head: What it said of itself: ``loaded``, ``precision``, ``version``, ``packages``.
        error: What it said it cannot do, with ``kind``; None where it can.
        problem: What makes its answers worth nothing, in a sentence; empty where nothing does.
    """

    answers: dict[int, Any] = field(default_factory=dict)
    ms: list[float] = field(default_factory=list)
    head: dict[str, Any] = field(default_factory=dict)
    error: dict[str, Any] | None = None
    problem: str = ""


def questions(suite: ReadSuite) -> list[Question]:
    """Return what is asked, each once: right answers are not among it."""
    found: dict[Question, None] = {}
    for sample in suite.samples:
        if sample.text is not None:
            found[Question("text", _worded(suite, sample.text), "query" if suite.suite.task == "retrieval" else "")] = None
        elif sample.base64 is not None:
            found[Question("base64", sample.base64)] = None
        elif sample.features is not None:
            found[Question("features", sample.features)] = None
        if sample.other is not None:
            found[Question("text", _worded(suite, sample.other), "document" if suite.suite.task == "retrieval" else "")] = None
    return list(found)


def order_of(count: int, run: int, seed: int) -> list[int]:
    """Return the order in which a run is asked: the suite's own in the first, then another each time, the same for a seed."""
    order = list(range(count))
    if run:
        random.Random(seed * 1_000 + run).shuffle(order)  # noqa: S311  # an order, no secret
    return order


def asked_of(suite: ReadSuite, order: Sequence[int], head: dict[str, Any]) -> bytes:
    """Return what a run gets on standard input: a line about all, then a line for each question.

    Args:
        suite: What is asked.
        order: Of the questions.
        head: What else it is told: the folder of the model, options, seed, threads.
    """
    told = {"schema": ASK, "task": suite.suite.task, "expects": EXPECTS[suite.suite.task], "labels": suite.labels, **head}
    lines = [msgspec.json.encode(told)]
    all_of = questions(suite)
    for number, at in enumerate(order):
        one = all_of[at]
        lines.append(msgspec.json.encode({"id": number, one.kind: one.content} | ({"role": one.role} if one.role else {})))
    return b"\n".join(lines) + b"\n"


def told_by(raw: bytes, suite: ReadSuite, order: Sequence[int]) -> Told:
    """Read what a run wrote, line by line; the first thing that cannot be so ends it.

    Args:
        raw: Its standard output.
        suite: What was asked.
        order: In which it was asked.
    """
    told = Told()
    expects = EXPECTS[suite.suite.task]
    for item in _lines(raw, told):
        if "error" in item:
            told.error = {"error": str(item["error"])[:500], "kind": str(item.get("kind", ""))}
        elif "id" not in item:
            told.head |= item
        elif problem := _taken(item, expects, order, told):
            told.problem = problem
            break
    if not told.problem and not told.error and len(told.answers) < len(order):
        told.problem = f"It answered {len(told.answers):,} of {len(order):,} questions."
    if not told.problem and expects == "vector" and len({len(one) for one in told.answers.values()}) > 1:
        told.problem = "Its vectors are of different lengths."
    return told


def asked_and_given(suite: ReadSuite, answers: dict[int, Any]) -> Asked:
    """Return right answers beside given ones, as the metrics of the task take them."""
    where = {question: number for number, question in enumerate(questions(suite))}
    task = suite.suite.task
    if task in ("similarity", "retrieval"):
        return _alike(suite, where, answers)
    right: list[object] = []
    given: list[object] = []
    for sample in suite.samples:
        kind = "text" if sample.text is not None else "base64" if sample.base64 is not None else "features"
        content = _worded(suite, sample.text) if sample.text is not None else sample.base64 or sample.features
        given.append(answers[where[Question(kind, content or ())]])
        right.append(sample.label if task == "classification" else sample.value if task == "regression" else sample.answer)
    return Asked(right, given)


def oddities(suite: ReadSuite, answers: dict[int, Any]) -> list[str]:
    """Return what is odd about answers that are of the right shape."""
    notes = []
    if len(answers) > 1 and len({msgspec.json.encode(one) for one in answers.values()}) == 1:
        notes.append("It gave one and the same answer to every question.")
    if suite.suite.task == "classification":
        known = set(suite.labels)
        other = sorted({str(one) for one in answers.values()} - known)
        if other:
            named = ", ".join(one[:40] for one in other[:5])
            notes.append(f"{len(other):,} of the labels that it answered are none of the suite's and count as wrong: {named}.")
    return notes


def digest_of(answers: dict[int, Any]) -> str:
    """Return the SHA-256 of answers in the suite's order."""
    return hashlib.sha256(msgspec.json.encode([answers[number] for number in sorted(answers)])).hexdigest()


def _worded(suite: ReadSuite, text: str) -> str:
    return text if suite.suite.prompt is None else suite.suite.prompt.replace("{text}", text)


def _lines(raw: bytes, told: Told) -> Iterator[dict[str, Any]]:
    for line in raw.split(b"\n"):
        if not line.strip():
            continue
        if len(line) > MAX_LINE_BYTES:
            told.problem = f"It wrote a line of more than {MAX_LINE_BYTES >> 20} MB."
            return
        try:
            item = msgspec.json.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            told.problem = f"It wrote what is no JSON: {line[:80].decode('utf-8', 'replace')!r}."
            return
        if not isinstance(item, dict):
            told.problem = f"It wrote what is no JSON object: {line[:80].decode('utf-8', 'replace')!r}."
            return
        yield item


def _taken(item: dict[str, Any], expects: str, order: Sequence[int], told: Told) -> str:
    """Take one answer; return what is wrong with it, empty where nothing is."""
    number = item["id"]
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < len(order):
        return f"It answered question {str(number)[:40]!r}, which was not asked."
    if order[number] in told.answers:
        return f"It answered question {number} twice."
    value = item.get(expects)
    if not _is_answer(value, expects):
        return f"Its answer to question {number} is no {expects}."
    told.answers[order[number]] = value
    ms = item.get("ms")
    if isinstance(ms, (int, float)) and not isinstance(ms, bool) and math.isfinite(ms) and ms >= 0:
        told.ms.append(float(ms))
    return ""


def _is_answer(value: object, expects: str) -> bool:
    if expects in ("label", "text"):
        return isinstance(value, str)
    if expects == "number":
        return _is_number(value)
    return isinstance(value, list) and 0 < len(value) <= MAX_VECTOR and all(map(_is_number, value))


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e30


def _alike(suite: ReadSuite, where: dict[Question, int], answers: dict[int, Any]) -> Asked:
    """Return cosines beside what is right: of pairs, or of each query to every document."""
    retrieves = suite.suite.task == "retrieval"
    roles = ("query", "document") if retrieves else ("", "")
    firsts = [where[Question("text", _worded(suite, sample.text or ""), roles[0])] for sample in suite.samples]
    others = [where[Question("text", _worded(suite, sample.other or ""), roles[1])] for sample in suite.samples]
    documents = list(dict.fromkeys(others))
    one = np.array([answers[at] for at in firsts], dtype=float)
    if retrieves:
        table = cosines(one, np.array([answers[at] for at in documents], dtype=float))
        places = {at: row for row, at in enumerate(documents)}
        return Asked([places[at] for at in others], list(table))
    two = np.array([answers[at] for at in others], dtype=float)
    alike = [float(cosines(one[n : n + 1], two[n : n + 1])[0, 0]) for n in range(len(one))]
    return Asked([sample.value for sample in suite.samples], alike)
