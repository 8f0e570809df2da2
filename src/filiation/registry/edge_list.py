"""A table of edges, child and parent and how they are related: CSV, plain, gzip or zstd."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import MAX_NAME_CHARS, Kind, is_name
from filiation.core.relation import Relation
from filiation.formats.compressed import inner_suffix, numbered_lines, peek

COLUMNS = ["child", "parent", "relation"]
MAX_EDGES = 5_000_000
"""The edges are grouped in memory, some 200 bytes each."""
OTHER_SPELLINGS = {"finetuned": Relation.FINETUNE, "merged": Relation.MERGE}
SPELLINGS = {word.value: word for word in Relation} | OTHER_SPELLINGS

Parents = dict[tuple[str, str], None]
"""Parent and relation as written, each once."""


class EdgeList:
    """All rows of one child become one record, for a record is what the atlas compares with what it knows.

    Each list speaks for itself: its source is ``edges`` with its folder and name.
    """

    name = "edge list"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the first line names the three columns."""
        if inner_suffix(path) != ".csv":
            return False
        return _cells(peek(path).split(b"\n", 1)[0].decode(errors="replace")) == COLUMNS

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield one record per child, in order of first appearance, whose line is that of its first row."""
        yield from batches_of(_sightings(path, options.kind or Kind.MODEL), str(path))


SOURCE = EdgeList()


def _sightings(path: Path, kind: Kind) -> Iterator[Sighting | Skipped]:
    children: dict[str, tuple[int, Parents]] = {}
    for row in _rows(path):
        if isinstance(row, Skipped):
            yield row
        else:
            line, child, parent, relation = row
            children.setdefault(child, (line, {}))[1][parent, relation] = None
    for child, (line, parents) in children.items():
        body = {"id": child, "base_models": [_base_model(*pair) for pair in sorted(parents)]}
        yield Sighting(line, Record(kind, child, body), f"edges {path.parent.name}/{path.name}")


def _rows(path: Path) -> Iterator[tuple[int, str, str, str] | Skipped]:
    """Yield line number, child, parent and relation of each row after the header."""
    edges = 0
    for item in numbered_lines(path):
        if isinstance(item, Skipped):
            yield item
            continue
        number, line = item
        try:
            cells = _cells(line.decode())
        except UnicodeDecodeError as error:
            yield Skipped(str(path), number, f"not UTF-8 ({error.reason})")
            continue
        if edges == 0 and cells == COLUMNS:
            continue
        if reason := _defect(cells):
            yield Skipped(str(path), number, reason)
            continue
        edges += 1
        if edges > MAX_EDGES:
            yield Skipped(str(path), number, f"more than {MAX_EDGES:,} edges: split the file; what came before is kept")
            return
        child, parent, relation = cells
        yield number, child, parent, relation


def _cells(line: str) -> list[str]:
    cells = line.split(",") if '"' not in line else next(csv.reader([line.rstrip("\r")]), [])
    return [cell.strip() for cell in cells]


def _defect(cells: list[str]) -> str | None:
    if len(cells) != len(COLUMNS):
        return f"{len(cells)} columns where {len(COLUMNS)} are meant"
    child, parent, _ = cells
    if not child or not parent:
        return "an edge needs a child and a parent"
    if not is_name(child) or len(parent) > MAX_NAME_CHARS:
        return f"not a repository name: {child[:80] if not is_name(child) else parent[:80]}"
    return None


def _base_model(parent: str, written: str) -> dict[str, str]:
    relation = SPELLINGS.get(written.lower(), Relation.UNKNOWN)
    as_written = {"as_written": written} if relation is Relation.UNKNOWN and written else {}
    return {"id": parent, "relation": str(relation)} | as_written
