"""safetensors: a header of JSON, then the values one after another.

Source:
    https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes, Tensor, TensorIndex
from filiation.formats.stored_values import plain_values, size_bytes, take

if TYPE_CHECKING:
    import numpy as np

MAX_HEADER_BYTES = 32 << 20
MAX_TENSORS = 200_000
MAX_METADATA_BYTES = 8 << 20
METADATA = "__metadata__"
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"')
_COMPLEX = {"C64": "F32"}
"""Complex numbers are pairs of real ones: the tensor gets one more dimension, of 2."""


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    dtype: str
    shape: list[int]
    data_offsets: tuple[int, int]


class Safetensors:
    """How to read a safetensors file; as strict as the original: no gap, no overlap, no name twice."""

    name = "safetensors"
    suffixes = (".safetensors",)

    def recognises(self, file: Bytes) -> bool:
        """Return whether a small length and an opening brace come first; reads 9 bytes."""
        if file.size_bytes < 10:
            return False
        start = take(file, 0, 9)
        return start[8:] == b"{" and int.from_bytes(start[:8], "little") <= file.size_bytes - 8

    def index(self, file: Bytes) -> TensorIndex:
        """Return the header's tensors in the order of their bytes; see `core.tensor.TensorFormat`."""
        if file.size_bytes < 8:
            raise WeightsError(f"{file.name} is too short for a safetensors file")
        length = int.from_bytes(take(file, 0, 8), "little")
        if length > MAX_HEADER_BYTES:
            raise WeightsError(f"{file.name} claims a header of {length:,} bytes; at most {MAX_HEADER_BYTES:,} are read")
        try:
            return _index(file, take(file, 8, 8 + length))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise WeightsError(f"{file.name} has a header that is not one of safetensors ({error})") from error

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values; see `core.tensor.TensorFormat`."""
        return plain_values(file, tensor)


TENSORS = Safetensors()


def _index(file: Bytes, header: bytes) -> TensorIndex:
    entries = msgspec.json.decode(header, type=dict[str, msgspec.Raw])
    told = entries.pop(METADATA, None)
    if len(entries) > MAX_TENSORS or len(memoryview(told or b"")) > MAX_METADATA_BYTES:
        raise WeightsError(f"{file.name} has more than {MAX_TENSORS:,} tensors, or {MAX_METADATA_BYTES >> 20} MB of metadata")
    metadata = {} if told is None else msgspec.json.decode(told, type=dict[str, str] | None) or {}
    offset = 8 + len(header)
    tensors = [_tensor(file, name, msgspec.json.decode(raw, type=_Entry), offset) for name, raw in entries.items()]
    # The decoder keeps the last of equal names, so colons outside of texts are counted: one a name, three in an entry.
    if _TEXT.sub(b"", header).count(b":") != 4 * len(tensors) + len(metadata) + (told is not None):
        raise WeightsError(f"{file.name} says something twice in its header")
    tensors.sort(key=lambda tensor: (tensor.start, tensor.stop))
    _check_layout(file, tensors, offset)
    return TensorIndex(Safetensors.name, tuple(tensors), metadata)


def _tensor(file: Bytes, name: str, entry: _Entry, offset: int) -> Tensor:
    shape = (*entry.shape, 2) if entry.dtype in _COMPLEX else tuple(entry.shape)
    dtype = _COMPLEX.get(entry.dtype, entry.dtype)
    start, stop = entry.data_offsets
    try:
        size = size_bytes(dtype, shape)
    except WeightsError as error:
        raise WeightsError(f"{file.name}, {name[:80]!r}: {error}") from error
    if stop - start != size:
        raise WeightsError(f"{file.name}, {name[:80]!r}: its offsets do not fit its type and shape")
    return Tensor(name, shape, dtype, file.name, offset + start, offset + stop)


def _check_layout(file: Bytes, tensors: list[Tensor], at: int) -> None:
    """Refuse tensors that overlap or leave a gap, in which something else could hide."""
    for tensor in tensors:
        if tensor.start != at:
            problem = "overlaps the one before it" if tensor.start < at else "leaves a gap before it"
            raise WeightsError(f"{file.name}: the tensor {tensor.name[:80]!r} {problem}")
        at = tensor.stop
    if at != file.size_bytes:
        raise WeightsError(f"{file.name} holds {file.size_bytes:,} bytes; its header speaks of {at:,}")
