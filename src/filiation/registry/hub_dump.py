"""A listing of the Hub as JSON Lines: plain, gzip or zstd."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa

from filiation.core.record import MAX_RECORD_BYTES, Batch, ReadOptions, Record, Skipped, batch_of
from filiation.core.ref import Kind
from filiation.core.shape import kind_of
from filiation.formats.json_rows import MAX_DEPTH, nesting

BLOCK_BYTES = 2 << 20
"""Read at a time: passing over what fits the processor's cache takes half as long as over 16 MB."""
PIECE_BYTES = 64 << 10
"""What is read at a time, and lost where a compressed file breaks off."""
DEEP_BYTES = 64 << 10
"""A shorter line cannot nest deep enough to do harm; a longer one is measured."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
SAMPLE_BYTES = 64 << 10
SUFFIXES = (".jsonl", ".ndjson")
COMPRESSION = {".gz": "gzip", ".zst": "zstd"}
CLIENT_NAMES = {"created_at": "createdAt", "last_modified": "lastModified", "model_index": "model-index"}
"""Fields as huggingface_hub's ModelInfo spells them, and as the API does."""
_WRAPPED = re.compile(rb'\s*\{\s*"id"\s*:\s*"[^"]*"\s*,\s*"(?:info|card)"\s*:')
_SIBLING = re.compile(r"RepoSibling\(rfilename='([^']*)'(?:.*?\bsha256='([0-9a-f]{64})')?")


