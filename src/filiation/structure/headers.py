"""The headers of a model's weights as a small text: names and shapes of its tensors, which is all that its structure needs.

Law: `tensors(headers_of(checkpoint))` gives what `structure_of(checkpoint)` gives, in the order of names.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import product
from math import prod
from typing import TYPE_CHECKING

import msgspec

from filiation.structure.agreement import stated_type
from filiation.structure.identity import COMPANIONS, structure_of
from filiation.weights.roles import role

if TYPE_CHECKING:
    from filiation.weights.checkpoint import Checkpoint
    from filiation.weights.sketch import Sketch

FILE = "tensor-headers.json"
"""Under this name headers lie beside a record; `extract/structure.py` reads them."""
MAX_TENSORS = 1 << 17
MAX_FILES = 8
"""So many files are named, those that come first."""
MAX_CHARS = 100
FLOATS = frozenset({"F64", "F32", "F16", "BF16"})
"""Values of other types may be packed."""
HALVES = frozenset({"lora_a", "lora_b", "magnitude"})
_NUMBER = re.compile(r"(?<![A-Za-z0-9])(?:0|[1-9]\d{0,5})(?![A-Za-z0-9])", re.ASCII)
_PLACE = "\0"


class Group(msgspec.Struct, frozen=True, array_like=True):
    """Tensors of one shape whose names differ in their numbers only.

    Attributes:
        name: With NUL where a number stands.
        shape: Of each.
        ranges: First and last number of each place, where all together are there.
        numbers: Else the numbers of each tensor.
    """

    name: str
    shape: tuple[int, ...]
    ranges: tuple[tuple[int, int], ...] = ()
    numbers: tuple[tuple[int, ...], ...] = ()


class Headers(msgspec.Struct, frozen=True):
    """What the headers of a checkpoint tell.

    Attributes:
        format: Of its files.
        files: Their names, relative to the model's folder.
        groups: Its tensors, those of an optimiser left out.
        stated: What its configuration calls the model type, else what a GGUF file does; empty where neither does.
        in_gguf: Whether that is what a GGUF file calls it.
        is_whole: Whether everything could be looked at.
        is_packed: Whether values are quantised, so that they cannot be counted by shapes in all formats.
        is_adapter: Whether most tensors are halves of low-rank changes.
    """

    format: str
    files: tuple[str, ...]
    groups: tuple[Group, ...]
    stated: str = ""
    in_gguf: bool = False
    is_whole: bool = True
    is_packed: bool = False
    is_adapter: bool = False


def headers_of(checkpoint: Checkpoint) -> Headers:
    """Return the headers of an opened checkpoint; no value is read."""
    held = list(structure_of(checkpoint))
    stated = stated_type(checkpoint.config, checkpoint.metadata)
    halves = sum(role(name).part in HALVES for name, _ in held)
    return Headers(
        checkpoint.format,
        tuple(name[:MAX_CHARS] for name in checkpoint.file_names[:MAX_FILES]),
        tuple(grouped(held)),
        stated.name[:MAX_CHARS] if stated else "",
        stated is not None and stated.in_gguf,
        not checkpoint.skipped,
        any(tensor.quantization is not None or tensor.name.endswith(COMPANIONS) for tensor in checkpoint.tensors),
        checkpoint.adapter is not None or halves * 2 > len(held),
    )


def headers_of_sketch(sketch: Sketch) -> Headers | None:
    """Return the headers that a sketch remembers, without second names of tensors; None where a line holds several tensors."""
    if sketch.recipe.together > 1:
        return None
    columns = sketch.tensors
    halves = sum(part in HALVES for part in columns.parts)
    return Headers(
        sketch.format,
        (sketch.source[:MAX_CHARS],),
        tuple(grouped(zip(columns.names, columns.shapes, strict=True))),
        sketch.model_type,
        False,
        not sketch.skipped,
        bool(columns.step.any()) or any(dtype not in FLOATS for dtype in columns.dtypes),
        halves * 2 > len(columns.parts),
    )


def grouped(held: Iterable[tuple[str, Sequence[int]]]) -> Iterator[Group]:
    """Yield tensors by what their names and shapes have in common, in the order of names."""
    found: dict[tuple[str, tuple[int, ...]], set[tuple[int, ...]]] = {}
    for name, shape in held:
        plain = name.replace(_PLACE, "\ufffd")
        numbers = tuple(map(int, _NUMBER.findall(plain)))
        found.setdefault((_NUMBER.sub(_PLACE, plain), tuple(shape)), set()).add(numbers)
    for (name, shape), numbers in sorted(found.items()):
        ranges = tuple((min(place), max(place)) for place in zip(*numbers, strict=True))
        if prod(last - first + 1 for first, last in ranges) == len(numbers):
            yield Group(name, shape, ranges)
        else:
            yield Group(name, shape, (), tuple(sorted(numbers)))


def tensors(headers: Headers) -> list[tuple[str, tuple[int, ...]]]:
    """Return names and shapes of the tensors, in the order of names.

    Raises:
        ValueError: If there are more than `MAX_TENSORS`, or the groups do not make sense.
    """
    found: list[tuple[str, tuple[int, ...]]] = []
    for group in headers.groups:
        count = len(group.numbers) or prod(last - first + 1 for first, last in group.ranges)
        if len(found) + count > MAX_TENSORS:
            raise ValueError(f"more than {MAX_TENSORS:,} tensors")
        spans = product(*(range(first, last + 1) for first, last in group.ranges))
        for numbers in group.numbers or spans:
            parts = group.name.split(_PLACE)
            if len(parts) != len(numbers) + 1:
                raise ValueError("a name has more or fewer numbers than its group says")
            name = parts[0] + "".join(f"{number}{part}" for number, part in zip(numbers, parts[1:], strict=True))
            found.append((name, group.shape))
    return sorted(found)


def encoded(headers: Headers) -> str:
    """Return the text that `decoded` reads."""
    return msgspec.json.encode(headers).decode()


def decoded(text: str) -> Headers:
    """Return the headers that stand in a text.

    Raises:
        ValueError: If it is none.
    """
    return msgspec.json.decode(text, type=Headers)
