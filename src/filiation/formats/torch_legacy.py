"""Checkpoints of PyTorch before 1.6: pickles one after another, then the values of each storage.

Source:
    torch/serialization.py, ``_legacy_load``, PyTorch 2.13.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import TYPE_CHECKING

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes, Tensor, TensorIndex
from filiation.formats.pickle_notes import Pairs, Persistent
from filiation.formats.pickle_opcodes import Cursor, interpret
from filiation.formats.stored_values import raw_blocks, take
from filiation.formats.torch_objects import STORED_BYTES, Storage, storage_of, tensors_in
from filiation.formats.torch_tensors import Place, index_of, values_of

if TYPE_CHECKING:
    import numpy as np

MAGIC = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_PROTOCOL = 1001
_CHUNK_BYTES = 1 << 16
_COUNT = struct.Struct("<q")


class TorchLegacy:
    """How to read what ``torch.save`` wrote before version 1.6, and since then where it was asked not to zip."""

    name = "torch-legacy"
    suffixes = (".pt", ".pth", ".bin", ".ckpt", ".pt.tar", ".pth.tar")

    def recognises(self, file: Bytes) -> bool:
        """Return whether the file begins with the pickle of torch's magic number."""
        return file.size_bytes > len(MAGIC) and take(file, 0, len(MAGIC)) == MAGIC

    def index(self, file: Bytes) -> TensorIndex:
        """Return the tensors that the pickle describes; see `core.tensor.TensorFormat`."""
        cursor = Cursor(raw_blocks(file, 0, file.size_bytes, _CHUNK_BYTES), file.name)
        if cursor.take(len(MAGIC)) != MAGIC or interpret(cursor) != _PROTOCOL:
            raise WeightsError(f"{file.name} is no checkpoint of PyTorch")
        machine = interpret(cursor)
        if isinstance(machine, Pairs) and machine.get("little_endian") is False:
            raise WeightsError(f"{file.name} was written on a machine with the high byte first, which is not read")
        seen: list[Persistent] = []
        found, unread = tensors_in(interpret(cursor, seen), file.name)
        places = _places(file, interpret(cursor), cursor.position, _storages(file, seen))
        return index_of(file, self.name, found, unread, lambda storage: places.get(storage.key))

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values; see `core.tensor.TensorFormat`."""
        return values_of(file, tensor, self.index)


TENSORS = TorchLegacy()


def _storages(file: Bytes, seen: list[Persistent]) -> dict[str, Storage]:
    """Return the storages that the pickle speaks of, by key."""
    storages = {}
    for note in seen:
        try:
            storage = storage_of(note) if isinstance(note.key, tuple) and note.key[0] == "storage" else None
        except (ValueError, TypeError, AttributeError, IndexError) as error:
            raise WeightsError(f"{file.name} speaks of a storage in a way that makes no sense") from error
        if storage is not None:
            storages[storage.key] = storage
    return storages


def _places(file: Bytes, keys: object, at: int, storages: dict[str, Storage]) -> dict[str, Place]:
    """Return where each storage lies: they follow one another in the order of `keys`, each after its number of values."""
    if not isinstance(keys, list) or len(set(map(str, keys))) != len(keys):
        raise WeightsError(f"{file.name} does not list its storages")
    places = {}
    for number, key in enumerate(keys):
        storage = storages.get(str(key))
        if storage is None:
            raise WeightsError(f"{file.name} lists a storage of a kind that is not read")
        start = at + _COUNT.size
        at = start + storage.size * STORED_BYTES[storage.dtype]
        if at > file.size_bytes:
            raise WeightsError(f"{file.name} ends before its values do")
        if number in {0, len(keys) - 1} and _COUNT.unpack(take(file, start - _COUNT.size, start))[0] != storage.size:
            raise WeightsError(f"{file.name} holds storages that are not as long as it says")
        places[storage.key] = Place(start, at - start)
    return places
