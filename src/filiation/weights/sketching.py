"""Sketches of many checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import nullcontext
from pathlib import Path

from filiation.core.errors import FiliationError, WeightsError
from filiation.core.record import Skipped
from filiation.weights.adapter_change import adapter_change
from filiation.weights.answers import Sketched, Sketches
from filiation.weights.budget import SHARE, sketch_within_budget
from filiation.weights.sketch import Sketch, sketch
from filiation.weights.sketch_file import SUFFIX, encoded, fitted, read_sketch
from filiation.weights.sketch_folder import SketchFolder
from filiation.weights.target import SCHEME, checkpoint_at, is_remote
from filiation.weights.walk import checkpoints

Telling = Callable[[str, int], None]
"""Told what is being done, and how much of it is done."""


def sketch_of(target: str, share: float | None = None) -> Sketch:
    """Return the sketch of a checkpoint, or the one that a file of sketches holds; of a whole adapter, that of its change.

    Args:
        target: As `target.checkpoint_at` takes it, or the path of a sketch.
        share: What part of the bytes to read, 1 for all; None for all of what is on this machine, and `budget.SHARE` of
            what is not.

    Raises:
        FiliationError: If it cannot be read.
    """
    if target.endswith(SUFFIX):
        return read_sketch(Path(target))
    wanted = share or (SHARE if is_remote(target) else 1.0)
    with checkpoint_at(target) as checkpoint:
        if wanted < 1:
            return sketch_within_budget(checkpoint, wanted)
        return sketch(adapter_change(checkpoint) or checkpoint)


def sketch_all(
    targets: Iterable[str], into: Path | None = None, share: float | None = None, tell: Telling = lambda _, __: None
) -> Sketches:
    """Sketch each checkpoint at or under `targets`, and keep the sketches in the folder `into` where it is given.

    One that cannot be read is told with the reason, and the others go on. Of `share` see `sketch_of`.

    Raises:
        WeightsError: If there is nothing at one of them, or no checkpoint under any.
    """
    found = [pair for target in targets for pair in _found(target)]
    if not found:
        raise WeightsError("no file there holds tensors in a format that is read")
    done, skipped = [], []
    with SketchFolder(into) if into else nullcontext() as folder:
        for name, target in found:
            tell("sketching models", len(done))
            try:
                made = sketch_of(target, share)
            except (FiliationError, OSError) as error:
                skipped.append(Skipped(target, 0, str(error)))
                continue
            place = folder.add(name, made) if folder is not None else None
            kept = fitted(made)
            size = place.stat().st_size if place else len(encoded(kept))
            done.append(
                Sketched(
                    target,
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


def _found(target: str) -> list[tuple[str, str]]:
    if is_remote(target):
        return [(target.removeprefix(SCHEME), target)]
    return [(name, str(path)) for name, path in checkpoints(Path(target))]
