"""The small files of a model, read within bounds; each that could not be read is remembered with the reason."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from filiation.core.errors import SourceError
from filiation.core.extractor import UnreadableError
from filiation.core.record import Skipped
from filiation.extract.front_matter import front_matter
from filiation.formats.folder import files_below

MAX_FILES = 10_000
MAX_DEPTH = 3
MAX_BYTES = 2 << 20
MAX_LIST = 100_000
CARD = "README.md"
_PRIVATE = frozenset({".git", ".cache"})
T = TypeVar("T")


class ModelFolder:
    """The files of a model by their names within its folder; a single file is a folder of one.

    Links are followed within the folder, and within the repository's own folder in a cache of the Hub's client; nowhere else.

    Attributes:
        title: The folder's name, or the file's.
        names: What is there, in order.
        read: Names of what was read.
        skipped: What could not be.
    """

    def __init__(self, path: Path) -> None:
        if not path.exists():
            raise SourceError(f"There is nothing at {path}: name the folder of a model, or its .gguf or .onnx file.")
        self.title = path.resolve().name
        self.read: list[str] = []
        self.skipped: list[Skipped] = []
        root = path if path.is_dir() else path.parent
        real = root.resolve()
        self._bounds = real.parent.parent if real.parent.name == "snapshots" else real
        self._paths = dict(self._within(root)) if path.is_dir() else {path.name: path}
        self.names = tuple(self._paths)

    def _within(self, root: Path) -> list[tuple[str, Path]]:
        found = []
        for name, path in files_below(root, _PRIVATE, MAX_DEPTH, self.skipped):
            if len(found) == MAX_FILES:
                self.skipped.append(Skipped(name, 0, f"more than {MAX_FILES:,} files: the others are not looked at"))
                break
            if not path.resolve().is_relative_to(self._bounds):
                self.skipped.append(Skipped(name, 0, "a link that leaves the folder"))
            elif path.is_file():
                found.append((name, path))
        return found

    def path(self, name: str) -> Path | None:
        """Return where the file of that name lies."""
        return self._paths.get(name)

    def ending(self, suffix: str) -> list[str]:
        """Return the names that end so, those nearest the top first."""
        found = [name for name in self.names if name.lower().endswith(suffix)]
        return sorted(found, key=lambda name: (name.count("/"), name))

    def content(self, name: str, limit: int = MAX_BYTES) -> bytes | None:
        """Return the bytes of a file; None where there is none, or it is longer than `limit` or cannot be read."""
        path = self._paths.get(name)
        if path is None:
            return None
        try:
            with path.open("rb") as stream:
                content = stream.read(limit + 1)
        except OSError as error:
            return self._skip(name, f"cannot be read ({error.strerror})")
        if len(content) > limit:
            return self._skip(name, f"longer than {limit >> 20} MB")
        if name not in self.read:
            self.read.append(name)
        return content

    def decoded(self, name: str, kind: type[T], limit: int = MAX_BYTES) -> T | None:
        """Return a file of JSON as `kind`; None where there is none, or it is something else."""
        content = self.content(name, limit)
        if content is None:
            return None
        try:
            return msgspec.json.decode(content, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            self.read.remove(name)
            return self._skip(name, f"not the JSON that it should be ({error})")

    def json(self, name: str) -> dict[str, Any]:
        """Return a file that is a JSON object; empty where there is none, or it is something else."""
        return self.decoded(name, dict[str, Any]) or {}

    def card(self) -> dict[str, Any]:
        """Return the front matter of the card; empty where there is none."""
        content = self.content(CARD)
        if content is None:
            return {}
        try:
            matter = front_matter(content.decode("utf-8", "replace"))
        except UnreadableError as error:
            return self._skip(CARD, str(error)) or {}
        return msgspec.json.decode(matter, type=dict[str, Any]) if matter else {}

    def _skip(self, name: str, reason: str) -> None:
        known = Skipped(name, 0, re.sub(r"\s+", " ", reason)[:300])
        if known not in self.skipped:
            self.skipped.append(known)
