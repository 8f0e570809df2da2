"""Advisories in the Open Source Vulnerability format: files, folders of files and the archives that osv.dev publishes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from filiation.core.advisory import REGISTRY, parse_advisory
from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, is_name
from filiation.formats.compressed import peek

MAX_BYTES = 4 << 20
"""Longest advisory."""
MAX_FILES = 1_000_000
LOOKED_AT = 5
WITNESS = "osv"
SIGNS = (b'"modified"', b'"affected"')


class OsvAdvisories:
    """A record for each advisory, as it was published: an observation like any other, so that a later one is a change."""

    name = "osv"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether a file looks like an advisory, or a folder or archive begins with files that do."""
        try:
            if path.is_dir():
                files = [*islice(path.glob("*.json"), LOOKED_AT)]
                return bool(files) and all(_is_advisory(peek(file, 1 << 16)) for file in files)
            if path.suffix.lower() == ".zip":
                with zipfile.ZipFile(path) as archive:
                    return any(_is_advisory(head) for head in _heads(archive))
            return path.suffix.lower() == ".json" and _is_advisory(peek(path, 1 << 16))
        except (OSError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
            return False

    def read(self, path: Path, _: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the advisories; what is none is told."""
        yield from batches_of(_sightings(path), str(path))


SOURCE = OsvAdvisories()


def _is_advisory(head: bytes) -> bool:
    return head.lstrip()[:1] == b"{" and b'"id"' in head and all(sign in head for sign in SIGNS)


def _heads(archive: zipfile.ZipFile) -> Iterator[bytes]:
    named = [item for item in islice(archive.infolist(), LOOKED_AT) if item.filename.endswith(".json")]
    for item in named:
        with archive.open(item) as file:
            yield file.read(1 << 16)


def _sightings(path: Path) -> Iterator[Sighting | Skipped]:
    for number, (name, body) in enumerate(_texts(path), 1):
        if number > MAX_FILES:
            yield Skipped(str(path), 0, f"only the first {MAX_FILES:,} advisories are read")
            return
        if len(body) > MAX_BYTES:
            yield Skipped(name, 0, f"longer than {MAX_BYTES >> 20} MB, which no advisory is")
            continue
        try:
            found = parse_advisory(body)
            fields: dict[str, Any] = json.loads(body)
        except (ValueError, RecursionError) as error:
            yield Skipped(name, 0, f"no advisory in the OSV format ({error})")
            continue
        if not is_name(found.id):
            yield Skipped(name, 0, f"the id is no name: {found.id[:80]}")
            continue
        yield Sighting(number, Record(Kind.MODEL, found.id, fields), WITNESS, REGISTRY)


def _texts(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield name and bytes of each file, at most one byte more than an advisory may have; links are not followed."""
    if path.is_dir():
        for file in sorted(path.rglob("*.json")):
            if file.is_file() and not file.is_symlink():
                with file.open("rb") as stream:
                    yield str(file), stream.read(MAX_BYTES + 1)
    elif path.suffix.lower() == ".zip":
        with zipfile.ZipFile(path) as archive:
            for item in archive.infolist():
                if item.filename.endswith(".json"):
                    with archive.open(item) as stream:
                        yield f"{path}:{item.filename}", stream.read(MAX_BYTES + 1)
    else:
        with path.open("rb") as stream:
            yield str(path), stream.read(MAX_BYTES + 1)
