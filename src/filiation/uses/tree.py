"""Go through a source tree, and find what each file loads."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from filiation.core.errors import SourceError as NoSourceError
from filiation.core.record import Skipped
from filiation.uses.config import config_uses
from filiation.uses.notebook import notebook_uses
from filiation.uses.program import Program
from filiation.uses.python import python_uses
from filiation.uses.saved import is_saved, saved
from filiation.uses.shell import shell_uses
from filiation.uses.source import SourceError
from filiation.uses.use import Found, Use

MAX_FILES = 50_000
MAX_DEPTH = 32
MAX_BYTES = 2 << 20
MAX_USES = 20_000
"""Bounds: what lies beyond them is listed as skipped."""
INSTALLED = frozenset(
    {"node_modules", "site-packages", ".venv", "venv", ".tox", ".nox", "__pycache__", ".mypy_cache", ".ruff_cache", ".eggs"}
)
"""Folders of what was installed or made, not written here."""
_OWN = frozenset({".git", ".hg", ".svn"})
_SHELL = (".sh", ".bash", ".zsh", ".env", ".mk", ".ps1", ".bat", ".slurm", ".sbatch")
_NAMES = ("dockerfile", "containerfile", "makefile", "justfile", "procfile", "modelfile", ".env")
_LOCKS = frozenset({"package-lock.json", "composer.lock", "poetry.lock", "uv.lock", "pdm.lock", "tsconfig.json"})


Finder = Callable[..., Iterator[Use]]
"""Takes a text and the file's name."""


def find(path: str | Path) -> Found:
    """Return what the source at `path` loads, a file or a folder. Nothing in it is imported or run.

    Links are followed to files within the folder only, and to folders never. What ``uses --json`` printed before stands for
    the tree or run that it was about.

    Raises:
        SourceError: If there is nothing there.
    """
    root = Path(path)
    if not root.exists():
        raise NoSourceError(f"{root} is not there: name a file or a folder of source text.")
    return saved(root) if is_saved(root) else _found(root)


def _found(root: Path) -> Found:
    uses: list[Use] = []
    skipped: list[Skipped] = []
    read = 0
    program = Program(root, lambda name: _text(root / name, name, []))
    for name, file in _files(root, skipped):
        if len(uses) + program.count >= MAX_USES:
            skipped.append(Skipped(name, 0, f"more than {MAX_USES:,} uses; the files from here on were not looked at"))
            break
        text = _text(file, name, skipped)
        if text is None:
            continue
        read += 1
        for finder in finders(name):
            try:
                uses += program.add(name, text) if finder is python_uses else finder(text, name)
            except SourceError as error:
                skipped.append(Skipped(name, 0, str(error)))
    uses += program.uses()
    skipped += [
        Skipped(name, 0, "names were followed as far as time allows; some are not resolved") for name in program.cut_short()
    ]
    return Found(str(root), read, _sorted(uses), skipped)


def surer(found: Found, least: float) -> Found:
    """Return what was found without the uses of which we are less sure than `least`."""
    return msgspec.structs.replace(found, uses=[item for item in found.uses if item.confidence >= least])


def finders(name: str) -> tuple[Finder, ...]:
    """Return what looks for uses in a file of that name; nothing where it is of no kind that we read."""
    base = name.rpartition("/")[2].lower()
    if base in _LOCKS:
        return ()
    by_ending = next((found for endings, found in _FINDERS if base.endswith(endings)), ())
    return by_ending or ((shell_uses,) if base.startswith(_NAMES) else ())


_FINDERS: tuple[tuple[tuple[str, ...], tuple[Finder, ...]], ...] = (
    ((".py", ".pyi", ".pyw"), (python_uses,)),
    ((".ipynb",), (notebook_uses,)),
    ((".yaml", ".yml"), (config_uses, shell_uses)),
    ((".json", ".toml"), (config_uses,)),
    (_SHELL, (shell_uses,)),
)


def _sorted(uses: list[Use]) -> list[Use]:
    """Return each use once, of two that say the same the surer one, by file and line."""
    best: dict[tuple[str, int, str | None, str], Use] = {}
    for item in uses:
        key = (item.file, item.line, item.ref, item.written if item.ref is None else "")
        if key not in best or best[key].confidence < item.confidence:
            best[key] = item
    return sorted(best.values(), key=lambda item: (item.file, item.line, item.ref or "", item.written))


def _files(root: Path, skipped: list[Skipped]) -> Iterator[tuple[str, Path]]:
    """Yield the files that we can read, relative names first, in order of name."""
    if not root.is_dir():
        yield root.name, root
        return
    count = 0
    for name, file in _walk(root, root, skipped, 0):
        if not finders(name):
            continue
        count += 1
        if count > MAX_FILES:
            skipped.append(Skipped(str(root), 0, f"more than {MAX_FILES:,} files; the others were not looked at"))
            return
        yield name, file


def _walk(folder: Path, root: Path, skipped: list[Skipped], depth: int) -> Iterator[tuple[str, Path]]:
    try:
        with os.scandir(folder) as entries:
            inside = sorted((entry.is_dir(follow_symlinks=False), entry.name) for entry in entries)
    except OSError as error:
        skipped.append(Skipped(_name(folder, root), 0, f"cannot be listed ({error.strerror})"))
        return
    for is_folder, name in inside:
        path = folder / name
        if not is_folder:
            yield _name(path, root), path
        elif name in INSTALLED or (path / "pyvenv.cfg").exists():
            skipped.append(Skipped(_name(path, root), 0, "a folder of what was installed, not written here"))
        elif depth >= MAX_DEPTH:
            skipped.append(Skipped(_name(path, root), 0, f"folders nested more than {MAX_DEPTH} deep"))
        elif name not in _OWN:
            yield from _walk(path, root, skipped, depth + 1)


def _name(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _text(file: Path, name: str, skipped: list[Skipped]) -> str | None:
    """Return the text of a file, None where it is none that we may read; then `skipped` says why."""
    try:
        root = file.parents[name.count("/")]
        if not file.resolve().is_relative_to(root.resolve()):
            raise ValueError("a link that leaves the folder")
        about = file.stat()
        if not stat.S_ISREG(about.st_mode):
            raise ValueError("not a regular file")
        if about.st_size > MAX_BYTES:
            raise ValueError(f"longer than {MAX_BYTES >> 20} MB")
        with file.open("rb") as stream:
            return stream.read(MAX_BYTES + 1).decode("utf-8-sig")
    except UnicodeDecodeError:
        skipped.append(Skipped(name, 0, "not UTF-8"))
    except OSError as error:
        skipped.append(Skipped(name, 0, f"cannot be read ({error.strerror})"))
    except ValueError as error:
        skipped.append(Skipped(name, 0, str(error)))
    return None
