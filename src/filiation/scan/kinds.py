"""What a file is, by its bytes and not by its name; and whether its name says the same."""

from __future__ import annotations

import re
import struct
import zlib
from functools import cache
from typing import Any

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes
from filiation.formats import gguf, npz, safetensors
from filiation.formats.hdf5 import SIGNATURE as HDF5
from filiation.formats.stored_values import take
from filiation.knowledge import load
from filiation.scan.sources import compression
from filiation.scan.zip_members import end_of

HEAD_BYTES = 4 << 10
RUNS = frozenset({"elf", "pe", "mach-o", "wasm", "dex", "java class", "shortcut"})
"""Kinds of programs."""
PACKED = frozenset({"gzip", "bzip2", "xz", "lzma", "lz4", "zstd", "zlib", "zfile"})
TEXTS = frozenset({"text", "json", "script"})
_MAGICS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"PK\x03\x04", "zip"), (0, b"PK\x05\x06", "zip"), (257, b"ustar", "tar"), (0, npz.MAGIC, "npy"), (0, HDF5, "hdf5"),
    (0, b"7z\xbc\xaf\x27\x1c", "7z"), (0, b"Rar!\x1a\x07", "rar"), (0, b"\0asm", "wasm"), (0, b"dex\n0", "dex"),
    (0, b"\x89PNG\r\n\x1a\n", "png"), (0, b"\xff\xd8\xff", "jpeg"), (0, b"GIF8", "gif"), (0, b"RIFF", "riff"),
    (0, b"fLaC", "flac"), (0, b"OggS", "ogg"), (0, b"ID3", "mp3"), (4, b"ftyp", "mp4"), (0, b"%PDF-", "pdf"),
    (0, b"SQLite format 3\0", "sqlite"), (0, b"PAR1", "parquet"),
    (0, b"ARROW1", "arrow"), (4, b"TFL3", "tflite"), (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    (0, b"L\0\0\0\x01\x14\x02\0", "shortcut"),
)  # fmt: skip
_MACH = {b"\xfe\xed\xfa\xce": ">", b"\xfe\xed\xfa\xcf": ">", b"\xce\xfa\xed\xfe": "<", b"\xcf\xfa\xed\xfe": "<"}
_CPUS = frozenset({7, 12, 18, 0x01000007, 0x0100000C, 0x0200000C, 0x01000012})
_LFS = b"version https://git-lfs.github.com/spec/v1"
_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


@cache
def _table() -> dict[str, Any]:
    return load("scan_kinds")


def kind_of(file: Bytes) -> str:
    """Return what a file begins as; empty where nothing tells. A short magic number has to be borne out by what follows."""
    if not file.size_bytes:
        return "empty"
    head = take(file, 0, min(file.size_bytes, HEAD_BYTES))
    by_magic = (kind for at, magic, kind in _MAGICS if head[at : at + len(magic)] == magic)
    kind = "pointer" if head.startswith(_LFS) else _program(file, head) or next(by_magic, "") or _data_kind(file, head)
    return kind or _text_kind(head, is_whole=file.size_bytes <= HEAD_BYTES)


def _data_kind(file: Bytes, head: bytes) -> str:
    packed = compression(head)
    if packed and (packed not in {"zlib", "lzma"} or _unpacks(head, packed)):
        return packed
    if gguf.TENSORS.recognises(file):
        return "gguf"
    if safetensors.TENSORS.recognises(file):
        return "safetensors"
    if head[:1] == b"\x80" and head[1:2] in b"\x00\x01\x02\x03\x04\x05" and len(head) > 3:
        return "pickle"
    if head[2:4] == b"\r\n" and len(head) > 16 and 2_000 < int.from_bytes(head[:2], "little") < 4_000:
        return "bytecode"
    return ""


def _program(file: Bytes, head: bytes) -> str:  # noqa: PLR0911  # one for each kind
    """Return which kind of program begins so, as far as its header bears it out; empty of anything else."""
    if head[:4] == b"\x7fELF" and len(head) >= 52 and head[4] in {1, 2} and head[5] in {1, 2} and head[6] == 1:
        return "elf"
    if head.startswith(b"MZqFpD='"):
        return "pe"
    if head[:2] == b"MZ" and len(head) >= 64:
        at = struct.unpack_from("<I", head, 60)[0]
        if 64 <= at <= file.size_bytes - 24 and take(file, at, at + 4) == b"PE\0\0":
            return "pe"
    if head[:4] in _MACH and len(head) >= 28:
        cpu, _, kind, commands = struct.unpack_from(f"{_MACH[head[:4]]}4I", head, 4)
        return "mach-o" if cpu in _CPUS and 0 < kind < 16 and commands < 10_000 else ""
    if head[:4] == b"\xca\xfe\xba\xbe" and len(head) >= 28:
        count, cpu = struct.unpack_from(">II", head, 4)
        if 0 < count < 10 and cpu in _CPUS:
            return "mach-o"
        return "java class" if 45 <= count & 0xFFFF <= 80 else ""
    return ""


def _unpacks(head: bytes, kind: str) -> bool:
    """Return whether the beginning really is packed so."""
    if kind == "lzma":
        return len(head) > 13 and (head[5:13] == b"\xff" * 8 or head[9:13] == b"\0" * 4)
    try:
        return bool(zlib.decompressobj().decompress(head, 4_096))
    except zlib.error:
        return False


def _text_kind(head: bytes, *, is_whole: bool) -> str:
    if _TEXT.search(head):
        return ""
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if is_whole or error.start < len(head) - 4:
            return ""
        text = head[: error.start].decode("utf-8-sig", "replace")
    if text.startswith("#!") and "/" in text[:40]:
        return "script"
    return "json" if text.lstrip()[:1] in {"{", "["} else "text"


def suffix_of(name: str) -> str:
    """Return the suffix of a name in lower case, ``.safetensors`` for instance; maybe empty."""
    base = name.rpartition("/")[2].lower()
    return f".{base.rpartition('.')[2]}" if "." in base.lstrip(".") else ""


def contradiction(name: str, kind: str) -> str:
    """Return what is wrong between a name and a kind: ``runs``, ``other`` or nothing.

    ``runs`` is what can run code where the name promises what cannot.
    """
    expected = _table()["suffix"].get(suffix_of(name))
    if expected is None or kind in expected or kind in {"empty", "pointer"}:
        return ""
    if kind in RUNS or kind in {"pickle", "bytecode"} or (kind == "script" and "text" not in expected):
        return "runs"
    return "" if kind in TEXTS and TEXTS.intersection(expected) else "other"


def is_zip_too(file: Bytes, kind: str) -> bool:
    """Return whether a file of another kind is an archive as well, to whoever reads it from its end."""
    if kind in {"zip", "tar", "empty", "pointer"} or file.size_bytes < 64:
        return False
    try:
        end = end_of(file)
        if end < 0:
            return False
        comment = int.from_bytes(take(file, end + 20, end + 22), "little")
    except WeightsError:
        return False
    return end + 22 + comment == file.size_bytes
