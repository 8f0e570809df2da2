"""The files below a folder, whatever a stranger put into it."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from pathlib import Path

from filiation.core.record import Skipped


def files_below(top: Path, leaving_out: Collection[str], max_depth: int, skipped: list[Skipped]) -> Iterator[tuple[str, Path]]:
    """Yield relative names and paths in order of name, a folder's own files before those of the folders in it.

    Links are yielded as files, and never followed.

    Args:
        top: The folder.
        leaving_out: Names of folders that are not looked into.
        max_depth: So many folders deep are looked into.
        skipped: Takes what was too deep, or could not be listed.
    """
    yield from _below(top, top, leaving_out, max_depth, skipped)


def _below(
    folder: Path, top: Path, leaving_out: Collection[str], deeper: int, skipped: list[Skipped]
) -> Iterator[tuple[str, Path]]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted((entry.is_dir(follow_symlinks=False), entry.name) for entry in entries)
    except OSError as error:
        skipped.append(Skipped(str(folder), 0, f"cannot be listed ({error.strerror})"))
        return
    for is_folder, name in inside:
        path = folder / name
        if not is_folder:
            yield path.relative_to(top).as_posix(), path
        elif name in leaving_out:
            continue
        elif not deeper:
            skipped.append(Skipped(str(path), 0, f"folders nested more than {len(path.relative_to(top).parts) - 1} deep"))
        else:
            yield from _below(path, top, leaving_out, deeper - 1, skipped)
