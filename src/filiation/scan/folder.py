"""Scan a folder: each file by itself, with what the configuration beside it says of it."""

from __future__ import annotations

import re
import stat
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec

from filiation.core.errors import SourceError, WeightsError
from filiation.core.record import Skipped
from filiation.formats.folder import files_below
from filiation.formats.local_file import LocalFile
from filiation.knowledge import load
from filiation.scan.answer import ALARMS, ORDER, FileScan, Scan, Status, status_of
from filiation.scan.contents import look_into
from filiation.scan.kinds import kind_of
from filiation.scan.limits import BudgetError, Limits
from filiation.scan.look import Look, Part, said
from filiation.scan.opinions import Scanner, picklescan_of

MAX_FILES = 100_000
MAX_DEPTH = 32
MAX_CONFIG_BYTES = 4 << 20
_OWN = frozenset({".git", ".hg", ".svn"})
_CONFIGS = re.compile(
    r"(?:.*/)?(?:config|tokenizer_config|processor_config|preprocessor_config|modules|model_index|generation_config)\.json"
)
_NAMED = re.compile(
    r'"(?:[\w./-]{1,120}--)?(?P<module>[A-Za-z_]\w{0,79}(?:\.[A-Za-z_]\w{0,79}){0,4})\.[A-Za-z_]\w{0,119}"', re.ASCII
)


def scan_folder(
    path: str | Path,
    *,
    limits: Limits | None = None,
    lang: str = "en",
    scanners: tuple[Scanner, ...] = (),
    registry: dict[str, str] | None = None,
    progress: Callable[[str, int], None] = lambda *_: None,
) -> Scan:
    """Return the answer about each file in a folder, or about one file. Nothing in it is imported, called or rendered.

    Links are followed to files within the folder only, and to folders never.

    Args:
        path: What to scan.
        limits: How much is looked at of each file.
        lang: Language of the sentences, ``en`` or ``ja``.
        scanners: Whom to ask for a second opinion, beside picklescan.
        registry: What the registry's own scan says, by path.
        progress: Is told how many files are done.

    Raises:
        SourceError: If there is nothing there.
    """
    root = Path(path)
    if not root.exists():
        raise SourceError(f"{root} is not there: name a file or a folder to scan.")
    skipped: list[Skipped] = []
    found = list(_files(root, skipped))
    names = frozenset(name for name, _ in found) if root.is_dir() else None
    loaded = frozenset(_loaded(found))
    files = []
    for number, (name, file) in enumerate(found):
        one = scan_file(file, name, limits=limits, lang=lang, loaded=loaded, siblings=names)
        opinions = (*one.opinions, *(scanner.opinion(file, one.status) for scanner in scanners))
        files.append(msgspec.structs.replace(one, opinions=opinions, registry=(registry or {}).get(name)))
        progress("scan", number + 1)
    counts = Counter(str(file.status) for file in files)
    worst = next((status for status in ORDER if counts[status]), Status.CLEAN)
    told = {str(status): counts[status] for status in ORDER}
    return Scan(str(root), worst, tuple(files), told, sum(file.bytes for file in files), tuple(skipped))


def scan_file(
    path: Path,
    name: str = "",
    *,
    limits: Limits | None = None,
    lang: str = "en",
    loaded: frozenset[str] = frozenset(),
    siblings: frozenset[str] | None = None,
) -> FileScan:
    """Return the answer about one file.

    Args:
        path: Of the file.
        name: What it is called in the answer; its own name without.
        limits: How much is looked at.
        lang: Language of the sentences.
        loaded: Python files of its folder that a library loads with the model.
        siblings: Names of all files of its folder; None where it stands alone.
    """
    name = name or path.name
    look = Look(limits or Limits(), look_into, loaded, siblings)
    kind, size = "", 0
    try:
        with LocalFile(path, name) as file:
            size = file.size_bytes
            kind = kind_of(file)
            look.into(Part(file, name))
    except BudgetError as error:
        look.say("over-budget", "", "", str(error))
    except (RecursionError, MemoryError) as error:
        look.say("cannot-be-read", "", "", f"it nests too deep, or is too large ({type(error).__name__})")
    except (OSError, WeightsError) as error:
        look.say("cannot-be-read", "", "", getattr(error, "strerror", None) or str(error))
    reasons = look.reasons
    status = status_of({reason.level for reason in reasons})
    opinion = picklescan_of(look.globals, status in ALARMS)
    told = tuple(said(reason, lang) for reason in reasons) if lang != "en" else reasons
    return FileScan(name, status, kind, size, told, (opinion,) if opinion else ())


def alarming(scan: Scan) -> list[FileScan]:
    """Return the files that are malicious or suspicious, the worst first."""
    return sorted(
        (file for file in scan.files if file.status in ALARMS), key=lambda file: (ORDER.index(file.status), file.path)
    )


def _files(root: Path, skipped: list[Skipped]) -> Iterator[tuple[str, Path]]:
    if not root.is_dir():
        yield root.name, root
        return
    within = root.resolve()
    for count, (name, path) in enumerate(files_below(root, _OWN, MAX_DEPTH, skipped)):
        if count == MAX_FILES:
            skipped.append(Skipped(str(root), 0, f"more than {MAX_FILES:,} files; the others were not looked at"))
            return
        target = path.resolve()
        if path.is_symlink() and not target.is_relative_to(within) and not _is_blob(path, target):
            skipped.append(Skipped(name, 0, "a link that leaves the folder"))
        elif not target.is_file() or not stat.S_ISREG(target.stat().st_mode):
            skipped.append(Skipped(name, 0, "not a regular file"))
        else:
            yield name, path


def _is_blob(path: Path, target: Path) -> bool:
    """Return whether a link leads to where the Hub's cache keeps contents: ``../../blobs/`` beside ``snapshots``."""
    parents = path.absolute().parents
    return target.parent.name == "blobs" and any(
        folder.name == "snapshots" and folder.parent.resolve() == target.parent.parent for folder in parents
    )


def _loaded(found: list[tuple[str, Path]]) -> Iterator[str]:
    """Yield the Python files that configurations have a library load, and those that these import from beside them."""
    sources = {name for name, _ in found if name.endswith(".py")}
    if not sources:
        return
    told = {f"{module.replace('.', '/')}.py" for name, path in found if _CONFIGS.fullmatch(name) for module in _modules(path)}
    told |= set(load("scan_configs")["loaded_names"])
    direct = {name for name in sources if name in told or name.rpartition("/")[2] in told}
    if direct:
        yield from direct
        texts = {name: _text(path) for name, path in found if name in direct}
        folders = {name.rpartition("/")[0]: "" for name in direct}
        folders = {
            folder: "\n".join(text for name, text in texts.items() if name.rpartition("/")[0] == folder) for folder in folders
        }
        yield from (name for name in sources if _is_beside(name, folders.get(name.rpartition("/")[0], "")))


def _modules(path: Path) -> list[str]:
    return [match["module"] for match in _NAMED.finditer(_text(path))]


def _text(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""


def _is_beside(name: str, text: str) -> bool:
    """Return whether a text of source imports this file from beside it."""
    module = re.escape(name.rpartition("/")[2].removesuffix(".py"))
    imports = rf"(?m)^\s{{0,40}}(?:from\s+\.{module}\s+import|from\s+\.\s+import\s+[\w, ]{{0,200}}\b{module}\b)"
    return bool(text) and re.search(imports, text) is not None
