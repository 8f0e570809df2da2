"""Duplicates by the digests of whole files: read here, or told by the registry without a download."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from filiation.core.errors import WeightsError
from filiation.knowledge import load

READ_BYTES = 1 << 20
SHA256 = re.compile(r"[0-9a-f]{64}")


class SameWeights(NamedTuple):
    """Models that share files of weights, byte for byte.

    Attributes:
        refs: What they are called, in the order in which they were given.
        sha256: Of the files that all of them have, sorted.
        whole: None of them has other files of weights.
    """

    refs: tuple[str, ...]
    sha256: tuple[str, ...]
    whole: bool


def file_sha256(path: Path) -> str:
    """Return the SHA-256 of a file, as the registry tells that of a large one: 64 hex digits.

    Raises:
        WeightsError: If it cannot be read.
    """
    digest = hashlib.sha256()
    try:
        with path.open("rb", buffering=0) as file:
            while block := file.read(READ_BYTES):
                digest.update(block)
    except OSError as error:
        raise WeightsError(f"{path} cannot be read: {error.strerror}") from error
    return digest.hexdigest()


def told_sha256(body: Mapping[str, Any]) -> dict[str, str]:
    """Return the SHA-256 of each large file by its path, as the body of a record has it when asked with ``blobs=true``.

    What is not told, or is no digest, is left out.
    """
    found = {}
    siblings = body.get("siblings")
    for sibling in siblings if isinstance(siblings, list) else []:
        if not isinstance(sibling, dict) or not isinstance(sibling.get("rfilename"), str):
            continue
        large = sibling.get("lfs")
        digest = large.get("sha256") if isinstance(large, dict) else None
        if isinstance(digest, str) and SHA256.fullmatch(digest):
            found[sibling["rfilename"]] = digest
    return found


def is_weights(path: str) -> bool:
    """Return whether a file of that path holds weights, by ``knowledge/weight_formats.toml``; archives may hold anything."""
    name = path.lower()
    return any(files.search(name) and not (unless and unless.search(name)) for files, unless in _formats())


@cache
def _formats() -> tuple[tuple[re.Pattern[str], re.Pattern[str] | None], ...]:
    return tuple(
        (re.compile(kind["files"]), re.compile(kind["unless"]) if "unless" in kind else None)
        for name, kind in load("weight_formats").items()
        if name != "archive"
    )


def same_weights(models: Iterable[tuple[str, Mapping[str, str]]]) -> list[SameWeights]:
    """Return which models have files of weights in common, those that share most files first.

    Law: the order of models and of their files changes nothing but the order of `refs`.

    Args:
        models: What each is called, with the SHA-256 of its files by path.
    """
    own: dict[str, frozenset[str]] = {}
    holders = defaultdict[str, list[str]](list)
    for ref, files in models:
        own[ref] = frozenset(digest for path, digest in files.items() if is_weights(path))
        for digest in own[ref]:
            holders[digest].append(ref)
    shared = defaultdict[tuple[str, ...], list[str]](list)
    for digest, refs in holders.items():
        if len(refs) > 1:
            shared[tuple(refs)].append(digest)
    found = [
        SameWeights(refs, tuple(sorted(digests)), all(own[ref] == frozenset(digests) for ref in refs))
        for refs, digests in shared.items()
    ]
    return sorted(found, key=lambda same: (-len(same.sha256), same.refs))
