"""An archive of repositories: ``.../models/<owner>/<name>/infos.json`` with ``README.md`` beside it."""

from __future__ import annotations

import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from filiation.core.record import MAX_RECORD_BYTES, Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.formats.compressed import damaged, inner_suffix, open_bytes, peek

INFO, CARD = "infos.json", "README.md"
NO_CARD = "Error: the path 'README.md' does not exist"
"""What the crawler kept as the card of a repository that has none."""
MAX_CARD_BYTES = 1 << 20
MAX_WAITING = 256
"""Repositories of which one of the two files is still to come; they are neighbours in a sane archive."""
MAX_EXTENSION_BYTES = 1 << 16
KINDS = {f"{kind}s": kind for kind in Kind}
_EXTENSIONS = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


class HubTar:
    """Read in one pass, nothing is unpacked to disk; the record's line is the number of its first member."""

    name = "hub archive"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the suffix says tar and the first header does."""
        named = inner_suffix(path) == ".tar" or path.suffix.lower() == ".tgz"
        return named and peek(path, tarfile.BLOCKSIZE)[257:262] == b"ustar"

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield a record for each ``infos.json``; at damage the reading ends with a `Skipped`."""
        yield from batches_of(_sightings(path, options.kind), str(path))


SOURCE = HubTar()

Key = tuple[Kind, str]


class _Part(NamedTuple):
    """One of the two files of a repository."""

    key: Key
    number: int
    is_card: bool
    text: bytes


class _BoundedInfo(tarfile.TarInfo):
    """A header whose extension (long name, pax) must be short, for tarfile reads it into memory whole."""

    def _proc_member(self, archive: tarfile.TarFile) -> tarfile.TarInfo:
        if self.type == tarfile.GNUTYPE_SPARSE or (self.type in _EXTENSIONS and self.size > MAX_EXTENSION_BYTES):
            raise tarfile.ReadError(f"a header extension of {self.size:,} bytes")
        return super()._proc_member(archive)  # type: ignore[misc]  # tarfile's own hook; typeshed leaves it out


def _sightings(path: Path, only: Kind | None) -> Iterator[Sighting | Skipped]:
    """Pair the files of each repository, holding at most `MAX_WAITING` that lack one."""
    waiting: dict[Key, _Part] = {}
    for item in _parts(path, only):
        if isinstance(item, Skipped):
            yield item
            continue
        other = waiting.pop(item.key, None)
        if other and other.is_card != item.is_card:
            yield _sighting(path, item, other)
        else:
            waiting[item.key] = item
        if len(waiting) > MAX_WAITING:
            yield _sighting(path, waiting.pop(next(iter(waiting))), None)
    for part in waiting.values():
        yield _sighting(path, part, None)


def _parts(path: Path, only: Kind | None) -> Iterator[_Part | Skipped]:
    """Yield the members that matter, in order."""
    number = found = 0
    try:
        with open_bytes(path) as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_BoundedInfo) as archive:
            for number, member in enumerate(archive, 1):
                archive.members.clear()  # type: ignore[attr-defined]  # it keeps every header that it ever saw
                where = _place(member.name)
                if where is None or (only and not isinstance(where, str) and where[0] is not only):
                    continue
                if reason := where if isinstance(where, str) else _defect(member):
                    yield Skipped(str(path), number, f"{member.name[:200]}: {reason}")
                    continue
                content = archive.extractfile(member)
                found += 1
                yield _Part(where, number, member.name.endswith(CARD), content.read() if content else b"")
    except (OSError, tarfile.TarError, ValueError, OverflowError) as error:
        yield damaged(path, number + 1, error)
        return
    if not found:
        yield Skipped(str(path), 0, f"no <kind>s/<owner>/<name>/{INFO} in it")


def _place(name: str) -> Key | str | None:
    """Return which repository a member belongs to; None when it is not a file of one, or what is wrong with its name."""
    *parents, file = name.split("/")
    if file not in (INFO, CARD):
        return None
    if ".." in parents or name.startswith("/"):
        return "a path that leaves the archive"
    start = next((index for index, part in enumerate(parents) if part in KINDS), None)
    if start is None:
        return None
    owner_and_name = parents[start + 1 :]
    if len(owner_and_name) not in (1, 2):
        return None
    return KINDS[parents[start]], "/".join(owner_and_name)


def _defect(member: tarfile.TarInfo) -> str | None:
    limit = MAX_CARD_BYTES if member.name.endswith(CARD) else MAX_RECORD_BYTES
    if not member.isreg():
        return "not a regular file"
    return f"longer than {limit >> 20} MB" if member.size > limit else None


def _sighting(path: Path, part: _Part, other: _Part | None) -> Sighting | Skipped:
    """Return the record that one or both files of a repository make."""
    info, card = (other, part) if part.is_card else (part, other)
    if info is None:
        return Skipped(str(path), part.number, f"{part.key[1]}: {CARD} without {INFO} near it")
    number = min(info.number, card.number) if card else info.number
    try:
        body: dict[str, Any] = msgspec.json.decode(info.text, type=dict[str, Any])
        text = card.text.decode() if card else ""
    except (ValueError, RecursionError) as error:
        return Skipped(str(path), number, f"{part.key[1]}: cannot be read ({error})")
    body.setdefault("id", body.get("modelId") or part.key[1])
    files = {CARD: text} if text and not text.startswith(NO_CARD) else {}
    return Sighting(number, Record(part.key[0], str(body["id"]), body, files), "hub")
