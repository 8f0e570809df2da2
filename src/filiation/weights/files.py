"""The files of one repository or folder, opened when they are asked for."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes
from filiation.formats.local_file import LocalFile

MAX_FILES = 20_000
MAX_DEPTH = 6
_OWN = frozenset({".git", ".cache"})


class Files:
    """Files by their names relative to the checkpoint; those that it opens itself, it closes.

    Args:
        given: Sources that are open already, each under its own name.
        paths: Files on disk, by name.
    """

    def __init__(self, given: Sequence[Bytes] = (), paths: dict[str, Path] | None = None) -> None:
        self._paths = paths or {}
        self._open: dict[str, Bytes] = {file.name: file for file in given}
        if len(self._open) != len(given):
            raise WeightsError("two of the files have the same name")
        self._own: list[LocalFile] = []
        self.skipped: list[Skipped] = []

    @classmethod
    def of(cls, folder: Path, depth: int = MAX_DEPTH) -> Self:
        """Return the files in `folder` and `depth` folders down; a link is followed to files of its own repository only.

        Raises:
            WeightsError: If it cannot be listed.
        """
        found = cls()
        bounds = _bounds(folder)
        for path in _walk(folder, depth, found.skipped, top=True):
            name = path.relative_to(folder).as_posix()
            if len(found._paths) == MAX_FILES:
                found.skipped.append(Skipped(str(folder), 0, f"more than {MAX_FILES:,} files; the others are not looked at"))
                break
            if path.is_symlink() and not any(path.resolve().is_relative_to(bound) for bound in bounds):
                found.skipped.append(Skipped(name, 0, "a link that leaves the folder"))
            elif path.is_file():
                found._paths[name] = path
        return found

    @property
    def names(self) -> list[str]:
        """All names, in order."""
        return sorted(self._paths.keys() | self._open.keys())

    def __contains__(self, name: object) -> bool:
        return name in self._paths or name in self._open

    def __getitem__(self, name: str) -> Bytes:
        """Return the file of this name.

        Raises:
            WeightsError: If there is none, or it cannot be opened.
        """
        if name in self._open:
            return self._open[name]
        if name not in self._paths:
            raise WeightsError(f"there is no file {name[:200]!r}")
        try:
            file = LocalFile(self._paths[name], name)
        except OSError as error:
            raise WeightsError(f"{self._paths[name]} cannot be opened: {error.strerror}") from error
        self._own.append(file)
        self._open[name] = file
        return file

    def add(self, path: Path) -> None:
        """Add a file on disk under its own name, wherever it leads."""
        self._paths[path.name] = path

    def path_beside(self, name: str, other: str) -> str | None:
        """Return the name of what the file `name` calls `other`; None where that is outside of these files' folder."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(name), other))
        return None if path.startswith(("/", "../")) or path in {".", ".."} else path

    def beside(self, name: str, other: str) -> Bytes | None:
        """Return the file that `name` calls `other`; None where it is not among these."""
        path = self.path_beside(name, other)
        return self[path] if path is not None and path in self else None

    @property
    def bytes_read(self) -> int:
        """Bytes that all files gave so far."""
        return sum(file.bytes_read for file in self._open.values())

    @property
    def requests(self) -> int:
        """Times that all files were asked so far."""
        return sum(file.requests for file in self._open.values())

    def close(self) -> None:
        """Let go of the files that were opened here."""
        for file in self._own:
            file.close()
            self._open.pop(file.name, None)
        self._own.clear()


def _bounds(folder: Path) -> list[Path]:
    """Return where links may lead: the folder, and the blobs beside a snapshot in the Hub's cache."""
    real = folder.resolve()
    return [real, real.parent.parent / "blobs"] if real.parent.name == "snapshots" else [real]


def _walk(folder: Path, depth: int, skipped: list[Skipped], *, top: bool = False) -> Iterator[Path]:
    """Yield what is no folder, the folder's own files before those of the folders in it."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted((entry.is_dir(follow_symlinks=False), entry.name) for entry in entries)
    except OSError as error:
        if top:
            raise WeightsError(f"{folder} cannot be listed: {error.strerror}") from error
        skipped.append(Skipped(str(folder), 0, f"cannot be listed ({error.strerror})"))
        return
    for is_folder, name in inside:
        if not is_folder:
            yield folder / name
        elif depth > 0 and name not in _OWN:
            yield from _walk(folder / name, depth - 1, skipped)
