"""A source becomes records. The only floor that will open the network; one file per kind of source, found by name."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules

from filiation.core.errors import SourceError
from filiation.core.record import Batch, Place, ReadOptions, Shelf, Skipped, Source

MAX_DEPTH = 4
PROSE = frozenset({".md", ".txt", ".rst", ""})
"""Files that stand beside dumps and hold none; they are passed over in silence."""


@cache
def sources() -> tuple[Source, ...]:
    """Return every kind of source, ours and those that outside packages add, in the order in which they are tried."""
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    ours = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    added = [entry.load() for entry in entry_points(group="filiation.sources")]
    return tuple(sorted([*ours, *added], key=lambda source: (source.fallback, source.name)))


def source_for(path: Path) -> Source | None:
    """Return the kind of source that `path` is, by itself; None if no kind recognises it."""
    return next((source for source in sources() if source.recognises(path)), None)


def require(paths: Iterable[Path]) -> None:
    """Raise the error that reading would, before anything is made.

    Raises:
        SourceError: If one of `paths` is not there.
    """
    for path in paths:
        if not path.exists():
            raise SourceError(f"{path} is not there: give a dump, a model folder, a Hugging Face cache, a folder of those.")


def read(path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
    """Yield what `path` holds, whatever kind of source it is; of a folder that is none, what the sources in it hold.

    Raises:
        SourceError: If nothing is there, or nothing in it is of a kind that can be read.
    """
    require([path])
    found = 0
    for place in _places(path, MAX_DEPTH):
        if source := source_for(place):
            found += 1
            yield from source.read(place, options)
        elif place != path and place.suffix.lower() not in PROSE:
            yield Skipped(str(place), 0, "of no kind that can be read")
    if not found:
        names = ", ".join(source.name for source in sources())
        raise SourceError(f"{path} is of no kind that can be read ({names}): see 'filiation ingest --help'.")


def places(path: Path, options: ReadOptions) -> Iterator[Place]:
    """Yield the repositories whose files `path` holds, as `read` names them; none where it only speaks of them."""
    for place in _places(path, MAX_DEPTH):
        source = source_for(place)
        if isinstance(source, Shelf):
            yield from source.places(place, options)


def _places(path: Path, depth: int) -> Iterator[Path]:
    """Yield `path` if it is a file or a source; else what stands in it, in order of name, links not followed."""
    if not path.is_dir() or source_for(path):
        yield path
        return
    with os.scandir(path) as entries:
        inside = sorted(entry.path for entry in entries if not entry.name.startswith(".") and not entry.is_symlink())
    for name in inside:
        if depth or not Path(name).is_dir():
            yield from _places(Path(name), depth - 1)
