"""The tensors of one model, whatever files they lie in."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from filiation.core.errors import WeightsError
from filiation.core.record import Skipped
from filiation.core.tensor import Bytes, Content, Tensor
from filiation.formats.json_file import json_of
from filiation.formats.stored_values import raw_blocks, take
from filiation.weights.choosing import Chosen, index_of, is_adapter, shard_of, siblings
from filiation.weights.files import Files
from filiation.weights.opening import PIPELINE, Found, open_part, parts_of
from filiation.weights.packed import put_together

if TYPE_CHECKING:
    import numpy as np

CONFIG = "config.json"
ADAPTER = "adapter_config.json"
RAW_BLOCK_BYTES = 16 << 20


class Checkpoint:
    """One model's tensors, their values on demand; close it, or use it in a ``with`` block.

    Attributes:
        name: Of the file or folder; of the first file where files were given.
        format: Of its files; that of the first where they differ.
        tensors: All, in the order of files and of bytes in them, each with what it is for.
        aliases: Other names of tensors that are stored once, by name.
        metadata: What the files say of themselves.
        config: ``config.json`` beside the weights, ``model_index.json`` of a pipeline; None without.
        adapter: ``adapter_config.json`` beside an adapter's weights; None of anything else.
        skipped: What could not be looked at, with the reason.
    """

    def __init__(
        self, name: str, files: Files, found: Found, config: dict[str, Any] | None, adapter: dict[str, Any] | None
    ) -> None:
        self.name = name
        self.tensors = tuple(found.tensors.values())
        self.aliases = found.aliases
        self.metadata = found.metadata
        self.skipped = (*files.skipped, *found.skipped)
        self.config = config
        self.adapter = adapter
        self.size_bytes = sum(file.size_bytes for file in found.files)
        self.format = next((place.format.name for place in found.places.values()), "")
        self.file_names = tuple(file.name for file in found.files)
        self._files = files
        self._places = found.places

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """The tensors that are weights: neither buffers nor constants nor the state of an optimiser."""
        return tuple(tensor for tensor in self.tensors if tensor.content is Content.WEIGHT)

    @property
    def bytes_read(self) -> int:
        """Bytes that the files gave so far."""
        return self._files.bytes_read

    @property
    def requests(self) -> int:
        """Times that the files were asked so far; over HTTP each is a request."""
        return self._files.requests

    def values(self, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield a tensor's values in row-major order: float32[k] each, dequantised, at most `core.tensor.BLOCK` of them.

        Raises:
            WeightsError: If they cannot be had, or are not what the header says.
        """
        place = self._places[tensor.name]
        return place.format.values(place.file, place.tensor)

    def raw(self, tensor: Tensor) -> Iterator[bytes]:
        """Yield the bytes of a tensor as they are stored, `RAW_BLOCK_BYTES` at a time.

        Raises:
            WeightsError: If they do not lie in the file as they are (`start` is -1), or cannot be had.
        """
        if tensor.start < 0:
            raise WeightsError(f"the bytes of {tensor.name[:80]!r} do not lie in the file as they are")
        return raw_blocks(self._places[tensor.name].file, tensor.start, tensor.stop, RAW_BLOCK_BYTES)

    def source(self, tensor: Tensor) -> Bytes:
        """Return the file that `start` and `stop` of this tensor speak of."""
        return self._places[tensor.name].file

    def beside(self, name: str, limit: int = 64 << 20) -> bytes | None:
        """Return the content of another file beside the weights, such as ``tokenizer.json``; None where there is none.

        Raises:
            WeightsError: If it is longer than `limit`, or cannot be read.
        """
        file = self._files.beside(self.file_names[0], name)
        if file is None:
            return None
        if file.size_bytes > limit:
            raise WeightsError(f"{file.name} is longer than {limit:,} bytes")
        return take(file, 0, file.size_bytes)

    def close(self) -> None:
        """Let go of the files that were opened here; those that were given stay open."""
        self._files.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def open_checkpoint(target: Path | Sequence[Bytes]) -> Checkpoint:
    """Return the checkpoint that is a file, lies in a folder, or is among the files of a repository.

    A sharded checkpoint is read by its index; a part of a set stands for the set. Of several formats of one model
    safetensors wins, then torch, then the others; the state of optimisers is set aside; a folder of several GGUF files
    holds several checkpoints. A pipeline's components are read as one, each tensor's name after its component's.

    Args:
        target: A file or a folder, or files under their names relative to the repository.

    Raises:
        WeightsError: If there is none, or several and nothing says which is meant, or a file is not well formed.
    """
    name, files, parts = _on_disk(target) if isinstance(target, Path) else _given(target)
    found = Found()
    try:
        others: list[str] = []
        for prefix, chosen in parts or parts_of(files):
            open_part(files, chosen, prefix, found)
            others.extend(chosen.others)
        unused = (other for other in others if other not in found.used)
        found.skipped.extend(Skipped(other, 0, "not of this checkpoint, by its name") for other in unused)
        config, adapter = _settings(files, found)
        put_together(found, config)
        return Checkpoint(name, files, found, config, adapter)
    except BaseException:
        files.close()
        raise


def _given(target: Sequence[Bytes]) -> tuple[str, Files, list[tuple[str, Chosen]]]:
    return (target[0].name if target else "", Files(target), [])


def _on_disk(path: Path) -> tuple[str, Files, list[tuple[str, Chosen]]]:
    """Return the name of the checkpoint, the files to look among and, where the path says it, which are meant."""
    if path.is_dir():
        return path.resolve().name, Files.of(path), []
    if not path.is_file():
        raise WeightsError(f"{path} is no file and no folder")
    files = Files.of(path.parent, depth=0)
    files.add(path)
    if ".index." in path.name and path.suffix == ".json":
        return path.name.partition(".")[0], files, [("", Chosen((), path.name, ()))]
    shard = shard_of(path.name)
    index = index_of(path.name) if shard.parts else ""
    return shard.stem, files, [("", Chosen(tuple(siblings(path.name)), index if index in files else "", ()))]


def _settings(files: Files, found: Found) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Return the configuration of the model and of the adapter beside the weights; what is no JSON is said in `found`."""
    first = found.files[0].name
    try:
        config = files.beside(first, CONFIG) or files.beside("", PIPELINE)
        told = None if config is None else json_of(config, dict[str, Any])
        adapter = files.beside(first, ADAPTER) if is_adapter(first) or _has_lora(found) else None
        return told, None if adapter is None else json_of(adapter, dict[str, Any])
    except WeightsError as error:
        found.skipped.append(Skipped(first, 0, str(error)))
        return None, None


def _has_lora(found: Found) -> bool:
    return any(".lora_" in name for name in islice(found.tensors, 1_000))
