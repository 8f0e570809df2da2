"""Files of a checkpoint become one index of tensors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import msgspec

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Content, Tensor, TensorFormat, TensorIndex
from filiation.formats.joined import JoinedFile
from filiation.formats.json_file import json_of
from filiation.formats.local_file import LocalFile
from filiation.formats.tensor_contents import content_of
from filiation.formats.tensor_formats import format_of
from filiation.weights.choosing import Chosen, choose
from filiation.weights.files import Files

MAX_TENSORS = 1_000_000
MAX_NAME_CHARS = 4_096
AT_ONCE = 8
"""So many files are asked at once for their headers, where they are not on this machine."""
PIPELINE = "model_index.json"


class Place(NamedTuple):
    """Where a tensor's values are, and how its own file describes it."""

    file: Bytes
    format: TensorFormat
    tensor: Tensor


class Found:
    """What the files opened so far hold: tensors by name, where each lies, other names, what could not be looked at.

    `files` are those with an index, `used` the names of all that values lie in.
    """

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.places: dict[str, Place] = {}
        self.aliases: dict[str, str] = {}
        self.metadata: dict[str, str] = {}
        self.skipped: list[Skipped] = []
        self.files: list[Bytes] = []
        self.used: set[str] = set()
        self._lying: dict[tuple[str, int, int, tuple[int, ...], str], str] = {}

    def add(self, name: str, place: Place, file: str) -> None:
        """Add a tensor under a `name` that is not taken; one that lies where another does is only another name of that.

        Raises:
            WeightsError: If there are more than `MAX_TENSORS`, or the name is longer than `MAX_NAME_CHARS`.
        """
        tensor = place.tensor
        lying = (file, tensor.start, tensor.stop, tensor.shape, tensor.dtype)
        if 0 <= tensor.start < tensor.stop:
            first = self._lying.setdefault(lying, name)
            if first != name:
                self.aliases[name] = first
                return
        if len(self.tensors) == MAX_TENSORS:
            raise WeightsError(f"more than {MAX_TENSORS:,} tensors")
        if len(name) > MAX_NAME_CHARS:
            raise WeightsError(f"{file} names a tensor in {len(name):,} letters, more than {MAX_NAME_CHARS:,}")
        content = tensor.content
        if content is Content.WEIGHT:
            content = content_of(name, tensor.dtype, tensor.shape)
        self.tensors[name] = msgspec.structs.replace(tensor, name=name, file=file, content=content)
        self.places[name] = place

    def __contains__(self, name: object) -> bool:
        return name in self.tensors or name in self.aliases


def parts_of(files: Files) -> list[tuple[str, Chosen]]:
    """Return what makes up the checkpoint among `files`: of a pipeline each component, with the prefix of its names.

    Raises:
        WeightsError: If there is no checkpoint, or several and nothing says which is meant.
    """
    if PIPELINE in files:
        parts = []
        for component in json_of(files[PIPELINE], dict[str, Any]):
            if any(name.startswith(component + "/") for name in files.names):
                inside = [name for name in files.names if name.rpartition("/")[0] == component]
                try:
                    parts.append((component + ".", choose(inside, component)))
                except WeightsError:
                    continue  # a tokenizer, a scheduler: not every component has weights
        if parts:
            return parts
    return [("", choose(files.names))]


def open_part(files: Files, chosen: Chosen, prefix: str, found: Found) -> None:
    """Add the tensors of `chosen` to what is `found`, their names after `prefix`.

    Raises:
        WeightsError: If a file is not well formed, or none is there.
    """
    located = _weight_map(files, chosen, found)
    names = sorted(set(located.values()) or chosen.files)
    there = [name for name in names if name in files]
    for name in names:
        if name not in files:
            found.skipped.append(Skipped(name[:200], 0, "a part of the checkpoint that is not there"))
    if not there:
        raise WeightsError(f"no part of {chosen.index or 'the checkpoint'} is there")
    for (form, index), name in zip(_indexes([files[name] for name in there]), there, strict=True):
        _add_file(files, name, (form, index), prefix, located, found)
    missing = sum(prefix + name not in found for name in located)
    if missing:
        found.skipped.append(Skipped(chosen.index, 0, f"names {missing:,} tensors that no file holds"))


class _Index(msgspec.Struct):
    weight_map: dict[str, str]


def _weight_map(files: Files, chosen: Chosen, found: Found) -> dict[str, str]:
    """Return the file of each tensor, as the checkpoint's index tells; empty without one."""
    if not chosen.index:
        return {}
    told = json_of(files[chosen.index], _Index).weight_map
    placed = {}
    for name, file in told.items():
        beside = files.path_beside(chosen.index, file)
        if beside is not None:
            placed[name] = beside
    if len(placed) < len(told):
        found.skipped.append(Skipped(chosen.index, 0, f"puts {len(told) - len(placed):,} tensors outside of the folder"))
    if not placed:
        raise WeightsError(f"{chosen.index} names no file of this folder")
    return placed


def _indexes(files: Sequence[Bytes]) -> list[tuple[TensorFormat, TensorIndex]]:
    if len(files) == 1 or all(isinstance(file, LocalFile) for file in files):
        return [_index(file) for file in files]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(_index, files))


def _index(file: Bytes) -> tuple[TensorFormat, TensorIndex]:
    form = format_of(file)
    if form is None:
        raise WeightsError(f"{file.name} is in no format that keeps tensors and is read")
    return form, form.index(file)


def _add_file(
    files: Files, name: str, read: tuple[TensorFormat, TensorIndex], prefix: str, located: Mapping[str, str], found: Found
) -> None:
    form, index = read
    holders = _holders(files, name, form)
    found.files.append(files[name])
    found.used.add(name)
    found.metadata = dict(index.metadata) | found.metadata
    found.skipped.extend(index.skipped)
    left_out = 0
    absent: Counter[str] = Counter()
    for tensor in index.tensors:
        held = name if tensor.file == files[name].name else tensor.file
        file = holders.get(held) or files.beside(name, held)
        if located.get(tensor.name, name) != name or prefix + tensor.name in found:
            left_out += 1
        elif file is None:
            absent[held[:200]] += 1
        else:
            found.used.update(file.names if isinstance(file, JoinedFile) else (file.name,))
            found.add(prefix + tensor.name, Place(file, form, tensor), file.name)
    for other, kept in index.metadata.items():  # safetensors writes the names that it left out into its metadata
        if prefix + kept in found.tensors and prefix + other not in found:
            found.aliases[prefix + other] = prefix + kept
    for held, count in absent.items():
        found.skipped.append(Skipped(held, 0, f"not there, and holds the values of {count:,} tensors"))
    if left_out:
        found.skipped.append(Skipped(name, 0, f"holds {left_out:,} tensors that another file holds under the same names"))


def _holders(files: Files, name: str, form: TensorFormat) -> dict[str, Bytes]:
    """Return the files that hold the values of the tensors that the file `name` tells of, as far as they are joined."""
    parts = getattr(form, "parts", None)
    if parts is None:
        return {name: files[name]}
    joined: dict[str, Bytes] = {name: files[name]}
    for whole, pieces in parts(files[name]).items():
        there = [files.beside(name, piece) for piece in pieces]
        if pieces and None not in there:
            joined[whole] = JoinedFile(whole, [file for file in there if file is not None])
    return joined
