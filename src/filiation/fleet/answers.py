"""What the verbs under ``filiation fleet`` answer."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from secrets import token_hex

import msgspec

from filiation.core.errors import FiliationError
from filiation.core.record import Skipped
from filiation.fleet.engine import Engine
from filiation.fleet.run import Ran, run
from filiation.fleet.tasks import Asked, named, names
from filiation.pipeline import Progress
from filiation.store.parts import FOLDER, KEY, MARK, PARTIAL, REASON, Parts, read_whole

DIGEST = re.compile(r"[0-9a-f]{32}")
VERSION = re.compile(r"[0-9a-f]{12}(-share[0-9.e-]{1,12})?")


class FleetRan(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/fleet-run/v1"):
    """What a task came to; see `fleet.run.Ran`.

    Attributes:
        task: Its name.
        engine: Who carried it: ``processes`` or ``ray``.
        into: Where its parts are.
        ran: Keys, parts and times.
        skipped: What could not even be asked about. Why single keys could not be looked at stands in the parts.
    """

    task: str
    engine: str
    into: str
    ran: Ran
    skipped: tuple[Skipped, ...]


class KeptWork(msgspec.Struct, frozen=True):
    """What is kept of one version of one task.

    Attributes:
        task: Its name.
        version: Of all that decides its results.
        current: Whether that is the version of this program; what is not is of no use, and may be deleted.
        parts: How many files there are.
        keys: How many keys they answer.
        skipped: Of how many of these they only say why they could not be looked at.
        bytes: Of the files.
    """

    task: str
    version: str
    current: bool
    parts: int
    keys: int
    skipped: int
    bytes: int


class FleetList(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/fleet-list/v1"):
    """What is kept, by task and version; `folder` is where."""

    folder: str
    kept: tuple[KeptWork, ...]


class FleetMerged(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/fleet-merge/v1"):
    """What was taken over: parts that were not there, parts that were, and folders of other versions, which are of no use."""

    folder: str
    taken: int
    known: int
    stale: tuple[str, ...]
    bytes: int


def ran(name: str, asked: Asked, engine: Engine, into: Path, progress: Progress, *, again: bool = False) -> FleetRan:
    """Run a task and tell of it.

    Raises:
        FiliationError: If there is no such task, a source is not there, or it cannot go on.
    """
    work = named(name)
    if work.OF_SOURCES and not asked.sources:
        raise FiliationError(f"Name the folders or caches whose models are asked about: filiation fleet run {name} SOURCE.")
    if not work.OF_SOURCES and asked.sources:
        raise FiliationError(f"{name} reads the records of the atlas: leave the source out, and name the atlas with --atlas.")
    skipped: list[Skipped] = []
    found = run(work.task(asked), work.keys(asked, skipped), engine, into, progress, again=again)
    return FleetRan(name, engine.name, str(into), found, tuple(skipped))


def listed(root: Path) -> FleetList:
    """Return what is kept under `root`.

    Raises:
        AtlasError: If a part cannot be read.
    """
    return FleetList(str(root), tuple(_kept(parts, current=current) for parts, current in _all(root)))


def merged(source: Path, root: Path) -> FleetMerged:
    """Take over what others made: the parts under `source`, an atlas or what ``--into`` named, that are not under `root`.

    Raises:
        FiliationError: If there are none, one of them is no part, or they cannot be copied.
    """
    place = source / FOLDER if (source / FOLDER).is_dir() else source
    found = list(_all(place))
    if not found:
        raise FiliationError(f"{source} holds no parts: name an atlas, or what --into of 'filiation fleet run' named.")
    taken, known, size = 0, 0, 0
    for parts, current in found:
        for digest in parts.names() if current else ():
            target = Parts(root, parts.task, parts.folder.name)
            if target.is_whole(digest):
                known += 1
                continue
            taken, size = taken + 1, size + _copied(parts.path(digest), target.path(digest))
    return FleetMerged(str(root), taken, known, tuple(str(parts.folder) for parts, current in found if not current), size)


def _all(root: Path) -> list[tuple[Parts, bool]]:
    """Return the parts of all tasks and versions that lie there, in order, and whether they are of this program's version."""
    found = []
    for name in names():
        current = named(name).version()
        folders = (folder.name for folder in sorted((root / name).glob("*")) if folder.is_dir())
        found += [
            (Parts(root, name, version), version.split("-")[0] == current) for version in folders if VERSION.fullmatch(version)
        ]
    return found


def _kept(parts: Parts, *, current: bool) -> KeptWork:
    keys = skipped = size = 0
    digests = parts.names()
    for digest in digests:
        reasons = parts.read(digest, (REASON,))[REASON]
        keys, skipped = keys + len(reasons), skipped + len(reasons) - reasons.null_count
        size += parts.path(digest).stat().st_size
    return KeptWork(parts.task, parts.folder.name, current, len(digests), keys, skipped, size)


def _copied(source: Path, target: Path) -> int:
    """Copy a part, whole or not at all, if it is one; return its size."""
    table = read_whole(source)
    if not DIGEST.fullmatch(source.stem) or not {KEY, MARK, REASON}.issubset(table.column_names):
        raise FiliationError(f"{source} is no part that 'filiation fleet run' wrote: take it out of the folder.")
    partial = target.with_name(f".{target.name}.{token_hex(4)}{PARTIAL}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, partial)
        partial.replace(target)
    except OSError as error:
        raise FiliationError(f"{target} cannot be written ({error.strerror or error}).") from error
    finally:
        partial.unlink(missing_ok=True)
    return target.stat().st_size
