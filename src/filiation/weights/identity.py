"""What tells copies: digests of contents, and signatures of architectures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from blake3 import blake3

if TYPE_CHECKING:
    from collections.abc import Iterable

    from filiation.weights.columns import Columns


def content_digest(columns: Columns, of: str = "") -> str:
    """Return 32 hex digits over the values and shapes of all tensors, whatever their names and order.

    Args:
        columns: Of a sketch.
        of: What part of the values they speak of; empty for all. Digests of different parts differ.
    """
    lines = zip(columns.digests, columns.long, columns.short, strict=True)
    return _hashed([of, *(f"{d[0]:016x}{d[1]:016x} {long} {short}" for d, long, short in lines)])


def multiset(columns: Columns, of: str = "") -> str:
    """Return 32 hex digits over all values, whatever their order, and whichever tensors they are in; `of` as above."""
    with np.errstate(over="ignore"):
        total = columns.multisets.sum(axis=0, dtype=np.uint64) + np.frombuffer(blake3(of.encode()).digest(16), "<u8")
    return f"{int(total[0]):016x}{int(total[1]):016x}"


def architecture(columns: Columns) -> str:
    """Return 16 hex digits over the roles and shapes of all tensors."""
    lines = zip(columns.kinds, columns.layers, columns.parts, columns.long, columns.short, strict=True)
    return _hashed(f"{kind}\t{layer}\t{part}\t{long}\t{short}" for kind, layer, part, long, short in lines)[:16]


def shape_signature(columns: Columns) -> str:
    """Return 16 hex digits over the shapes of all matrices, layouts made equal, whatever their names.

    Tensors with one axis do not count: a conversion folds, adds or drops biases and scales.
    """
    sides = zip(columns.long, columns.short, strict=True)
    return _hashed(f"{long} {short}" for long, short in sides if short > 1)[:16]


def _hashed(lines: Iterable[str]) -> str:
    return blake3("\n".join(sorted(lines)).encode("utf-8", "surrogatepass")).hexdigest(16)
