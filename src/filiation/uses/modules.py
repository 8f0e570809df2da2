"""The Python files of a tree by the names that imports give them: each is read and parsed once, and never imported."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path, PurePosixPath

from filiation.uses.budget import Allowance
from filiation.uses.source import SourceError, parsed
from filiation.uses.values import Imported, Values

MAX_MODULES = 4_000
"""So many parsed files are kept; names of files beyond them are not followed."""
MAX_STEPS = 5_000_000
"""So many expressions are followed in a tree: about a minute. Real ones take some 30,000."""


class Modules:
    """The Python files of a tree.

    Args:
        root: The tree's folder.
        read: Returns the text of a file below it, None where it may not be read.
    """

    def __init__(self, root: Path, read: Callable[[str], str | None]) -> None:
        self._root, self._read = root, read
        self.allowance = Allowance(MAX_STEPS)
        self._values: dict[str, Values | None] = {}
        self._meant: dict[tuple[str, str, int], list[str]] = {}

    def values(self, file: str, text: str) -> Values:
        """Return the module of that file, parsed once.

        Raises:
            SourceError: If it is no Python 3, or nested too deep.
        """
        known = self._values.get(file)
        if known is None:
            known = Values(parsed(text), self.seen_from(file), self.allowance)
            if len(self._values) < MAX_MODULES:
                self._values[file] = known
        return known

    def cut_short(self) -> list[str]:
        """Return the files in which not every name was followed, because there was too much to follow; "" for the tree."""
        files = [file for file, values in self._values.items() if values is not None and values.allowance.left < 0]
        return [*files, *([""] if self.allowance.left < 0 else [])]

    def known(self, file: str) -> Values | None:
        """Return the module of a file that was parsed; None where there were too many to keep it."""
        return self._values.get(file)

    def seen_from(self, file: str) -> Imported:
        """Return what says which files an import in `file` means."""
        return partial(self._of, str(PurePosixPath(file).parent))

    def _of(self, folder: str, module: str, level: int) -> list[Values]:
        key = (folder, module, level)
        if key not in self._meant:
            there = [path for path in _candidates(PurePosixPath(folder), module, level) if (self._root / path).is_file()]
            self._meant[key] = there
        return [values for path in self._meant[key] if (values := self._module(path)) is not None]

    def _module(self, path: str) -> Values | None:
        if path not in self._values:
            if len(self._values) >= MAX_MODULES:
                return None
            text = self._read(path)
            try:
                self._values[path] = None if text is None else Values(parsed(text), self.seen_from(path), self.allowance)
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
