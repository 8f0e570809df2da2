"""Scores that a vendor announced, as a table tells them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime

import msgspec

from filiation.core.claim import Basis, Claim, Locator, Predicate
from filiation.core.extractor import RecordExtractor, UnreadableError
from filiation.core.record import Record
from filiation.knowledge import load
from filiation.scores.canonical import metric_name

FILE = "announced.json"
"""Made by `registry/announced_scores.py`."""
BY_ADDRESS = 0.75
"""How sure a row is of a repository whose address it has: it may speak of another size or step of the family."""
_JSON = json.JSONEncoder(ensure_ascii=False).encode


class _Row(msgspec.Struct):
    line: int
    name: str
    file: str
    scores: dict[str, str]
    is_addressed: bool = False
    by: str = ""
    at: str = ""


def extract(record: Record) -> Iterator[Claim]:
    """Yield a claim for each score of the row, in the order of the columns."""
    try:
        row = msgspec.json.decode(record.files[FILE], type=_Row)
    except (ValueError, RecursionError) as error:
        raise UnreadableError(f"{FILE} cannot be read ({error})") from error
    sure = load("witnesses")["announced"]["confidence"] * (BY_ADDRESS if row.is_addressed else 1)
    for head, value in row.scores.items():
        is_metric = metric_name(head).metric is not None
        told = {
            "task": None, "dataset": None if is_metric else head, "metric": head if is_metric else None, "value": value,
            "by": row.by or None, "at": _month(row.at), "name": row.name,
        }  # fmt: skip
        yield Claim(Predicate.METRIC, _JSON(told), Basis.STATED, sure, Locator(row.file, f"row={row.line},column={head}"))


EXTRACTOR = RecordExtractor("announced scores", (FILE,), extract)


def _month(written: str) -> str | None:
    """Return a date as ISO 8601; of "Feb/2024" the first of the month, None where none can be told."""
    for form in ("%b/%Y", "%B %Y", "%b %Y", "%Y-%m-%d", "%Y-%m", "%Y/%m/%d"):
        try:
            return datetime.strptime(written.strip(), form).date().isoformat()  # noqa: DTZ007  # a date has no zone
        except ValueError:
            continue
    return None
