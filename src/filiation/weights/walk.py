"""Which checkpoints lie in a folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from filiation.core.errors import WeightsError
from filiation.formats.tensor_formats import has_tensor_suffix
from filiation.weights.choosing import shard_of
from filiation.weights.opening import PIPELINE
from filiation.weights.sketch_file import SUFFIX

MAX_DEPTH = 4
"""Of ``folder/owner/name/component``."""
ONE_FILE_EACH = (".gguf", SUFFIX)
"""Files of these kinds are whole models, however many lie side by side."""


def checkpoints(path: Path) -> Iterator[tuple[str, Path]]:
    """Yield each checkpoint under `path` with its name relative to it, in order of names; links to folders are not followed.

    A folder that holds weights is one checkpoint, and so is what lies below it; but each GGUF file, in one part or
    several, and each sketch is one of its own. A pipeline is one with all its components.

    Args:
        path: A file, a model's folder, or a folder of such.

    Raises:
        WeightsError: If there is nothing at `path`.
    """
    if path.is_file():
        yield path.name, path
    elif path.is_dir():
        yield from _within(path, path, 0)
    else:
        raise WeightsError(f"there is nothing at {path}")


def _within(path: Path, top: Path, depth: int) -> Iterator[tuple[str, Path]]:
    files = sorted(child for child in path.iterdir() if child.is_file())
    if any(file.name == PIPELINE for file in files):
        yield _name(path, top), path
        return
    single = [file for file in files if file.suffix.lower() in ONE_FILE_EACH]
    if len(single) < len([file for file in files if has_tensor_suffix(file.name) or file.suffix == SUFFIX]):
        yield _name(path, top), path
        return
    sets = {(shard.stem, shard.parts): file for file in reversed(single) for shard in [shard_of(file.name)]}
    if len(sets) == 1 and single[0].suffix != SUFFIX:
        yield _name(path, top), path
        return
    yield from ((_name(file, top), file) for file in sorted(sets.values()))
    if depth < MAX_DEPTH:
        for child in sorted(path.iterdir()):
            if child.is_dir() and not child.is_symlink() and not child.name.startswith("."):
                yield from _within(child, top, depth + 1)


def _name(path: Path, top: Path) -> str:
    return path.resolve().name if path == top else path.relative_to(top).as_posix()
