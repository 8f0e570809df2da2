"""How two models can be related by their weights, and what is said of a pair."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec


class Relation(StrEnum):
    """How a child's weights came from its parent's, or why nothing is said."""

    DUPLICATE = "duplicate"
    QUANTIZED = "quantized"
    FINETUNE = "finetune"
    PARTIAL_FINETUNE = "partial-finetune"
    ADAPTER = "adapter"
    ADAPTER_MERGED = "adapter-merged"
    MERGE = "merge"
    PRUNED = "pruned"
    CONVERTED = "converted"
    UPSCALED = "upscaled"
    LAYER_DROPPED = "layer-dropped"
    VOCABULARY_EXTENDED = "vocabulary-extended"
    CHECKPOINT = "checkpoint"
    SAME_RECIPE = "same-recipe"
    UNRELATED = "unrelated"
    UNKNOWN = "unknown"


STRANGERS = frozenset({Relation.SAME_RECIPE, Relation.UNRELATED, Relation.UNKNOWN})
"""Of these no descent is said."""


class Direction(StrEnum):
    """Which of a pair is the child."""

    FIRST_IS_PARENT = "first-is-parent"
    SECOND_IS_PARENT = "second-is-parent"
    EITHER = "either"

    @property
    def turned(self) -> Direction:
        """The same of the pair the other way round."""
        other = {self.FIRST_IS_PARENT: self.SECOND_IS_PARENT, self.SECOND_IS_PARENT: self.FIRST_IS_PARENT}
        return other.get(self, self)


class Evidence(msgspec.Struct, frozen=True):
    """One thing that was seen: what was measured, how much it was, and what that says."""

    signal: str
    value: float
    says: str


class Hints(msgspec.Struct, frozen=True):
    """What is known beside the weights: when each was made, in seconds or any growing number; None if nobody knows."""

    first_made: float | None = None
    second_made: float | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What one rule says of a pair.

    Attributes:
        relation: How they are related.
        direction: Which is the child, as far as this rule knows.
        evidence: What it saw.
        details: Of the relation: ``scheme``, ``layers``, ``rank``, ``targets``, ``share``, ``how``.
    """

    relation: Relation
    direction: Direction
    evidence: tuple[Evidence, ...]
    details: dict[str, Any] = {}


class Kinship(msgspec.Struct, frozen=True):
    """What two models' weights say of their descent.

    Attributes:
        relation: How they are related; of siblings, how they differ: only a third sketch tells that neither is the parent.
        direction: Which is the parent.
        confidence: That the relation is this one, in [0, 1]: how often it was right on the families of the fit.
        direction_confidence: That the direction is this one, in [0.5, 1]; 0.5 of none.
        kin: That one descends from the other or both from a third, in [0, 1].
        evidence: What was seen, the most telling first.
        details: Of the relation: ``scheme``, ``layers``, ``rank``, ``targets``, ``share``, ``how``.
    """

    relation: Relation
    direction: Direction
    confidence: float
    direction_confidence: float
    kin: float
    evidence: tuple[Evidence, ...]
    details: dict[str, Any] = {}

    @property
    def related(self) -> bool:
        """Whether descent is said of the pair."""
        return self.relation not in STRANGERS
