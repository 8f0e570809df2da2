"""The files of a model that a run may read: found, looked at, and laid out in a folder of links."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from filiation.core.errors import FiliationError, WeightsError
from filiation.core.measurement import ModelAbout, ModelFile
from filiation.core.record import ReadOptions, Skipped
from filiation.core.ref import Ref
from filiation.formats.file_digest import sha256_of
from filiation.formats.folder import files_below
from filiation.formats.local_file import LocalFile
from filiation.formats.tensor_formats import format_of, has_tensor_suffix
from filiation.knowledge import load
from filiation.registry.hub_cache import SOURCE as CACHE
from filiation.scan.answer import ALARMS
from filiation.scan.folder import scan_file
from filiation.scan.kinds import kind_of

MAX_FILES = 2_000
MAX_DEPTH = 8
MAX_JSON_BYTES = 4 << 20
PACKAGE = "package:"
_OWN = frozenset({".git", ".cache", "__pycache__"})
_TYPES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16", "F64": "float64", "I8": "int8", "U8": "uint8", "I4": "int4"}


@dataclass(frozen=True)
class Model:
    """A model that can be run.

    Attributes:
        ref: What it is called.
        files: By their name in the model's folder, the paths that a run may read, links resolved.
        about: What is recorded of it.
        precision: Type of most of its weights, as its files say; None where they do not.
    """

    ref: str
    files: dict[str, Path]
    about: ModelAbout
    precision: str | None

    def lay_out(self, folder: Path) -> None:
        """Make `folder` the model's: a link for each file."""
        folder.mkdir()
        for name, path in self.files.items():
            link = folder / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(path)

    def config(self) -> dict[str, Any]:
        """Return what ``config.json`` says; nothing where there is none that can be read."""
        path = self.files.get("config.json")
        if path is None or path.stat().st_size > MAX_JSON_BYTES:
            return {}
        try:
            told = msgspec.json.decode(path.read_bytes())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}


def find_model(ref: str, places: Sequence[str], *, allow_pickle: bool = False, despite_scan: bool = False) -> Model:
    """Return a model with the files that a run may read.

    Args:
        ref: ``owner/name``, or the path of a folder.
        places: Files and folders, the first to have a name wins; ``package:NAME/path`` is one within an installed Python
            package, which is not imported. Without any, the folder that `ref` is, or what the Hub's cache has of it.
        allow_pickle: Whether files are shown that are programs when they are loaded.
        despite_scan: Whether to go on where the scan of the files raises an alarm.

    Raises:
        FiliationError: If there are no files, or some are hostile.
    """
    roots = [_place(place) for place in places] or _found(ref)
    withheld: list[str] = []
    files: dict[str, Path] = {}
    for root in roots:
        for name, path in _files(root, withheld):
            reason = _withheld(name, path, allow_pickle=allow_pickle)
            if reason:
                withheld.append(f"{name}: {reason}")
            else:
                files.setdefault(name, path.resolve())
    if not files or len(files) > MAX_FILES:
        why = f" ({'; '.join(withheld[:3])})" if withheld else ""
        raise FiliationError(f"{len(files):,} files of {ref} may be read by a run, of 1 to {MAX_FILES:,}{why}.")
    if not despite_scan:
        _refuse_hostile(files)
    listed = tuple(ModelFile(name, files[name].stat().st_size, sha256_of(files[name])) for name in sorted(files))
    digest = hashlib.sha256(msgspec.json.encode([(file.name, file.sha256) for file in listed])).hexdigest()
    about = ModelAbout(listed, sum(file.size for file in listed), digest, tuple(sorted(withheld)))
    return Model(name_of(ref), files, about, precision_of(files))


def name_of(ref: str) -> str:
    """Return what a model is called: its ref, or of a folder its name as a local one's.

    Raises:
        FiliationError: If it is neither.
    """
    if Path(ref).exists():
        return f"local:model:{Path(ref).resolve().name.replace(' ', '-') or 'model'}"
    return str(Ref.parse(ref))


