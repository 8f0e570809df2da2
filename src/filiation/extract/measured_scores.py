"""Scores that somebody measured with an evaluation harness, under the names that claimed ones are compared by."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from filiation.core.claim import Claim, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.formats.score_files import ScoreFile
from filiation.scores.measured import written
from filiation.scores.results import READERS, scores_in

FILE = "scores.json"
"""Made by `registry/score_results.py`."""
MAX_SCORES = 20_000
"""Of one run."""


class _Told(msgspec.Struct):
    format: str
    file: str
    document: dict[str, Any]
    line: int = 1
    revision: str | None = None


def extract(record: Record) -> Iterator[Claim]:
    """Yield a claim for each score, each as sure as the file that says it."""
    try:
        told = msgspec.json.decode(record.files[FILE], type=_Told)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{FILE} cannot be read ({error})") from error
    if told.format not in READERS:
        raise UnreadableError(f"{FILE} is of {told.format[:40]!r}, which this version does not read")
    try:
        scores = scores_in(ScoreFile(told.format, record.id, told.revision, told.document, told.file, told.line))
    except ValueError as error:
        raise UnreadableError(f"{told.file}: {error}") from error
    for score in scores[:MAX_SCORES]:
        yield Claim(Predicate.METRIC, written(score), score.basis, score.confidence, score.source)


EXTRACTOR = RecordExtractor("measured scores", (FILE,), extract)
