"""The weights of the models that sources hold are looked at, and what they tell of descent becomes observations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from filiation import registry
from filiation.core.record import ReadOptions, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.lineage.measured import dates_of, looked_at, measure
from filiation.store.atlas import Atlas
from filiation.store.ingest import ingest
from filiation.store.parts import FOLDER
from filiation.weights.kept_sketches import keep_sketches
from filiation.weights.sketch_folder import SketchFolder

SKETCHES = "sketches"
"""Under this name an atlas keeps the sketches of the models that were looked at."""


class Weighed(msgspec.Struct, frozen=True):
    """What looking at weights came to.

    Attributes:
        models: How many models have a sketch in the atlas.
        sketched: How many were sketched now.
        known: How many had a sketch of the same files.
        asked: For how many parents were looked for: the new ones, and those that a new one may be a parent of.
        edges: Parents that were found for these.
        abstained: Of how many of these no parent is told.
        skipped: What could not be looked at, or not be told.
    """

    models: int
    sketched: int
    known: int
    asked: int
    edges: int
    abstained: int
    skipped: tuple[Skipped, ...]


def weigh(
    atlas: Atlas, sources: Sequence[Path], kind: Kind | None, share: float, progress: Callable[[str, int], None]
) -> Weighed:
    """Observe which models of `sources` descend from which by their weights, beside those looked at before.

    What a model is sketched of stays in the atlas, and is read again only when its files change. Models that records date
    are dated here too. What is measured is observed now, whenever the sources were.

    Args:
        atlas: Open for writing; its records know the sources.
        sources: As `observe` takes them; those that hold no files of models are passed over.
        kind: What the sources list, where they do not show it.
        share: What part of the bytes to read, 1 for all.
        progress: Told of both steps.
    """
    folder = atlas.path / SKETCHES
    places = (place for path in sources for place in registry.places(path, ReadOptions(kind)))
    kept = keep_sketches(places, folder, share, progress, atlas.path / FOLDER)
    with SketchFolder(folder) as sketches:
        refs = [line.ref for line in sketches.lines()]
        found = measure(
            sketches, dates_of(atlas.con, refs), looked_at(atlas.con), lambda done: progress("looking for parents", done)
        )
    if found.sightings:
        now = datetime.now(UTC).replace(tzinfo=None)
        ingest(atlas, folder, batches_of(found.sightings, str(folder)), now, lambda _: None)
    skipped = (*kept.skipped, *found.skipped)
    return Weighed(found.models, kept.sketched, kept.known, found.asked, found.edges, found.abstained, skipped)
