"""Archives and packed files: each file in them is looked at, names that lead out and lengths that lie are told."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable, Iterator
from functools import partial

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats import tar
from filiation.formats.file_part import FilePart
from filiation.formats.stored_values import take
from filiation.scan import sources
from filiation.scan.limits import BudgetError
from filiation.scan.look import Look, Part
from filiation.scan.zip_members import Member, members

HEAD_BYTES = 4 << 10
BOMB_RATIO = 200
BOMB_BYTES = 256 << 20
MAX_CHECKED_BYTES = 64 << 20
"""A file of an archive whose checksum is reckoned; longer ones are tensors, which are not read."""
MAX_LINK_CHARS = 1_024
_STORAGE = re.compile(r"(?:.*/)?(?:data|constants|storages|xl_model_data)/\d{1,9}|(?:.*/)?data/[\w.]{1,80}", re.ASCII)
_DRIVE = re.compile(r"[A-Za-z]:|[\\/]{2}")
_OUT = re.compile(r"(?:^|[\\/])\.\.(?:[\\/]|$)")


def read_zip(part: Part, look: Look) -> None:
    """Look into each file of a ZIP archive."""
    names: dict[str, int] = {}
    try:
        for member in members(part.file):
            look.budget.spend_member()
            inner = part.at(member.name)
            names[member.name] = names.get(member.name, 0) + 1
            if names[member.name] == 2:
                look.say("archive-name-twice", inner, member.name, member.name)
            _tell_lies(member, inner, look)
            escapes(member.name, part, look)
            if member.start >= 0 and not member.name.endswith("/"):
                _into_member(part, member, look)
    except BudgetError:
        raise
    except WeightsError as error:
        look.say("archive-broken", part.place, "", str(error))


def escapes(name: str, part: Part, look: Look, target: str = "") -> None:
    """Tell a name, or the target of a link, that leads out of the folder into which the archive is unpacked."""
    if target:
        base = name.replace("\\", "/").rpartition("/")[0].split("/") if "/" in name else []
        steps = [*[step for step in base if step], *target.replace("\\", "/").split("/")]
        if target.startswith(("/", "\\")) or _DRIVE.match(target) or _leaves(steps):
            look.say("archive-link-out", part.at(name), f"{name} -> {target}", name, target)
    elif _OUT.search(name) and _leaves(name.replace("\\", "/").split("/")):
        look.say("archive-traversal", part.at(name), name, name)
    elif name.startswith("/") or _DRIVE.match(name):
        look.say("archive-absolute-name", part.at(name), name, name)


def _leaves(steps: list[str]) -> bool:
    depth = 0
    for step in steps:
        depth += -1 if step == ".." else step not in {"", "."}
        if depth < 0:
            return True
    return False


def _tell_lies(member: Member, place: str, look: Look) -> None:
    for lie in member.lies:
        look.say("archive-lies", place, f"{member.name}: {lie}", member.name, lie)
    if not member.is_listed:
        look.say("archive-unlisted-file", place, member.name, member.name)
    if member.size_bytes > BOMB_BYTES and member.size_bytes > BOMB_RATIO * max(member.packed_bytes, 1):
        look.say("archive-bomb", place, f"{member.packed_bytes:,} -> {member.size_bytes:,}", member.name)


def _into_member(part: Part, member: Member, look: Look) -> None:
    if member.is_encrypted or not member.method:
        look.say("archive-unreadable-file", part.at(member.name), member.name, member.name)
        return
    stop = member.start + member.packed_bytes
    if member.method == "stored":
        source: Bytes = FilePart(part.file, member.start, member.packed_bytes)
    else:
        again = partial(_bounded, part.file, member, stop)
        source, problem = sources.unpacked(member.name, again, look.budget)
        if problem:
            look.say("archive-unreadable-file", part.at(member.name), problem, member.name)
    if source.size_bytes != member.size_bytes and not member.lies and member.is_listed:
        look.say(
            "archive-lies",
            part.at(member.name),
            f"{source.size_bytes:,} != {member.size_bytes:,}",
            member.name,
            "its length is another",
        )
    if member.is_link:
        escapes(member.name, part, look, take(source, 0, min(source.size_bytes, MAX_LINK_CHARS)).decode("utf-8", "replace"))
    inner = part.within(source, member.name)
    is_limb = _STORAGE.fullmatch(member.name) is not None
    look.into(Part(inner.file, inner.name, inner.place, inner.depth, limb=is_limb))
    if not is_limb:
        _check(source, member, part, look)
    sources.release(source, look.budget)


def _check(source: Bytes, member: Member, part: Part, look: Look) -> None:
    """Tell a checksum that does not fit: readers that check it refuse the file, others read it."""
    if not 0 < source.size_bytes <= MAX_CHECKED_BYTES or member.lies or not member.is_listed:
        return
    crc = 0
    for at in range(0, source.size_bytes, sources.CHUNK_BYTES):
        crc = zlib.crc32(take(source, at, min(at + sources.CHUNK_BYTES, source.size_bytes)), crc)
    if crc != member.crc:
        look.say("archive-lies", part.at(member.name), f"{crc:08x} != {member.crc:08x}", member.name, "its checksum is wrong")


def _bounded(file: Bytes, member: Member, stop: int) -> Iterator[bytes]:
    yield from sources.pieces(file, member.method, member.start, stop)


def read_tar(part: Part, look: Look) -> None:
    """Look into each file of a tar archive."""
    try:
        for member in tar.members(Stream(part.file)):  # type: ignore[arg-type]  # reads forward, which is all that is asked
            look.budget.spend_member()
            escapes(member.name, part, look)
            if member.link:
                escapes(member.name, part, look, member.link)
            elif member.is_device:
                look.say("archive-device", part.at(member.name), member.name, member.name)
            elif member.is_regular and member.size_bytes:
                inner = FilePart(part.file, member.start, min(member.size_bytes, max(0, part.file.size_bytes - member.start)))
                look.into(part.within(inner, member.name))
    except (tar.TarError, OSError) as error:
        look.say("archive-broken", part.place, "", str(error))


def read_packed(part: Part, look: Look, kind: str) -> None:
    """Look at what a packed file unpacks to."""
    name = re.sub(r"\.(?:gz|tgz|bz2|xz|lzma|zst|lz4|z)$", "", part.name.rpartition("/")[2], flags=re.IGNORECASE | re.ASCII)
    again: Callable[[], Iterator[bytes]] = partial(sources.pieces, part.file, kind)
    source, problem = sources.unpacked(name, again, look.budget)
    if problem:
        look.say("archive-unreadable-file", part.place, problem, part.name)
    if source.size_bytes > BOMB_BYTES and source.size_bytes > BOMB_RATIO * part.file.size_bytes:
        look.say("archive-bomb", part.place, f"{part.file.size_bytes:,} -> {source.size_bytes:,}", part.name)
    look.into(part.within(source, name))
    sources.release(source, look.budget)


class Stream:
    """Bytes as a file object that reads forward, and jumps over what nobody asks for."""

    def __init__(self, file: Bytes) -> None:
        self._file, self._at = file, 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, fewer at the end."""
        stop = self._file.size_bytes if size < 0 else min(self._at + size, self._file.size_bytes)
        taken = take(self._file, self._at, stop)
        self._at = stop
        return taken

    def seek(self, position: int) -> None:
        """Go to a position."""
        self._at = min(position, self._file.size_bytes)

    def seekable(self) -> bool:
        """Return that it can."""
        return True

    def tell(self) -> int:
        """Return the position of the next byte."""
        return self._at