def _place(place: str) -> Path:
    """Return the file or folder that `place` spells."""
    if not place.startswith(PACKAGE):
        path = Path(place)
    else:
        name, _, inner = place.removeprefix(PACKAGE).partition("/")
        try:
            spec = find_spec(name) if name.isidentifier() else None  # of a whole package: nothing of it is imported
        except (ImportError, ValueError):
            spec = None
        if spec is None or not spec.submodule_search_locations:
            raise FiliationError(f"There is no Python package {name!r} installed here: install it first.")
        root = Path(next(iter(spec.submodule_search_locations))).resolve()
        path = (root / inner).resolve()
        if not path.is_relative_to(root):
            raise FiliationError(f"{place} leads out of the package.")
    if not path.exists():
        raise FiliationError(f"{place} is not there: name a file or folder of the model.")
    return path


def _found(ref: str) -> list[Path]:
    """Return the folder that `ref` is, else what the Hub's cache has of it."""
    if Path(ref).is_dir():
        return [Path(ref)]
    wanted = Ref.parse(ref)
    home = Path(os.environ.get("HF_HOME", Path.home() / ".cache" / "huggingface"))
    cache = Path(os.environ.get("HF_HUB_CACHE", home / "hub"))
    if cache.is_dir():
        for place in CACHE.places(cache, ReadOptions()):
            if (place.ref.kind, place.ref.name) == (wanted.kind, wanted.name):
                at = place.folder.parent / wanted.revision if wanted.revision else place.folder
                if at.is_dir():
                    return [at]
    raise FiliationError(f"No files of {ref} are here: give --files FOLDER; nothing is downloaded.")


def _files(root: Path, withheld: list[str]) -> list[tuple[str, Path]]:
    """Return names and paths of the files at `root`; a link is followed to a file beside or below it, or in the Hub's cache."""
    if root.is_file():
        return [(root.name, root)]
    skipped: list[Skipped] = []
    around = root.resolve()
    if around.parent.name == "snapshots":
        around = around.parent.parent
    found = []
    for name, path in files_below(root, _OWN, MAX_DEPTH, skipped):
        if path.is_file() and path.resolve().is_relative_to(around):
            found.append((name, path))
        else:
            withheld.append(f"{name}: no file, or a link that leaves the folder")
    withheld += [f"{item.file}: {item.reason}" for item in skipped]
    return found


def _withheld(name: str, path: Path, *, allow_pickle: bool) -> str | None:
    """Return why a run is not shown a file; None where it is."""
    rules = load("measure")["withheld"]
    suffix = Path(name).suffix.lower()
    if suffix in rules["code"]:
        return "code of the model's own"
    if allow_pickle:
        return None
    if suffix in rules["suffixes"]:
        return "a format that is a program when it is loaded; --allow-pickle shows it"
    try:
        file = LocalFile(path, name)
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    with file:
        return "a pickle; --allow-pickle shows it" if kind_of(file) in rules["kinds"] else None


def _refuse_hostile(files: dict[str, Path]) -> None:
    """Scan the files, nothing of which is run by that, and refuse those with an alarm."""
    names = frozenset(files)
    for name, path in files.items():
        told = scan_file(path, name, siblings=names)
        if told.status in ALARMS:
            why = told.reasons[0].message if told.reasons else ""
            raise FiliationError(f"{name} is {told.status}: {why} --despite-scan runs it all the same, in its bounds.")


def precision_of(files: dict[str, Path]) -> str | None:
    """Return the type of most values in the files of weights, None where none can be read."""
    counts: Counter[str] = Counter()
    for name, path in files.items():
        if not has_tensor_suffix(name):
            continue
        try:
            with LocalFile(path, name) as file:
                found = format_of(file)
                for tensor in found.index(file).tensors if found else ():
                    counts[tensor.dtype] += tensor.size
        except (WeightsError, OSError):  # the run will say what is wrong with it
            continue
    most = max(counts, key=lambda dtype: counts[dtype], default=None)
    return None if most is None else _TYPES.get(most, most.lower())
