"""Answers of people beside what was found: from the ledger, or from a file that somebody filled in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from difflib import get_close_matches
from pathlib import Path
from typing import Any, get_args

import msgspec

from filiation.core.decision import Given
from filiation.core.errors import FiliationError
from filiation.formats.toml_file import TomlFile
from filiation.governance.assessment import Answered, Assessment, Evidence, Group, Question, Value

VALUES: tuple[str, ...] = get_args(Value)
MAX_FILE_BYTES = 1 << 20
MAX_TEXT_CHARS = 10_000


class AnswerRow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One answer in a file, as it is written there; `who` and `at` stand for the whole file where they are left out."""

    question: str
    value: str = ""
    why: str = ""
    detail: str = ""
    where: str = ""
    who: str = ""
    at: Any = None  # TOML has moments and days, and a type may be only one of them
    until: Any = None


class AnswerFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A file of answers, as it is written."""

    kind: str
    ref: str = ""
    who: str = ""
    at: Any = None
    answer: list[AnswerRow] = []


ANSWERS = TomlFile(AnswerFile, "a file of answers", MAX_FILE_BYTES, "'--ask FILE' writes one to fill in.")


@dataclass(frozen=True)
class Known:
    """What people answered, and the moment at which it is asked."""

    by_question: Mapping[str, Given]
    at: datetime

    def on(self, question: Question) -> Question:
        """Return a question with the person's answer, which stands before what was found; that stays beside it."""
        given = self.by_question.get(question.id)
        if given is None:
            return question
        own = Evidence(given.why, given.where)
        done = given.value in ("yes", "not_applicable")
        return msgspec.structs.replace(
            question,
            value=value_of(given.value),
            detail=given.detail or (question.detail if question.value in (given.value, "unknown") else ""),
            evidence=(own, *question.evidence),
            gap="" if done else question.gap,
            answered=Answered(given.who, given.at, given.why, given.until, given.entry),
        )


def known(given: Iterable[Given], at: datetime) -> Known:
    """Return the answers that hold at `at`; of two to one question the one that comes later."""
    return Known({answer.question: answer for answer in given if answer.holds(at)}, at)


def merged(groups: Sequence[Group], given: Iterable[Given], at: datetime) -> tuple[Group, ...]:
    """Return the groups with what people answered."""
    have = known(given, at)
    return tuple(msgspec.structs.replace(group, questions=tuple(map(have.on, group.questions))) for group in groups)


def open_questions(groups: Iterable[Group]) -> int:
    """Return how many questions nobody answered."""
    return sum(question.value == "unknown" for group in groups for question in group.questions)


def value_of(text: str) -> Value:
    """Return the answer that `text` spells.

    Raises:
        FiliationError: If it is none.
    """
    for value in get_args(Value):
        if value == text:
            return value
    raise FiliationError(f"{text!r} is no answer: say {', '.join(VALUES)}.")


def require_question(question: str, questions: Sequence[str], kind: str) -> None:
    """Refuse a question that nobody asks.

    Raises:
        FiliationError: If it is not among `questions`; the nearest are named.
    """
    if question not in questions:
        near = get_close_matches(question, questions, 3) or list(questions[:3])
        raise FiliationError(f"{question!r} is no question of {kind}: did you mean {', '.join(near)}?")


def read_answers(path: Path, kind: str, ref: str, questions: Sequence[str], at: datetime) -> list[Given]:
    """Return what somebody answered in a file; rows without a value are questions still open, and are passed over.

    Args:
        path: TOML, as `ask` writes it.
        kind: Of the assessment; the file must be of the same.
        ref: What it is about, in full; a file that names another is refused.
        questions: The ids that there are.
        at: When, for answers that do not say.

    Raises:
        FiliationError: If the file cannot be read, or says what makes no sense; the message names the question.
    """
    told = ANSWERS.read(path)
    if told.kind != kind:
        raise FiliationError(f"{path} answers {told.kind!r}, and {kind!r} is asked: name another file.")
    if told.ref and told.ref.removeprefix("model:") != ref.removeprefix("model:"):
        raise FiliationError(f"{path} is about {told.ref}, and not about {ref}: name another file.")
    return [_given(row, told, path, ref, questions, at) for row in told.answer if row.value]


def ask(assessment: Assessment) -> str:
    """Return a file in which the open questions of an assessment can be answered; `read_answers` reads it."""
    lines = [
        f"kind = {_quoted(assessment.kind)}",
        f"ref = {_quoted(assessment.ref)}",
        'who = ""',
        f"# value: {', '.join(VALUES)}. why: the reason, needed. detail, where, until (a date): if there is something to say.",
    ]
    for group in assessment.groups:
        for question in group.questions:
            if question.value == "unknown":
                lines += ["", f"# {_remark(question.text)}", "[[answer]]", f"question = {_quoted(question.id)}"]
                lines += ['value = ""', 'why = ""', 'detail = ""', 'where = ""']
    return "\n".join(lines) + "\n"


def _given(row: AnswerRow, told: AnswerFile, path: Path, ref: str, questions: Sequence[str], at: datetime) -> Given:
    require_question(row.question, questions, told.kind)
    try:
        value = value_of(row.value)
    except FiliationError as error:
        raise FiliationError(f"{path}, {row.question}: {error}") from error
    who = row.who or told.who
    for name, text in {"who": who, "why": row.why}.items():
        if not text.strip():
            raise FiliationError(f"{path}, {row.question}: an answer says {name}.")
    if any(len(text) > MAX_TEXT_CHARS for text in (row.why, row.detail, row.where, who)):
        raise FiliationError(f"{path}, {row.question}: longer than {MAX_TEXT_CHARS:,} characters.")
    try:
        when, until = _moment(row.at or told.at) or at, _moment(row.until)
    except ValueError as error:
        raise FiliationError(f"{path}, {row.question}: {error} is no date; write 2026-11-22.") from error
    return Given(ref, told.kind, row.question, value, row.detail, row.where, who, min(when, at), until, row.why)


def _moment(said: object) -> datetime | None:
    """Return a moment as naive UTC; a day ends with its last second, as dates of waivers do.

    Raises:
        ValueError: If it is neither, nor a text that spells one.
    """
    if said is None or said == "":
        return None
    if isinstance(said, str):
        said = datetime.fromisoformat(said) if len(said) > len("2026-11-22") else date.fromisoformat(said)
    if isinstance(said, datetime):
        return said.astimezone(UTC).replace(tzinfo=None) if said.tzinfo else said
    if isinstance(said, date):
        return datetime.combine(said, time(23, 59, 59))
    raise ValueError(repr(said))


def _quoted(text: str) -> str:
    """Return `text` as a TOML string: JSON's escapes are TOML's, but for the one of DEL."""
    return msgspec.json.encode(text).decode().replace("\x7f", "\\u007f")


def _remark(text: Any) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in str(text))
