"""Tables of scores that vendors announce: a row for each model, a column for each benchmark."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

from filiation.core.record import Skipped
from filiation.core.ref import is_name
from filiation.core.spelling import key
from filiation.formats.compressed import inner_suffix, open_bytes, peek
from filiation.knowledge import load

MAX_BYTES = 16 << 20
MAX_ROWS = 50_000
MAX_COLUMNS = 400
MAX_CELL = 400
_HEAD_BYTES = 64 << 10
_DELIMITERS = {".csv": ",", ".tsv": "\t"}
_ADDRESS = re.compile(
    r"(?:huggingface\.co|hf\.co)/(?!datasets/|spaces/|papers/|blog/|collections/|docs/)([\w.-]{1,96}/[\w.-]{1,96})", re.ASCII
)


class Announced(NamedTuple):
    """A row: the repository that it is about, where one can be told, and its scores by the heads of their columns.

    Attributes:
        line: Of the row in the table, the head being 1.
        model: ``owner/name``; None where the row has neither a name with an owner nor the address of just one repository that
            bears every word of its name: notes have addresses of others too.
        name: As the table calls the model.
        is_addressed: Whether the repository was told by an address rather than by the name.
        by: Who announces it; empty where that is not said.
        at: When, as written; empty where that is not said.
        scores: By the column's head, as written.
    """

    line: int
    model: str | None
    name: str
    is_addressed: bool
    by: str
    at: str
    scores: dict[str, str]


class _Columns(NamedTuple):
    model: int
    by: int | None
    at: int | None
    scores: dict[int, str]


def is_announced(path: Path) -> bool:
    """Return whether the head of a table has a column of models, and one that is called for a benchmark or a metric."""
    delimiter = _DELIMITERS.get(inner_suffix(path))
    head = peek(path, _HEAD_BYTES) if delimiter else b""
    if not delimiter or not head or b"eval_name," in head:
        return False
    return _columns(next(_rows(head.decode("utf-8-sig", "replace"), delimiter), [])) is not None


def announced(path: Path) -> Iterator[Announced | Skipped]:
    """Yield the rows of a table that have a score; what cannot be read is yielded as `Skipped`."""
    try:
        with open_bytes(path) as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        yield Skipped(str(path), 0, f"cannot be read ({error})")
        return
    if len(content) > MAX_BYTES:
        yield Skipped(str(path), 0, f"longer than {MAX_BYTES >> 20} MB: split the table")
        return
    rows = _rows(content.decode("utf-8-sig", "replace"), _DELIMITERS[inner_suffix(path)])
    columns = _columns(next(rows, []))
    if columns is None:
        yield Skipped(str(path), 1, "no table of scores: no column of models, or none that is called for a benchmark")
        return
    for number, cells in enumerate(rows, 2):
        if number > MAX_ROWS:
            yield Skipped(str(path), number, f"more than {MAX_ROWS:,} rows: the rest is not read")
            return
        if row := _announced(number, cells, columns):
            yield row


def _rows(text: str, delimiter: str) -> Iterator[list[str]]:
    """Yield the rows; where the table breaks off or a cell is too long, no more come."""
    try:
        yield from csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    except csv.Error:
        return


def _columns(head: list[str]) -> _Columns | None:
    words = load("announced")
    kinds = [key(cell[:MAX_CELL].partition("\n")[0]) for cell in head[:MAX_COLUMNS]]
    places = {
        kind: next((place for place, one in enumerate(kinds) if one in words[kind]), None) for kind in ("model", "by", "at")
    }
    whole = [" ".join(cell[:MAX_CELL].split()) for cell in head[:MAX_COLUMNS]]
    scores = {place: cell for place, cell in enumerate(whole) if key(cell) in _scored() and place not in places.values()}
    if places["model"] is None or not scores:
        return None
    return _Columns(places["model"], places["by"], places["at"], scores)


def _announced(line: int, cells: list[str], columns: _Columns) -> Announced | None:
    cells = [cell.strip()[:MAX_CELL] for cell in cells]
    scores = {
        head: cells[place] for place, head in columns.scores.items() if place < len(cells) and re.search(r"\d", cells[place])
    }
    name = cells[columns.model] if columns.model < len(cells) else ""
    if not scores or not name:
        return None
    told = name if "/" in name and is_name(name) else None
    addresses = {found.rstrip(".") for cell in cells for found in _ADDRESS.findall(cell)}
    model = told or (next(iter(addresses)) if len(addresses) == 1 and _is_of(name, next(iter(addresses))) else None)
    by, at = (cells[place] if place is not None and place < len(cells) else "" for place in (columns.by, columns.at))
    return Announced(line, model if model and is_name(model) else None, name, told is None, by, at, scores)


def _is_of(name: str, model: str) -> bool:
    """Return whether a repository may be the model that a table calls by this name: it has every word of it."""
    letters = re.sub(r"[\W_]+", "", model.lower())
    return all(word in letters for word in key(name).replace("+", " plus ").split())


@cache
def _scored() -> frozenset[str]:
    """Return every spelling of a benchmark or of a metric."""
    found = set()
    for table, kind in (("benchmarks", "benchmark"), ("metrics", "metric")):
        for id_, entry in load(table)[kind].items():
            found |= {key(one) for one in (id_, *entry["aliases"]) if len(one) > 2}
            found |= {
                key(name) for part in entry.get("parts", ()) for name in (f"{id_} {part.split('=')[0]}", *part.split("=")[1:])
            }
    return frozenset(found)
