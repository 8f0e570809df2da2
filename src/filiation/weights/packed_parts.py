"""What the schemes of packed weights are made of: the parts of a weight, its rows on demand, and numbers below a byte."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from filiation.core.errors import WeightsError
from filiation.formats.stored_values import take
from filiation.weights.opening import Place

if TYPE_CHECKING:
    import numpy as np

Rows = Callable[[int, int], "np.ndarray"]
"""From the first row to the row after the last: float32[rows, width]."""
MAX_BESIDE_VALUES = 1 << 28
"""Scales and such are held whole while a weight is read; more of them are refused."""
MAX_PACKED_BYTES = 8 << 30
"""The same of weights that lie by columns."""
_BYTES = {"I32": 4, "U32": 4, "U8": 1, "I8": 1, "F8_E4M3": 1, "F8_E5M2": 1, "F8_E4M3FNUZ": 1}


class Layout(NamedTuple):
    """A packed weight: its shape and scheme, the bits of a value, and what opens it for reading by rows of `width` values."""

    shape: tuple[int, ...]
    scheme: str
    bits: float
    width: int
    open: Callable[[], Rows]


class Part(NamedTuple):
    """A tensor that is part of a weight."""

    place: Place

    @property
    def shape(self) -> tuple[int, ...]:
        """Its shape."""
        return self.place.tensor.shape

    @property
    def dtype(self) -> str:
        """The type of what it stores."""
        return self.place.tensor.dtype

    def values(self) -> np.ndarray:
        """Return it whole, as float32.

        Raises:
            WeightsError: If it has more than `MAX_BESIDE_VALUES`, or cannot be had.
        """
        import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

        tensor = self.place.tensor
        if tensor.size > MAX_BESIDE_VALUES:
            raise WeightsError(f"{tensor.name[:80]!r} has {tensor.size:,} values, more than are held")
        blocks = list(self.place.format.values(self.place.file, tensor))
        return np.concatenate([*blocks, np.zeros(0, np.float32)]).reshape(tensor.shape)

    def stored(self, start: int = 0, stop: int | None = None) -> bytes:
        """Return the bytes of some of its stored values, all without `stop`.

        Raises:
            WeightsError: If they do not lie in the file as they are, are too many, or cannot be had.
        """
        tensor = self.place.tensor
        size = _BYTES.get(tensor.dtype, 0)
        stop = tensor.size if stop is None else stop
        if tensor.start < 0 or not size or (stop - start) * size > MAX_PACKED_BYTES:
            raise WeightsError(f"{tensor.name[:80]!r} does not lie in the file as it is")
        return take(self.place.file, tensor.start + start * size, tensor.start + stop * size)


def unpacked(rows: np.ndarray, bits: int, count: int) -> np.ndarray:
    """Return numbers of `bits` bits that follow one another in each row of bytes, the lowest bit first.

    Args:
        rows: uint8[n, bytes].
        bits: 1 to 8.
        count: Numbers to take of each row.

    Returns:
        uint8[n, count].
    """
    import numpy as np  # noqa: PLC0415  # as above

    if bits == 8:
        return rows[:, :count]
    if 8 % bits == 0:
        shifts = np.arange(0, 8, bits, dtype=np.uint8)
        return (rows[:, :, None] >> shifts & np.uint8((1 << bits) - 1)).reshape(len(rows), -1)[:, :count]
    each = np.unpackbits(rows, axis=1, count=count * bits, bitorder="little").reshape(len(rows), count, bits)
    return each @ (1 << np.arange(bits, dtype=np.uint8))
