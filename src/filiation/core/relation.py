"""How a child descends from its parent."""

from __future__ import annotations

from enum import StrEnum


class Relation(StrEnum):
    """The field's relations; the order is the code that the lineage arrays store."""

    UNKNOWN = "unknown"
    FINETUNE = "finetune"
    ADAPTER = "adapter"
    QUANTIZED = "quantized"
    MERGE = "merge"
    DISTILLED = "distilled"
    CONVERTED = "converted"
    TRAINED_ON = "trained_on"
    DERIVED_FROM = "derived_from"
    EVALUATED_ON = "evaluated_on"
    NEW_VERSION = "new_version"


RELATIONS = tuple(Relation)
WEIGHTS = frozenset(RELATIONS[:7])
DATA = frozenset({Relation.TRAINED_ON, Relation.DERIVED_FROM})
DESCENT = WEIGHTS | DATA
"""What `trace` and `impact` follow; to be evaluated on something, or superseded by it, is not to descend from it."""
