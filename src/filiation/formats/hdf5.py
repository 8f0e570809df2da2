"""HDF5 as h5py writes it: groups, and where the values of each dataset lie. Links to other files are not followed.

Its libraries in Python take memory as a damaged file asks for it, so this reads what Keras needs and no more: superblocks 0
to 3, groups by symbol table or by links in their header, contiguous, compact and chunked datasets of numbers.

Source:
    HDF5 File Format Specification 3.0.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from filiation.core.errors import WeightsError
from filiation.formats.pages import Pages

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MAX_OBJECTS = 200_000
MAX_DEPTH = 64
MAX_MESSAGES = 1_000_000
MAX_DIMENSIONS = 32
MAX_NAME_BYTES = 1_024
_NOWHERE = 0xFFFFFFFFFFFFFFFF
_DATASPACE, _LINKS, _DATATYPE, _LINK, _LAYOUT, _FILTERS, _CONTINUED, _SYMBOLS = 1, 2, 3, 6, 8, 11, 16, 17
_KEPT = frozenset({_DATASPACE, _LINKS, _DATATYPE, _LINK, _LAYOUT, _FILTERS, _SYMBOLS})
_TREE, _NODE, _ENTRY = struct.Struct("<4sBBHQQ"), struct.Struct("<4sBBH"), struct.Struct("<QQII16x")
_INTEGERS, _FLOATS, _ENUMS = 0, 1, 8
_FLOAT_BITS = {(2, 5): "F16", (2, 8): "BF16", (4, 8): "F32", (8, 11): "F64"}


class Chunk(NamedTuple):
    """A part of a dataset: the position of its first value, its bytes in the file, and the filters that were left out."""

    corner: tuple[int, ...]
    start: int
    size_bytes: int
    unfiltered: int


class Dataset(msgspec.Struct):
    """A dataset: its values lie from `start` on, or in pieces of the shape `chunk` that `tree` leads to.

    Attributes:
        path: Names of the groups that lead to it, then its own.
        dtype: As safetensors spells it; empty where it is no number, or has its high byte first.
        start: First byte; -1 where it has none.
        size_bytes: Of the values in one piece.
        filters: What each chunk went through, in order: numbers of filters and their parameters.
    """

    path: tuple[str, ...]
    shape: tuple[int, ...] = ()
    dtype: str = ""
    item_bytes: int = 0
    start: int = -1
    size_bytes: int = 0
    chunk: tuple[int, ...] = ()
    tree: int = -1
    filters: tuple[tuple[int, tuple[int, ...]], ...] = ()
    problem: str = ""


class _Message(NamedTuple):
    kind: int
    start: int
    stop: int


class Hdf5:
    """A file of groups and datasets.

    Args:
        pages: Of the file.

    Raises:
        WeightsError: If it is none, or its addresses are not of 8 bytes.
    """

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._left = MAX_MESSAGES
        self._objects = 0
        head = pages.read(0, min(96, pages.size_bytes))
        version = head[8] if len(head) == 96 and head[:8] == SIGNATURE else -1
        sizes = {0: head[13:15], 1: head[13:15], 2: head[9:11], 3: head[9:11]}.get(version, b"")
        if sizes != b"\x08\x08":
            raise self._refusal("a beginning that is not that of an HDF5 file with addresses of 8 bytes")
        base, self._root = {
            0: struct.unpack_from("<Q32xQ", head, 24),
            1: struct.unpack_from("<Q32xQ", head, 28) if version == 1 else (0, 0),
            2: struct.unpack_from("<Q16xQ", head, 12),
        }[min(version, 2)]
        if base:
            raise self._refusal("a block of its user's before it")

    def datasets(self) -> Iterator[Dataset]:
        """Yield the datasets, each where it is first met.

        Raises:
            WeightsError: If the file is not well formed, or nests or lists more than is read.
        """
        seen = {self._root}
        waiting: list[tuple[tuple[str, ...], int]] = [((), self._root)]
        while waiting:
            path, address = waiting.pop()
            messages = self._messages(address)
            if any(message.kind == _LAYOUT for message in messages):
                yield self._dataset(path, messages)
                continue
            if len(path) == MAX_DEPTH:
                raise self._refusal(f"groups more than {MAX_DEPTH} deep")
            inside = []
            for name, where in self._members(messages):
                self._spend()
                if where not in seen:
                    seen.add(where)
                    inside.append(((*path, name), where))
            waiting += reversed(inside)

    def chunks(self, dataset: Dataset) -> Iterator[Chunk]:
        """Yield the chunks of a dataset.

        Raises:
            WeightsError: As `datasets`.
        """
        rank = len(dataset.shape) + 1
        key = struct.Struct(f"<II{rank}QQ")
        waiting = [dataset.tree]
        while waiting:
            address = waiting.pop()
            signature, kind, level, count, _, _ = self._unpacked(_TREE, address)
            if signature != b"TREE" or kind != 1:
                raise self._refusal("an index of chunks that is none")
            for number in range(count):
                self._spend()
                size, unfiltered, *corner, child = self._unpacked(key, address + _TREE.size + number * key.size)
                if level:
                    waiting.append(child)
                else:
                    yield Chunk(tuple(corner[:-1]), child, size, unfiltered)

    def _refusal(self, what: str) -> WeightsError:
        return WeightsError(f"{self._pages.file.name} cannot be read: it has {what}")

    def _spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise self._refusal(f"more than {MAX_MESSAGES:,} parts")

    def _unpacked(self, layout: struct.Struct, at: int) -> tuple[int, ...]:
        return self._pages.unpacked(layout, at)

    def _number(self, at: int, size: int) -> int:
        return int.from_bytes(self._pages.read(at, at + size), "little")

    def _messages(self, address: int) -> list[_Message]:
        """Return the messages of the object at `address`, those of its continuations as well."""
        self._objects += 1
        if self._objects > MAX_OBJECTS:
            raise self._refusal(f"more than {MAX_OBJECTS:,} objects")
        head = self._pages.read(address, min(address + 16, self._pages.size_bytes))
        if head[:4] == b"OHDR":
            flags = head[5]
            at = address + 6 + (16 if flags & 32 else 0) + (4 if flags & 16 else 0)
            width = 1 << (flags & 3)
            start = at + width
            return self._listed(start, start + self._number(at, width), 4 + (2 if flags & 4 else 0), is_new=True)
        if len(head) < 16 or head[0] != 1:
            raise self._refusal(f"an object at byte {address:,} that is none")
        return self._listed(address + 16, address + 16 + int.from_bytes(head[8:12], "little"), 8, is_new=False)

    def _listed(self, start: int, stop: int, head_bytes: int, *, is_new: bool) -> list[_Message]:
        """Return the messages between two positions, and those that they say go on elsewhere."""
        found = []
        waiting = [(start, stop)]
        seen = set()
        while waiting:
            at, stop = waiting.pop()
            while at + head_bytes <= stop:
                self._spend()
                head = self._pages.read(at, at + head_bytes)
                kind, size = (head[0], int.from_bytes(head[1:3], "little")) if is_new else struct.unpack("<HH", head[:4])
                at += head_bytes
                if at + size > stop:
                    raise self._refusal(f"a message at byte {at:,} that is longer than its object")
                if kind == _CONTINUED:
                    where, length = self._unpacked(struct.Struct("<QQ"), at)
                    if where not in seen:
                        seen.add(where)
                        waiting.append((where + 4, where + length - 4) if is_new else (where, where + length))
                elif kind in _KEPT:
                    found.append(_Message(kind, at, at + size))
                at += size
        return found

    def _members(self, messages: list[_Message]) -> Iterator[tuple[str, int]]:
        """Yield the names in a group and where the objects are."""
        for message in messages:
            if message.kind == _SYMBOLS:
                tree, heap = self._unpacked(struct.Struct("<QQ"), message.start)
                yield from self._symbols(tree, heap)
            elif message.kind == _LINK:
                link = self._link(message)
                if link is not None:
                    yield link
            elif message.kind == _LINKS:
                skip = 2 + (8 if self._number(message.start + 1, 1) & 1 else 0)
                if self._number(message.start + skip, 8) != _NOWHERE:
                    raise self._refusal("a group whose members are kept in a heap, which is not read")

    def _symbols(self, tree: int, heap: int) -> Iterator[tuple[str, int]]:
        signature, size, _, names = self._unpacked(struct.Struct("<4s4xQQQ"), heap)
        if signature != b"HEAP" or names + size > self._pages.size_bytes:
            raise self._refusal("a group without names")
        waiting, seen = [tree], {tree}
        while waiting:
            address = waiting.pop()
            signature, kind, _, count, _, _ = self._unpacked(_TREE, address) if self._is_tree(address) else (b"", 0, 0, 0, 0, 0)
            if signature != b"TREE":
                yield from self._leaves(address, names, size)
                continue
            if kind:
                raise self._refusal("a group whose index is none")
            for number in range(count):
                self._spend()
                child = self._number(address + _TREE.size + 8 + 16 * number, 8)
                if child not in seen:
                    seen.add(child)
                    waiting.append(child)

    def _is_tree(self, address: int) -> bool:
        return self._pages.read(address, address + 4) == b"TREE"

    def _leaves(self, address: int, names: int, size: int) -> Iterator[tuple[str, int]]:
        signature, _, _, count = self._unpacked(_NODE, address)
        if signature != b"SNOD":
            raise self._refusal(f"a list of a group's members at byte {address:,} that is none")
        for number in range(count):
            offset, header, kind, _ = self._unpacked(_ENTRY, address + _NODE.size + number * _ENTRY.size)
            if kind == 2 or header == _NOWHERE:  # a link by name
                continue
            if offset >= size:
                raise self._refusal("a member of a group without a name")
            raw = self._pages.read(names + offset, names + min(size, offset + MAX_NAME_BYTES))
            yield raw.partition(b"\0")[0].decode("utf-8", "replace"), header

    def _link(self, message: _Message) -> tuple[str, int] | None:
        """Return the name and the address of a hard link; None of another kind."""
        raw = self._pages.read(message.start, message.stop)
        flags = raw[1] if len(raw) > 2 else 0
        at = 2
        kind = raw[at] if flags & 8 else 0
        at += (1 if flags & 8 else 0) + (8 if flags & 4 else 0) + (1 if flags & 16 else 0)
        width = 1 << (flags & 3)
        length = int.from_bytes(raw[at : at + width], "little")
        name, target = raw[at + width : at + width + length], raw[at + width + length :]
        if kind:
            return None
        if len(target) < 8:
            raise self._refusal("a link that leads nowhere")
        return name[:MAX_NAME_BYTES].decode("utf-8", "replace"), int.from_bytes(target[:8], "little")

    def _dataset(self, path: tuple[str, ...], messages: list[_Message]) -> Dataset:
        dataset = Dataset(path)
        parsers = {_DATASPACE: self._space, _DATATYPE: self._type, _FILTERS: self._filters, _LAYOUT: self._layout}
        for kind, parse in parsers.items():
            for message in messages:
                if message.kind == kind:
                    parse(dataset, message)
        return dataset

    def _space(self, dataset: Dataset, message: _Message) -> None:
        version, rank = self._pages.read(message.start, message.start + 2)
        start = message.start + (8 if version == 1 else 4)
        if rank > MAX_DIMENSIONS or version not in {1, 2}:
            raise self._refusal(f"a dataset of {rank} dimensions")
        dataset.shape = self._unpacked(struct.Struct(f"<{rank}Q"), start)

    def _type(self, dataset: Dataset, message: _Message) -> None:
        raw = self._pages.read(message.start, message.stop)
        if len(raw) < 8:
            raise self._refusal("a type that is none")
        kind, flags = raw[0] & 15, raw[1]
        dataset.item_bytes = int.from_bytes(raw[4:8], "little")
        if kind == _ENUMS and raw[8:9] and raw[8] & 15 == _INTEGERS and dataset.item_bytes == 1:
            dataset.dtype = "BOOL"
        elif kind == _INTEGERS and not flags & 1 and dataset.item_bytes in {1, 2, 4, 8}:
            dataset.dtype = f"{'I' if flags & 8 else 'U'}{8 * dataset.item_bytes}"
        elif kind == _FLOATS and not flags & 65 and len(raw) >= 14:
            dataset.dtype = _FLOAT_BITS.get((dataset.item_bytes, raw[13]), "")

    def _filters(self, dataset: Dataset, message: _Message) -> None:
        version, count = self._pages.read(message.start, message.start + 2)
        at = message.start + (8 if version == 1 else 2)
        filters = []
        for _ in range(min(count, 32)):
            named = version == 1 or self._number(at, 2) >= 256
            number, name_bytes, _, parameters = self._unpacked(struct.Struct("<HHHH"), at) if named else (
                *self._unpacked(struct.Struct("<H"), at), 0, *self._unpacked(struct.Struct("<HH"), at + 2)
            )  # fmt: skip
            at += 8 if named else 6
            at += -(-name_bytes // 8) * 8 if version == 1 else name_bytes
            if parameters > 64:
                raise self._refusal("a filter that is none")
            filters.append((number, self._unpacked(struct.Struct(f"<{parameters}I"), at)))
            at += 4 * (parameters + (parameters & 1 if version == 1 else 0))
        dataset.filters = tuple(filters)

    def _layout(self, dataset: Dataset, message: _Message) -> None:
        version, kind = self._pages.read(message.start, message.start + 2)
        at = message.start + 2
        if version not in {3, 4} or kind > 2 or (version == 4 and kind == 2):
            dataset.problem = "its values are laid out in a way that is not read"
        elif kind == 0:
            dataset.start, dataset.size_bytes = at + 2, self._number(at, 2)
        elif kind == 1:
            start, dataset.size_bytes = self._unpacked(struct.Struct("<QQ"), at)
            dataset.start = -1 if start == _NOWHERE else start
        else:
            rank = self._number(at, 1)
            tree, *chunk = self._unpacked(struct.Struct(f"<Q{rank}I"), at + 1)
            if rank != len(dataset.shape) + 1 or not all(chunk):
                raise self._refusal("a dataset whose chunks are of another shape than it")
            dataset.chunk = tuple(chunk[:-1])
            dataset.tree = -1 if tree == _NOWHERE else tree
