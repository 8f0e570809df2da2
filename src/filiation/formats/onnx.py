"""ONNX: the tensors of a model's graph, in the file itself or in files beside it.

Source:
    onnx/onnx.proto3 and docs/ExternalData.md, ONNX 1.18; docs/ContribOperators.md, ONNX Runtime 1.23.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import isfinite, prod
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Quantization, Tensor, TensorIndex
from filiation.formats.laid_out import PACKED_BITS, READABLE, check_overlap, dequantized, dequantized_values, extent
from filiation.formats.onnx_graph import Stored, read_model
from filiation.formats.onnx_uses import Joined, Uses
from filiation.formats.onnx_values import Blocked, numbers, range_of, stored_values
from filiation.formats.pages import Pages
from filiation.formats.protobuf import LENGTH, VARINT, Protobuf
from filiation.formats.stored_values import BITS, checked_size

if TYPE_CHECKING:
    import numpy as np

MAX_TENSORS = 200_000
MAX_SCALES = 1 << 20
_COMPLEX = {"C64": "F32", "C128": "F64"}
_IN_BLOCKS = "-in-blocks"
_MODEL_FIELDS, _GRAPH = frozenset(range(1, 27)), 7


class Onnx:
    """How to read an ONNX model.

    The values of external tensors are asked of the file that `Tensor.file` names, relative to the folder of the model.
    """

    name = "onnx"
    suffixes = (".onnx", ".ort.onnx")

    def recognises(self, file: Bytes) -> bool:
        """Return whether it begins as a model does, with a version and then a producer or a graph; reads some fields."""
        fields = []
        try:
            for field in Protobuf(Pages(file, 1 << 20)).fields(0, file.size_bytes):
                fields.append(field)
                if field.number not in _MODEL_FIELDS or field.number == _GRAPH or len(fields) > 64:
                    break
        except WeightsError:
            return False
        first = fields[0] if fields else None
        is_versioned = (
            first is not None
            and fields[-1].number == _GRAPH
            and first.number == 1
            and first.kind == VARINT
            and 0 < first.value < 100
        )
        return is_versioned and all(field.kind == (VARINT if field.number in {1, 5} else LENGTH) for field in fields)

    def index(self, file: Bytes) -> TensorIndex:
        """Return the tensors of the graph and of the graphs within it; see `core.tensor.TensorFormat`.

        A quantised tensor comes with the scales that the graph's operators give it; those are buffers. A tensor to which an
        exporter gave a made-up name is called by its layer.
        """
        graph, told = read_model(Protobuf(Pages(file)))
        reading = _Reading(file, Uses(graph))
        check_overlap(file, reading.tensors)
        _PLANS[file] = reading.plans
        return TensorIndex(self.name, tuple(reading.tensors), told, tuple(reading.skipped))

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values, dequantised; see `core.tensor.TensorFormat`."""
        if tensor.start >= 0 and (tensor.quantization is None or not tensor.quantization.scheme.endswith(_IN_BLOCKS)):
            return dequantized_values(file, tensor)
        if file not in _PLANS:
            self.index(file)
        if tensor.name not in _PLANS[file]:
            raise WeightsError(f"{file.name} holds no tensor {tensor.name[:80]!r}")
        stored, joined = _PLANS[file][tensor.name]
        blocks = stored_values(file, stored, tensor.dtype, checked_size(tensor.shape))
        if joined is not None:
            return _blocked(file, joined, tensor).applied(blocks)
        return dequantized(blocks, tensor.shape, tensor.quantization)


TENSORS = Onnx()
_PLANS: WeakKeyDictionary[Bytes, dict[str, tuple[Stored, Joined | None]]] = WeakKeyDictionary()
"""Of files that are open: the tensors whose values are not a row of numbers of one kind, by name."""


