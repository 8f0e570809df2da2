"""Results that evaluation harnesses write, as observations of the models that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec

from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, is_name
from filiation.formats.score_files import ScoreFile, format_of, score_files

FILE = "scores.json"
"""Under this name `extract/measured_scores.py` reads what a harness wrote about one model."""
WITNESS = "scores"
_WHOLE = frozenset({"open-llm-leaderboard"})
"""Of these, a later file holds what an earlier one did: it takes its place, and the earlier one is history."""


class ScoreResults:
    """One record for each model and run: each run speaks for itself, so that a later one does not silence it."""

    name = "results of evaluations"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the file or folder begins as a harness writes it."""
        return format_of(path) is not None

    def read(self, path: Path, _: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the records; what is about no repository, such as a model in somebody's folder, is yielded as `Skipped`."""
        yield from batches_of(_sightings(path), str(path))


SOURCE = ScoreResults()


def _sightings(path: Path) -> Iterator[Sighting | Skipped]:
    for item in score_files(path):
        if isinstance(item, Skipped):
            yield item
        elif not (item.is_hub and is_name(item.model)):
            yield Skipped(str(path), item.line, f"about no repository, but {item.model[:80]!r}: see 'filiation scores --as'")
        else:
            yield Sighting(item.line, Record(Kind.MODEL, item.model, {"id": item.model}, {FILE: _told(item)}), _source(item))


def _source(item: ScoreFile) -> str:
    return f"{WITNESS} {item.format}" if item.format in _WHOLE else f"{WITNESS} {item.format} {item.digest}"


def _told(item: ScoreFile) -> str:
    told = {"format": item.format, "file": item.file, "line": item.line, "revision": item.revision, "document": item.document}
    return msgspec.json.encode(told).decode()
