"""Sketches of many checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

from filiation.core.errors import FiliationError, WeightsError
from filiation.core.record import Skipped
from filiation.weights.answers import Sketched, Sketches
from filiation.weights.checkpoint import open_checkpoint
from filiation.weights.sketch import Sketch, sketch
from filiation.weights.sketch_file import SUFFIX, encoded, fitted, read_sketch
from filiation.weights.sketch_folder import SketchFolder
from filiation.weights.walk import checkpoints

Telling = Callable[[str, int], None]
"""Told what is being done, and how many were done before."""


def sketch_of(path: Path) -> Sketch:
    """Return the sketch of a checkpoint, or the one that a file of sketches holds.

    Raises:
        WeightsError: If it cannot be read.
    """
    if path.suffix == SUFFIX:
        return read_sketch(path)
    with open_checkpoint(path) as checkpoint:
        return sketch(checkpoint)


def sketch_all(paths: Iterable[Path], into: Path | None = None, tell: Telling = lambda _, __: None) -> Sketches:
    """Sketch each checkpoint at or under `paths`, and keep the sketches in the folder `into` where it is given.

    One that cannot be read is told with the reason, and the others go on.

    Raises:
        WeightsError: If there is nothing at one of `paths`, or no checkpoint under any.
    """
    found = [(name, path) for given in paths for name, path in checkpoints(given)]
    if not found:
        raise WeightsError("no file there holds tensors in a format that is read")
    done, skipped = [], []
    with SketchFolder(into) if into else nullcontext() as folder:
        for name, path in found:
            tell(name, len(done))
            try:
                made = sketch_of(path)
            except (FiliationError, OSError) as error:
                skipped.append(Skipped(str(path), 0, str(error)))
                continue
            place = folder.add(name, made) if folder is not None else None
            kept = fitted(made)
            size = place.stat().st_size if place else len(encoded(kept))
            done.append(
                Sketched(
                    str(path),
                    kept.name,
                    len(made.tensors),
                    made.parameters,
                    made.digest,
                    made.bytes_read,
                    size,
                    str(place) if place else None,
                )
            )
    return Sketches(tuple(done), tuple(skipped))
