"""The lineage of a folder of models, recovered from their weights, as the command line tells it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.lineage.recovery import Evidence, Recovered
from filiation.lineage.recovery_sketches import SketchedModels, models_of, recover_sketches
from filiation.structure.headers import Headers, headers_of_sketch
from filiation.weights.sketch_folder import SketchFolder
from filiation.weights.sketching import Telling, sketch_all


class RecoveredLink(msgspec.Struct, frozen=True):
    """A parent that was found; `share` is that of a merge; `set_aside` where it would make a cycle."""

    child: str
    parent: str
    relation: str
    confidence: float
    share: float | None
    evidence: tuple[Evidence, ...]
    set_aside: bool


class RecoveredLineage(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/weights-recover/v1"):
    """Who descends from whom.

    Attributes:
        models: How many there are.
        edges: By child, the surest parent first.
        duplicates: Groups of models with the same weights.
        abstained: Models of which no parent is told: roots, and those whose parent is not here.
        skipped: What could not be looked at.
        headers: Of each model names and shapes of its tensors, where its sketch tells them.
    """

    models: int
    edges: tuple[RecoveredLink, ...]
    duplicates: tuple[tuple[str, ...], ...]
    abstained: tuple[str, ...]
    skipped: tuple[Skipped, ...]
    headers: dict[str, Headers] = {}


def recovered_lineage(folder: Path, tell: Telling = lambda _, __: None) -> RecoveredLineage:
    """Return the lineage of a folder: of sketches, or of models, which are sketched first.

    Args:
        folder: As above.
        tell: Told how many were sketched.

    Raises:
        WeightsError: If there is neither.
    """
    if (folder / "manifest").is_dir():
        return _told(folder, ())
    with TemporaryDirectory() as scratch:
        made = sketch_all([str(folder)], Path(scratch), tell=tell)
        return _told(Path(scratch), made.skipped)


def _told(folder: Path, skipped: tuple[Skipped, ...]) -> RecoveredLineage:
    with SketchFolder(folder) as kept:
        if not len(kept):
            raise WeightsError("none of the models there could be read" if skipped else f"there is no sketch in {folder}")
        models = models_of(kept)
        told = answer(models, recover_sketches(models), skipped)
        lines = zip(models.items, models.lines, strict=True)
        headers = ((item.name, headers_of_sketch(kept.read(line))) for item, line in lines)
        return msgspec.structs.replace(told, headers={name: found for name, found in headers if found is not None})


def answer(models: SketchedModels, found: Recovered, skipped: tuple[Skipped, ...] = ()) -> RecoveredLineage:
    """Return what was recovered, models called by their names."""
    names = [item.name for item in models.items]
    edges = [
        RecoveredLink(
            names[edge.child],
            names[edge.parent],
            str(edge.relation),
            round(edge.confidence, 3),
            None if edge.share is None else round(edge.share, 4),
            edge.evidence,
            edge.set_aside,
        )
        for edge in found.edges
    ]
    groups = tuple(tuple(names[number] for number in group) for group in found.duplicates)
    return RecoveredLineage(len(names), tuple(edges), groups, tuple(names[number] for number in found.abstained), skipped)
