"""The newest commit of a git folder, and by which key it is signed; git is not run, since a folder may tell it what to run.

Source:
    https://git-scm.com/docs/gitformat-pack, gitformat-signature; RFC 9580 (OpenPGP), 4.2 and 5.2.3;
    https://github.com/openssh/openssh-portable/blob/master/PROTOCOL.sshsig
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import msgspec

MAX_COMMIT_BYTES = 1 << 20
MAX_REFS_BYTES = 16 << 20
MAX_PACKS = 1_000
MAX_DELTAS = 50
COMMIT, OFFSET_DELTA, ID_DELTA = 1, 6, 7
"""Kinds of objects in a pack."""
SIGNATURE, ISSUER, ISSUER_FINGERPRINT = 2, 16, 33
"""A packet of OpenPGP, and parts of it."""
_ID = re.compile(r"[0-9a-f]{40}")
_REF = re.compile(r"refs/(?:[\w-][\w.-]*/)*[\w-][\w.-]*")
_ARMOUR = re.compile(
    r"-----BEGIN (?P<what>PGP SIGNATURE|PGP MESSAGE|SSH SIGNATURE|SIGNED MESSAGE)-----\n(?P<body>[^-]*)-----END"
)
_KINDS: dict[str, Literal["pgp", "ssh", "x509"]] = {
    "PGP SIGNATURE": "pgp", "PGP MESSAGE": "pgp", "SSH SIGNATURE": "ssh", "SIGNED MESSAGE": "x509",
}  # fmt: skip


class HeadCommit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A commit: its id, how it is signed, and the key that its signature names; none of it is verified here."""

    id: str
    kind: Literal["", "pgp", "ssh", "x509"] = ""
    key: str = ""


def head_commit(folder: Path) -> HeadCommit | None:
    """Return the commit that a folder's git has checked out; None where there is none, or it cannot be read."""
    git = folder / ".git"
    if git.is_symlink() or not git.is_dir():
        return None
    try:
        commit = _head(git)
        content = _object(git, commit, 0) if commit else None
    except (OSError, ValueError, struct.error, zlib.error, IndexError, RecursionError):
        return None
    if (
        not commit
        or content is None
        or hashlib.sha1(b"commit %d\0" % len(content) + content, usedforsecurity=False).hexdigest() != commit
    ):
        return None
    return _signed(commit, content)


def _signed(commit: str, content: bytes) -> HeadCommit:
    head = content.partition(b"\n\n")[0].decode("utf-8", "replace")
    lines = iter(head.split("\n"))
    found: list[str] = []
    for line in lines:
        if line.startswith(("gpgsig ", "gpgsig-sha256 ")):
            found = [line.partition(" ")[2]]
        elif found and line.startswith(" "):
            found.append(line[1:])
        elif found:
            break
    match = _ARMOUR.search("\n".join(found))
    if not match:
        return HeadCommit(commit)
    kind = _KINDS[match["what"]]
    return HeadCommit(commit, kind, _key(kind, match["body"]))


def _key(kind: str, body: str) -> str:
    """Return the key that a signature names: of OpenPGP its fingerprint or id, of SSH the SHA-256 of the key."""
    text = body.split("\n\n", 1)[-1] if "\n\n" in body else body
    lines = [line for line in text.split("\n") if line and not line.startswith("=") and ":" not in line]
    try:
        raw = base64.b64decode("".join(lines), validate=True)
        return _issuer(raw) if kind == "pgp" else _ssh_key(raw) if kind == "ssh" else ""
    except (binascii.Error, ValueError, IndexError, struct.error):
        return ""


def _issuer(raw: bytes) -> str:
    """Return who a packet of OpenPGP says signed: in hexadecimal, upper case."""
    tag, body = _packet(raw)
    if tag != SIGNATURE or body[0] not in {4, 5, 6}:
        return ""
    wide = 4 if body[0] == 6 else 2
    at, found = 4, {}
    for _ in range(2):  # what the signature covers, then what it does not
        length = int.from_bytes(body[at : at + wide], "big")
        found |= dict(_subpackets(body[at + wide : at + wide + length]))
        at += wide + length
    if ISSUER_FINGERPRINT in found:
        return found[ISSUER_FINGERPRINT][1:].hex().upper()
    return found.get(ISSUER, b"").hex().upper()


def _packet(raw: bytes) -> tuple[int, bytes]:
    if not raw[0] & 0x80:
        raise ValueError("no packet")
    if raw[0] & 0x40:
        size, start = _length(raw, 1)
        return raw[0] & 0x3F, raw[start : start + size]
    width = 1 << (raw[0] & 3)
    return (raw[0] & 0x3F) >> 2, raw[1 + width : 1 + width + int.from_bytes(raw[1 : 1 + width], "big")]


