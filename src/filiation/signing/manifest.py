"""What is signed of a model: its files, each with its digest, in an in-toto statement.

Source:
    OMS specification 1.0, sections 5 and 6; model-signing 1.1.1, which writes shards as ``path:start:stop``
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, NamedTuple

import msgspec

from filiation.signing.envelope import STATEMENT
from filiation.signing.errors import SigningError

PREDICATE = "https://model_signing/signature/v1.0"
PREDICATE_OF_0_2 = "https://model_signing/Digests/v0.1"
MAX_RESOURCES = 2_000_000
MAX_PART_BYTES = 1 << 62
MAX_NAME_CHARS = 4_096
ALGORITHMS = {"sha256": 32, "blake2b": 64, "blake2": 64, "blake3": 32}
"""Bytes of a digest by the algorithm's name."""
WHOLE = 0
"""The size of a shard where files are not cut."""
SINGLE = "."
"""The name of a file that is signed by itself."""
_SHARD = re.compile(r"(?P<path>.+):(?:(?P<start>\d{1,19}):\d{1,19}|shard-(?P<number>\d{1,15}))", re.DOTALL)
_SHARDED = re.compile(r"file-shard-(\d{1,15})")


class Manifest(msgspec.Struct, frozen=True):
    """The files that a signature speaks of.

    Attributes:
        name: What the signer called the model: the name of the folder; proves nothing.
        files: By path from the top with ``/``: the digests of the file's parts in their order, in hexadecimal. One where
            files are not cut.
        algorithm: Of the digests.
        part_bytes: Size of a part, `WHOLE` where files are not cut.
        follows_links: Whether links were followed.
        ignored: Paths from the top that the signer left out.
    """

    name: str
    files: Mapping[str, tuple[str, ...]]
    algorithm: str = "sha256"
    part_bytes: int = WHOLE
    follows_links: bool = False
    ignored: tuple[str, ...] = ()

    def digest(self) -> str:
        """Return the digest of the digests, by which a statement names the model: 64 hexadecimal digits."""
        return _root(part for path in sorted(self.files) for part in self.files[path])

    def statement(self) -> dict[str, Any]:
        """Return the in-toto statement about files that are not cut."""
        resources = [
            {"name": path, "algorithm": self.algorithm, "digest": parts[0]} for path, parts in sorted(self.files.items())
        ]
        settings = {"method": "files", "hash_type": self.algorithm, "allow_symlinks": self.follows_links}
        return {
            "_type": STATEMENT,
            "subject": [{"name": self.name, "digest": {"sha256": self.digest()}}],
            "predicateType": PREDICATE,
            "predicate": {"serialization": settings | {"ignore_paths": list(self.ignored)}, "resources": resources},
        }


def manifest_of(statement: Mapping[str, Any]) -> Manifest:
    """Return what a statement says is signed.

    Raises:
        SigningError: If it is no statement about a model's files, or contradicts itself.
    """
    kind = statement.get("predicateType")
    if kind == PREDICATE_OF_0_2:
        return of_subjects(statement)
    if kind != PREDICATE:
        raise SigningError(f"What is signed is a statement of type {kind!r}, and none about a model's files.")
    try:
        said = msgspec.convert(statement, type=_Statement)
    except msgspec.ValidationError as error:
        raise SigningError(f"The statement that is signed cannot be read ({error}).") from error
    if len(said.subject) != 1:
        raise SigningError(f"The statement that is signed is about {len(said.subject)} models, and not about one.")
    settings, resources = said.predicate.serialization, said.predicate.resources
    _check_count(len(resources))
    digests = [_checked(item.digest, item.algorithm) for item in resources]
    if said.subject[0].digest.get("sha256", "").lower() != _root(digests):
        raise SigningError("The statement that is signed contradicts itself: its digest of all files is not that of its files.")
    if settings.hash_type not in ALGORITHMS:
        raise SigningError(f"Its digests are {settings.hash_type!r}, which is not known: sha256, blake2b and blake3 are.")
    part_bytes = _part_bytes(settings)
    named = zip((item.name for item in resources), digests, strict=True)
    files = _cut(list(named), part_bytes) if part_bytes else _whole(list(named))
    ignored = tuple(path for path in settings.ignore_paths if _is_within(path))
    return Manifest(said.subject[0].name, files, settings.hash_type, part_bytes, settings.allow_symlinks is True, ignored)


