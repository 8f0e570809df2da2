"""The work that falls into pieces, one file each. Whoever adds one adds a file that defines `task` and `keys`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import NamedTuple, Protocol, cast

from filiation.core.errors import FiliationError
from filiation.core.record import Skipped
from filiation.core.ref import Kind
from filiation.fleet.task import Task
from filiation.store.parts import Key


class Asked(NamedTuple):
    """What the work is about.

    Attributes:
        atlas: Its folder, as every worker sees it.
        sources: Folders and caches that hold files of models, likewise.
        kind: What these list, where they do not show it.
        share: What part of the bytes of weights is read, 1 for all.
    """

    atlas: Path
    sources: tuple[Path, ...] = ()
    kind: Kind | None = None
    share: float = 1.0


class Work(Protocol):
    """A module of this package."""

    OF_SOURCES: bool
    """Whether it reads sources; else it reads the records of the atlas."""

    def version(self) -> str:
        """Return the version of this program's work, without what was asked."""
        ...

    def task(self, asked: Asked) -> Task:
        """Return the task."""
        ...

    def keys(self, asked: Asked, skipped: list[Skipped]) -> Iterator[Key]:
        """Yield what there is to do, in a fixed order; `skipped` takes what cannot even be asked about."""
        ...


def names() -> list[str]:
    """Return the names of all tasks, in order."""
    return sorted(info.name for info in iter_modules(__path__))


def named(name: str) -> Work:
    """Return the task of that name.

    Raises:
        FiliationError: If there is none.
    """
    if name not in names():
        raise FiliationError(f"There is no task {name!r}: name one of {', '.join(names())}.")
    return cast("Work", import_module(f"{__name__}.{name}"))
