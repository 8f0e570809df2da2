"""Checkpoints of PyTorch since 1.6 and TorchScript archives: a ZIP archive of one pickle and a file for each storage.

Source:
    torch/serialization.py and torch/csrc/jit/serialization (export.cpp, pickler.cpp), PyTorch 2.13.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from filiation.core.errors import WeightsError
from filiation.core.tensor import Bytes, Content, Tensor, TensorIndex
from filiation.formats.pages import PagedFile
from filiation.formats.pickle_opcodes import Cursor, interpret
from filiation.formats.stored_values import take
from filiation.formats.torch_objects import STORED_BYTES, Found, Members, Storage, Unread, tensors_in
from filiation.formats.torch_tensors import Place, index_of, values_of
from filiation.formats.zip_entries import STORED, Entry, content, entries, pieces

if TYPE_CHECKING:
    import numpy as np

DATA, CONSTANTS = "data.pkl", "constants.pkl"
MAX_CODE_BYTES = 16 << 20
MAX_CODE_FILES = 4_096
_CLASS = re.compile(
    r"^class (?P<name>\w+)\([\w., ]*\):\n"
    r"(?:  __parameters__ = \[(?P<parameters>[^\]\n]*)\]\n)?(?:  __buffers__ = \[(?P<buffers>[^\]\n]*)\]\n)?",
    re.MULTILINE | re.ASCII,
)
_QUOTED = re.compile(r'"([^"]*)"')


class TorchZip:
    """How to read what ``torch.save`` and ``torch.jit.save`` write, without torch and without running any of it."""

    name = "torch"
    suffixes = (".pt", ".pth", ".bin", ".ckpt", ".jit", ".ptl", ".pt.tar", ".pth.tar", ".torchscript")

    def recognises(self, file: Bytes) -> bool:
        """Return whether it is an archive that holds a ``data.pkl``; reads its directory."""
        if file.size_bytes < 4 or take(file, 0, 4) != b"PK\x03\x04":
            return False
        try:
            return any(name.rpartition("/")[2] == DATA for name in entries(file))
        except WeightsError:
            return False

    def index(self, file: Bytes) -> TensorIndex:
        """Return the tensors that the pickle describes; see `core.tensor.TensorFormat`.

        Keys that only wrap the model's state are left out of names. Constants of TorchScript are called ``CONSTANTS.c0``
        and so on; they count as weights where the archive, being frozen, has no others.
        """
        held = entries(file)
        data = min((name for name in held if name.rpartition("/")[2] == DATA), key=len, default=None)
        if data is None:
            raise WeightsError(f"{file.name} is an archive without the {DATA} of a checkpoint")
        top = data[: -len(DATA)]
        _check_order(file, held.get(f"{top}byteorder"))
        members = _members(file, held, f"{top}code/")
        found, unread = _found(file, held[data], members)
        if f"{top}{CONSTANTS}" in held:
            constants, others = _found(file, held[f"{top}{CONSTANTS}"], {})
            _set_apart(found, constants)
            found += constants
            unread += others

        def place_of(storage: Storage) -> Place | None:
            folder, _, key = storage.key.rpartition("\0")
            entry = held.get(f"{top}{folder or 'data'}/{key}")
            return None if entry is None else _place(file, storage, entry)

        return index_of(file, self.name, found, unread, place_of)

    def values(self, file: Bytes, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the tensor's values; see `core.tensor.TensorFormat`."""
        return values_of(file, tensor, self.index)


TENSORS = TorchZip()


def _found(file: Bytes, entry: Entry, members: Members) -> tuple[list[Found], list[Unread]]:
    return tensors_in(interpret(Cursor(pieces(file, entry, 1 << 16), file.name)), file.name, members)


def _place(file: Bytes, storage: Storage, entry: Entry) -> Place:
    size = storage.size * STORED_BYTES[storage.dtype]
    if size > entry.size_bytes:
        raise WeightsError(f"{file.name} says that a storage holds {size:,} bytes, but it holds {entry.size_bytes:,}")
    if entry.method == STORED:
        return Place(entry.start, size)
    return Place(0, size, entry)


def _set_apart(found: list[Found], constants: list[Found]) -> None:
    """Name the constants of a TorchScript archive, and say which folder they lie in and what they are for."""
    frozen = not any(tensor.content is Content.WEIGHT for tensor in found)
    for tensor in constants:
        tensor.name = f"CONSTANTS.c{tensor.name}"
        tensor.storage = Storage(f"constants\0{tensor.storage.key}", tensor.storage.dtype, tensor.storage.size)
        is_weight = frozen and tensor.dtype in {"F32", "F16", "BF16", "F64"} and tensor.shape
        tensor.content = Content.WEIGHT if is_weight or (frozen and tensor.quantizer) else Content.CONSTANT


def _check_order(file: Bytes, entry: Entry | None) -> None:
    if entry is not None and content(file, entry, 16).strip() not in {b"little", b""}:
        raise WeightsError(f"{file.name} was written on a machine with the high byte first, which is not read")


def _members(file: Bytes, held: dict[str, Entry], top: str) -> Members:
    """Return the parameters and buffers of each class, from the first lines of the archive's code."""
    code = [name for name in held if name.startswith(top) and name.endswith(".py")]
    if len(code) > MAX_CODE_FILES or sum(held[name].size_bytes for name in code) > MAX_CODE_BYTES:
        raise WeightsError(f"{file.name} holds more code than is read")
    members = {}
    near = PagedFile(file)
    for name in code:
        module = name[len(top) : -3].replace("/", ".")
        for match in _CLASS.finditer(content(near, held[name], MAX_CODE_BYTES).decode("utf-8", "replace")):
            parameters, buffers = (frozenset(_QUOTED.findall(match[part] or "")) for part in ("parameters", "buffers"))
            members[f"{module}.{match['name']}"] = parameters, buffers
    return members
