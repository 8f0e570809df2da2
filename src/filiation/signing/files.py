"""The files of a folder that a signature is about, in order of their paths."""

from __future__ import annotations

import os
import re
import stat
import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path, PurePosixPath

import msgspec

from filiation.knowledge import load
from filiation.signing.errors import SigningError
from filiation.signing.manifest import SINGLE

MAX_FILES = 1_000_000
MAX_DEPTH = 64


class Found(msgspec.Struct):
    """What lies in a folder.

    Attributes:
        files: By path from the top with ``/``; `SINGLE` where a file stands for itself.
        left_out: Paths that are there and not part of what is signed, at the top of what is left out.
        links: Links that were not followed, and what is no regular file.
    """

    files: dict[str, Path] = {}
    left_out: list[str] = []
    links: list[str] = []


def files_in(path: Path, ignored: Sequence[str] = (), *, follow_links: bool = False) -> Found:
    """Return the files in a folder, or the file that `path` is.

    In a snapshot of the Hub's cache, links to the blobs of the same repository are the files that they stand for.

    Args:
        path: A folder, or a file.
        ignored: More paths from the top to leave out, with all that lies in them.
        follow_links: Whether a link to a file counts as the file; links to folders are never followed.

    Raises:
        SigningError: If it cannot be listed, or holds more than `MAX_FILES`.
    """
    found = Found()
    if path.is_file():
        found.files[SINGLE] = path
        return found
    if not path.is_dir():
        raise SigningError(f"There is no folder or file {path}.")
    blobs = _blobs(path)
    left_out = {PurePosixPath(one) for one in (*load("signing")["ignored"], *ignored)}
    for name, entry in _walk(path, PurePosixPath(), left_out, found, 0):
        if len(found.files) == MAX_FILES:
            raise SigningError(f"{path} holds more than {MAX_FILES:,} files: sign the folders in it one by one.")
        if _is_file(entry, follow_links=follow_links):
            found.files[name] = Path(entry.path)
        elif blobs and (blob := _blob(entry, blobs)):
            found.files[name] = blob
        else:
            found.links.append(name)
    return found


def is_bookkeeping(path: str) -> bool:
    """Return whether a file is one that the Hub's client keeps for itself beside a download."""
    return bool(_bookkeeping().fullmatch(path))


@cache
def _bookkeeping() -> re.Pattern[str]:
    return re.compile(load("signing")["bookkeeping"])


def write_whole(target: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises:
        SigningError: If it cannot be written.
    """
    try:
        with tempfile.NamedTemporaryFile(dir=target.parent, prefix=f".{target.name}.", delete=False) as file:
            partial = Path(file.name)
        try:
            partial.write_bytes(content)
            partial.chmod(0o644)
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise SigningError(f"{target} cannot be written: {error.strerror}.") from error


def _walk(
    folder: Path, top: PurePosixPath, left_out: set[PurePosixPath], found: Found, depth: int
) -> Iterator[tuple[str, os.DirEntry[str]]]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise SigningError(f"The folder {folder} cannot be listed: {error.strerror}.") from error
    for entry in inside:
        path = top / entry.name
        name = str(path)
        if path in left_out or is_bookkeeping(name):
            found.left_out.append(name)
        elif not entry.is_dir(follow_symlinks=False):
            yield _utf8(name), entry
        elif depth == MAX_DEPTH:
            raise SigningError(f"The folders in {folder} are nested more than {MAX_DEPTH} deep.")
        else:
            yield from _walk(Path(entry.path), path, left_out, found, depth + 1)


def _blobs(path: Path) -> Path | None:
    """Return the folder of blobs that the links in a snapshot of the Hub's cache point into; None of other folders."""
    real = path.resolve()
    blobs = real.parent.parent / "blobs"
    return blobs if real.parent.name == "snapshots" and blobs.is_dir() and not blobs.is_symlink() else None


def _blob(entry: os.DirEntry[str], blobs: Path) -> Path | None:
    if not entry.is_symlink():
        return None
    target = Path(entry.path).resolve()
    return target if target.parent == blobs and _is_file(entry, follow_links=True) else None


def _utf8(name: str) -> str:
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise SigningError(f"The name of the file {name!r} is no UTF-8, and no signature can hold it: rename it.") from error
    return name


def _is_file(entry: os.DirEntry[str], *, follow_links: bool) -> bool:
    try:
        return stat.S_ISREG(entry.stat(follow_symlinks=follow_links).st_mode)
    except OSError:
        return False
