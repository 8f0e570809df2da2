"""Sketches of models that lie on this machine, each made once: what has not changed since is not read again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import msgspec
from blake3 import blake3

from filiation import formats
from filiation.core.errors import FiliationError, WeightsError
from filiation.core.recipe import recipe
from filiation.core.record import Place, Skipped
from filiation.core.ref import Kind
from filiation.formats.tensor_formats import has_tensor_suffix
from filiation.knowledge import paths
from filiation.store.parts import Key, Parts
from filiation.weights.files import Files
from filiation.weights.sketch_folder import SketchFolder, line_fields
from filiation.weights.sketching import Telling, sketch_of
from filiation.weights.walk import checkpoints

STAMPS = "stamps.jsonl"
"""Beside the sketches: one line for each that was made, of what files; the last about a model counts."""
TOGETHER = 32
"""After so many sketches the manifest is told of them: no more are lost where the run is ended."""
MAX_CHECKPOINTS = 1_000
KNOWLEDGE = ("adapter_parts", "checkpoint_files", "gguf_types", "onnx_inputs", "packed_weights", "tensor_roles")
"""What opening and sketching a checkpoint go by."""
TASK = "sketches"
"""What this work is called where it is done beforehand; see `store.parts`."""


class Stamp(msgspec.Struct, frozen=True):
    """Which files a sketch was made of, without their contents: names, sizes, times of last change, and the share read."""

    ref: str
    stamp: str


class Kept(NamedTuple):
    """What came of it.

    Attributes:
        sketched: Models whose sketch was made now.
        known: Models whose files are those of the sketch that is there.
        skipped: Models that could not be looked at.
    """

    sketched: int
    known: int
    skipped: tuple[Skipped, ...]


@cache
def version() -> str:
    """Return a digest of all that decides a sketch, but for the share that is read."""
    here = Path(__file__).parent
    return recipe([*here.glob("*.py"), *Path(str(formats.__file__)).parent.glob("*.py"), *paths(KNOWLEDGE)])


def keep_sketches(
    places: Iterable[Place], folder: Path, share: float, tell: Telling = lambda _, __: None, made: Path | None = None
) -> Kept:
    """Sketch each of the models whose files have changed since they were sketched into `folder`; the others stay.

    Of a repository with several checkpoints, as of GGUF files of many precisions, the largest speaks for it. Those without
    weights, and data sets, are passed over.

    Args:
        places: The models; in the folder they go by `str(ref)`.
        folder: Of sketches; made where something is added.
        share: What part of the bytes is read, 1 for all.
        tell: Told how many models were gone through.
        made: Where `store.parts` are that other machines made: what was sketched there is not sketched again.
    """
    stamps, sketched, known, skipped = _stamps(folder), 0, 0, []
    parts = None if made is None else Parts(made, TASK, versioned(share))
    with SketchFolder(folder) as kept:
        there = {line.ref for line in kept.lines()}
        for number, place in enumerate(place for place in places if place.ref.kind is Kind.MODEL):
            tell("sketching models", number)
            ref = str(place.ref)
            try:
                new = _added(kept, place, share, stamps.get(ref, "") if ref in there else "", parts)
            except (FiliationError, OSError) as error:
                skipped.append(Skipped(str(place.folder), 0, str(error)))
                continue
            sketched, known = sketched + (new is True), known + (new is False)
            if new and sketched % TOGETHER == 0:
                kept.close()
    return Kept(sketched, known, tuple(skipped))


def versioned(share: float) -> str:
    """Return the version of sketches of which so large a part of the bytes was read."""
    return version() if share == 1 else f"{version()}-share{share:g}"


def _added(kept: SketchFolder, place: Place, share: float, before: str, parts: Parts | None) -> bool | None:
    """Sketch a model and note of what files; False if `before` says that it was sketched of them, None if it has no weights."""
    key = key_of_checkpoint(place, share)
    if key is None:
        return None
    if key.mark == before:
        return False
    found = parts.get(key.name, key.mark) if parts is not None else None
    if found is None:
        kept.add(key.name, sketch_of(key.place, share))
    elif found["reason"] is not None:
        raise WeightsError(found["reason"])
    else:
        kept.put(found["data"], {name: value for name, value in found.items() if name in line_fields()})
    with (kept.folder / STAMPS).open("ab") as lines:
        lines.write(msgspec.json.encode(Stamp(key.name, key.mark)) + b"\n")
    return True


def key_of_checkpoint(place: Place, share: float) -> Key | None:
    """Return what a sketch of a model hangs on, of its largest checkpoint; None where it has no weights.

    Args:
        place: The model.
        share: What part of the bytes is read, 1 for all, 0 for headers only.

    Raises:
        FiliationError: If its files cannot be listed; OSError likewise.
    """
    target = largest_checkpoint(place.folder)
    if target is None:
        return None
    weights = _weights(target)
    mark = blake3(msgspec.json.encode([str(target.name), share, weights])).hexdigest(16)
    return Key(str(place.ref), mark, str(target), sum(size for _, size, _ in weights))


def largest_checkpoint(folder: Path) -> Path | None:
    """Return the largest checkpoint in a repository's folder, of equals the last by name; None where there is none."""
    found = [path for _, (_, path) in zip(range(MAX_CHECKPOINTS), checkpoints(folder), strict=False)]
    return max(found, key=lambda path: (sum(size for _, size, _ in _weights(path)), path.as_posix()), default=None)


def _weights(target: Path) -> list[tuple[str, int, int]]:
    """Return name, size and time of last change of each file that what is read of a checkpoint hangs on."""
    if target.is_file():
        paths = {target.name: target}
    else:
        paths = {name: target / name for name in Files.of(target).names if has_tensor_suffix(name) or name.endswith(".json")}
    return [(name, found.st_size, found.st_mtime_ns) for name, path in paths.items() for found in [path.stat()]]


def _stamps(folder: Path) -> dict[str, str]:
    """Return the stamp of each model; a line that was cut off is none."""
    path = folder / STAMPS
    if not path.exists():
        return {}
    found = {}
    with path.open("rb") as lines:
        for line in lines:
            try:
                stamp = msgspec.json.decode(line, type=Stamp)
            except msgspec.DecodeError:
                continue
            found[stamp.ref] = stamp.stamp
    return found