class _Reading:
    """What becomes of the tensors that a graph holds."""

    def __init__(self, file: Bytes, uses: Uses) -> None:
        self.file = file
        self.tensors: list[Tensor] = []
        self.skipped: list[Skipped] = []
        self.plans: dict[str, tuple[Stored, Joined | None]] = {}
        self._uses = uses
        self._names: set[str] = set()
        self._numbers = count(2)
        if len(uses.tensors) > MAX_TENSORS:
            raise WeightsError(f"{file.name} holds more than {MAX_TENSORS:,} tensors")
        for stored in uses.tensors:
            reason = stored.problem or self._add(stored)
            if reason:
                self.skipped.append(Skipped(file.name, 0, f"{stored.name[-200:]}: {reason}"))

    def _add(self, stored: Stored) -> str:
        """Add one tensor, or return why it is not read."""
        joined = self._uses.joined.get(id(stored))
        dtype, shape = _form(stored, joined)
        if dtype not in READABLE or checked_size(shape) < 0:
            return f"values of the type {dtype}"
        quantization, reason = self._quantization(stored, joined, shape)
        if reason:
            return reason
        is_blocked = quantization is not None and quantization.scheme.endswith(_IN_BLOCKS)
        file, start, stop, reason = self._place(stored, extent(dtype, shape))
        if reason or (is_blocked and start < 0):
            return reason or "its scales and its values lie in different files"
        name = self._own(self._uses.name_of(stored))
        if start < 0 or is_blocked:
            self.plans[name] = stored, joined if is_blocked else None
        self.tensors.append(Tensor(name, shape, dtype, file, start, stop, self._uses.content_of(stored), quantization))
        return ""

    def _own(self, name: str) -> str:
        """Return a name that no other tensor has."""
        own = name if name and name not in self._names else f"{name or 'tensor'}#{next(self._numbers)}"
        self._names.add(own)
        return own

    def _place(self, stored: Stored, size: int) -> tuple[str, int, int, str]:
        """Return the file that holds the values, their first byte and the byte after the last, or why they are not read.

        Raises:
            WeightsError: If the bytes are not as many as the shape says.
        """
        if stored.external:
            return self._outside(stored, size)
        where = range_of(stored)
        if where is None:
            return self.file.name, -1, -1, "" if stored.typed or not size else "its values are not in the file"
        if where[1] - where[0] != size:
            raise WeightsError(f"{self.file.name}: the values of {stored.name[-80:]!r} do not fit its shape")
        return self.file.name, *where, ""

    def _outside(self, stored: Stored, size: int) -> tuple[str, int, int, str]:
        """Return the same of a tensor in a file beside the model."""
        location = PurePosixPath(stored.external.get("location", "").replace("\\", "/"))
        told = stored.external.get("offset", "0"), stored.external.get("length", str(size))
        if location.is_absolute() or ".." in location.parts or ":" in str(location) or not location.name:
            return "", -1, -1, "its values lie in a file outside of the model's folder"
        if not all(number.isascii() and number.isdigit() and len(number) < 19 for number in told) or int(told[1]) < size:
            raise WeightsError(f"{self.file.name} says of {stored.name[-80:]!r} that its values lie where they cannot")
        start = int(told[0])
        return str(location), start, start + size, ""

    def _quantization(self, stored: Stored, joined: Joined | None, shape: tuple[int, ...]) -> tuple[Quantization | None, str]:
        """Return how stored numbers become values, or why that cannot be said."""
        if joined is None:
            return None, ""
        bits = PACKED_BITS.get(_form(stored, joined)[0]) or BITS[stored.dtype]
        kind = f"{'f' if stored.dtype.startswith('F') else 'int'}{bits}"
        if _is_blocked(joined):
            fits = _fits(joined, shape)
            return Quantization(f"{kind}-{joined.block}{_IN_BLOCKS}", bits), "" if fits else _MISFIT
        if prod(joined.scale.shape) > MAX_SCALES or (joined.zero is not None and prod(joined.zero.shape) > MAX_SCALES):
            return None, "it has more scales than are read"
        try:
            scales = tuple(map(float, numbers(self.file, joined.scale)))
            zeros = () if joined.zero is None else tuple(map(int, numbers(self.file, joined.zero)))
        except (ValueError, OverflowError):
            return None, "its scales are not in the file"
        axis = _axis(joined, shape)
        slices = shape[axis] if 0 <= axis < len(shape) else 1
        if {len(scales), len(zeros) or 1} - {1, slices} or not all(map(isfinite, scales)):
            return None, _MISFIT
        where = "channel" if len(scales) > 1 else "tensor"
        return Quantization(f"{kind}-per-{where}", bits, scales, zeros if any(zeros) else (), max(axis, 0)), ""


