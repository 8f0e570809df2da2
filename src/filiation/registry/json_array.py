"""A listing of the Hub as one JSON array, plain, gzip or zstd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.shape import kind_of
from filiation.formats.compressed import inner_suffix, peek
from filiation.formats.json_rows import elements

SAMPLE_BYTES = 64 << 10
_ARRAY_OF_OBJECTS = re.compile(rb"\s*\[\s*\{")


class JsonArray:
    """The array is streamed: an element is the most that is held. A lone object, a ``config.json``, is not claimed."""

    name = "json array"
    fallback = True

    def recognises(self, path: Path) -> bool:
        """Return whether the suffix says JSON and the text opens an array of objects."""
        return inner_suffix(path) == ".json" and _ARRAY_OF_OBJECTS.match(peek(path)) is not None

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the elements, each with its number as its line; where the text breaks off, what came before is kept."""
        kind = options.kind or kind_of(path, peek(path, SAMPLE_BYTES))
        sightings = (
            row if isinstance(row, Skipped) else Sighting(row[0], Record(kind, _id(row[1]), row[1]), "hub")
            for row in elements(path)
        )
        yield from batches_of(sightings, str(path))


SOURCE = JsonArray()


def _id(body: dict) -> str:
    return str(body.get("id") or body.get("modelId") or "")
