"""What a sketch is made by; its name spells it."""

from __future__ import annotations

import msgspec

VERSION = 3
"""Counts what no parameter says: the hash, the order of axes, what a tensor's values are."""


class Recipe(msgspec.Struct, frozen=True):
    """Parameters of a sketch.

    Attributes:
        buckets: Of each side of a matrix; a power of two up to 16.
        flat: Buckets of a tensor with one axis; a power of two, at most the square of `buckets`.
        quantiles: How many of each tensor's values.
        singular: How many leading singular values of each matrix.
        head: Most leading rows of an embedding that are sketched once more by themselves; a power of two.
        seed: Of the hashes.
        share: What part of the values is read, at most; 1.0 is all.
        together: How many tensors share a line, at most; see `weights.gathering`.
        any_kind: Whether those may be of different kinds and shapes.
    """

    buckets: int = 8
    flat: int = 16
    quantiles: int = 16
    singular: int = 8
    head: int = 4096
    seed: int = 1
    share: float = 1.0
    together: int = 1
    any_kind: bool = False

    @property
    def name(self) -> str:
        """Such as ``bicount8x8-count16-quantiles16-singular8-head4096-seed1-v3``; two sketches compare if theirs are equal."""
        k = self.buckets
        whole = (
            f"bicount{k}x{k}-count{self.flat}-quantiles{self.quantiles}-singular{self.singular}-head{self.head}"
            f"-seed{self.seed}-v{VERSION}"
        )
        part = "" if self.share == 1 else f"-share{self.share:g}"
        lines = "" if self.together == 1 else f"-together{self.together}{'any' if self.any_kind else ''}"
        return f"{whole}{part}{lines}"

    def folded(self, buckets: int) -> Recipe:
        """Return the recipe of what a sketch by this one becomes when its sides are folded to `buckets`.

        Raises:
            ValueError: If that is not a power of two, or is more than this recipe has.
        """
        if buckets < 1 or buckets & (buckets - 1) or buckets > self.buckets:
            raise ValueError(f"a side of {self.buckets} buckets does not fold to {buckets}")
        return msgspec.structs.replace(self, buckets=buckets, flat=min(self.flat, buckets * buckets))


RECIPE = Recipe()
