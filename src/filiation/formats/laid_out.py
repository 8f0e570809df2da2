"""Tensors that do not lie in a file as they are: quantised, packed below a byte, strided, told apart by slices."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK, Bytes, Quantization, Tensor
from filiation.formats.stored_values import BITS, checked_size, decoder, raw_blocks, size_bytes

if TYPE_CHECKING:
    import numpy as np

PACKED_BITS = {"U4": 4, "I4": 4, "U2": 2, "I2": 2}
"""Integers of which several share a byte, the first in its low bits."""
READABLE = frozenset((BITS.keys() - {"F6_E2M3", "F6_E3M2"}) | PACKED_BITS.keys())
"""Types of values that can be read."""
MAX_TIMES = 16
PIECE = 1 << 18
"""Values scaled at a time, so that the positions needed for it stay small."""


def extent(dtype: str, shape: Sequence[int]) -> int:
    """Return the bytes that a tensor takes in one piece; small integers fill up their last byte.

    Raises:
        WeightsError: If the type is unknown, or the shape is none.
    """
    if dtype in PACKED_BITS:
        return (checked_size(tuple(shape)) * PACKED_BITS[dtype] + 7) // 8
    return size_bytes(dtype, tuple(shape))


def dequantized_values(file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
    """Yield the values of a tensor in one piece, dequantised, as `core.tensor.TensorFormat.values` asks.

    Raises:
        WeightsError: If its bytes cannot be had, or are not those of its type and shape.
    """
    if tensor.start < 0 or tensor.stop - tensor.start != extent(tensor.dtype, tensor.shape):
        raise WeightsError(f"{file.name}: the bytes of {tensor.name[:80]!r} are not those of its type and shape")
    return dequantized(_stored(file, tensor), tensor.shape, tensor.quantization)


def _stored(file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
    left = tensor.size
    bits = PACKED_BITS.get(tensor.dtype) or BITS[tensor.dtype]
    for raw in raw_blocks(file, tensor.start, tensor.stop, BLOCK * bits // 8):
        block = as_float32(raw, tensor.dtype)[:left]
        left -= len(block)
        yield block


def as_float32(raw: bytes, dtype: str) -> np.ndarray:
    """Return the numbers that bytes hold: float32[n]; of small integers as many as fit, the low bits first.

    Raises:
        WeightsError: If the type is unknown.
    """
    import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

    if dtype not in PACKED_BITS:
        return decoder(dtype)(raw)
    bits = PACKED_BITS[dtype]
    shifts = np.arange(0, 8, bits, dtype=np.uint8)
    numbers = (np.frombuffer(raw, np.uint8)[:, None] >> shifts & ((1 << bits) - 1)).reshape(-1).astype(np.int8)
    if dtype.startswith("I"):
        numbers -= (numbers >> (bits - 1)) << bits
    return numbers.astype(np.float32)


def dequantized(blocks: Iterable[np.ndarray], shape: Sequence[int], quantization: Quantization | None) -> Iterator[np.ndarray]:
    """Yield ``(stored - zero_point) * scale`` of blocks in row-major order: float32[k] each.

    They come as they are without a quantisation, or where it keeps its scales among the values.

    Raises:
        WeightsError: If the scales are neither one nor as many as the tensor's slices.
    """
    import numpy as np  # noqa: PLC0415  # as above

    if quantization is None or not quantization.scales:
        yield from blocks
        return
    scales = np.asarray(quantization.scales, np.float32)
    zeros = np.asarray(quantization.zero_points or (0.0,), np.float32)
    axis = quantization.axis
    slices = shape[axis] if 0 <= axis < len(shape) else 1
    if len(scales) not in {1, slices} or len(zeros) not in {1, slices}:
        raise WeightsError(f"a tensor of shape {list(shape)[:8]} with {len(scales):,} scales")
    inner = prod(shape[axis + 1 :]) if slices > 1 else 1
    scales, zeros = (np.broadcast_to(part, (slices,)) for part in (scales, zeros))
    at = 0
    for block in blocks:
        yield _scaled(block, at, scales, zeros, inner)
        at += len(block)


def _scaled(block: np.ndarray, at: int, scales: np.ndarray, zeros: np.ndarray, inner: int) -> np.ndarray:
    """Return a block that starts at the value `at`, with slices of `inner` values that take turns."""
    import numpy as np  # noqa: PLC0415  # as above

    turn = len(scales) * inner
    scaled = np.empty(len(block), np.float32)
    if turn <= PIECE:
        scales, zeros = (np.tile(np.repeat(part, inner), PIECE // turn) for part in (scales, zeros))
    start = 0
    while start < len(block):
        where = (at + start) % turn
        stop = min(start + (len(scales) - where if turn <= PIECE else PIECE), len(block))
        slices = (
            slice(where, where + stop - start)
            if turn <= PIECE
            else np.arange(where, where + stop - start) // inner % len(scales)
        )
        with np.errstate(all="ignore"):
            scaled[start:stop] = (block[start:stop] - zeros[slices]) * scales[slices]
        start = stop
    return scaled


def strided(values: np.ndarray, shape: Sequence[int], strides: Sequence[int]) -> np.ndarray:
    """Return a view of `values` from their first on, `strides` counted in values.

    Raises:
        WeightsError: If it would reach outside of them.
    """
    import numpy as np  # noqa: PLC0415  # as above

    if 0 in shape:
        return values[:0].reshape(tuple(shape))
    if len(shape) != len(strides) or any(stride < 0 for stride in strides) or reach(shape, strides) > len(values):
        raise WeightsError("a tensor whose strides reach outside of what is stored")
    steps = [stride * values.itemsize for stride in strides]
    return np.lib.stride_tricks.as_strided(values, tuple(shape), steps, writeable=False)


def reach(shape: Sequence[int], strides: Sequence[int]) -> int:
    """Return how many stored values a strided tensor spans, from its first to its last; 0 of an empty one."""
    return 0 if 0 in shape else 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))


def in_order(view: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the values of an array in row-major order, whatever its strides, at most `BLOCK` at a time."""
    import numpy as np  # noqa: PLC0415  # as above

    if view.size <= BLOCK:
        yield np.ascontiguousarray(view).reshape(-1)
        return
    row = view.size // view.shape[0]
    if row > BLOCK:
        for part in view:
            yield from in_order(part)
        return
    for start in range(0, view.shape[0], BLOCK // row):
        yield np.ascontiguousarray(view[start : start + BLOCK // row]).reshape(-1)


def check_overlap(file: Bytes, tensors: Sequence[Tensor]) -> None:
    """Refuse a file that says the same bytes over and over under other names and shapes.

    Raises:
        WeightsError: If tensors that are not copies of one another speak of more than `MAX_TIMES` the file.
    """
    told = {(tensor.file, tensor.start, tensor.stop, tensor.shape) for tensor in tensors if tensor.file == file.name}
    if sum(stop - start for _, start, stop, _ in told) > MAX_TIMES * file.size_bytes:
        raise WeightsError(f"{file.name} counts its bytes more than {MAX_TIMES} times over, in tensors that overlap")
