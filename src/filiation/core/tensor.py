"""What a file of weights says of its tensors, before any value is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from math import prod
from typing import TYPE_CHECKING, Protocol

import msgspec

from filiation.core.record import Skipped

if TYPE_CHECKING:
    import numpy as np


class Content(StrEnum):
    """What a tensor is for. Only weights tell of descent: a buffer or a constant is the same in strangers."""

    WEIGHT = "weight"
    BUFFER = "buffer"
    CONSTANT = "constant"
    OPTIMIZER = "optimizer"


class Quantization(msgspec.Struct, frozen=True):
    """How stored integers become values: ``(stored - zero_point) * scale``.

    `scheme` is what the format calls it (``Q4_K``, ``int8-per-tensor``, ``gptq-4bit-g128``). `scales` and `zero_points` are
    empty where the format keeps them among the values (GGUF); they hold one number, or one for each slice along `axis`.
    """

    scheme: str
    bits: float
    scales: tuple[float, ...] = ()
    zero_points: tuple[float, ...] = ()
    axis: int = 0


class Tensor(msgspec.Struct, frozen=True):
    """One tensor as its file describes it.

    Attributes:
        name: As the file spells it; unique within its checkpoint.
        shape: In row-major order, the outermost first, whatever the order of the file (GGUF lists the innermost first).
        dtype: Of what is stored, as safetensors spells it (``F32``, ``BF16``, ``F8_E4M3``, ``I8``, ``BOOL``), or the type of
            a GGUF block (``Q4_K``).
        file: Name of the file that holds it, relative to the checkpoint.
        start: First byte of its values in that file; -1 where they do not lie there as they are (compressed, chunked, strided).
        stop: The byte after the last; -1 likewise.
        content: What it is for.
        quantization: Where what is stored are not the values.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    file: str
    start: int
    stop: int
    content: Content = Content.WEIGHT
    quantization: Quantization | None = None

    @property
    def size(self) -> int:
        """The number of values; 1 of a scalar."""
        return prod(self.shape)


class TensorIndex(msgspec.Struct, frozen=True):
    """What one file says: its tensors in file order, its own metadata, and what could not be looked at."""

    format: str
    tensors: tuple[Tensor, ...]
    metadata: Mapping[str, str] = {}
    skipped: tuple[Skipped, ...] = ()


class Bytes(Protocol):
    """A file whose bytes can be asked for: on disk, or behind HTTP. It counts what it gave."""

    @property
    def name(self) -> str:
        """What it is called within its checkpoint."""
        ...

    @property
    def size_bytes(self) -> int:
        """Its length; over HTTP the first look at it is a request."""
        ...

    @property
    def bytes_read(self) -> int:
        """Bytes that it gave so far."""
        ...

    @property
    def requests(self) -> int:
        """Times that it was asked so far; over HTTP each is a request."""
        ...

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from `start` up to `stop`, all of them.

        Raises:
            OSError: If they cannot be had, or the file is shorter.
            ValueError: If `stop` is beyond `size_bytes`.
        """
        ...


class TensorFormat(Protocol):
    """One way to keep tensors in a file; each module of ``formats/`` that can read tensors defines ``TENSORS``."""

    name: str
    suffixes: tuple[str, ...]

    def recognises(self, file: Bytes) -> bool:
        """Return whether the first bytes are those of this format."""
        ...

    def index(self, file: Bytes) -> TensorIndex:
        """Return what the file holds, read from its headers.

        Raises:
            WeightsError: If the file is not well formed, lies about its offsets, or asks for more than the budget.
        """
        ...

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values in row-major order: float32[k] each, dequantised, at most `BLOCK` of them.

        Float64 is rounded; integers without a quantisation come as they are; NaN and infinities are left.

        Raises:
            WeightsError: As `index`.
        """
        ...


BLOCK = 1 << 22
"""So many values, 16 MB of float32, are held of one tensor at a time."""
