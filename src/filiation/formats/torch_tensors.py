"""From the views that a pickle of torch describes to tensors in a file: where their values lie, and the values."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakKeyDictionary

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Content, Quantization, Tensor, TensorIndex
from filiation.formats.laid_out import (
    PIECE,
    as_float32,
    check_overlap,
    dequantized,
    dequantized_values,
    extent,
    in_order,
    reach,
    strided,
)
from filiation.formats.pickle_notes import Call, Global
from filiation.formats.stored_values import BITS, checked_size, take
from filiation.formats.torch_objects import Found, Storage, Unread, view
from filiation.formats.zip_entries import Entry, pieces

if TYPE_CHECKING:
    import numpy as np

MAX_SCATTER = 8
"""The bytes that a strided tensor spans may be so many times its own, or `SMALL_BYTES`; and it may repeat them as often."""
SMALL_BYTES = 64 << 20
MAX_UNPACKED_TIMES = 256
"""What compressed storages unpack to, counted for each tensor in them, may be so many times the file, or `SMALL_BYTES`."""
MAX_SCALES = 1 << 20


class Place(NamedTuple):
    """Where a storage lies: its first byte and its length; within `entry`, unpacked, where that is packed."""

    start: int
    size_bytes: int
    entry: Entry | None = None


_PLANS: WeakKeyDictionary[Bytes, dict[str, tuple[Found, Place]]] = WeakKeyDictionary()
"""Of files that are open: the tensors that do not lie there in one piece, by name."""


def index_of(
    file: Bytes,
    format_name: str,
    found: Sequence[Found],
    unread: Sequence[Unread],
    place_of: Callable[[Storage], Place | None],
) -> TensorIndex:
    """Return the tensors that `found` describes, with what could not be read among `skipped`.

    Args:
        file: That holds them.
        format_name: For the index.
        found: The views.
        unread: What is there but of no kind that is read.
        place_of: Tells where a storage lies; None where it is not in the file.

    Raises:
        WeightsError: If a view reaches outside of its storage, or the views unpack to too much.
    """
    tensors = []
    skipped = [Skipped(file.name, 0, f"{'.'.join(one.path)[-200:]}: {one.reason}") for one in unread]
    plans: dict[str, tuple[Found, Place]] = {}
    for one in found:
        place = place_of(one.storage)
        reason = "its values are not in the file" if place is None else _obstacle(file, one, place)
        if place is None or reason:
            skipped.append(Skipped(file.name, 0, f"{one.name[-200:]}: {reason}"))
            continue
        start = -1 if place.entry or not _is_contiguous(one) else place.start + one.offset * BITS[one.dtype] // 8
        stop = -1 if start < 0 else start + extent(one.dtype, one.shape)
        scheme = None if one.quantizer is None else _quantization(file, one, place_of)
        tensors.append(Tensor(one.name, one.shape, one.dtype, file.name, start, stop, one.content or Content.WEIGHT, scheme))
        if start < 0:
            plans[one.name] = one, place
    check_overlap(file, tensors)
    _check_unpacked(file, plans)
    _PLANS[file] = plans
    return TensorIndex(format_name, tuple(tensors), skipped=tuple(skipped))


def values_of(file: Bytes, tensor: Tensor, index: Callable[[Bytes], TensorIndex]) -> Iterator[np.ndarray]:
    """Yield the values of a tensor, as `core.tensor.TensorFormat.values` asks.

    Args:
        file: That holds it.
        tensor: As `index` told of it.
        index: Is asked again where the file is another than the one that was asked before.

    Raises:
        WeightsError: If they cannot be had.
    """
    if tensor.start >= 0:
        return dequantized_values(file, tensor)
    if file not in _PLANS:
        index(file)
    if tensor.name not in _PLANS[file]:
        raise WeightsError(f"{file.name} holds no tensor {tensor.name[:80]!r}")
    found, place = _PLANS[file][tensor.name]
    return dequantized(in_order(_view(file, found, place)), tensor.shape, tensor.quantization)


def _is_contiguous(found: Found) -> bool:
    steps = list(accumulate(reversed(found.shape), lambda step, size: step * size, initial=1))[-2::-1]
    return 0 in found.shape or all(
        size == 1 or stride == step for size, stride, step in zip(found.shape, found.strides, steps, strict=True)
    )


def _obstacle(file: Bytes, found: Found, place: Place) -> str:
    """Return why the tensor is not read; nothing where it is.

    Raises:
        WeightsError: If it reaches outside of its storage.
    """
    item = BITS[found.dtype] // 8
    size = checked_size(found.shape) * item
    span = reach(found.shape, found.strides) * item
    if found.offset * item + span > place.size_bytes:
        raise WeightsError(f"{file.name}: the tensor {found.name[-80:]!r} reaches outside of what is stored for it")
    if span > max(MAX_SCATTER * size, SMALL_BYTES):
        return "its values lie too far apart"
    if size > max(MAX_SCATTER * span, SMALL_BYTES):
        return "it says a few values over and over"
    return ""


def _check_unpacked(file: Bytes, plans: dict[str, tuple[Found, Place]]) -> None:
    unpacked = sum(place.size_bytes for _, place in plans.values() if place.entry)
    if unpacked > max(MAX_UNPACKED_TIMES * file.size_bytes, SMALL_BYTES):
        raise WeightsError(f"{file.name} unpacks to {unpacked:,} bytes, more than is read of a file of {file.size_bytes:,}")


def _view(file: Bytes, found: Found, place: Place) -> np.ndarray:
    """Return the tensor as an array over the bytes that it spans: float32 of its shape."""
    item = BITS[found.dtype] // 8
    start = found.offset * item
    stop = start + reach(found.shape, found.strides) * item
    raw = take(file, place.start + start, place.start + stop) if place.entry is None else _unpacked(file, place, start, stop)
    return strided(as_float32(raw, found.dtype), found.shape, found.strides)


def _unpacked(file: Bytes, place: Place, start: int, stop: int) -> bytes:
    """Return the bytes from `start` up to `stop` of what an entry unpacks to."""
    parts = []
    at = 0
    for piece in pieces(file, place.entry, PIECE) if place.entry else ():
        parts.append(piece[max(start - at, 0) : max(stop - at, 0)])
        at += len(piece)
        if at >= stop:
            break
    raw = b"".join(parts)
    if len(raw) != stop - start:
        raise WeightsError(f"{file.name} holds a storage that is shorter than it says")
    return raw


def _quantization(file: Bytes, found: Found, place_of: Callable[[Storage], Place | None]) -> Quantization:
    """Return how a quantised tensor of torch becomes values: one scale, or one for each slice."""
    bits = BITS[found.dtype]
    try:
        scheme, scale, zero, *axis = found.quantizer or ()
        if isinstance(scheme, Global) and scheme.name == "per_tensor_affine":
            return Quantization(f"int{bits}-per-tensor", bits, (float(scale),), (int(zero),))
        scales, zeros = _numbers(file, scale, place_of), tuple(map(int, _numbers(file, zero, place_of)))
        return Quantization(f"int{bits}-per-channel", bits, scales, zeros, int(axis[0]))
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise WeightsError(f"{file.name} quantises {found.name[-80:]!r} in a way that makes no sense") from error


def _numbers(file: Bytes, note: object, place_of: Callable[[Storage], Place | None]) -> tuple[float, ...]:
    """Return the values of a small tensor in the midst of another's description."""
    if not isinstance(note, Call) or not isinstance(note.function, Global):
        raise TypeError(note)
    found = view(note.function.name, note.args)
    place = place_of(found.storage) if isinstance(found, Found) else None
    if not isinstance(found, Found) or place is None or checked_size(found.shape) > MAX_SCALES or _obstacle(file, found, place):
        raise ValueError(note.function.name)
    return tuple(float(value) for block in in_order(_view(file, found, place)) for value in block)
