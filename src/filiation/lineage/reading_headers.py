"""The headers of the models' weights that a source holds become observations beside its records: no value is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cache
from pathlib import Path

from filiation import formats, registry, structure, weights
from filiation.core.errors import FiliationError
from filiation.core.recipe import recipe
from filiation.core.record import Place, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.knowledge import paths
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest
from filiation.store.parts import FOLDER, Key, Parts

WITNESS = "headers"
MAX_MODELS = 100_000
"""Of one source; what lies beyond is said to be left out."""
TASK = "headers"
"""What this work is called where it is done beforehand; see `store.parts`."""
NO_VALUES = 0.0
"""The share of the values that is read, for the mark of a checkpoint."""


@cache
def version() -> str:
    """Return a digest of all that decides what is kept of headers."""
    from filiation.weights.kept_sketches import KNOWLEDGE  # noqa: PLC0415  # numpy, which a dump does without

    rooms = (formats, weights, structure)
    files = [path for room in rooms for path in Path(str(room.__file__)).parent.glob("*.py")]
    return recipe([*files, *paths(KNOWLEDGE)])


def observe_headers(atlas: Atlas, path: Path, at: datetime, kind: Kind | None, tell: Callable[[int], None]) -> int:
    """Add the headers of the weights that lie in the models' folders of a source; return of how many models.

    Of a model with several checkpoints the largest speaks for it. What cannot be looked at is noted in the atlas with the
    reason, and takes nothing from the others. What `filiation fleet run headers` read of the same files is not read again.

    Args:
        atlas: Open for writing; its records know the source.
        path: As `registry.read` takes it; a source that holds no files of models has none.
        at: When the source was seen, naive UTC.
        kind: What the source lists, where they do not show it.
        tell: Told how many models were gone through.
    """
    places = [place for place in registry.places(path, ReadOptions(kind)) if place.ref.kind is Kind.MODEL]
    if not places:
        return 0
    sightings = _sightings(places, Parts(atlas.path / FOLDER, TASK, version()), tell)
    return ingest(atlas, path, batches_of(sightings, str(path)), at, lambda _: None).added


def key_of(place: Place) -> Key | None:
    """Return what the headers of a model hang on; None where it has no weights.

    Raises:
        FiliationError: If its files cannot be listed; OSError likewise.
    """
    from filiation.weights.kept_sketches import key_of_checkpoint  # noqa: PLC0415  # numpy, which a dump does without

    return key_of_checkpoint(place, NO_VALUES)


def headers_text(target: str) -> str:
    """Return the headers of the checkpoint at a path, as they are kept beside a record.

    Raises:
        FiliationError: If they cannot be read; OSError and ValueError likewise.
    """
    from filiation.structure.headers import encoded, headers_of  # noqa: PLC0415  # numpy, which a dump does without
    from filiation.weights.checkpoint import open_checkpoint  # noqa: PLC0415

    with open_checkpoint(Path(target)) as checkpoint:
        return encoded(headers_of(checkpoint))


def _sightings(places: list[Place], kept: Parts, tell: Callable[[int], None]) -> Iterator[Sighting | Skipped]:
    from filiation.structure.headers import FILE  # noqa: PLC0415  # numpy, which a dump does without

    for number, place in enumerate(places[:MAX_MODELS]):
        tell(number)
        try:
            key = key_of(place)
            if key is None:
                continue
            text, reason = _read(key, kept)
        except (FiliationError, OSError, ValueError) as error:
            text, reason = None, str(error)
        if text is None:
            yield Skipped(str(place.folder), 0, f"the headers of its weights cannot be read ({reason})")
            continue
        beside = {FILE: text}
        yield Sighting(0, Record(place.ref.kind, place.ref.name, {"id": place.ref.name}, beside), WITNESS, place.ref.registry)
    if len(places) > MAX_MODELS:
        yield Skipped(str(places[MAX_MODELS].folder), 0, f"the headers of more than {MAX_MODELS:,} models are not read")


def _read(key: Key, kept: Parts) -> tuple[str | None, str | None]:
    """Return the headers, or why there are none."""
    found = kept.get(key.name, key.mark)
    return (headers_text(key.place), None) if found is None else (found["headers"], found["reason"])
