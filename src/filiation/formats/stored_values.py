"""Numbers as files store them, and the same as float32."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from filiation.core.errors import WeightsError
from filiation.core.tensor import BLOCK, Bytes, Tensor

if TYPE_CHECKING:
    import numpy as np

BITS = {
    **dict.fromkeys(("F64", "I64", "U64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL"), 8),
    **dict.fromkeys(("F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}
"""Bits of one value, by the name of its type as safetensors spells it."""
MAX_DIMENSIONS = 32
MAX_SIZE = 1 << 62
_PLAIN = {"F64": "f8", "F32": "f4", "F16": "f2", "I64": "i8", "I32": "i4", "I16": "i2", "I8": "i1"} | {
    "U64": "u8", "U32": "u4", "U16": "u2", "U8": "u1", "BOOL": "u1"
}  # fmt: skip


def size_bytes(dtype: str, shape: tuple[int, ...]) -> int:
    """Return the bytes that a tensor takes.

    Raises:
        WeightsError: If the type is unknown, the shape is none, or the values fill no whole number of bytes.
    """
    if dtype not in BITS:
        raise WeightsError(f"values of the unknown type {dtype[:40]!r}")
    bits = checked_size(shape) * BITS[dtype]
    if bits % 8:
        raise WeightsError(f"{dtype} values of shape {list(shape)} fill no whole number of bytes")
    return bits // 8


def checked_size(shape: tuple[int, ...]) -> int:
    """Return the number of values of a tensor.

    Raises:
        WeightsError: If there are more than `MAX_DIMENSIONS`, one is negative, or the values are more than `MAX_SIZE`.
    """
    if len(shape) > MAX_DIMENSIONS:
        raise WeightsError(f"a tensor of {len(shape):,} dimensions")
    size = 1
    for dimension in shape:
        if not 0 <= dimension <= MAX_SIZE:
            raise WeightsError(f"a tensor with a dimension of {dimension}")
        size *= dimension
    if size > MAX_SIZE:
        raise WeightsError(f"a tensor of {size} values")
    return size


def take(file: Bytes, start: int, stop: int) -> bytes:
    """Return the bytes from `start` up to `stop`.

    Raises:
        WeightsError: If the file does not hold them, or they cannot be had.
    """
    if not 0 <= start <= stop <= file.size_bytes:
        raise WeightsError(f"{file.name} ends at byte {file.size_bytes:,}; byte {stop:,} was asked for")
    try:
        return file.read(start, stop)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{file.name} cannot be read: {error}") from error


def raw_blocks(file: Bytes, start: int, stop: int, at_once: int) -> Iterator[bytes]:
    """Yield the bytes from `start` up to `stop`, `at_once` of them but for the last time."""
    for at in range(start, stop, at_once):
        yield take(file, at, min(at + at_once, stop))


def plain_values(file: Bytes, tensor: Tensor, order: str = "<") -> Iterator[np.ndarray]:
    """Yield the values of a tensor that lies in the file as it is, as `core.tensor.TensorFormat.values` asks.

    Args:
        file: That holds it.
        tensor: With `start` and `stop`, of a type in `BITS`.
        order: ``<`` where the low byte comes first, ``>`` otherwise.

    Raises:
        WeightsError: If its bytes cannot be had, or are not those of its type and shape.
    """
    if tensor.start < 0 or tensor.stop - tensor.start != size_bytes(tensor.dtype, tensor.shape):
        raise WeightsError(f"{file.name}: the bytes of {tensor.name[:80]!r} are not those of its type and shape")
    decode = decoder(tensor.dtype, order)
    for block in raw_blocks(file, tensor.start, tensor.stop, BLOCK * BITS[tensor.dtype] // 8):
        yield decode(block)


def decoder(dtype: str, order: str = "<") -> Callable[[bytes], np.ndarray]:
    """Return what turns stored bytes into float32[k]; float64 and integers are rounded, beyond its range to infinity.

    What is returned raises a WeightsError where the bytes are no whole number of values.

    Raises:
        WeightsError: If the type is unknown, or its packing is.
    """
    import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

    def stored(content: bytes, kind: str) -> np.ndarray:
        if len(content) % (BITS[dtype] // 8):
            raise WeightsError(f"{len(content):,} bytes, which are no whole number of values of the type {dtype}")
        return np.frombuffer(content, order + kind)

    def plain(content: bytes) -> np.ndarray:
        with np.errstate(all="ignore"):
            return stored(content, _PLAIN[dtype]).astype(np.float32)

    def brain(content: bytes) -> np.ndarray:
        return np.left_shift(stored(content, "u2"), 16, dtype=np.uint32).view(np.float32)

    def bytewise(content: bytes) -> np.ndarray:
        return _small_floats(dtype)[np.frombuffer(content, np.uint8)].reshape(-1)

    if dtype in _PLAIN:
        return plain
    if dtype == "BF16":
        return brain
    if dtype == "F4" or dtype.startswith("F8"):
        return bytewise
    raise WeightsError(f"values of the type {dtype[:40]!r}, whose packing nobody has written down")


@cache
def _small_floats(dtype: str) -> np.ndarray:
    """Return the value of each byte: float32[256], or float32[256, 2] of two values, the low half first.

    Source:
        Micikevicius et al. 2022, arXiv 2209.05433 (E4M3, E5M2); Noune et al. 2022, arXiv 2206.02915 (FNUZ);
        OCP Microscaling Formats 1.0 (E8M0, E2M1).
    """
    import numpy as np  # noqa: PLC0415  # as above

    codes = np.arange(256)
    if dtype == "F4":
        values = _float_values(codes & 15, 2, 1, 1)[:16]
        return np.stack([values[codes & 15], values[codes >> 4]], axis=1)
    if dtype == "F8_E8M0":
        return np.append(np.ldexp(np.float32(1), codes[:-1] - 127), np.float32(np.nan))
    exponent, bias = (4, 7) if "E4M3" in dtype else (5, 15)
    zero_is_unsigned = dtype.endswith("FNUZ")
    values = _float_values(codes, exponent, 7 - exponent, bias + zero_is_unsigned)
    if zero_is_unsigned:
        values[0x80] = np.nan
    elif exponent == 4:
        values[[0x7F, 0xFF]] = np.nan
    else:
        values[[0x7C, 0xFC]] = np.inf, -np.inf
        values[[0x7D, 0x7E, 0x7F, 0xFD, 0xFE, 0xFF]] = np.nan
    return values


def _float_values(codes: np.ndarray, exponent_bits: int, fraction_bits: int, bias: int) -> np.ndarray:
    """Return what floats of so many bits are worth, were none of them special: float32, like `codes`."""
    import numpy as np  # noqa: PLC0415  # as above

    fraction = codes & ((1 << fraction_bits) - 1)
    exponent = (codes >> fraction_bits) & ((1 << exponent_bits) - 1)
    sign = np.where(codes >> (exponent_bits + fraction_bits) & 1, -1.0, 1.0)
    whole = np.where(exponent > 0, 1 << fraction_bits, 0) + fraction
    return (sign * np.ldexp(whole.astype(np.float64), np.maximum(exponent, 1) - bias - fraction_bits)).astype(np.float32)
