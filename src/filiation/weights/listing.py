"""What a checkpoint holds, as a list to look at."""

from __future__ import annotations

from collections import Counter

import msgspec

from filiation.core.record import Skipped
from filiation.core.tensor import Content
from filiation.weights.checkpoint import Checkpoint
from filiation.weights.roles import role


class ListedTensor(msgspec.Struct, frozen=True):
    """A tensor as its file describes it, and what it is in its network; `scheme` where it is quantised."""

    name: str
    shape: tuple[int, ...]
    dtype: str
    content: str
    role: str
    layer: int | None
    scheme: str | None


class WeightsIndex(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/weights-index/v1"):
    """The tensors of a checkpoint; `parameters` counts the values of its weights, `dtypes` their tensors by type."""

    name: str
    format: str
    files: tuple[str, ...]
    size_bytes: int
    parameters: int
    dtypes: dict[str, int]
    tensors: tuple[ListedTensor, ...]
    aliases: dict[str, str]
    bytes_read: int
    requests: int
    skipped: tuple[Skipped, ...]


def listing(checkpoint: Checkpoint) -> WeightsIndex:
    """Return what a checkpoint holds, in the order of its files; no value is read."""
    tensors = []
    for tensor in checkpoint.tensors:
        known = role(tensor.name, tensor.shape, checkpoint.config)
        scheme = tensor.quantization.scheme if tensor.quantization else None
        tensors.append(
            ListedTensor(tensor.name, tensor.shape, tensor.dtype, str(tensor.content), known.kind, known.layer, scheme)
        )
    weights = [tensor for tensor in checkpoint.tensors if tensor.content is Content.WEIGHT]
    return WeightsIndex(
        name=checkpoint.name,
        format=checkpoint.format,
        files=checkpoint.file_names,
        size_bytes=checkpoint.size_bytes,
        parameters=sum(tensor.size for tensor in weights),
        dtypes=dict(Counter(tensor.dtype for tensor in weights).most_common()),
        tensors=tuple(tensors),
        aliases=dict(checkpoint.aliases),
        bytes_read=checkpoint.bytes_read,
        requests=checkpoint.requests,
        skipped=checkpoint.skipped,
    )
