"""Digests that are known of files on this machine, so that what did not change is not read again."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self

from filiation.signing.errors import SigningError

SETTLED_NS = 2_000_000_000
"""A file that changed less than this before it was read may change again without a sign of it: such digests are not kept. The
coarsest clocks of file systems tick every two seconds."""
VERSION = 1


class Stamp(NamedTuple):
    """What of a file changes when it does: where it lies, its size in bytes, its times in nanoseconds.

    Programs set the time of modification as they like, the time of change only the system sets.
    """

    device: int
    inode: int
    size_bytes: int
    modified_ns: int
    changed_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> Self:
        """Return the stamp of a file, by its status."""
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)


class HashStore:
    """A file of digests; whoever can write it is believed, so it is only for its owner's eyes.

    Args:
        path: Of the file; made where it is not there.
        settled_ns: See `SETTLED_NS`.

    Raises:
        SigningError: If it cannot be opened, or is something else.
    """

    def __init__(self, path: Path, settled_ns: int = SETTLED_NS) -> None:
        self._path, self._settled_ns = path, settled_ns
        try:
            path.touch(mode=0o600, exist_ok=True)
            self._con = sqlite3.connect(path)
            with closing(self._con.execute("PRAGMA user_version")) as rows:
                version = rows.fetchone()[0]
            if version not in {0, VERSION}:
                raise SigningError(f"The hashes in {path} were kept by another version: name another file.")
            self._con.execute(_TABLE)
            self._con.execute(f"PRAGMA user_version = {VERSION}")
        except (sqlite3.Error, OSError) as error:
            raise SigningError(f"{path} is no file of hashes ({error}): name another one.") from error

    def known(self, path: Path, stamp: Stamp, recipe: str) -> tuple[str, ...] | None:
        """Return the digests of a file that has not changed since they were kept, None where none are.

        Args:
            path: Of the file.
            stamp: As it is now.
            recipe: The algorithm and the size of a part, as `recipe` spells them.
        """
        row = self._con.execute(_KNOWN, [str(path.absolute()), recipe, *stamp]).fetchone()
        return tuple(row[0].split()) if row else None

    def keep(self, path: Path, stamp: Stamp, recipe: str, digests: tuple[str, ...], began_ns: int) -> None:
        """Keep the digests of a file, unless it had hardly settled when reading it began."""
        if stamp.changed_ns > began_ns - self._settled_ns or stamp.modified_ns > began_ns - self._settled_ns:
            return
        query = "INSERT OR REPLACE INTO digest VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        self._con.execute(query, [str(path.absolute()), recipe, *stamp, " ".join(digests)])

    def close(self) -> None:
        """Write what was kept."""
        self._con.commit()
        self._con.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def recipe(algorithm: str, part_bytes: int) -> str:
    """Return the name of a way to hash: two digests compare only where it is the same."""
    return f"{algorithm}-{part_bytes}" if part_bytes else algorithm


_KNOWN = """
SELECT digests FROM digest WHERE path = ? AND recipe = ? AND (device, inode, size, modified, changed) = (?, ?, ?, ?, ?)
"""
_TABLE = """
CREATE TABLE IF NOT EXISTS digest (
    path TEXT NOT NULL, recipe TEXT NOT NULL, device INTEGER NOT NULL, inode INTEGER NOT NULL, size INTEGER NOT NULL,
    modified INTEGER NOT NULL, changed INTEGER NOT NULL, digests TEXT NOT NULL, PRIMARY KEY (path, recipe)
) WITHOUT ROWID
"""
