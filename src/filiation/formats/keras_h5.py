"""Models of Keras: HDF5, alone or within the ``.keras`` archive of Keras 3.

Source:
    keras/src/legacy/saving/legacy_h5_format.py and keras/src/saving/saving_lib.py, Keras 3.12.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from itertools import product
from math import prod
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Content, Tensor, TensorIndex
from filiation.formats.file_part import FilePart
from filiation.formats.hdf5 import SIGNATURE, Chunk, Dataset, Hdf5
from filiation.formats.laid_out import as_float32, check_overlap, dequantized_values, extent, in_order
from filiation.formats.pages import Pages
from filiation.formats.stored_values import checked_size, take
from filiation.formats.tensor_contents import content_of
from filiation.formats.zip_entries import STORED, entries

if TYPE_CHECKING:
    import numpy as np

WEIGHTS = "model.weights.h5"
MAX_TENSORS = 200_000
MAX_CHUNK_BYTES = 256 << 20
MAX_UNPACKED_TIMES = 256
SMALL_BYTES = 64 << 20
_DEFLATE, _SHUFFLE, _CHECKSUM = 1, 2, 3
_WRAPPER, _NAMELESS = "model_weights", "dataset"
_OPTIMIZER = re.compile(r"optimizer(_weights)?", re.ASCII)
_STATISTICS = re.compile(r"(.*/)?batch_normalization(_\d+)?/vars/[23]", re.ASCII)
"""Keras 3 numbers the variables of a layer: its gain and bias come first, then what it gathered."""


class KerasH5:
    """How to read the weights that Keras saves."""

    name = "keras-h5"
    suffixes = (".h5", ".hdf5", ".keras")

    def recognises(self, file: Bytes) -> bool:
        """Return whether it begins as HDF5 does, or is an archive that holds `WEIGHTS`."""
        if file.size_bytes < len(SIGNATURE):
            return False
        start = take(file, 0, len(SIGNATURE))
        if not start.startswith(b"PK\x03\x04"):
            return start == SIGNATURE
        try:
            return WEIGHTS in entries(file)
        except WeightsError:
            return False

    def index(self, file: Bytes) -> TensorIndex:
        """Return the datasets in the order of their bytes; see `core.tensor.TensorFormat`.

        The group that holds the whole model's weights is left out of names.
        """
        part = _hdf5(file)
        tensors: list[Tensor] = []
        names: set[str] = set()
        skipped: list[Skipped] = []
        plans: dict[str, tuple[Dataset, tuple[Chunk, ...]]] = {}
        tree = Hdf5(Pages(part))
        for dataset in tree.datasets():
            name = "/".join(dataset.path[1:] if dataset.path[:1] == (_WRAPPER,) else dataset.path) or _NAMELESS
            chunks = tuple(tree.chunks(dataset)) if not dataset.problem and dataset.tree >= 0 else ()
            reason = dataset.problem or _obstacle(part, dataset, chunks)
            if reason:
                skipped.append(Skipped(file.name, 0, f"{name[-200:]}: {reason}"))
                continue
            if name in names:
                raise WeightsError(f"{file.name} gives two datasets the name {name[-80:]!r}")
            names.add(name)
            tensors.append(_tensor(file, name, dataset, part.start))
            if chunks:
                plans[name] = dataset, chunks
            if len(tensors) > MAX_TENSORS:
                raise WeightsError(f"{file.name} holds more than {MAX_TENSORS:,} tensors")
        check_overlap(file, tensors)
        _check_unpacked(file, plans)
        _PLANS[file] = plans
        tensors.sort(
            key=lambda tensor: tensor.start if tensor.start >= 0 else min(chunk.start for chunk in plans[tensor.name][1])
        )
        return TensorIndex(self.name, tuple(tensors), skipped=tuple(skipped))

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values; see `core.tensor.TensorFormat`."""
        if tensor.start >= 0:
            return dequantized_values(file, tensor)
        if file not in _PLANS:
            self.index(file)
        if tensor.name not in _PLANS[file]:
            raise WeightsError(f"{file.name} holds no tensor {tensor.name[:80]!r}")
        return _chunked(_hdf5(file), *_PLANS[file][tensor.name])


TENSORS = KerasH5()
_PLANS: WeakKeyDictionary[Bytes, dict[str, tuple[Dataset, tuple[Chunk, ...]]]] = WeakKeyDictionary()
"""Of files that are open: the datasets in chunks, by name."""


def _hdf5(file: Bytes) -> FilePart:
    """Return the HDF5 file within a file: all of it, or one that an archive holds unpacked."""
    if take(file, 0, min(4, file.size_bytes)) != b"PK\x03\x04":
        return FilePart(file)
    entry = entries(file).get(WEIGHTS)
    if entry is None or entry.method != STORED:
        raise WeightsError(f"{file.name} is an archive that does not hold {WEIGHTS} as it is")
    return FilePart(file, entry.start, entry.size_bytes)


