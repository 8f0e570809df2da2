"""The files of one repository on disk, as the Hub's API would tell of them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from filiation.core.record import Skipped
from filiation.formats import gguf
from filiation.formats.blob_name import blob_sha256
from filiation.formats.file_digest import sha256_of
from filiation.formats.folder import files_below

MAX_FILES = 10_000
MAX_DEPTH = 8
MAX_TEXT_BYTES = 1 << 20
MAX_GGUF_FILES = 32
MAX_VALUE_CHARS = 2_000
CARD = "README.md"
SIGNATURE = "model.sig"
"""What OpenSSF model signing calls a signature; where there is one, digests of all files are taken, to hold against it."""
TEXTS = (CARD, SIGNATURE, "adapter_config.json", "mergekit_config.yml", "mergekit_config.yaml")
CONFIGS = ("config.json", "model_index.json")
MARKS = frozenset({*TEXTS, *CONFIGS}) - {CARD, SIGNATURE}
LICENSES = re.compile(r"(?:licen[cs]es?|copying|notice)(?:[-_.][\w+.-]{0,40})?", re.IGNORECASE | re.ASCII)
"""Names of files at the top that hold a licence or a notice; matched as a whole."""
EVAL_RESULTS = re.compile(r"\.eval_results/[\w.-]{1,100}\.ya?ml", re.ASCII)
"""Names of files that hold results of evaluations, as the Hub reads them; matched as a whole."""
MAX_EVAL_RESULTS = 64
WEIGHTS = (".safetensors", ".gguf")
GGUF_METADATA = "gguf-metadata.json"
"""Not a file of the repository: a JSON object, from the name of each GGUF file to the keys of its header."""
_OWN = frozenset({".git", ".cache"})
"""Folders that git and the Hub's client keep among the files for themselves."""


@dataclass
class Contents:
    """What a repository holds: `siblings` and `config` as in the API, the texts by name, and what could not be read."""

    siblings: list[dict[str, Any]] = field(default_factory=list)
    config: dict[str, Any] | None = None
    files: dict[str, str] = field(default_factory=dict)
    skipped: list[Skipped] = field(default_factory=list)

    def body(self, name: str) -> dict[str, Any]:
        """Return the API's record of a repository of this `name`."""
        return {"id": name, "siblings": self.siblings} | ({"config": self.config} if self.config else {})


def is_marked(names: list[str]) -> bool:
    """Return whether files of these `names` make a folder a model's: a configuration or weights are among them."""
    return any(name in MARKS or name.endswith(WEIGHTS) for name in names)


def contents(folder: Path, bounds: Path, blobs: Path | None = None) -> Contents:
    """Read the files in `folder`; a link is followed to a file within `bounds` only, and to a folder never.

    Those that are links into `blobs`, where files are named by their SHA-256, are listed with it.
    """
    found = Contents()
    within = bounds.resolve()
    headers: dict[str, dict[str, Any]] = {}
    for name, path in files_below(folder, _OWN, MAX_DEPTH, found.skipped):
        if len(found.siblings) == MAX_FILES:
            found.skipped.append(Skipped(str(folder), 0, f"more than {MAX_FILES:,} files; the others are not listed"))
            break
        if not path.resolve().is_relative_to(within):
            found.skipped.append(Skipped(str(path), 0, f"a link that leaves {within.name}"))
        elif not path.is_file():
            found.skipped.append(Skipped(str(path), 0, "not a regular file"))
        else:
            found.siblings.append({"rfilename": name, "size": path.stat().st_size} | _large(path, blobs))
            _look_into(name, path, found, headers)
    if SIGNATURE in found.files:
        _add_digests(folder, found)
    if headers:
        found.files[GGUF_METADATA] = msgspec.json.encode(headers).decode()
    return found


def _large(path: Path, blobs: Path | None) -> dict[str, Any]:
    sha256 = blob_sha256(path, blobs) if blobs else ""
    return {"lfs": {"sha256": sha256}} if sha256 else {}


def _add_digests(folder: Path, found: Contents) -> None:
    """Add the SHA-256 of each file whose name does not tell it already, as ``sha256``."""
    for sibling in found.siblings:
        if "lfs" in sibling:
            continue
        path = folder / sibling["rfilename"]
        try:
            sibling["sha256"] = sha256_of(path)
        except OSError as error:
            found.skipped.append(Skipped(str(path), 0, f"cannot be read ({error.strerror})"))


def _look_into(name: str, path: Path, found: Contents, headers: dict[str, dict[str, Any]]) -> None:
    """Add what the file at `path` says to `found`, or its GGUF header to `headers`."""
    try:
        if name in TEXTS or LICENSES.fullmatch(name) or _is_result(name, found):
            found.files[name] = _text(path)
        elif name in CONFIGS and not found.config:
            config = msgspec.json.decode(_text(path), type=dict[str, Any])
            found.config = config if name == CONFIGS[0] else {"diffusers": {"_class_name": config.get("_class_name")}}
        elif name.endswith(gguf.FORMAT.suffixes) and len(headers) < MAX_GGUF_FILES:
            headers[name] = telling(gguf.FORMAT.metadata(path))
    except (OSError, ValueError, RecursionError) as error:
        found.skipped.append(Skipped(str(path), 0, f"cannot be read ({error})"))


def _is_result(name: str, found: Contents) -> bool:
    """Return whether a file is one of the first `MAX_EVAL_RESULTS` that hold results of evaluations."""
    if EVAL_RESULTS.fullmatch(name) is None:
        return False
    return sum(EVAL_RESULTS.fullmatch(file) is not None for file in found.files) < MAX_EVAL_RESULTS


def _text(path: Path) -> str:
    with path.open("rb") as stream:
        content = stream.read(MAX_TEXT_BYTES + 1)
    if len(content) > MAX_TEXT_BYTES:
        raise ValueError(f"longer than {MAX_TEXT_BYTES >> 20} MB")
    return content.decode("utf-8-sig")


def telling(metadata: dict[str, Any]) -> dict[str, Any]:
    """Return what describes the model: not its tokenizer, nor texts longer than a sentence or two."""
    return {
        key: value
        for key, value in metadata.items()
        if not key.startswith("tokenizer.") and not (isinstance(value, str) and len(value) > MAX_VALUE_CHARS)
    }
