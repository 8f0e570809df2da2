"""A model's folder on disk, or a folder of such folders."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from msgspec import to_builtins

from filiation.core.record import Batch, Place, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import MAX_NAME_CHARS, Kind, Ref, is_name
from filiation.formats.compressed import inner_suffix
from filiation.formats.git_commit import head_commit
from filiation.formats.model_files import CARD, contents, is_marked

MAX_DEPTH = 4
MAX_FOLDERS_PEEKED = 200
DUMPS = frozenset({".csv", ".json", ".jsonl", ".ndjson", ".parquet", ".tar", ".tgz"})
LOCAL = "local"
_ILLEGAL = re.compile(r"[^A-Za-z0-9_.-]+|\.{2,}")


class ModelFolder:
    """One record for each folder that holds a configuration or weights; what lies below such a folder belongs to it.

    The folder that was given names its own model; a folder within it is named by its path, ``owner/name``.
    """

    name = "model folder"
    fallback = True

    def recognises(self, path: Path) -> bool:
        """Return whether `path` is a model's folder, or one of the first `MAX_FOLDERS_PEEKED` folders within it is."""
        if not path.is_dir():
            return False
        return any(is_model for _, (_, is_model, _) in zip(range(MAX_FOLDERS_PEEKED), _folders(path, 0), strict=False))

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each model's folder, in order of path, with what in it could not be read."""
        yield from batches_of(_sightings(path, options.kind or Kind.MODEL), str(path))

    def places(self, path: Path, options: ReadOptions) -> Iterator[Place]:
        """Yield the models' folders; see `core.record.Shelf`."""
        kind = options.kind or Kind.MODEL
        yield from (Place(Ref(kind, item.name, LOCAL), item.folder) for item in _named(path) if not isinstance(item, Skipped))


SOURCE = ModelFolder()


class _Named(NamedTuple):
    name: str
    folder: Path


def _sightings(root: Path, kind: Kind) -> Iterator[Sighting | Skipped]:
    for item in _named(root):
        if isinstance(item, Skipped):
            yield item
            continue
        found = contents(item.folder, item.folder)
        yield from found.skipped
        yield Sighting(0, Record(kind, item.name, found.body(item.name) | _commit(item.folder), found.files), "folder", LOCAL)


def _commit(folder: Path) -> dict[str, Any]:
    """Return the commit that the folder's git has checked out; whether files were changed since, nobody asked."""
    commit = head_commit(folder)
    return {"headCommit": to_builtins(commit)} if commit else {}


def _named(root: Path) -> Iterator[_Named | Skipped]:
    """Yield the models' folders with their names, and what is in none of them."""
    taken: set[str] = set()
    for folder, is_model, loose in _folders(root, 0):
        if not is_model:
            for dump in (folder / name for name in loose if inner_suffix(Path(name)) in DUMPS):
                yield Skipped(str(dump), 0, "not in a model's folder: if it is a dump, give it by itself")
            continue
        name = next((name for name in _names(root, folder) if name not in taken), None)
        if name is None:
            yield Skipped(str(folder), 0, "another folder gives the same name")
            continue
        taken.add(name)
        yield _Named(name, folder)


def _folders(folder: Path, depth: int) -> Iterator[tuple[Path, bool, list[str]]]:
    """Yield folders, whether each is a model's, and the files in it; links and hidden folders are passed by."""
    try:
        with os.scandir(folder) as entries:
            inside = sorted((entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries)
    except OSError:
        return
    files = [name for name, is_folder in inside if not is_folder]
    folders = [name for name, is_folder in inside if is_folder and not name.startswith(".")]
    is_model = is_marked(files) or (CARD in files and not folders)
    yield folder, is_model, files
    if not is_model and depth < MAX_DEPTH:
        for name in folders:
            yield from _folders(folder / name, depth + 1)


def _names(root: Path, folder: Path) -> Iterator[str]:
    """Yield names that `folder` could go by, the best first."""
    parts = [_legal(part) for part in folder.relative_to(root).parts] or [_legal(folder.resolve().name)]
    if len(parts) == 2 and is_name("/".join(parts)):
        yield "/".join(parts)
    yield parts[-1]
    if len(parts) > 1:
        yield "/".join(parts[-2:])


def _legal(name: str) -> str:
    """Return `name` as a repository may be called."""
    legal = _ILLEGAL.sub("-", name)[: MAX_NAME_CHARS // 2].strip("-.")
    return legal or "unnamed"