class HubDump:
    """Lines go to the store as they stand: parsing them is set-at-a-time work, done there.

    A dump whose lines wrap the record, ``{"id", "info", "card"}``, is unwrapped into the API's shape line by line.
    """

    name = "hub dump"
    fallback = True

    def recognises(self, path: Path) -> bool:
        """Return whether the suffix says JSON Lines."""
        suffixes = [suffix for suffix in path.suffixes if suffix not in COMPRESSION]
        return path.is_file() and bool(suffixes) and suffixes[-1] in SUFFIXES

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield batches of about 2 MB of lines; a line that is too long or not UTF-8 is skipped with its number."""
        kind = options.kind
        for block in _blocks(path):
            if isinstance(block, Skipped):
                yield block
                continue
            text, starts, ends, numbers = block
            sample = text[starts[0] : starts[0] + SAMPLE_BYTES]
            kind = kind or kind_of(path, sample)
            if _WRAPPED.match(sample):
                yield from _unwrapped(path, kind, [text[a:b] for a, b in zip(starts, ends, strict=True)], numbers)
            else:
                yield Batch(kind, "hub", str(path), _table(text, starts, ends, numbers))


SOURCE = HubDump()

Lines = tuple[bytes, np.ndarray, np.ndarray, np.ndarray]
"""A text, with int64 starts and ends of its lines in it and their numbers."""


def _table(text: bytes, starts: np.ndarray, ends: np.ndarray, numbers: np.ndarray) -> pa.Table:
    """Return the lines as a column, without the newlines that part them."""
    gapless = bool((starts[1:] == ends[:-1]).all()) and b"\r" not in text
    if not gapless:
        lines = [text[a:b].rstrip(b"\r\n").decode() for a, b in zip(starts, ends, strict=True)]
        return pa.table({"body": pa.array(lines, pa.large_string()), "line": pa.array(numbers)})
    kept = text[starts[0] : ends[-1]].replace(b"\n", b"")
    offsets = np.append(starts, ends[-1]) - starts[0] - np.arange(len(starts) + 1)
    offsets[-1] = len(kept)
    body = pa.Array.from_buffers(pa.large_string(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(kept)])
    return pa.table({"body": body, "line": pa.array(numbers)})


def _blocks(path: Path) -> Iterator[Lines | Skipped]:
    """Yield the lines of `path` some 2 MB at a time; what cannot be a record comes as `Skipped`."""
    rest, done, overlong = b"", 0, False
    compression = COMPRESSION.get(path.suffix)
    with pa.input_stream(str(path), compression=compression) as stream:
        blocks = _read(stream)
        while True:
            try:
                block = next(blocks, b"")
            except OSError as error:
                yield Skipped(str(path), done + 1, f"the file ends early or is damaged ({error}); what came before is kept")
                return
            if overlong:  # inside a line that was given up: drop everything up to its end
                _, newline, block_rest = block.partition(b"\n")
                if not newline and block:
                    continue
                overlong, done, block = False, done + 1, block_rest
                if not block and not newline:
                    return
            text = rest + block
            cut = len(text) if not block else text.rfind(b"\n") + 1
            rest = text[cut:]
            if cut:
                yield from _usable(path, text[:cut], done)
                done += text.count(b"\n", 0, cut)
            if not block and not text:
                return
            if len(rest) > MAX_RECORD_BYTES:
                yield _too_long(path, done + 1)
                rest, overlong = b"", True


def _read(stream: pa.NativeFile) -> Iterator[bytes]:
    """Yield the bytes some 2 MB at a time, without a byte order mark.

    Raises:
        OSError: Where the stream breaks off, once what came before has been yielded.
    """
    pieces, held = [stream.read(len(BYTE_ORDER_MARK)).removeprefix(BYTE_ORDER_MARK)], 0
    while True:
        try:
            piece = stream.read(PIECE_BYTES)
        except OSError:
            if held:
                yield b"".join(pieces)
            raise
        pieces.append(piece)
        held += len(piece)
        if held >= BLOCK_BYTES or not piece:
            yield b"".join(pieces)
            pieces, held = [], 0
        if not piece:
            return


def _usable(path: Path, text: bytes, done: int) -> Iterator[Lines | Skipped]:
    """Yield the lines of `text` that may be records, then one `Skipped` for each other that is not blank."""
    octets = np.frombuffer(text, np.uint8)
    newlines = np.flatnonzero(octets == ord("\n")) + 1
    ends = newlines if text.endswith(b"\n") else np.append(newlines, len(text))
    starts = np.concatenate([[0], ends[:-1]])
    numbers = np.arange(done + 1, done + 1 + len(ends))
    keep = ends - starts <= MAX_RECORD_BYTES
    bad = [_too_long(path, int(n)) for n in numbers[~keep]]
    try:
        text.decode()
    except UnicodeDecodeError:
        for index in np.flatnonzero(keep):
            try:
                text[starts[index] : ends[index]].decode()
            except UnicodeDecodeError as error:
                keep[index] = False
                bad.append(Skipped(str(path), int(numbers[index]), f"not UTF-8 ({error.reason})"))
    for index in np.flatnonzero(keep & (ends - starts > DEEP_BYTES)):
        if nesting(text[starts[index] : ends[index]]) > MAX_DEPTH:
            keep[index] = False
            bad.append(Skipped(str(path), int(numbers[index]), f"nested more than {MAX_DEPTH} deep"))
    for index in np.flatnonzero(octets[starts] <= ord(" ")):
        keep[index] &= bool(text[starts[index] : ends[index]].strip())
    if keep.any():
        yield text, starts[keep], ends[keep], numbers[keep]
    yield from bad


def _too_long(path: Path, line: int) -> Skipped:
    return Skipped(str(path), line, f"longer than {MAX_RECORD_BYTES >> 20} MB, more than any record")


def _unwrapped(path: Path, kind: Kind, lines: list[bytes], numbers: np.ndarray) -> Iterator[Batch | Skipped]:
    """Yield the records inside ``{"id", "info", "card"}`` lines."""
    records, kept = [], []
    for line, number in zip(lines, numbers, strict=True):
        try:
            row = msgspec.json.decode(line, type=dict[str, Any])
        except msgspec.MsgspecError as error:
            yield Skipped(str(path), int(number), f"not a JSON object ({error})")
            continue
        records.append(_record(kind, row))
        kept.append(int(number))
    if records:
        yield batch_of(records, kept, "hub", str(path))


def _record(kind: Kind, row: dict[str, Any]) -> Record:
    info = row.get("info")
    body = {"id": row.get("id")} | (info if isinstance(info, dict) else {})
    for ours, theirs in CLIENT_NAMES.items():
        if ours in body:
            body.setdefault(theirs, body.pop(ours))
    siblings = body.get("siblings")
    if isinstance(siblings, list):
        names = [_SIBLING.match(item) for item in siblings if isinstance(item, str)]
        body["siblings"] = [
            {"rfilename": name[1]} | ({"lfs": {"sha256": name[2]}} if name[2] else {}) for name in names if name
        ] or siblings
    card = row.get("card")
    return Record(kind, str(row.get("id")), body, {"README.md": card} if isinstance(card, str) else {})
