"""The store that Ollama keeps on a machine: ``manifests/<host>/<owner>/<name>/<tag>`` and ``blobs/sha256-<digest>``.

Its blobs are named by their SHA-256, as the Hub names those of large files: a model that was imported unchanged is known again.

Source:
    https://github.com/ollama/ollama/blob/main/docs/import.md; the media types as in ``server/images.go`` there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from filiation.core.record import Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind, is_name
from filiation.formats import gguf
from filiation.formats.model_files import GGUF_METADATA, MAX_TEXT_BYTES, telling

SOURCE_NAME = REGISTRY = "ollama"
MAX_MANIFESTS = 20_000
MAX_MANIFEST_BYTES = 1 << 20
HOME, LIBRARY, LATEST = "registry.ollama.ai", "library", "latest"
DIGEST = re.compile(r"sha256[:-]([0-9a-f]{64})")
_MODEL, _LICENSE, _PARTS = (
    "application/vnd.ollama.image.model",
    "application/vnd.ollama.image.license",
    ("adapter", "projector"),
)


class _Layer(msgspec.Struct):
    kind: str = msgspec.field(default="", name="mediaType")
    digest: str = ""
    size: int = 0


class _Manifest(msgspec.Struct):
    layers: list[_Layer] = []


class _Place(NamedTuple):
    """A manifest: its file, and what Ollama calls the model."""

    path: Path
    host: str
    owner: str
    name: str
    tag: str


class OllamaStore:
    """One record for each model and tag; no blob is read but the header of the model's and the licences."""

    name = "Ollama store"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether `path` has both folders of a store, itself or under ``models``."""
        return _root(path) is not None

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each manifest, in order of path, with what in it could not be read."""
        root = _root(path)
        if root is not None and options.kind in (None, Kind.MODEL):
            yield from batches_of(_sightings(root), str(path))


SOURCE = OllamaStore()


def _root(path: Path) -> Path | None:
    return next((root for root in (path, path / "models") if (root / "manifests").is_dir() and (root / "blobs").is_dir()), None)


def _sightings(root: Path) -> Iterator[Sighting | Skipped]:
    given: set[str] = set()
    for number, place in enumerate(_places(root / "manifests"), 1):
        if number > MAX_MANIFESTS:
            yield Skipped(str(root), number, f"more than {MAX_MANIFESTS:,} models; the others are not read")
            return
        name = _name(place)
        if not is_name(name) or name in given:
            yield Skipped(str(place.path), number, "its path is no name of a model, or another one gives the same")
            continue
        given.add(name)
        try:
            text = _bytes(place.path, MAX_MANIFEST_BYTES)
            manifest = msgspec.json.decode(text, type=_Manifest)
        except (OSError, ValueError, RecursionError) as error:
            yield Skipped(str(place.path), number, f"cannot be read ({error})")
            continue
        body, files, skipped = _told(root / "blobs", place, manifest)
        yield from (Skipped(str(place.path), number, reason) for reason in skipped)
        body |= {"id": name, "sha": sha256(text).hexdigest()}
        yield Sighting(number, Record(Kind.MODEL, name, body, files), SOURCE_NAME, REGISTRY)


def _places(manifests: Path) -> Iterator[_Place]:
    """Yield the manifests in order of path; links are not followed."""
    for host in _inside(manifests):
        for owner in _inside(host):
            for name in _inside(owner):
                for tag in _inside(name, files=True):
                    yield _Place(tag, host.name, owner.name, name.name, tag.name)


def _inside(folder: Path, *, files: bool = False) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            wanted = (entry for entry in entries if (entry.is_file if files else entry.is_dir)(follow_symlinks=False))
            return sorted(Path(entry.path) for entry in wanted if not entry.name.startswith("."))
    except OSError:
        return []


def _name(place: _Place) -> str:
    """Return ``name-tag``, its owner in front where that is not Ollama's own, without the tag where it is ``latest``."""
    name = place.name if place.tag == LATEST else f"{place.name}-{place.tag}"
    return name if place.owner == LIBRARY else f"{place.owner}/{name}"


def _called(place: _Place) -> str:
    host = "" if place.host == HOME else f"{place.host}/"
    owner = "" if place.owner == LIBRARY and not host else f"{place.owner}/"
    return f"{host}{owner}{place.name}:{place.tag}"


def _told(blobs: Path, place: _Place, manifest: _Manifest) -> tuple[dict[str, Any], dict[str, str], list[str]]:
    """Return the record's body, the texts beside it, and what could not be read."""
    siblings, headers, terms, skipped = [], {}, [], []
    for layer in manifest.layers:
        found = DIGEST.fullmatch(layer.digest)
        if not found:
            continue
        blob, kind = blobs / f"sha256-{found[1]}", layer.kind.rpartition(".")[2]
        try:
            if layer.kind == _MODEL or kind in _PARTS:
                file = "model.gguf" if layer.kind == _MODEL else f"{kind}.gguf"
                siblings.append({"rfilename": file, "size": layer.size, "lfs": {"sha256": found[1], "size": layer.size}})
                headers[file] = telling(gguf.FORMAT.metadata(blob))
            elif layer.kind == _LICENSE:
                terms.append(_bytes(blob, MAX_TEXT_BYTES).decode("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            skipped.append(f"{kind}: cannot be read ({error})")
    body = {
        "modelId": _called(place),
        "lastModified": datetime.fromtimestamp(place.path.stat().st_mtime, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "library_name": "gguf",
        "tags": ["gguf"],
        "siblings": siblings,
    }
    files = {"LICENSE": "\n".join(terms)} if terms else {}
    return body, files | ({GGUF_METADATA: msgspec.json.encode(headers).decode()} if headers else {}), skipped


def _bytes(path: Path, limit: int) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"longer than {limit >> 20} MB")
    return content
