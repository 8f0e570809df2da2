"""Where what is for others goes, a file or a folder: it is there whole or not at all; a file's name may end in ``.gz``."""

from __future__ import annotations

import gzip
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import msgspec

from filiation.core.errors import FiliationError

GZIP_LEVEL = 6


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """What was written.

    Attributes:
        path: Where.
        nodes: Models and datasets in it.
        edges: Edges of descent in it.
        bytes: Of all files.
    """

    path: str
    nodes: int
    edges: int
    bytes: int


@contextmanager
def written(path: Path | None) -> Iterator[IO[bytes]]:
    """Yield what takes the bytes of `path`, or of standard output for None.

    Raises:
        FiliationError: If it cannot be written; what was there before stays as it was.
    """
    if path is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    is_special = path.exists() and not path.is_file()  # a pipe or a device: nothing can take its place
    partial = path if is_special else path.with_name(f"{path.name}.partial")
    try:
        with partial.open("wb") as file:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=GZIP_LEVEL, mtime=0, filename="") as packed:
                    yield packed  # type: ignore[misc]  # a GzipFile takes bytes as a file does
            else:
                yield file
        if not is_special:
            partial.replace(path)
    except OSError as error:
        raise FiliationError(f"{path} cannot be written ({error.strerror or error}): name another file.") from error
    finally:
        if not is_special:
            partial.unlink(missing_ok=True)


@contextmanager
def replaced(into: Path, mark: str) -> Iterator[Path]:
    """Yield a folder that takes the place of `into` once it is whole.

    Args:
        into: Is made; what is there is replaced where it is empty or holds the file `mark`.
        mark: Tells a folder of ours from any other; the caller writes it.

    Raises:
        FiliationError: If `into` holds something else, or cannot be written; what was there before stays as it was.
    """
    if into.exists() and not (into / mark).exists() and not (into.is_dir() and not any(into.iterdir())):
        raise FiliationError(f"{into} is there and was not written by this export: name another folder.")
    partial = into.with_name(f"{into.name}.partial")
    try:
        shutil.rmtree(partial, ignore_errors=True)
        partial.mkdir(parents=True)
        yield partial
        shutil.rmtree(into, ignore_errors=True)
        partial.rename(into)
    except OSError as error:
        raise FiliationError(f"{into} cannot be written ({error.strerror or error}): name another folder.") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