_MISFIT = "its scales do not fit its shape"


def _form(stored: Stored, joined: Joined | None) -> tuple[str, tuple[int, ...]]:
    """Return the type and shape of the values: complex numbers are pairs, and a byte may hold several integers."""
    if stored.dtype in _COMPLEX:
        return _COMPLEX[stored.dtype], (*stored.shape, 2)
    if joined is not None and joined.bits in {2, 4} and stored.dtype == "U8":
        per_byte = 8 // joined.bits
        return f"U{joined.bits}", joined.shape or (*stored.shape[:-1], (stored.shape or (0,))[-1] * per_byte)
    return stored.dtype, joined.shape if joined is not None and joined.shape else stored.shape


def _is_blocked(joined: Joined) -> bool:
    return joined.block > 0 and prod(joined.scale.shape) > 1


def _fits(joined: Joined, shape: tuple[int, ...]) -> bool:
    """Return whether there is a scale for each block, of whole blocks where the file's rows are padded to them."""
    axis = _axis(joined, shape)
    if not 0 <= axis < len(shape) or (joined.shape and shape[axis] % joined.block) or joined.scale.external:
        return False
    return prod(joined.scale.shape) == prod(shape) // max(shape[axis], 1) * -(-shape[axis] // joined.block)


def _axis(joined: Joined, shape: tuple[int, ...]) -> int:
    """Return along which axis scales change: the one along which several stand, else the one that the operator tells."""
    along = [number for number, size in enumerate(joined.scale.shape) if size > 1]
    if len(joined.scale.shape) > 1 and len(along) == 1 and not joined.block:
        return len(shape) - len(joined.scale.shape) + along[0]
    return joined.axis + len(shape) if joined.axis < 0 else joined.axis


def _blocked(file: Bytes, joined: Joined, tensor: Tensor) -> Blocked:
    """Return the scales and zero points of blocks.

    Raises:
        WeightsError: If there are not as many of them as of blocks.
    """
    import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

    axis = _axis(joined, tensor.shape)
    zeros = np.full(1, float(1 << (joined.bits - 1)) if joined.values.dtype == "U8" and joined.bits else 0.0, np.float32)
    try:
        scales = numbers(file, joined.scale)
        if joined.zero is not None:
            packed = joined.zero.dtype == "U8" and joined.bits in {2, 4}
            zeros = _zeros(file, joined, joined.zero, tensor.shape[axis]) if packed else numbers(file, joined.zero)
    except ValueError as error:
        raise WeightsError(f"{file.name}: the zero points of {tensor.name[-80:]!r} cannot be had") from error
    if len(zeros) not in {1, len(scales)}:
        raise WeightsError(f"{file.name}: the zero points of {tensor.name[-80:]!r} do not fit its shape")
    return Blocked(scales, zeros, tensor.shape[axis], joined.block, prod(tensor.shape[axis + 1 :]))


def _zeros(file: Bytes, joined: Joined, zero: Stored, size: int) -> np.ndarray:
    """Return zero points of which a byte holds several; each row of them fills up its last byte."""
    per_byte = 8 // joined.bits
    row = -(-size // joined.block)
    padded = -(-row // per_byte) * per_byte
    packed = Stored(zero.name, (prod(zero.shape) * per_byte,), "U8", zero.raw, zero.typed)
    return numbers(file, packed, f"U{joined.bits}").reshape(-1, padded)[:, :row].reshape(-1)
