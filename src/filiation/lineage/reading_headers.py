"""The headers of the models' weights that a source holds become observations beside its records: no value is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from filiation import registry
from filiation.core.errors import FiliationError
from filiation.core.record import Place, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest

WITNESS = "headers"
MAX_MODELS = 100_000
"""Of one source; what lies beyond is said to be left out."""


def observe_headers(atlas: Atlas, path: Path, at: datetime, kind: Kind | None, tell: Callable[[int], None]) -> int:
    """Add the headers of the weights that lie in the models' folders of a source; return of how many models.

    Of a model with several checkpoints the largest speaks for it. What cannot be looked at is noted in the atlas with the
    reason, and takes nothing from the others.

    Args:
        atlas: Open for writing; its records know the source.
        path: As `registry.read` takes it; a source that holds no files of models has none.
        at: When the source was seen, naive UTC.
        kind: What the source lists, where it does not show it.
        tell: Told how many models were gone through.
    """
    places = [place for place in registry.places(path, ReadOptions(kind)) if place.ref.kind is Kind.MODEL]
    if not places:
        return 0
    sightings = _sightings(places, tell)
    return ingest(atlas, path, batches_of(sightings, str(path)), at, lambda _: None).added


def _sightings(places: list[Place], tell: Callable[[int], None]) -> Iterator[Sighting | Skipped]:
    from filiation.structure.headers import FILE, encoded, headers_of  # noqa: PLC0415  # numpy, which a dump does without
    from filiation.weights.checkpoint import open_checkpoint  # noqa: PLC0415
    from filiation.weights.kept_sketches import largest_checkpoint  # noqa: PLC0415

    for number, place in enumerate(places[:MAX_MODELS]):
        tell(number)
        try:
            target = largest_checkpoint(place.folder)
            if target is None:
                continue
            with open_checkpoint(target) as checkpoint:
                beside = {FILE: encoded(headers_of(checkpoint))}
        except (FiliationError, OSError, ValueError) as error:
            yield Skipped(str(place.folder), 0, f"the headers of its weights cannot be read ({error})")
            continue
        yield Sighting(0, Record(place.ref.kind, place.ref.name, {"id": place.ref.name}, beside), WITNESS, place.ref.registry)
    if len(places) > MAX_MODELS:
        yield Skipped(str(places[MAX_MODELS].folder), 0, f"the headers of more than {MAX_MODELS:,} models are not read")
