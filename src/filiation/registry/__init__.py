"""A source becomes records. The only floor that will open the network; one file per kind of source, found by name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules

from filiation.core.errors import SourceError
from filiation.core.record import Batch, ReadOptions, Skipped, Source


@cache
def sources() -> tuple[Source, ...]:
    """Return every kind of source, ours and those that outside packages add, in the order in which they are tried."""
    modules = [import_module(f"{__name__}.{info.name}") for info in iter_modules(__path__)]
    ours = [module.SOURCE for module in modules if hasattr(module, "SOURCE")]
    added = [entry.load() for entry in entry_points(group="filiation.sources")]
    return tuple(sorted([*ours, *added], key=lambda source: source.name))


def source_for(path: Path) -> Source:
    """Return the kind of source that `path` is.

    Raises:
        SourceError: If nothing is there, or no kind recognises it.
    """
    if not path.exists():
        raise SourceError(f"{path} is not there: give a dump, a model folder, a Hugging Face cache or a folder of those.")
    for source in sources():
        if source.recognises(path):
            return source
    names = ", ".join(source.name for source in sources())
    raise SourceError(f"{path} is of no kind that can be read ({names}): see 'filiation ingest --help'.")


def read(path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
    """Yield what `path` holds, whatever kind of source it is."""
    return source_for(path).read(path, options)
