"""What a registry answered, kept in the atlas's folder until it is ingested: pages, whole or not at all.

Law: wherever a run is ended, the pages that are there and the head of the last one say how to go on.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from gzip import GzipFile
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from filiation.core.errors import AtlasError, FiliationError
from filiation.core.ref import Kind

FOLDER = "live"
MAX_PAGE_BYTES = 512 << 20
"""Longest page that is read back; none that was written is."""
MAX_HEAD_BYTES = 64 << 10
_PAGE = re.compile(r"\d{8}\.jsonl\.gz")
_UNFIT = re.compile(r"[^A-Za-z0-9.-]")
T = TypeVar("T")


class Head(msgspec.Struct, frozen=True, omit_defaults=True):
    """What stands at the beginning of a page.

    Attributes:
        mode: ``all`` or ``changed``; ``looks`` of answers about single repositories.
        following: Address of the next page; empty after the last.
        at: When it was fetched, naive UTC.
        began: When the pass began, by the registry's clock, in ISO 8601; empty where it does not tell.
        since: Back to when the pass goes, in ISO 8601; empty for all.
        rows: How many records follow.
    """

    mode: str
    following: str = ""
    at: str = ""
    began: str = ""
    since: str = ""
    rows: int = 0


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of a registry between runs.

    Attributes:
        since: Up to when all changes are known, by the registry's clock, in ISO 8601; empty where nothing is.
        listed_at: When all of it was listed last, naive UTC in ISO 8601.
        unseen: How many repositories of ours the last full listing lacked and nobody has asked for yet.
    """

    since: str = ""
    listed_at: str = ""
    unseen: int = 0


class Spool:
    """The folder of one kind of repository of one registry, in an atlas."""

    def __init__(self, atlas: Path, registry: str, endpoint: str, kind: Kind) -> None:
        parts = urlsplit(endpoint)
        host = f"{parts.hostname}{f'_{parts.port}' if parts.port else ''}{parts.path}"
        self.folder = atlas / FOLDER / _UNFIT.sub("_", f"{registry}-{host}")[:200] / str(kind)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep every other run from this folder; make it where it is not.

        Raises:
            AtlasError: If another run holds it, or it cannot be made.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = (self.folder / "lock").open("ab")
        except OSError as error:
            raise AtlasError(f"{self.folder} cannot be written ({error.strerror}): check the atlas's folder.") from error
        with lock:
            if sys.platform != "win32":
                import fcntl  # noqa: PLC0415  # Windows has none

                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError as error:
                    raise AtlasError(f"Another run asks for what belongs into {self.folder}: wait until it is done.") from error
            yield

    def pages(self, part: str) -> list[Path]:
        """Return the whole pages of a part, in order."""
        try:
            return sorted(path for path in (self.folder / part).iterdir() if _PAGE.fullmatch(path.name))
        except FileNotFoundError:
            return []

    def last(self, part: str) -> tuple[int, Head] | None:
        """Return the number and the head of the last page of a part; None where there is none."""
        pages = self.pages(part)
        return (int(pages[-1].name[:8]), head_of(pages[-1])) if pages else None

    def add(self, part: str, number: int, head: Head, rows: Sequence[bytes]) -> None:
        """Write page `number`, whole or not at all; `rows` are JSON documents, whose line ends are taken out."""
        lines = [msgspec.json.encode(head), *(row.replace(b"\n", b" ").replace(b"\r", b" ") for row in rows), b""]
        packer = zlib.compressobj(1, wbits=31)
        self.write(f"{part}/{number:08}.jsonl.gz", packer.compress(b"\n".join(lines)) + packer.flush())

    def write(self, name: str, content: bytes) -> None:
        """Write a file of this folder, whole or not at all.

        Raises:
            AtlasError: If the disk refuses.
        """
        path = self.folder / name
        partial = path.with_name(f"{path.name}.new")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with partial.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(path)
        except OSError as error:
            raise AtlasError(f"{path} cannot be written ({error.strerror}): free some space and run this again.") from error

    def drop(self, name: str) -> None:
        """Let a file of this folder go."""
        (self.folder / name).unlink(missing_ok=True)

    def read(self, name: str, kind: Any, default: T) -> T:  # of a kind that msgspec knows, such as a union
        """Return what a file of this folder says; `default` where there is none, or none that can be read."""
        try:
            return msgspec.json.decode((self.folder / name).read_bytes(), type=kind)
        except (OSError, msgspec.DecodeError):
            return default

    def standing(self) -> Standing:
        """Return what is known between runs."""
        return self.read("standing.json", Standing, Standing())

    def stand(self, standing: Standing) -> None:
        """Keep what is known between runs."""
        self.write("standing.json", msgspec.json.encode(standing))

    def clear(self, part: str) -> None:
        """Drop the pages of a part, all or none."""
        done = self.folder / f"{part}.done"
        shutil.rmtree(done, ignore_errors=True)
        if (self.folder / part).exists():
            (self.folder / part).replace(done)
            shutil.rmtree(done, ignore_errors=True)


def head_of(page: Path) -> Head:
    """Return the head of a page.

    Raises:
        AtlasError: If it is damaged.
    """
    try:
        with page.open("rb") as raw, GzipFile(fileobj=raw) as file:
            return msgspec.json.decode(file.readline(MAX_HEAD_BYTES), type=Head)
    except (OSError, EOFError, zlib.error, msgspec.DecodeError) as error:
        raise _damaged(page) from error


def rows_of(page: Path) -> list[bytes]:
    """Return the records of a page.

    Raises:
        AtlasError: If it is damaged.
    """
    try:
        with page.open("rb") as raw, GzipFile(fileobj=raw) as file:
            text = file.read(MAX_PAGE_BYTES)
    except (OSError, EOFError, zlib.error) as error:
        raise _damaged(page) from error
    return text.split(b"\n")[1:-1]


def _damaged(page: Path) -> FiliationError:
    return AtlasError(f"{page} is damaged: delete its folder, and run this again to fetch what it held.")
