"""The models whose files lie in folders and caches, as keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from filiation import registry
from filiation.core.errors import FiliationError, SourceError
from filiation.core.record import Place, ReadOptions, Skipped
from filiation.core.ref import Kind
from filiation.fleet.tasks import Asked
from filiation.store.parts import Key


def keys_of(asked: Asked, key_of: Callable[[Place], Key | None], skipped: list[Skipped]) -> Iterator[Key]:
    """Yield the key of each model in the sources, where it has one.

    Args:
        asked: Names the sources.
        key_of: Looks at names, sizes and times of files, and reads none.
        skipped: Takes what cannot be looked at, with the reason.

    Raises:
        SourceError: If a source is not there.
    """
    registry.require(asked.sources)
    for source in asked.sources:
        for place in registry.places(source.resolve(), ReadOptions(asked.kind)):
            if place.ref.kind is not Kind.MODEL:
                continue
            try:
                key = key_of(place)
            except (FiliationError, OSError) as error:
                skipped.append(Skipped(str(place.folder), 0, str(error)))
                continue
            if key is not None:
                yield key


def require_seen(keys: Sequence[Key]) -> None:
    """Pass if this machine sees at least one of the places: else it is the machine that lacks a folder, and not they.

    Raises:
        SourceError: If it sees none.
    """
    if not any(Path(key.place).exists() for key in keys):
        raise SourceError(f"this machine does not see {keys[0].place}: every worker needs the sources under the same path.")
