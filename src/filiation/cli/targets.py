"""What is to be audited: names, folders, lists of names, source trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

import msgspec

from filiation.audit.answer import AuditUse
from filiation.core.errors import FiliationError
from filiation.core.ref import Ref

MAX_LIST_BYTES = 16 << 20
MAX_NAMES = 100_000
SOURCE_SUFFIXES = frozenset({".py", ".ipynb"})
As = Literal["name", "folder", "list", "source"]


class Named(msgspec.Struct, frozen=True):
    """A repository to be looked up: `text` names it, `uses` are the places that load it."""

    text: str
    revision: str | None = None
    uses: tuple[AuditUse, ...] = ()


class Sought(msgspec.Struct):
    """What the arguments come to: repositories to look up, folders to read, and what cannot be."""

    named: list[Named] = []
    folders: list[Path] = []
    skipped: list[str] = []


def sought(targets: Sequence[str], way: As | None) -> Sought:
    """Return what `targets` mean.

    A path that exists is taken as one: a model's folder, a list of names (a text file), or a source tree; `way` says which
    where it could be several. All else is a name.

    Raises:
        FiliationError: If a path cannot be read as `way` says.
    """
    found = Sought()
    for text in targets:
        path = Path(text)
        kind = way or _kind(text, path)
        if kind == "name":
            found.named.append(_named(text))
        elif not path.exists():
            raise FiliationError(f"There is no file or folder {text}.")
        elif kind == "folder":
            found.folders.append(path)
        elif kind == "list":
            found.named += _listed(path, found.skipped)
        else:
            _used(path, found)
    return found


def _kind(text: str, path: Path) -> As:
    if text.startswith(("model:", "dataset:")) or not path.exists():
        return "name"
    if path.is_dir():
        from filiation.registry.model_folder import SOURCE as MODEL_FOLDER  # what a name need not load

        return "folder" if MODEL_FOLDER.recognises(path) else "source"
    from filiation.uses.saved import is_saved

    return "source" if path.suffix in SOURCE_SUFFIXES or is_saved(path) else "list"


def _named(text: str) -> Named:
    name, _, revision = text.strip().partition("@")
    return Named(name, revision or None)


def _listed(path: Path, skipped: list[str]) -> Iterator[Named]:
    """Yield the names in a list: one on a line, what follows a ``#`` or a comma does not count."""
    if path.is_dir():
        raise FiliationError(f"{path} is a folder, and no list of names.")
    if path.stat().st_size > MAX_LIST_BYTES:
        raise FiliationError(f"{path} is longer than {MAX_LIST_BYTES >> 20} MB: no list of names that a person keeps.")
    lines = path.read_text(encoding="utf-8-sig", errors="replace").splitlines()
    for number, line in enumerate(lines, 1):
        text = line.partition("#")[0].partition(",")[0].strip()
        if not text:
            continue
        if number > MAX_NAMES:
            skipped.append(f"{path}:{number}: only the first {MAX_NAMES:,} lines of a list are read")
            return
        try:
            Ref.parse(text)
        except FiliationError as error:
            skipped.append(f"{path}:{number}: {error}")
        else:
            yield _named(text)


def _used(path: Path, found: Sought) -> None:
    """Add what a source tree loads, each model once with the places that load it."""
    from filiation.uses.tree import find

    tree = find(path)
    places: dict[tuple[str, str | None], list[AuditUse]] = {}
    for use in tree.uses:
        if use.ref is None:
            found.skipped.append(f"{use.file}:{use.line}: {use.how}: which model it loads shows only when it runs")
        else:
            places.setdefault((use.ref, use.revision), []).append(AuditUse(use.file, use.line, use.how, use.revision))
    found.skipped += [f"{item.file}: {item.reason}" for item in tree.skipped]
    found.named += [Named(ref, revision, tuple(uses)) for (ref, revision), uses in places.items()]
