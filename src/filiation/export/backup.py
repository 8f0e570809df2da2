"""A whole atlas in one file, and back: ``.tar.zst`` with a list of digests as its last entry, so that half a file is no backup.

While it is made the atlas can be read and not built, so what is in it belongs together. A ledger in the atlas's folder comes
along as of one moment, by SQLite's own means, while people go on deciding.
"""

from __future__ import annotations

import io
import os
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import IO, Protocol

import msgspec
import pyarrow as pa

from filiation import __version__
from filiation.core.errors import AtlasError, FiliationError, LockedError
from filiation.export.sink import written
from filiation.ledger.database import FILE as LEDGER
from filiation.store.atlas import DATABASE, SCHEMA_VERSION, Atlas

FORMAT = "filiation/backup/v1"
CONTENTS = "contents.json"
"""The last entry: what the others are."""
LEFT_OUT = frozenset({"tmp", "views"})
"""What an atlas can do without: room for the database's sorting, and atlases that are derived from it."""
PARTIAL = (".partial", ".new", ".wal", "-wal", "-shm", "-journal")
SECRET = 0o600
"""Its owner alone reads a backup: the keys that seal logins and checkpoints are in it."""
PIECE_BYTES = 1 << 20
MAX_CONTENTS_BYTES = 64 << 20
MAX_FILES = 1_000_000
Progress = Callable[[str, int], None]


class Kept(msgspec.Struct, frozen=True):
    """A file in a backup; `sha256` in hexadecimal digits."""

    path: str
    bytes: int
    sha256: str


class Contents(msgspec.Struct, frozen=True):
    """What is in a backup.

    Attributes:
        format: Always `FORMAT`.
        made_at: When, naive UTC.
        written_by: Version of filiation.
        schema_version: Of the atlas.
        has_ledger: Whether the decisions of people are in it: not where they are kept in PostgreSQL.
        files: All of them, in their order.
    """

    format: str
    made_at: datetime
    written_by: str
    schema_version: int
    has_ledger: bool
    files: tuple[Kept, ...]

    @property
    def bytes(self) -> int:
        """Of all files."""
        return sum(file.bytes for file in self.files)


def back_up(atlas: Path, into: Path, progress: Progress = lambda *_: None) -> Contents:
    """Write the atlas at `atlas` to the file `into`, which is there whole or not at all.

    Args:
        atlas: The atlas's folder.
        into: What is there is replaced.
        progress: Called with the path of a file and its number, before it is read.

    Raises:
        FiliationError: If there is no atlas, it is being written, or the file cannot be written.
    """
    kept: list[Kept] = []
    with Atlas.open(atlas), written(into) as file, tempfile.TemporaryDirectory() as scratch:
        os.fchmod(file.fileno(), SECRET)
        ledger = _ledger_as_of_now(atlas / LEDGER, Path(scratch) / LEDGER)
        with (
            pa.CompressedOutputStream(pa.PythonFile(file, "w"), "zstd") as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
        ):
            for number, (name, path) in enumerate(_files(atlas, ledger)):
                progress(name, number)
                kept.append(_add(archive, name, path))
            moment = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
            told = Contents(FORMAT, moment, __version__, SCHEMA_VERSION, ledger is not None, tuple(kept))
            _add_bytes(archive, CONTENTS, msgspec.json.encode(told))
    return told


def check(backup: Path, progress: Progress = lambda *_: None) -> Contents:
    """Read a backup to its end and return what is in it.

    Raises:
        FiliationError: If it is none, was cut short, or a file in it is not what it was.
    """
    return _read(backup, None, progress)


