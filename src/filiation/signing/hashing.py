"""Digests of files: several at a time, what is known already without reading."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from filiation.signing.errors import SigningError
from filiation.signing.hash_store import HashStore, Stamp, recipe
from filiation.signing.manifest import WHOLE

READ_BYTES = 1 << 20
MAX_THREADS = 8
MAX_WAITING = 4
"""Files that wait for each thread."""
Progress = Callable[[str, int], None]
"""Called with what is done and how much of it."""


class Hashed(msgspec.Struct):
    """The digests of files.

    Attributes:
        digests: By path: those of the file's parts, in hexadecimal.
        read: Paths of the files that were read.
        bytes_read: How much was read.
        bytes_known: How much did not have to be, since nothing had changed.
    """

    digests: dict[str, tuple[str, ...]] = {}
    read: list[str] = []
    bytes_read: int = 0
    bytes_known: int = 0


def hash_files(
    files: Mapping[str, Path],
    algorithm: str = "sha256",
    part_bytes: int = WHOLE,
    *,
    store: HashStore | None = None,
    follow_links: bool = False,
    progress: Progress = lambda *_: None,
) -> Hashed:
    """Return the digests of `files`, which are by the names that they are to have.

    Args:
        files: Regular files.
        algorithm: ``sha256``, ``blake2b`` or ``blake3``.
        part_bytes: Size of a part, `WHOLE` where files are not cut.
        store: What is known already, and takes what is new; None to read all.
        follow_links: Whether a file may be a link to one.
        progress: Told of the bytes that were read.

    Raises:
        SigningError: If a file cannot be read, or changes while it is.
    """
    way = recipe(algorithm, part_bytes)
    done = Hashed()
    began_ns = time.time_ns()
    waiting: dict[str, Path] = {}
    for name, path in files.items():
        known = _known(store, path, way, follow_links=follow_links)
        if known:
            done.digests[name] = known.digests
            done.bytes_known += known.size_bytes
        else:
            waiting[name] = path
    for name, part in _read_all(waiting, algorithm, part_bytes, follow_links=follow_links):
        done.digests[name] = part.digests
        done.read.append(name)
        done.bytes_read += part.stamp.size_bytes
        progress("read MB", done.bytes_read >> 20)
        if store:
            store.keep(files[name], part.stamp, way, part.digests, began_ns)
    done.read.sort()
    return done


def of_nothing(algorithm: str) -> str:
    """Return the digest of no bytes at all."""
    return _hasher(algorithm).hexdigest()


class _Known(NamedTuple):
    digests: tuple[str, ...]
    size_bytes: int


class _Part(NamedTuple):
    digests: tuple[str, ...]
    stamp: Stamp


def _known(store: HashStore | None, path: Path, way: str, *, follow_links: bool) -> _Known | None:
    if store is None:
        return None
    try:
        stamp = Stamp.of(path.stat(follow_symlinks=follow_links))
    except OSError:
        return None  # reading it says what is the matter
    digests = store.known(path, stamp, way)
    return None if digests is None else _Known(digests, stamp.size_bytes)


def _read_all(files: Mapping[str, Path], algorithm: str, part_bytes: int, *, follow_links: bool) -> Iterator[tuple[str, _Part]]:
    """Yield the digests of files, in their order, some read at the same time; the largest of them bounds nothing but time."""
    names = list(files)
    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as pool:
        for start in range(0, len(names), MAX_THREADS * MAX_WAITING):
            some = names[start : start + MAX_THREADS * MAX_WAITING]
            jobs = [pool.submit(_read, files[name], algorithm, part_bytes, follow_links=follow_links) for name in some]
            yield from ((name, job.result()) for name, job in zip(some, jobs, strict=True))


def _read(path: Path, algorithm: str, part_bytes: int, *, follow_links: bool) -> _Part:
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0)
    if not follow_links:
        flags |= getattr(os, "O_NOFOLLOW", 0)
    try:
        handle = os.open(path, flags)
    except OSError as error:
        raise SigningError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        before = os.fstat(handle)
        if not stat.S_ISREG(before.st_mode):
            raise SigningError(f"{path} is no regular file.")
        digests = _digests(handle, algorithm, part_bytes)
        stamp = Stamp.of(os.fstat(handle))
    except OSError as error:
        raise SigningError(f"{path} cannot be read: {error.strerror}.") from error
    finally:
        os.close(handle)
    if stamp != Stamp.of(before):
        raise SigningError(f"{path} changed while it was being read: wait until nothing writes to it.")
    return _Part(digests, stamp)


def _digests(handle: int, algorithm: str, part_bytes: int) -> tuple[str, ...]:
    """Return the digests of the parts of an open file; a file without content has one whole, and no part."""
    digests: list[str] = []
    hasher, left = _hasher(algorithm), part_bytes
    file, buffer = io.FileIO(handle, closefd=False), memoryview(bytearray(READ_BYTES))
    while count := file.readinto(buffer[: min(READ_BYTES, left)] if part_bytes else buffer):
        hasher.update(buffer[:count])
        left -= count
        if part_bytes and not left:
            digests.append(hasher.hexdigest())
            hasher, left = _hasher(algorithm), part_bytes
    if not part_bytes or left < part_bytes:
        digests.append(hasher.hexdigest())
    return tuple(digests)


def _hasher(algorithm: str) -> Any:
    if algorithm == "blake3":
        from blake3 import blake3  # noqa: PLC0415  # few signatures use it

        return blake3()
    return {"sha256": hashlib.sha256, "blake2b": hashlib.blake2b, "blake2": hashlib.blake2b}[algorithm]()
