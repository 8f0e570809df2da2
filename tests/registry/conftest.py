"""Read a source as a test wants to see it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from filiation.core.record import Batch, ReadOptions, Skipped, Source


class Seen(NamedTuple):
    """What a source yielded: bodies by id, their lines, texts beside them, what was skipped, the batches."""

    bodies: dict
    lines: dict
    files: dict
    skipped: list[Skipped]
    batches: list[Batch]

    def of(self, source: str) -> dict:
        """Return the bodies that `source` spoke."""
        return {
            body["id"]: body
            for batch in self.batches
            if batch.source == source
            for body in map(json.loads, batch.table["body"].to_pylist())
        }


@pytest.fixture
def look() -> Callable[..., Seen]:
    """Read all that a source holds, into memory."""

    def seen(source: Source, path: Path, **options: object) -> Seen:
        assert source.recognises(path)
        found = Seen({}, {}, {}, [], [])
        for item in source.read(path, ReadOptions(**options)):
            if isinstance(item, Skipped):
                found.skipped.append(item)
                continue
            found.batches.append(item)
            for row in item.table.to_pylist():
                body = json.loads(row["body"])
                name = body.get("id") or body.get("modelId")
                found.bodies[name] = body
                found.lines[name] = row["line"]
                if row.get("files"):
                    found.files[name] = json.loads(row["files"])
        return found

    return seen