def _subpackets(raw: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(raw):
        size, start = _length(raw, at)
        if size < 1:
            return
        yield raw[start] & 0x7F, raw[start + 1 : start + size]
        at = start + size


def _length(raw: bytes, at: int) -> tuple[int, int]:
    """Return a length of OpenPGP and where what has it begins."""
    if raw[at] < 192:
        return raw[at], at + 1
    if raw[at] < 255:
        return ((raw[at] - 192) << 8) + raw[at + 1] + 192, at + 2
    return int.from_bytes(raw[at + 1 : at + 5], "big"), at + 5


def _ssh_key(raw: bytes) -> str:
    if raw[:6] != b"SSHSIG":
        return ""
    size = int.from_bytes(raw[10:14], "big")
    digest = hashlib.sha256(raw[14 : 14 + size]).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")


def _head(git: Path) -> str:
    text = _text(git / "HEAD", 4096).strip()
    if _ID.fullmatch(text):
        return text
    ref = text.removeprefix("ref: ")
    if not _REF.fullmatch(ref) or ".." in ref:
        return ""
    loose = git / ref
    if loose.is_file():
        found = _text(loose, 4096).strip()
        return found if _ID.fullmatch(found) else ""
    for line in _text(git / "packed-refs", MAX_REFS_BYTES).splitlines():
        commit, _, name = line.partition(" ")
        if name == ref and _ID.fullmatch(commit):
            return commit
    return ""


def _text(path: Path, limit: int) -> str:
    with path.open("rb") as file:
        return file.read(limit).decode("utf-8", "replace")


def _object(git: Path, commit: str, depth: int) -> bytes | None:
    """Return the content of a commit, wherever it lies."""
    loose = git / "objects" / commit[:2] / commit[2:]
    if loose.is_file():
        with loose.open("rb") as file:
            kind, _, content = _inflated(file.read(MAX_COMMIT_BYTES)).partition(b"\0")
        return content if kind.startswith(b"commit ") else None
    packs = git / "objects" / "pack"
    for index in sorted(packs.glob("*.idx"))[:MAX_PACKS]:
        offset = _offset(index, bytes.fromhex(commit))
        if offset is not None:
            return _packed(git, index.with_suffix(".pack"), offset, depth)
    return None


def _offset(index: Path, commit: bytes) -> int | None:
    """Return where an object begins in a pack, by its index of version 2."""
    with index.open("rb") as file:
        if file.read(8) != b"\xfftOc\0\0\0\2":
            return None
        fan = struct.unpack(">256I", file.read(1024))
        first, last, count = (fan[commit[0] - 1] if commit[0] else 0), fan[commit[0]], fan[255]
        while first < last:
            middle = (first + last) // 2
            file.seek(1032 + 20 * middle)
            name = file.read(20)
            if name == commit:
                file.seek(1032 + 24 * count + 4 * middle)
                (offset,) = struct.unpack(">I", file.read(4))
                if offset & 0x80000000:
                    file.seek(1032 + 28 * count + 8 * (offset & 0x7FFFFFFF))
                    (offset,) = struct.unpack(">Q", file.read(8))
                return offset
            first, last = (middle + 1, last) if name < commit else (first, middle)
    return None


def _packed(git: Path, pack: Path, offset: int, depth: int) -> bytes | None:
    """Return the object at a place of a pack, put together where it is kept as a difference."""
    if depth > MAX_DELTAS:
        return None
    with pack.open("rb") as file:
        file.seek(offset)
        raw = file.read(MAX_COMMIT_BYTES)
    kind, at = (raw[0] >> 4) & 7, 1
    while raw[at - 1] & 0x80:
        at += 1
    if kind == COMMIT:
        return _inflated(raw[at:])
    if kind == OFFSET_DELTA:
        back, at = _back(raw, at)
        base = _packed(git, pack, offset - back, depth + 1) if 0 < back <= offset else None
    elif kind == ID_DELTA:
        base, at = _object(git, raw[at : at + 20].hex(), depth + 1), at + 20
    else:
        return None
    return None if base is None else _patched(base, _inflated(raw[at:]))


def _back(raw: bytes, at: int) -> tuple[int, int]:
    value = raw[at] & 0x7F
    while raw[at] & 0x80:
        at += 1
        value = ((value + 1) << 7) | (raw[at] & 0x7F)
        if value > 1 << 62:
            raise ValueError("no offset is so large")
    return value, at + 1


def _patched(base: bytes, delta: bytes) -> bytes:
    """Return what a difference makes of `base`."""
    at = 0
    for _ in range(2):  # the sizes of both
        while delta[at] & 0x80:
            at += 1
        at += 1
    made = bytearray()
    while at < len(delta):
        order = delta[at]
        at += 1
        if order & 0x80:
            start, at = _number(delta, at, order & 0x0F, 4)
            size, at = _number(delta, at, order >> 4 & 0x07, 3)
            made += base[start : start + (size or 0x10000)]
        else:
            made += delta[at : at + order]
            at += order
        if not order or len(made) > MAX_COMMIT_BYTES:
            raise ValueError("no commit is made so")
    return bytes(made)


def _number(raw: bytes, at: int, which: int, count: int) -> tuple[int, int]:
    value = 0
    for place in range(count):
        if which >> place & 1:
            value |= raw[at] << 8 * place
            at += 1
    return value, at


def _inflated(raw: bytes) -> bytes:
    worker = zlib.decompressobj()
    content = worker.decompress(raw, MAX_COMMIT_BYTES)
    if not worker.eof:
        raise ValueError("longer than any commit")
    return content