def restore(backup: Path, atlas: Path, progress: Progress = lambda *_: None, *, replace: bool = False) -> Contents:
    """Make the atlas at `atlas` what a backup says; until the last file is checked, what is there stays.

    A server that reads `atlas` goes on with what it has mapped and finds the other within a second. Where `replace` puts it in
    the place of an atlas with a ledger, that ledger stays: it knows all that was decided since.

    Args:
        backup: A file that `back_up` wrote.
        atlas: The folder; it must not be there, unless `replace`.
        progress: Called with the path of a file and its number, before it is written.
        replace: Whether to put it in the place of an atlas that is there.

    Raises:
        FiliationError: If it is no whole backup, an atlas is in the way, or the disk refuses.
    """
    is_empty = atlas.is_dir() and not any(atlas.iterdir())
    if atlas.exists() and not is_empty and not (replace and (atlas / DATABASE).exists()):
        way = "name another folder" if replace else "name another folder, or say --replace"
        raise FiliationError(f"{atlas} is there already: {way}.")
    partial, old = atlas.with_name(f"{atlas.name}.partial"), atlas.with_name(f"{atlas.name}.old")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
        partial.mkdir(parents=True)
        told = _read(backup, partial, progress)
        if is_empty:
            atlas.rmdir()
        if atlas.exists():
            with _unbuilt(atlas):
                _keep_ledger(atlas, partial)
                atlas.rename(old)
        partial.rename(atlas)
    except OSError as error:
        raise FiliationError(f"{atlas} cannot be written ({error.strerror or error}): name another folder.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)
    return told


@contextmanager
def _unbuilt(atlas: Path) -> Iterator[None]:
    """Keep everyone from building an atlas, one that cannot be read any more too; those who read it go on."""
    try:
        opened = Atlas.open(atlas)
    except LockedError:
        raise
    except AtlasError:
        yield
        return
    with opened:
        yield


def _files(atlas: Path, ledger: Path | None) -> Iterator[tuple[str, Path]]:
    """Yield the files of an atlas with their names in the archive, in order; links and what is half done are left out."""
    for folder, inside, names in os.walk(atlas):
        here = Path(folder)
        inside[:] = sorted(name for name in inside if not (here == atlas and name in LEFT_OUT) and not name.endswith(PARTIAL))
        for name in sorted(names):
            path = here / name
            is_ledger = here == atlas and name.startswith(LEDGER)
            if path.is_file() and not path.is_symlink() and not is_ledger and not name.endswith(PARTIAL):
                yield path.relative_to(atlas).as_posix(), path
    if ledger is not None:
        yield LEDGER, ledger


def _ledger_as_of_now(path: Path, into: Path) -> Path | None:
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as here, closing(sqlite3.connect(into)) as there:
            here.backup(there)
    except sqlite3.Error as error:
        raise FiliationError(f"The ledger {path} cannot be read ({error}): see 'filiation ledger verify'.") from error
    return into


def _keep_ledger(atlas: Path, partial: Path) -> None:
    """Put the ledger that is there in the place of the backup's, which is an earlier state of it."""
    if (found := _ledger_as_of_now(atlas / LEDGER, partial / f"{LEDGER}.new")) is not None:
        found.replace(partial / LEDGER)


def _add(archive: tarfile.TarFile, name: str, path: Path) -> Kept:
    with path.open("rb") as file:
        entry = tarfile.TarInfo(name)
        entry.size = os.fstat(file.fileno()).st_size
        hashing = _Hashing(file)
        archive.addfile(entry, hashing)  # type: ignore[arg-type]  # it only reads
    return Kept(name, entry.size, hashing.digest.hexdigest())


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size = len(content)
    archive.addfile(entry, io.BytesIO(content))


class _Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes: ...


class _Hashing:
    """A file whose digest is taken while it is read."""

    def __init__(self, file: _Readable) -> None:
        self._file = file
        self.digest = sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._file.read(size)
        self.digest.update(piece)
        return piece


def _read(backup: Path, into: Path | None, progress: Progress) -> Contents:
    """Return what is in a backup, each file checked, and written under `into` where that is a folder."""
    found: list[Kept] = []
    told: Contents | None = None
    with _opened(backup) as archive:
        for entry in archive:
            if told is not None or len(found) >= MAX_FILES:
                raise _no_backup(backup, "there is more in it than it says")
            file = archive.extractfile(entry)
            if not entry.isreg() or file is None or not _is_inside(entry.name):
                raise _no_backup(backup, f"{entry.name[:80]!r} is no file of an atlas")
            if entry.name == CONTENTS:
                told = _contents(backup, file.read(MAX_CONTENTS_BYTES))
                continue
            progress(entry.name, len(found))
            found.append(_take(file, entry, into))
    if told is None:
        raise _no_backup(backup, "it ends early")
    if list(told.files) != found:
        bad = next((kept.path for kept, read in zip(told.files, found, strict=False) if kept != read), "a file")
        raise _no_backup(backup, f"{bad} is not as it was")
    return told


@contextmanager
def _opened(backup: Path) -> Iterator[tarfile.TarFile]:
    try:
        with (
            backup.open("rb") as file,
            pa.CompressedInputStream(pa.PythonFile(file, "r"), "zstd") as unpacked,
            tarfile.open(fileobj=unpacked, mode="r|") as archive,
        ):
            yield archive
    except tarfile.TarError as error:
        raise _no_backup(backup, f"{error}") from error
    except OSError as error:
        if isinstance(error, FileNotFoundError) and error.filename == str(backup):
            raise FiliationError(f"{backup} is not there: 'filiation backup FILE' writes one.") from error
        if error.errno is None:  # the decompressor's: what it read is damaged
            raise _no_backup(backup, str(error).splitlines()[0]) from error
        raise


def _take(file: IO[bytes], entry: tarfile.TarInfo, into: Path | None) -> Kept:
    hashing = _Hashing(file)
    if into is None:
        while hashing.read(PIECE_BYTES):
            pass
    else:
        path = into / entry.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as out:
            shutil.copyfileobj(hashing, out, PIECE_BYTES)
    return Kept(entry.name, entry.size, hashing.digest.hexdigest())


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    is_plain = name == path.as_posix() and not set(name) & set("\\\0")
    return is_plain and not path.is_absolute() and ".." not in path.parts


def _contents(backup: Path, content: bytes) -> Contents:
    try:
        told = msgspec.json.decode(content, type=Contents)
    except (msgspec.DecodeError, RecursionError) as error:
        raise _no_backup(backup, "its list of files cannot be read") from error
    if told.format != FORMAT:
        raise _no_backup(backup, f"it says {told.format[:40]!r}")
    if told.schema_version > SCHEMA_VERSION:
        raise FiliationError(f"{backup} was written by newer filiation {told.written_by}: upgrade filiation.")
    return told


def _no_backup(backup: Path, why: str) -> FiliationError:
    return FiliationError(f"{backup} is no whole backup ({why}): take another one; nothing was changed.")
