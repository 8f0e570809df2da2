"""How large a model is, by its tensors: what a name or a configuration says of layers and parameters can be held against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from math import prod

import msgspec

from filiation.weights.roles import role

EMBEDDING = "embedding.token"
MAX_LAYERS = 1_000
WIDE = 16
MAX_NAME = 1_024
MOST_NUMBERS = 4
EXPERTS = ("expert", "experts")
_NUMBER = re.compile(r"(?<![A-Za-z0-9])\d{1,6}(?![A-Za-z0-9])", re.ASCII)


class Sizes(msgspec.Struct, frozen=True):
    """Sizes that the tensors tell; None where they do not.

    Attributes:
        parameters: Values of all tensors; packed ones count as what they unpack to where the file says so.
        layers: Of the stack that has most; layers of other stacks (an encoder beside a decoder) are not added.
        width: The dimension that most tensors have.
        vocabulary: Rows of the token embedding, which may be padded.
        experts: Of a mixture, in one layer.
        key_share: Width of keys over width of queries: 1/4 where four heads share one key.
    """

    parameters: int
    layers: int | None
    width: int | None
    vocabulary: int | None
    experts: int | None
    key_share: float | None


def sizes(tensors: Iterable[tuple[str, Sequence[int]]]) -> Sizes:
    """Return the sizes of a model; no value is read."""
    total = 0
    sides: Counter[int] = Counter()
    numbers: dict[str, list[set[str]]] = {}
    shapes: dict[str, Sequence[int]] = {}
    for name, shape in tensors:
        total += prod(shape)
        sides.update({side for side in shape if side > WIDE})
        template = _NUMBER.sub("0", name[:MAX_NAME])
        shapes.setdefault(template, shape)
        seen = numbers.setdefault(template, [])
        for place, number in enumerate(_NUMBER.findall(name[:MAX_NAME])[:MOST_NUMBERS]):
            if place == len(seen):
                seen.append(set())
            seen[place].add(number)
    layers, experts = _counts(numbers)
    widest = _widest(shapes)
    query, key = widest.get("query"), widest.get("key")
    return Sizes(
        parameters=total,
        layers=layers,
        width=max(sides, key=lambda side: (sides[side], side), default=None),
        vocabulary=widest.get(EMBEDDING),
        experts=experts,
        key_share=round(key / query, 4) if query and key else None,
    )


def _counts(numbers: Mapping[str, list[set[str]]]) -> tuple[int | None, int | None]:
    """Return how many layers and experts there are: so many numbers stand in one place of names that are else the same."""
    layers = experts = 0
    for template, places in numbers.items():
        for place, seen in enumerate(places):
            if _after_experts(template, place):
                experts = max(experts, len(seen))
            elif len(seen) < MAX_LAYERS and role(template).known:
                layers = max(layers, len(seen))
    return layers or None, experts or None


def _after_experts(template: str, place: int) -> bool:
    start = [found.start() for found in _NUMBER.finditer(template)][place]
    return template[:start].rstrip("._/").endswith(EXPERTS)


def _widest(shapes: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return the widths of queries and keys, and the number of tokens."""
    found: dict[str, int] = {}
    for template, shape in shapes.items():
        known = role(template, shape)
        kind = known.kind.rpartition("attention.")[2]
        if len(shape) != 2 or known.part != "weight":
            continue
        if kind in {"query", "key"}:
            found.setdefault(kind, max(shape) if kind == "query" else min(shape))
        if known.kind.endswith(EMBEDDING):
            found[EMBEDDING] = max(found.get(EMBEDDING, 0), *shape)
    return found
