"""What a card says in prose, before it becomes a claim."""

from __future__ import annotations

import msgspec

from filiation.core.claim import Predicate


class Statement(msgspec.Struct, frozen=True, gc=False):
    """One thing that a card says: `start` and `stop` are the places in the card of the sentence, item or row that says it.

    `confidence` is in [0, 1]: how often such words say this of the card's own model. `relation`, `rule`, the name of
    the expression or place that led to it, and `kind`, how the name is written, only where they name a parent.
    """

    predicate: Predicate
    value: str
    start: int
    stop: int
    confidence: float
    relation: str | None = None
    rule: str | None = None
    kind: str | None = None
