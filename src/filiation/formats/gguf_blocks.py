"""Blocks of quantised values in GGUF files become float32.

The arithmetic of most types is that of the ``gguf`` package; here are those that it knows by name only.

Source:
    https://github.com/ggml-org/ggml/blob/master/src/ggml-quants.c
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK, Bytes, Tensor
from filiation.formats.stored_values import raw_blocks, take
from filiation.knowledge import load

if TYPE_CHECKING:
    import numpy as np

SIGNED_NIBBLES = 0x88
"""Interleaved types keep their halves of a byte as signed numbers; these bits make them those of Q4_0."""
_TOGETHER = 64
"""The package works on 16 rows at a time; of so many blocks each, they stay within a core's cache."""


class BlockType(msgspec.Struct, frozen=True):
    """How a type of tensor is laid out; see ``knowledge/gguf_types.toml``."""

    name: str
    values: int
    bytes: int
    stored: str = ""
    rows: int = 0
    run: int = 0


@cache
def block_types() -> dict[int, BlockType]:
    """Return the types by their number in a file."""
    return {int(number): BlockType(**told) for number, told in load("gguf_types").items()}


@cache
def _by_name() -> dict[str, BlockType]:
    return {kind.name: kind for kind in block_types().values()}


def block_values(file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
    """Yield the values of a tensor of quantised blocks, as `core.tensor.TensorFormat.values` asks.

    Raises:
        WeightsError: If its type is unknown, or its bytes are not those of its shape or cannot be had.
    """
    kind = _kind_of(tensor)
    if kind is None:
        raise WeightsError(f"{file.name}: the bytes of {tensor.name[:80]!r} are not those of its type and shape")
    if kind.rows:
        yield from _interleaved(file, tensor, kind)
        return
    for block in raw_blocks(file, tensor.start, tensor.stop, BLOCK // kind.values * kind.bytes):
        yield dequantized(kind.name, block)


def lies_in_blocks(tensor: Tensor) -> bool:
    """Return whether the values of a tensor lie in blocks that can be read by themselves, in row-major order."""
    kind = _kind_of(tensor)
    return kind is not None and not kind.rows and tensor.start >= 0


def values_between(file: Bytes, tensor: Tensor, start: int, stop: int) -> np.ndarray:
    """Return the values from `start` up to `stop` of a tensor that `lies_in_blocks`: float32; only their blocks are read.

    Raises:
        WeightsError: If they cannot be had.
    """
    kind = _by_name()[tensor.dtype]
    first, last = start // kind.values, -(-stop // kind.values)
    blocks = take(file, tensor.start + first * kind.bytes, tensor.start + last * kind.bytes)
    return dequantized(kind.name, blocks)[start - first * kind.values : stop - first * kind.values]


def _kind_of(tensor: Tensor) -> BlockType | None:
    """Return how a tensor lies in blocks; None where its bytes are not those of its type and shape."""
    kind = _by_name().get(tensor.dtype)
    if kind is None or tensor.size % kind.values or tensor.stop - tensor.start != tensor.size // kind.values * kind.bytes:
        return None
    return kind


def dequantized(name: str, blocks: bytes) -> np.ndarray:
    """Return the values of whole blocks of the type `name`: float32[k]."""
    import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

    kind = _by_name()[name]
    rows = np.frombuffer(blocks, np.uint8).reshape(-1, kind.bytes)
    own = {"Q8_1": _q8_1, "Q8_K": _q8_k, "Q1_0": _q1_0}.get(name)
    with np.errstate(all="ignore"):  # a scale of infinity or none is the file's own
        if own is not None:
            return own(rows).reshape(-1)
        whole = len(rows) // _TOGETHER * _TOGETHER
        return np.concatenate([_by_package(kind, rows[:whole], _TOGETHER), _by_package(kind, rows[whole:], 1)])


def _by_package(kind: BlockType, rows: np.ndarray, together: int) -> np.ndarray:
    from gguf import GGMLQuantizationType, quants  # noqa: PLC0415  # 0.3 s, that only a quantised model pays

    if not len(rows):
        return rows.reshape(-1).view("f4")
    return quants.dequantize(rows.reshape(-1, kind.bytes * together), GGMLQuantizationType[kind.name]).reshape(-1)


def _q8_1(rows: np.ndarray) -> np.ndarray:
    """Return values of blocks of a scale, a sum that is not needed, and 32 bytes: float32[n, 32]."""
    return rows[:, 4:].view("i1") * rows[:, :2].copy().view("<f2").astype("f4")


def _q8_k(rows: np.ndarray) -> np.ndarray:
    """Return values of blocks of a scale, 256 bytes, and sums that are not needed: float32[n, 256]."""
    return rows[:, 4:260].view("i1") * rows[:, :4].copy().view("<f4")


def _q1_0(rows: np.ndarray) -> np.ndarray:
    """Return values of blocks of a scale and 128 signs, the lowest bit first: float32[n, 128]."""
    import numpy as np  # noqa: PLC0415  # as above

    signs = np.unpackbits(rows[:, 2:], axis=1, bitorder="little").astype(np.float32) * 2 - 1
    return signs * rows[:, :2].copy().view("<f2").astype(np.float32)


def _interleaved(file: Bytes, tensor: Tensor, kind: BlockType) -> Iterator[np.ndarray]:
    """Yield values where the blocks of `kind.rows` rows lie together, their bytes in turns of `kind.run`."""
    import numpy as np  # noqa: PLC0415  # as above

    width = tensor.shape[-1] // kind.values if tensor.shape else 0
    if not width or tensor.size // tensor.shape[-1] % kind.rows:
        raise WeightsError(f"{file.name}: {tensor.name[:80]!r} has no whole number of groups of {kind.rows} rows")
    if width * kind.values * kind.rows > BLOCK:
        raise WeightsError(f"{file.name}: {tensor.name[:80]!r} has rows of {tensor.shape[-1]:,} values, too long to hold")
    group = width * kind.rows * kind.bytes
    for content in raw_blocks(file, tensor.start, tensor.stop, max(1, BLOCK // (width * kind.values * kind.rows)) * group):
        blocks = np.frombuffer(content, np.uint8).reshape(-1, width, kind.rows * kind.bytes)
        scales = blocks[:, :, : 2 * kind.rows].reshape(-1, width, kind.rows, 2)
        turns = blocks[:, :, 2 * kind.rows :].reshape(-1, width, 16 // kind.run, kind.rows, kind.run)
        halves = turns.transpose(0, 1, 3, 2, 4).reshape(-1, width, kind.rows, 16) ^ np.uint8(SIGNED_NIBBLES)
        plain = np.concatenate([scales, halves], axis=-1).transpose(0, 2, 1, 3)
        yield dequantized("Q4_0", plain.tobytes())
