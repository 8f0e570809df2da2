"""An archive of repositories: ``.../models/<owner>/<name>/infos.json`` with ``README.md`` beside it."""

from __future__ import annotations

from codecs import BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from filiation.core.record import MAX_RECORD_BYTES, Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.formats import tar
from filiation.formats.compressed import damaged, inner_suffix, open_bytes, peek

INFO, CARD = "infos.json", "README.md"
NO_CARD = "Error: the path 'README.md' does not exist"
"""What the crawler kept as the card of a repository that has none."""
MAX_CARD_BYTES = 1 << 20
MAX_WAITING = 256
"""Repositories of which one of the two files is still to come; they are neighbours in a sane archive."""
KINDS = {f"{kind}s": kind for kind in Kind}


class HubTar:
    """Read in one pass, nothing is unpacked to disk; the record's line is the number of its first member."""

    name = "hub archive"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the suffix says tar and the first header does."""
        named = inner_suffix(path) == ".tar" or path.suffix.lower() == ".tgz"
        return named and peek(path, tar.BLOCK).startswith(tar.MAGIC, tar.MAGIC_OFFSET)

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


def _sightings(path: Path, only: Kind | None) -> Iterator[Sighting | Skipped]:
    """Pair the files of each repository, holding at most `MAX_WAITING` that lack one."""
    waiting: dict[Key, _Part] = {}
    for item in _parts(path, only):
        if isinstance(item, Skipped):
            yield item
            continue
        other = waiting.pop(item.key, None)
        if other and other.is_card != item.is_card:
            yield from _record(path, item, other)
        else:
            waiting[item.key] = item
        if len(waiting) > MAX_WAITING:
            yield from _record(path, waiting.pop(next(iter(waiting))), None)
    for part in waiting.values():
        yield from _record(path, part, None)


def _parts(path: Path, only: Kind | None) -> Iterator[_Part | Skipped]:
    """Yield the members that matter, in order."""
    number = found = 0
    try:
        with open_bytes(path) as stream:
            for number, member in enumerate(tar.members(stream), 1):
                where = _place(member.name)
                if where is None or (only and not isinstance(where, str) and where[0] is not only):
                    continue
                reason = where if isinstance(where, str) else _defect(member)
                if isinstance(where, str) or reason:
                    yield Skipped(str(path), number, f"{member.name[:200]}: {reason}")
                    continue
                found += 1
                yield _Part(where, number, member.name.endswith(CARD), member.read())
    except (OSError, tar.TarError) as error:
        yield damaged(path, number + 1, error)
        return
    if not found:
        yield Skipped(str(path), 0, f"no <kind>s/<owner>/<name>/{INFO} in it")


def _place(name: str) -> Key | str | None:
    """Return which repository a member belongs to, None if it is no file of one, or what is wrong with its name."""
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


def _defect(member: tar.Member) -> str | None:
    limit = MAX_CARD_BYTES if member.name.endswith(CARD) else MAX_RECORD_BYTES
    if not member.is_regular:
        return "not a regular file"
    return f"longer than {limit >> 20} MB" if member.size_bytes > limit else None


def _record(path: Path, part: _Part, other: _Part | None) -> Iterator[Sighting | Skipped]:
    """Yield the record that the files of a repository make; a card that cannot be read does not cost the record."""
    info, card = (other, part) if part.is_card else (part, other)
    if info is None:
        yield Skipped(str(path), part.number, f"{part.key[1]}: {CARD} without {INFO} near it")
        return
    text = ""
    if card:
        try:
            text = _decoded(card.text)
        except UnicodeDecodeError as error:
            yield Skipped(str(path), card.number, f"{part.key[1]}: {CARD} is not UTF-8 ({error.reason})")
    try:
        body: dict[str, Any] = msgspec.json.decode(info.text, type=dict[str, Any])
    except (ValueError, RecursionError) as error:
        yield Skipped(str(path), info.number, f"{part.key[1]}: {INFO} cannot be read ({error})")
        return
    body.setdefault("id", body.get("modelId") or part.key[1])
    files = {CARD: text} if text.strip() and not text.startswith(NO_CARD) else {}
    number = min(info.number, card.number) if card else info.number
    yield Sighting(number, Record(part.key[0], str(body["id"]), body, files), "hub")


def _decoded(content: bytes) -> str:
    """Return `content` as text: UTF-16 where it says so, as Windows shells write it, else UTF-8."""
    return content.decode("utf-16" if content.startswith((BOM_UTF16_LE, BOM_UTF16_BE)) else "utf-8-sig")
