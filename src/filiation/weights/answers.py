"""What the verbs about weights answer."""

from __future__ import annotations

from typing import Any

import msgspec

from filiation.core.record import Skipped
from filiation.weights.relation import Direction, Evidence, Kinship


class Sketched(msgspec.Struct, frozen=True):
    """One checkpoint that was sketched.

    Attributes:
        path: Of the checkpoint, as it was asked for.
        name: Of the recipe: only sketches of one name compare.
        tensors: How many weights it has.
        parameters: How many values these hold.
        digest: Equal for copies, whatever their names and files.
        bytes_read: What it took.
        bytes_kept: Length of the sketch as a file.
        sketch: Where it was written; None where it was not.
    """

    path: str
    name: str
    tensors: int
    parameters: int
    digest: str
    bytes_read: int
    bytes_kept: int
    sketch: str | None


class Sketches(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/weights-sketch/v1"):
    """The checkpoints that were sketched, in the order of their names, and those that could not be, with the reason."""

    sketches: tuple[Sketched, ...]
    skipped: tuple[Skipped, ...]


class Compared(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/weights-compare/v1"):
    """What the weights of two models say of their descent; see `weights.relation.Kinship`.

    `parent` and `child` are None where no descent is said, or nothing tells which came first.
    """

    first: str
    second: str
    relation: str
    parent: str | None
    child: str | None
    confidence: float
    direction_confidence: float
    kin: float
    evidence: tuple[Evidence, ...]
    details: dict[str, Any]


def compared(first: str, second: str, found: Kinship) -> Compared:
    """Return a pair's kinship under the names of the two."""
    ends: tuple[str | None, str | None] = (None, None)
    if found.related and found.direction is not Direction.EITHER:
        ends = (first, second) if found.direction is Direction.FIRST_IS_PARENT else (second, first)
    return Compared(
        first,
        second,
        str(found.relation),
        *ends,
        round(found.confidence, 3),
        round(found.direction_confidence, 3),
        round(found.kin, 3),
        found.evidence,
        found.details,
    )


class FoundParent(msgspec.Struct, frozen=True):
    """A parent that was found: its name, its share of a merge (else 1), how sure it is, in [0, 1]."""

    ref: str
    weight: float
    confidence: float


class FoundParents(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/weights-parents/v1"):
    """Of which models another was made; see `weights.parentage.Parentage`.

    `considered` counts the models whose sketches were compared, of `among`.
    """

    child: str
    relation: str
    parents: tuple[FoundParent, ...]
    confidence: float
    evidence: tuple[Evidence, ...]
    details: dict[str, Any]
    abstained: str
    considered: int
    among: int
    skipped: tuple[Skipped, ...]
