"""A table of scores that vendors announce: CSV or TSV, plain, gzip or zstd."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.formats.announced_table import announced, is_announced

FILE = "announced.json"
"""Under this name `extract/announced_scores.py` reads what a table says of one model."""
WITNESS = "announced"


class AnnouncedScores:
    """One record for each model that a row names by its repository; each table speaks for itself."""

    name = "announced scores"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the head of the table has a column of models, and one that is called for a benchmark or a metric."""
        return is_announced(path)

    def read(self, path: Path, _: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the records; a row that names no repository is yielded as `Skipped`: whom it means is not for us to guess."""
        yield from batches_of(_sightings(path), str(path))


SOURCE = AnnouncedScores()


def _sightings(path: Path) -> Iterator[Sighting | Skipped]:
    seen: dict[str, int] = {}
    for row in announced(path):
        if isinstance(row, Skipped):
            yield row
        elif row.model is None:
            yield Skipped(str(path), row.line, f"names no one repository: {row.name[:80]!r}")
        elif row.model in seen:
            yield Skipped(str(path), row.line, f"{row.model} again, after row {seen[row.model]}")
        else:
            seen[row.model] = row.line
            told = row._asdict() | {"file": path.name}
            record = Record(Kind.MODEL, row.model, {"id": row.model}, {FILE: msgspec.json.encode(told).decode()})
            yield Sighting(row.line, record, f"{WITNESS} {path.name}")