def of_subjects(statement: Mapping[str, Any]) -> Manifest:
    """Return the files that a statement names as its subjects, each with its SHA-256; other subjects are passed over.

    Raises:
        SigningError: If the subjects cannot be read.
    """
    try:
        subjects = msgspec.convert(statement.get("subject"), type=list[_Subject])
    except msgspec.ValidationError as error:
        raise SigningError(f"The statement that is signed cannot be read ({error}).") from error
    _check_count(len(subjects))
    named = [(item.name, _checked(item.digest["sha256"], "sha256")) for item in subjects if "sha256" in item.digest]
    return Manifest("", _whole(named))


def _root(digests: Any) -> str:
    hasher = hashlib.sha256()
    for digest in digests:
        hasher.update(bytes.fromhex(digest))
    return hasher.hexdigest()


def _check_count(count: int) -> None:
    if count > MAX_RESOURCES:
        raise SigningError(f"The statement that is signed names {count:,} files: more than {MAX_RESOURCES:,} are not read.")


def _checked(digest: str, algorithm: str) -> str:
    """Return a digest in lower case; raise where it is none of that algorithm."""
    name = algorithm.partition("-")[0]
    digest = digest.lower()
    if name not in ALGORITHMS:
        raise SigningError(f"Its digests are {algorithm!r}, which is not known: sha256, blake2b and blake3 are.")
    if len(digest) != 2 * ALGORITHMS[name] or not set(digest) <= set("0123456789abcdef"):
        raise SigningError(f"The statement that is signed has a digest that is no {name}.")
    return digest


def _part_bytes(settings: _Settings) -> int:
    """Return into parts of how many bytes files are cut; `WHOLE` where they are not."""
    if settings.method == "files":
        return WHOLE
    spelled = _SHARDED.fullmatch(settings.method)
    said = float(spelled[1]) if spelled else settings.shard_size if settings.method == "shards" else 0
    size = int(said) if 0 < said <= MAX_PART_BYTES else 0
    if size <= 0:
        raise SigningError(f"Files were signed by the method {settings.method!r}, which is not known.")
    return size


def _whole(named: list[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    files: dict[str, tuple[str, ...]] = {}
    for name, digest in named:
        path = _path(name)
        if files.setdefault(path, (digest,)) != (digest,):
            raise SigningError(f"The statement that is signed gives {path} two digests.")
    return files


class _Part(NamedTuple):
    start: int
    digest: str


def _cut(named: list[tuple[str, str]], part_bytes: int) -> dict[str, tuple[str, ...]]:
    """Return the digests of files that are cut; parts must follow one another from the file's beginning."""
    parts: dict[str, list[_Part]] = {}
    for name, digest in named:
        match = _SHARD.fullmatch(name)
        if not match:
            raise SigningError(f"The statement that is signed has a part of a file without its place: {name[:100]!r}.")
        start = int(match["start"]) if match["start"] else int(match["number"]) * part_bytes
        parts.setdefault(_path(match["path"]), []).append(_Part(start, digest))
    files = {}
    for path, of_file in parts.items():
        of_file.sort()
        if [part.start for part in of_file] != [number * part_bytes for number in range(len(of_file))]:
            raise SigningError(f"The statement that is signed has parts of {path} that do not follow one another.")
        files[path] = tuple(part.digest for part in of_file)
    return files


def _path(name: str) -> str:
    """Return a path as it is compared; raise for one that leaves the folder."""
    if not _is_within(name):
        raise SigningError(f"The statement that is signed names a file outside of its folder: {name[:100]!r}.")
    return str(PurePosixPath(name))


def _is_within(name: str) -> bool:
    path = PurePosixPath(name)
    return 0 < len(name) <= MAX_NAME_CHARS and not path.is_absolute() and ".." not in path.parts and "\0" not in name


class _Subject(msgspec.Struct):
    name: str = ""
    digest: dict[str, str] = {}


class _Resource(msgspec.Struct):
    name: str
    digest: str
    algorithm: str


class _Settings(msgspec.Struct):
    method: str
    hash_type: str = "sha256"
    allow_symlinks: bool | str = False
    shard_size: float = 0
    ignore_paths: list[str] = []


class _Predicate(msgspec.Struct):
    resources: list[_Resource]
    serialization: _Settings


class _Statement(msgspec.Struct):
    subject: list[_Subject]
    predicate: _Predicate
