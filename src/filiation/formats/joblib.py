"""What joblib dumps, such as models of scikit-learn: a pickle that keeps the values of its arrays between its instructions.

Source:
    joblib/numpy_pickle.py and joblib/compressor.py, joblib 1.5.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Content, Tensor, TensorIndex
from filiation.formats.held import Held
from filiation.formats.laid_out import in_order
from filiation.formats.npz import TYPES
from filiation.formats.pickle_notes import Call, Global, Pairs
from filiation.formats.pickle_opcodes import Cursor, interpret
from filiation.formats.stored_values import BITS, checked_size, decoder, plain_values, raw_blocks, take
from filiation.formats.tensor_contents import content_of

if TYPE_CHECKING:
    import numpy as np

MAX_PACKED_BYTES = 128 << 20
"""A packed file is held unpacked while it is open: so many bytes at most, packed and unpacked."""
MAX_PEEKED_BYTES = 1 << 16
MAX_ARRAYS = 50_000
MAX_STEPS = 2_000_000
MAX_DEPTH = 64
MAX_PART_CHARS = 200
MAX_TURNED_BYTES = 1 << 30
"""An array whose first dimension runs fastest is read whole before it is turned."""
_PICKLES = tuple(bytes([0x80, protocol]) for protocol in range(2, 6))
_LZ4 = b"\x04\x22\x4d\x18"
_ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_MODULE, _WRAPPER = b"joblib.numpy_pickle", "NumpyArrayWrapper"


class _Array(NamedTuple):
    """An array: where its values lie in the dump, and how; `reason` says why it is not read."""

    start: int = 0
    dtype: str = ""
    shape: tuple[int, ...] = ()
    order: str = "<"
    turned: bool = False
    reason: str = ""


class _Read(NamedTuple):
    """A dump that is open: its bytes as they were before they were packed, and its arrays by name."""

    plain: Bytes
    arrays: dict[str, _Array]


class Joblib:
    """How to read the arrays of a dump, plain or packed by zlib or LZ4; nothing in it is called."""

    name = "joblib"
    suffixes = (".joblib",)

    def recognises(self, file: Bytes) -> bool:
        """Return whether a pickle comes first, packed or not, that soon speaks of joblib's arrays."""
        start = take(file, 0, min(file.size_bytes, 4))
        if not start.startswith((*_PICKLES, _LZ4, *_ZLIB)):
            return False
        try:
            peeked = next(_pieces(take(file, 0, min(file.size_bytes, 2 * MAX_PEEKED_BYTES))), b"")
        except WeightsError:
            return False
        return peeked.startswith(_PICKLES) and _MODULE in peeked

    def index(self, file: Bytes) -> TensorIndex:
        """Return the arrays, named by what leads to them, in the order of the structure; see `core.tensor.TensorFormat`."""
        plain = file if take(file, 0, min(file.size_bytes, 2)).startswith(_PICKLES) else _unpacked(file)
        reading = _Reading(plain)
        root = interpret(reading.cursor, built=reading.built)
        named = _named(root, reading.arrays, file.name)
        _READ[file] = _Read(plain, {name: array for name, array in named if not array.reason})
        tensors = []
        for name, array in _READ[file].arrays.items():
            in_place = plain is file and not array.turned and array.order == "<"
            stop = array.start + prod(array.shape) * BITS[array.dtype] // 8
            start, stop = (array.start, stop) if in_place else (-1, -1)
            content = content_of(name, array.dtype, array.shape)
            if content is Content.WEIGHT and not array.dtype.startswith(("F", "BF")):
                content = Content.BUFFER  # classes, counters, numbers of rows
            tensors.append(Tensor(name, array.shape, array.dtype, file.name, start, stop, content))
        skipped = [Skipped(file.name, 0, f"{name[-200:]}: {array.reason}") for name, array in named if array.reason]
        return TensorIndex(self.name, tuple(tensors), skipped=tuple(skipped))

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values; see `core.tensor.TensorFormat`."""
        if file not in _READ:
            self.index(file)
        read = _READ[file]
        if tensor.name not in read.arrays:
            raise WeightsError(f"{file.name} holds no array {tensor.name[:80]!r}")
        array = read.arrays[tensor.name]
        stop = array.start + prod(array.shape) * BITS[array.dtype] // 8
        if array.turned:
            raw = take(read.plain, array.start, stop)
            return in_order(decoder(array.dtype, array.order)(raw).reshape(array.shape[::-1]).T)
        lying = Tensor(tensor.name, array.shape, array.dtype, file.name, array.start, stop)
        return plain_values(read.plain, lying, array.order)


TENSORS = Joblib()
_READ: WeakKeyDictionary[Bytes, _Read] = WeakKeyDictionary()


def _unpacked(file: Bytes) -> Held:
    if file.size_bytes > MAX_PACKED_BYTES:
        raise WeightsError(f"{file.name} is packed, and longer than the {MAX_PACKED_BYTES >> 20} MB that are unpacked")
    parts, size = [], 0
    for part in _pieces(take(file, 0, file.size_bytes)):
        parts.append(part)
        size += len(part)
        if size > MAX_PACKED_BYTES:
            raise WeightsError(f"{file.name} unpacks to more than {MAX_PACKED_BYTES >> 20} MB")
    return Held(file.name, b"".join(parts))


def _pieces(content: bytes) -> Iterator[bytes]:
    """Yield what `content` unpacks to, `MAX_PEEKED_BYTES` at a time; itself where it is not packed."""
    if content.startswith(_LZ4):
        import pyarrow as pa  # noqa: PLC0415  # 0.2 s, that only a packed dump pays

        try:
            stream = pa.input_stream(pa.BufferReader(content), compression="lz4")
            while part := stream.read(MAX_PEEKED_BYTES):
                yield part
        except (OSError, ValueError) as error:
            raise WeightsError(f"a dump packed by LZ4 that is damaged ({error})") from error
    elif content.startswith(_ZLIB):
        unpacking = zlib.decompressobj()
        try:
            while content and not unpacking.eof:
                yield unpacking.decompress(content, MAX_PEEKED_BYTES)
                content = unpacking.unconsumed_tail
        except zlib.error as error:
            raise WeightsError(f"a dump packed by zlib that is damaged ({error})") from error
    else:
        yield content


class _Reading:
    """Finds the arrays while the pickle is read: each follows the instruction that builds its description."""

    def __init__(self, file: Bytes) -> None:
        self.arrays: dict[int, _Array] = {}
        self.cursor = Cursor(raw_blocks(file, 0, file.size_bytes, MAX_PEEKED_BYTES), file.name)
        self._size = file.size_bytes
        self._kept: list[Call] = []

    def built(self, call: Call) -> None:
        """Note the array that `call` describes, if it does, and pass over its values."""
        made = call.function
        if not isinstance(made, Global) or made.name != _WRAPPER or not made.module.endswith(_MODULE.decode()):
            return
        if len(self._kept) == MAX_ARRAYS:
            raise self.cursor.refusal(f"more than {MAX_ARRAYS:,} arrays")
        self._kept.append(call)  # so that no other note gets its identity
        self.arrays[id(call)] = self._array(call.state)

    def _array(self, state: Any) -> _Array:
        shape, kind = tuple(map(int, state.get("shape"))), state.get("dtype")
        code, order = kind.args[0], kind.state[1] if kind.state else "<"
        if code.startswith("O"):
            interpret(self.cursor)
            return _Array(reason="an array of objects")
        if state.get("numpy_array_alignment_bytes") is not None:
            self.cursor.skip(self.cursor.take(1)[0])
        start = self.cursor.position
        size = checked_size(shape) * int(code[1:]) * (4 if code.startswith("U") else 1)
        if not 0 <= size <= self._size - start:
            raise self.cursor.refusal("an array that is longer than the file")
        self.cursor.skip(size)
        dtype = "" if code.startswith("c") else TYPES.get(code, "")
        turned = state.get("order") == "F" and len(shape) > 1
        if not dtype or (turned and size > MAX_TURNED_BYTES):
            return _Array(reason=f"values of the type {code[:20]}, or by columns and too many to hold")
        return _Array(start, dtype, shape, ">" if order == ">" else "<", turned)


class _Link(NamedTuple):
    """What leads to a note: the key, attribute or number, and what leads to the one above it."""

    above: _Link | None = None
    part: str = ""
    depth: int = 0

    def name(self) -> str:
        """Return all parts with dots between."""
        parts, link = [], self
        while link is not None:
            parts.append(link.part)
            link = link.above
        return ".".join(part for part in reversed(parts) if part) or "array"


def _named(root: Any, arrays: dict[int, _Array], file: str) -> list[tuple[str, _Array]]:
    """Return the arrays below `root` by what leads to each first; names differ."""
    found: dict[str, _Array] = {}
    seen: set[int] = set()
    waiting: list[tuple[_Link, Any]] = [(_Link(), root)]
    for _ in range(MAX_STEPS):
        if not waiting:
            return list(found.items())
        link, node = waiting.pop()
        if not isinstance(node, (list, tuple, Pairs, Call)) or isinstance(node, Global) or id(node) in seen:
            continue
        seen.add(id(node))
        if link.depth > MAX_DEPTH:
            raise WeightsError(f"{file} nests its objects more than {MAX_DEPTH} deep")
        if id(node) in arrays:
            name = link.name()
            found[name if name not in found else f"{name}#{len(found)}"] = arrays[id(node)]
            continue
        waiting += [(_Link(link, part, link.depth + 1), value) for part, value in reversed(list(_members(node)))]
    raise WeightsError(f"{file} has more than {MAX_STEPS:,} things in its structure")


def _members(node: Any) -> Iterator[tuple[str, Any]]:
    """Yield what a note holds, each with what leads to it; nothing more leads to an object's state."""
    if isinstance(node, Call):
        yield from (("", part) for part in (node.state, node.args, node.elements, node.pairs))
    elif isinstance(node, Pairs):
        yield from ((str(key)[:MAX_PART_CHARS], value) for key, value in node.items if isinstance(key, (str, int)))
    else:
        yield from ((str(number), value) for number, value in enumerate(node))
