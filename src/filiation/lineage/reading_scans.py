"""What a scan of the models' files says becomes observations beside their records, where the checks find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from blake3 import blake3

from filiation import formats, registry, scan
from filiation.core.errors import FiliationError
from filiation.core.recipe import recipe
from filiation.core.record import Place, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.formats.folder import files_below
from filiation.knowledge import paths
from filiation.store.atlas import Atlas
from filiation.store.ingest import Ingested, ingest
from filiation.store.parts import FOLDER, Key, Parts

WITNESS = "scan"
TASK = "scan"
"""What this work is called where it is done beforehand; see `store.parts`."""
KNOWLEDGE = ("scan_configs", "scan_globals", "scan_kinds", "scan_rules", "scan_texts")
MAX_DEPTH = 32
SECONDS = 900.0
"""After so long a file is given up, which is inconclusive."""


class Scanned(NamedTuple):
    """What is kept of a scan: the worst status, how many files and bytes, and what `scan.beside` tells of those not clean."""

    status: str
    files: int
    bytes: int
    seen: str


@cache
def version() -> str:
    """Return a digest of all that decides what a scan says."""
    files = [path for room in (scan, formats) for path in Path(str(room.__file__)).parent.glob("*.py")]
    return recipe([*files, *paths(KNOWLEDGE)])


def key_of(place: Place) -> Key:
    """Return what the scan of a model hangs on: names, sizes and times of its files; links count as what they lead to."""
    found = []
    for name, path in files_below(place.folder, (".git",), MAX_DEPTH, []):
        try:
            stat = path.stat()
        except OSError:  # a link to nothing, which the scan tells
            found.append((name, -1, 0, 0))
            continue
        found.append((name, stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns))
    mark = blake3(msgspec.json.encode(found)).hexdigest(16)
    return Key(str(place.ref), mark, str(place.folder), sum(max(size, 0) for _, size, _, _ in found))


def scanned(folder: str) -> Scanned:
    """Return what a scan of a model's folder says.

    Raises:
        SourceError: If it is not there; OSError if it cannot be listed.
    """
    from filiation.scan.beside import beside  # noqa: PLC0415  # the readers of all formats
    from filiation.scan.folder import scan_folder  # noqa: PLC0415

    found = scan_folder(folder, limits=scan.Limits(seconds=SECONDS))
    return Scanned(str(found.status), len(found.files), found.bytes, beside(found))


def observe_scans(atlas: Atlas, path: Path, at: datetime, kind: Kind | None, tell: Callable[[int], None]) -> Ingested | None:
    """Add what a scan says of each model whose files a source holds; None where it holds none.

    What `filiation fleet run scan` looked at is not looked at again while no file has another size or time.

    Args:
        atlas: Open for writing; its records know the source.
        path: As `registry.read` takes it.
        at: When the source was seen, naive UTC.
        kind: What the source lists, where it does not show it.
        tell: Told how many models were gone through.
    """
    places = [place for place in registry.places(path, ReadOptions(kind)) if place.ref.kind is Kind.MODEL]
    if not places:
        return None
    sightings = _sightings(places, Parts(atlas.path / FOLDER, TASK, version()), tell)
    return ingest(atlas, path, batches_of(sightings, str(path)), at, lambda _: None)


def _sightings(places: list[Place], kept: Parts, tell: Callable[[int], None]) -> Iterator[Sighting | Skipped]:
    from filiation.scan.beside import NAME  # noqa: PLC0415  # as above

    for number, place in enumerate(places):
        tell(number)
        try:
            key = key_of(place)
            found = kept.get(key.name, key.mark) or scanned(key.place)._asdict()
        except (FiliationError, OSError) as error:
            yield Skipped(str(place.folder), 0, f"cannot be scanned ({error})")
            continue
        if found.get("reason") is not None:
            yield Skipped(str(place.folder), 0, f"cannot be scanned ({found['reason']})")
            continue
        name, beside = place.ref.name, {NAME: str(found["seen"])}
        yield Sighting(0, Record(place.ref.kind, name, {"id": name}, beside), WITNESS, place.ref.registry)
