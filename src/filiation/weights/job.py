"""What is to be sketched of a checkpoint: each weight, what it is, and how it lies."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import msgspec
import numpy as np

from filiation.core.record import Skipped
from filiation.core.tensor import Tensor
from filiation.knowledge import load
from filiation.weights.axes import Axes, axes
from filiation.weights.recipe import Recipe
from filiation.weights.roles import Role, role

MOST_HEADS = 1 << 16
UNTOLD = frozenset({"onnx"})
"""Formats whose exporters turn matrices and keep their names: a square one may lie either way."""


class Source(Protocol):
    """What is sketched: a `weights.checkpoint.Checkpoint`, or anything with its tensors and values.

    Where it has ``metadata``, as a checkpoint does, that tells how GGUF lays out the heads of an attention.
    """

    name: str
    format: str
    config: dict[str, Any] | None
    skipped: tuple[Skipped, ...]

    @property
    def weights(self) -> tuple[Tensor, ...]:
        """The tensors that are sketched."""
        ...

    @property
    def bytes_read(self) -> int:
        """What it took so far."""
        ...

    def values(self, tensor: Tensor) -> Iterator[np.ndarray]:
        """Yield the values, float32, in row-major order, in blocks."""
        ...


class Job(NamedTuple):
    """One line of a sketch.

    Attributes:
        tensor: What the line is called after; of experts one tensor that stands for all, of one axis more.
        role: Of it.
        axes: How its values lie.
        head: How many of its first rows are sketched once more.
        pieces: The tensors of the file that it is made of, one after the other.
    """

    tensor: Tensor
    role: Role
    axes: Axes
    head: int
    pieces: tuple[Tensor, ...]

    def values(self, source: Source) -> Iterator[np.ndarray]:
        """Yield the values, float32, in blocks."""
        for piece in self.pieces:
            yield from source.values(piece)


def jobs_of(source: Source, recipe: Recipe) -> list[Job]:
    """Return the lines of a sketch, by kind, layer, part and name; tensors without values have none.

    The experts of one layer are one line, as if they lay one after the other in one tensor, which is how GGUF and newer
    checkpoints keep them.
    """
    alone: list[tuple[Tensor, Role, tuple[Tensor, ...]]] = []
    experts = defaultdict[tuple[object, ...], dict[int, tuple[Tensor, Role]]](dict)
    for tensor in source.weights:
        known = role(tensor.name, tensor.shape, source.config)
        if known.expert is None:
            alone.append((tensor, known, (tensor,)))
            continue
        same = experts[known.kind, known.layer, known.part, tensor.shape, tensor.dtype]
        if known.expert in same:  # two tensors that claim to be one expert
            alone.append((tensor, known, (tensor,)))
        else:
            same[known.expert] = tensor, known
    alone.extend(_stacked([found[expert] for expert in sorted(found)]) for found in experts.values())
    made = (_job(tensor, known, pieces, source, recipe) for tensor, known, pieces in alone if tensor.size)
    return sorted(made, key=_key)


def _key(job: Job) -> tuple[str, int, str, str]:
    return job.role.kind, -1 if job.role.layer is None else job.role.layer, job.role.part, job.tensor.name


def _stacked(found: Sequence[tuple[Tensor, Role]]) -> tuple[Tensor, Role, tuple[Tensor, ...]]:
    """Return experts, in order, as one tensor."""
    first, known = found[0]
    name = re.sub(r"(?i)(experts?[._])\d+", r"\1*", first.name)
    whole = msgspec.structs.replace(first, name=name, shape=(len(found), *first.shape), start=-1, stop=-1)
    return whole, msgspec.structs.replace(known, expert=None), tuple(tensor for tensor, _ in found)


def _job(tensor: Tensor, known: Role, pieces: tuple[Tensor, ...], source: Source, recipe: Recipe) -> Job:
    lies = axes(tensor.shape, source.format, None if source.format in UNTOLD else known.transposed)
    lies = _with_heads(lies, tensor, known, source)
    vocabulary = known.kind.startswith(("embedding", "output")) or lies.long >= max(8192, 4 * lies.short)
    head = min(recipe.head, 1 << (lies.long.bit_length() - 1)) if vocabulary and not lies.flat else 0
    return Job(tensor, known, lies, head, pieces)


def _with_heads(lies: Axes, tensor: Tensor, known: Role, source: Source) -> Axes:
    """Return the axes, with the order of rows that the rest of the world has where GGUF interleaves the halves of each head.

    Source:
        llama.cpp, convert_hf_to_gguf.py, LlamaModel.permute.
    """
    if source.format != "gguf" or known.kind not in {"attention.query", "attention.key"} or not tensor.shape:
        return lies
    heads = _heads(getattr(source, "metadata", {}), known.kind)
    rows = tensor.shape[0]
    if not 0 < heads <= MOST_HEADS or rows % (2 * heads) or rows != (lies.cols if lies.flat else lies.rows):
        return lies
    block = rows // heads
    if lies.flat:
        return lies._replace(col_inner=2, col_outer=block // 2, col_block=block)
    return lies._replace(row_inner=2, row_outer=block // 2, row_block=block)


def _heads(metadata: Mapping[str, Any], kind: str) -> int:
    """Return how many heads there are of queries or keys whose halves are interleaved; 0 where they are not, or nobody says."""
    architecture = str(metadata.get("general.architecture", ""))
    if architecture not in load("tensor_roles")["interleaved"]["architectures"]:
        return 0
    count = metadata.get(f"{architecture}.attention.head_count", "")
    if kind == "attention.key":
        count = metadata.get(f"{architecture}.attention.head_count_kv", count)
    return int(count) if str(count).isascii() and str(count).isdigit() and len(str(count)) < 9 else 0
