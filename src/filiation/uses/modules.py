"""Constants that one file of a tree takes from another: found by the path that an import spells, read and never imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from filiation.uses.values import Imported, SourceError, Value, Values, parsed

MAX_MODULES = 2_000
MAX_HOPS = 4


class Modules:
    """The Python files of a tree, by the names that imports give them.

    Args:
        root: The tree's folder.
        read: Returns the text of a file below it, None where it may not be read.
    """

    def __init__(self, root: Path, read: Callable[[str], str | None]) -> None:
        self._root, self._read = root, read
        self._values: dict[str, Values | None] = {}
        self._asking: list[tuple[str, str]] = []

    def seen_from(self, file: str) -> Imported:
        """Return what resolves an import in `file`, which may lead on to further files."""
        return partial(self._of, PurePosixPath(file).parent)

    def _of(self, folder: PurePosixPath, module: str, level: int, name: str) -> list[Value]:
        for path in _candidates(folder, module, level):
            values = self._module(path)
            if values is None:
                continue
            if (path, name) in self._asking or len(self._asking) >= MAX_HOPS:
                return []
            self._asking.append((path, name))
            try:
                return values.constant(name)
            finally:
                self._asking.pop()
        return []

    def _module(self, path: str) -> Values | None:
        if path not in self._values:
            if len(self._values) >= MAX_MODULES or not (self._root / path).is_file():
                return None
            text = self._read(path)
            try:
                self._values[path] = None if text is None else Values(parsed(text), self.seen_from(path))
            except SourceError:
                self._values[path] = None  # a broken file is told of when it is looked at itself
        return self._values[path]


def _candidates(folder: PurePosixPath, module: str, level: int) -> list[str]:
    """Return the files that an import may mean: for one without dots, from the nearest folder up to the root."""
    parts = [part for part in module.split(".") if part.isidentifier()]
    above = [folder, *folder.parents]
    bases = above[level - 1 : level] if level else [*above, PurePosixPath("src")]
    found = []
    for base in bases:
        path = base.joinpath(*parts)
        found += [f"{path}.py"] * bool(parts) + [f"{path}/__init__.py"]
    return found
