"""The cache that the Hub's client keeps: ``models--owner--name/snapshots/<revision>/`` with links into ``blobs/``."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from filiation.core.record import Batch, Place, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, Ref
from filiation.formats.model_files import contents

REPO = re.compile(r"(model|dataset)s--(.+)")
REVISION = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
MAX_REF_BYTES = 256
MAX_SNAPSHOTS = 1_000


class HubCache:
    """One record for each repository: the snapshot of its main branch, else the one written last.

    A file is a link to a blob; one that leads out of the cache is not followed.
    """

    name = "Hugging Face cache"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether `path` is a repository as the client names it, or holds some, itself or under ``hub``."""
        return any(True for _ in _repos(path))

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each model and dataset, in order of name, with what in it could not be read."""
        yield from batches_of(_sightings(path, options.kind), str(path))

    def places(self, path: Path, options: ReadOptions) -> Iterator[Place]:
        """Yield the snapshots' folders; see `core.record.Shelf`."""
        for repo, ref in _named(path, options.kind):
            if snapshot := _snapshot(repo):
                yield Place(ref, snapshot)


SOURCE = HubCache()


def _repos(path: Path) -> Iterator[Path]:
    """Yield the folders of repositories in order of name."""
    if _is_repo(path):
        yield path
        return
    for root in (path, path / "hub"):
        try:
            with os.scandir(root) as entries:
                names = sorted(entry.name for entry in entries)
        except OSError:  # not a folder, or not ours to list
            continue
        yield from (root / name for name in names if _is_repo(root / name))


def _is_repo(path: Path) -> bool:
    return REPO.fullmatch(path.name) is not None and not path.is_symlink() and (path / "snapshots").is_dir()


def _named(path: Path, only: Kind | None) -> Iterator[tuple[Path, Ref]]:
    for repo in _repos(path):
        kind, _, name = repo.name.partition("s--")
        if only is None or kind == only:
            yield repo, Ref(Kind(kind), name.replace("--", "/"))


def _sightings(path: Path, only: Kind | None) -> Iterator[Sighting | Skipped]:
    for repo, ref in _named(path, only):
        snapshot = _snapshot(repo)
        if snapshot is None:
            yield Skipped(str(repo), 0, "no snapshot in it")
            continue
        found = contents(snapshot, repo.parent, repo / "blobs")
        yield from found.skipped
        body = found.body(ref.name) | {"sha": snapshot.name}
        yield Sighting(0, Record(ref.kind, ref.name, body, found.files), "cache")


def _snapshot(repo: Path) -> Path | None:
    """Return the snapshot that ``refs/main`` names; else the last written, by name among those of one moment."""
    snapshots = repo / "snapshots"
    try:
        with (repo / "refs" / "main").open("rb") as stream:
            main = stream.read(MAX_REF_BYTES).decode(errors="replace").strip()
    except OSError:
        main = ""
    if REVISION.fullmatch(main) and _is_own_folder(snapshots / main):
        return snapshots / main
    with os.scandir(snapshots) as entries:
        found = [Path(entry.path) for _, entry in zip(range(MAX_SNAPSHOTS), entries, strict=False)]
    found = [path for path in found if REVISION.fullmatch(path.name) and _is_own_folder(path)]
    return max(found, key=lambda path: (path.stat().st_mtime, path.name), default=None)


def _is_own_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
