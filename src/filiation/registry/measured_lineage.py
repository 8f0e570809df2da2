"""Lineage that was recovered from weights, as ``filiation weights recover --json`` writes it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, is_name
from filiation.formats.compressed import inner_suffix, peek
from filiation.formats.json_rows import document

SCHEMA = "filiation/weights-recover/v1"
FILE = "measured-lineage.json"
"""Under this name `extract/measured_lineage.py` reads what was measured of one model."""
HEADERS = "tensor-headers.json"
"""Under this name `extract/structure.py` reads names and shapes of the model's tensors."""
WITNESS = "weights"
MAX_BYTES = 256 << 20
"""Some 500,000 models."""


class MeasuredLineage:
    """One record for each model that was looked at, even where no parent was found: that it was looked at is known too."""

    name = "measured lineage"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the file begins as such an answer does."""
        return inner_suffix(path) == ".json" and f'"{SCHEMA}"'.encode() in peek(path, 1024)

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the records in the order of the edges; models without a repository's name are yielded as `Skipped`."""
        yield from batches_of(_sightings(path, options.kind or Kind.MODEL), str(path))


SOURCE = MeasuredLineage()


def _sightings(path: Path, kind: Kind) -> Iterator[Sighting | Skipped]:
    try:
        answer = document(path, MAX_BYTES)
    except ValueError as error:
        yield Skipped(str(path), 0, f"cannot be read ({error})")
        return
    found: dict[str, list[dict[str, Any]]] = {}
    for edge in _dicts(answer.get("edges")):
        parents = found.setdefault(str(edge.get("child")), [])
        if edge.get("set_aside") is not True:
            parents.append(edge)
    rootless = answer.get("abstained")
    models = dict.fromkeys([*found, *(map(str, rootless) if isinstance(rootless, list) else ())])
    headers = answer.get("headers") if isinstance(answer.get("headers"), dict) else {}
    for number, name in enumerate(models, 1):
        if not is_name(name):
            yield Skipped(str(path), number, f"not a repository name: {name[:80]}")
            continue
        beside = {FILE: msgspec.json.encode({"parents": found.get(name, [])}).decode()}
        if isinstance(headers.get(name), dict):
            beside[HEADERS] = msgspec.json.encode(headers[name]).decode()
        yield Sighting(number, Record(kind, name, {"id": name}, beside), WITNESS)


def _dicts(value: object) -> list[dict[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []
