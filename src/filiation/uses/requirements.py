"""The versions of Python packages that an application fixes: requirements files and locks, read and never run."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import tomli
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

MAX_BYTES = 32 << 20
MAX_PACKAGES = 20_000
LOCKS = ("uv.lock", "poetry.lock", "pdm.lock", "pylock.toml")
PIPFILE = "Pipfile.lock"


class Pinned(msgspec.Struct, frozen=True, order=True):
    """A package at one version, and the file that fixes it."""

    name: str
    version: str
    file: str


def pinned(root: Path) -> list[Pinned]:
    """Return what the files at the top of a source tree fix, each package and version once; what cannot be read is left out."""
    if not root.is_dir():
        return []
    files = [*sorted(root.glob("requirements*.txt")), *sorted(root.glob("requirements/*.txt"))]
    found = [item for file in files if (text := _text(file)) is not None for item in _listed(text, _told(file, root))]
    for name in LOCKS:
        if (text := _text(root / name)) is not None:
            found += _locked(text, name)
    if (text := _text(root / PIPFILE)) is not None:
        found += _pipfile(text)
    first = {(item.name, item.version): item for item in reversed(found)}
    return sorted(first.values())[:MAX_PACKAGES]


def _told(file: Path, root: Path) -> str:
    return file.relative_to(root).as_posix()


def _text(path: Path) -> str | None:
    if not path.is_file() or path.is_symlink():
        return None
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
        return raw.decode("utf-8-sig") if len(raw) <= MAX_BYTES else None
    except (OSError, UnicodeDecodeError):
        return None


def _listed(text: str, file: str) -> Iterator[Pinned]:
    """Yield the lines that fix one version: ``name==1.2``, with extras, markers and hashes beside it."""
    for line in text.splitlines():
        said = line.partition(" #")[0].partition("--hash")[0].strip().rstrip("\\").strip()
        if not said or said.startswith(("#", "-")):
            continue
        try:
            wanted = Requirement(said)
        except InvalidRequirement:
            continue
        exact = [part.version for part in wanted.specifier if part.operator in {"==", "==="} and not part.version.endswith("*")]
        if len(exact) == 1:
            yield Pinned(canonicalize_name(wanted.name), exact[0], file)


def _locked(text: str, file: str) -> Iterator[Pinned]:
    try:
        tables: dict[str, Any] = tomli.loads(text)
    except (ValueError, RecursionError):
        return
    listed = tables.get("package", tables.get("packages"))
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("version"), str):
            yield Pinned(canonicalize_name(item["name"]), item["version"], file)


def _pipfile(text: str) -> Iterator[Pinned]:
    try:
        packages = json.loads(text)["default"].items()
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        return
    for name, item in packages:
        version = item.get("version") if isinstance(item, dict) else None
        if isinstance(version, str) and version.startswith("=="):
            yield Pinned(canonicalize_name(name), version.removeprefix("=="), PIPFILE)