def _tensor(file: Bytes, name: str, dataset: Dataset, shift: int) -> Tensor:
    size = extent(dataset.dtype, dataset.shape)
    start = 0 if not size else -1 if dataset.chunk else dataset.start + shift
    stop = start + size if start >= 0 else -1
    content = (
        Content.OPTIMIZER
        if _OPTIMIZER.fullmatch(dataset.path[0] if dataset.path else "")
        else content_of(name, dataset.dtype, dataset.shape)
    )
    if content is Content.WEIGHT and (_STATISTICS.fullmatch(name) or not dataset.dtype.startswith(("F", "BF", "I8", "U8"))):
        content = Content.BUFFER
    return Tensor(name, dataset.shape, dataset.dtype, file.name, start, stop, content)


def _obstacle(part: FilePart, dataset: Dataset, chunks: tuple[Chunk, ...]) -> str:
    """Return why a dataset is not read; nothing where it is.

    Raises:
        WeightsError: If its values reach outside of the file, or are not as many as its shape says.
    """
    if not dataset.dtype:
        return "values of a type that is not read"
    size = checked_size(dataset.shape) * dataset.item_bytes
    if dataset.chunk:
        return _scattered(part, dataset, chunks)
    if size and dataset.start < 0:
        return "its values were never written"
    if size and (dataset.size_bytes != size or dataset.start + size > part.size_bytes):
        raise WeightsError(f"{part.name} does not hold the values of {'/'.join(dataset.path)[-80:]!r}")
    return ""


def _scattered(part: FilePart, dataset: Dataset, chunks: tuple[Chunk, ...]) -> str:
    """Return why a dataset in chunks is not read; nothing where it is.

    Raises:
        WeightsError: If a chunk is not where one can be.
    """
    if any(number not in {_DEFLATE, _SHUFFLE, _CHECKSUM} for number, _ in dataset.filters):
        return "its values are packed in a way that is not read"
    if prod(dataset.chunk) * dataset.item_bytes > MAX_CHUNK_BYTES:
        return "its values lie in chunks larger than are read"
    grid = [-(-length // step) for length, step in zip(dataset.shape, dataset.chunk, strict=True)]
    corners = {chunk.corner for chunk in chunks}
    if len(corners) != len(chunks) or len(chunks) != prod(grid):
        return "some of its values were never written"
    if not all(_is_on_grid(corner, dataset) for corner in corners):
        raise WeightsError(f"{part.name} has a chunk of {'/'.join(dataset.path)[-80:]!r} outside of it")
    return ""


def _is_on_grid(corner: tuple[int, ...], dataset: Dataset) -> bool:
    return all(at % step == 0 and at < size for at, step, size in zip(corner, dataset.chunk, dataset.shape, strict=True))


def _check_unpacked(file: Bytes, plans: dict[str, tuple[Dataset, tuple[Chunk, ...]]]) -> None:
    unpacked = sum(prod(dataset.chunk) * dataset.item_bytes * len(chunks) for dataset, chunks in plans.values())
    if unpacked > max(MAX_UNPACKED_TIMES * file.size_bytes, SMALL_BYTES):
        raise WeightsError(f"{file.name} unpacks to {unpacked:,} bytes, more than is read of a file of {file.size_bytes:,}")


def _chunked(part: FilePart, dataset: Dataset, chunks: tuple[Chunk, ...]) -> Iterator[np.ndarray]:
    """Yield the values of a dataset in row-major order: as many rows at a time as a chunk has."""
    import numpy as np  # noqa: PLC0415  # 0.1 s, that --help does not pay

    by_corner = {chunk.corner: chunk for chunk in chunks}
    steps = [range(0, size, step) for size, step in zip(dataset.shape, dataset.chunk, strict=True)]
    for row in steps[0] if steps else ():
        rows = min(dataset.chunk[0], dataset.shape[0] - row)
        slab = np.empty((rows, *dataset.shape[1:]), np.float32)
        for corner in product(*steps[1:]):
            values = as_float32(_unfiltered(part, dataset, by_corner[row, *corner]), dataset.dtype).reshape(dataset.chunk)
            within = tuple(slice(at, at + step) for at, step in zip(corner, dataset.chunk[1:], strict=True))
            target = slab[(slice(None), *within)]
            target[...] = values[tuple(slice(0, size) for size in target.shape)]
        yield from in_order(slab)


def _unfiltered(part: FilePart, dataset: Dataset, chunk: Chunk) -> bytes:
    """Return the bytes of a chunk as they were before they were packed."""
    import numpy as np  # noqa: PLC0415  # as above

    size = prod(dataset.chunk) * dataset.item_bytes
    if chunk.size_bytes > 2 * size + 1024:
        raise WeightsError(f"{part.name} has a chunk at byte {chunk.start:,} that is larger than it says")
    raw = part.read(chunk.start, chunk.start + chunk.size_bytes)
    for place, (number, parameters) in reversed(list(enumerate(dataset.filters))):
        if chunk.unfiltered >> place & 1:
            continue
        if number == _CHECKSUM:
            raw = raw[:-4]
        elif number == _DEFLATE:
            try:
                raw = zlib.decompressobj().decompress(raw, size + 4)
            except zlib.error:
                raise WeightsError(f"{part.name} has a chunk at byte {chunk.start:,} that is damaged") from None
        elif parameters and parameters[0] > 1 and len(raw) % parameters[0] == 0:
            raw = np.frombuffer(raw, np.uint8).reshape(parameters[0], -1).T.tobytes()
    if len(raw) != size:
        raise WeightsError(f"{part.name} has a chunk at byte {chunk.start:,} that is not as long as it says")
    return raw
