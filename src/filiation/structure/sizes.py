"""How large a model is, by its tensors: what a name or a configuration says of layers and parameters can be held against it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import prod

import msgspec

from filiation.weights.roles import role

EMBEDDING = "embedding.token"
MAX_LAYERS = 1_000
WIDE = 16


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
    stacks: dict[str, set[int]] = {}
    widest: dict[str, int] = {}
    experts: set[int] = set()
    for name, shape in tensors:
        total += prod(shape)
        sides.update({side for side in shape if side > WIDE})
        known = role(name, shape)
        stack, _, kind = known.kind.rpartition("attention.")
        if known.layer is not None and known.known:
            stacks.setdefault(known.kind, set()).add(known.layer)
        if known.expert is not None:
            experts.add(known.expert)
        if kind in {"query", "key"} and len(shape) == 2 and known.part == "weight":
            widest.setdefault(f"{stack}{kind}", max(shape) if kind == "query" else min(shape))
        if known.kind.endswith(EMBEDDING) and len(shape) == 2:
            widest[EMBEDDING] = max(widest.get(EMBEDDING, 0), *shape)
    layers = max((len(seen) for seen in stacks.values() if max(seen) < MAX_LAYERS), default=0)
    query, key = widest.get("query"), widest.get("key")
    return Sizes(
        parameters=total,
        layers=layers or None,
        width=max(sides, key=lambda side: (sides[side], side), default=None),
        vocabulary=widest.get(EMBEDDING),
        experts=max(experts) + 1 if experts else None,
        key_share=round(key / query, 4) if query and key else None,
    )
