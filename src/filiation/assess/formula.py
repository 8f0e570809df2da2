"""The formula of the attributes, as ``knowledge/attributes.toml`` states it."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from filiation.core.claim import Predicate
from filiation.core.language import Language
from filiation.core.relation import Relation
from filiation.knowledge import load

UNKNOWN_AT_MOST = 0.5
"""A score is null where more than this share of its points is unknown."""


class Sign(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that shows a part; exactly one of the kinds is set, described in the file."""

    claim: Predicate | None = None
    like: str | None = None
    pointer: str | None = None
    tag: str | None = None
    file: str | None = None
    section: str | None = None
    text: str | None = None
    field: str | None = None
    parent: tuple[Relation, ...] = ()
    held: bool = False
    child: tuple[Relation, ...] = ()
    builders: int | None = None
    license: tuple[str, ...] = ()
    term: str | None = None
    card: bool = False

    @property
    def kind(self) -> str:
        """Which kind of sign it is."""
        (kind,) = (name for name in KINDS if getattr(self, name))
        return kind


KINDS = ("claim", "tag", "file", "section", "text", "field", "parent", "child", "builders", "license", "term", "card")


class PartRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A question with a yes or a no, worth `points`; `looked` are the places where the answer would stand."""

    id: str
    points: float
    en: str
    ja: str
    looked: tuple[str, ...]
    signs: tuple[Sign, ...]


class FactorRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Something that practitioners look at, made of parts."""

    id: str
    en: str
    ja: str
    source: str
    part: tuple[PartRule, ...]


class AttributeRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is scored, made of factors."""

    id: str
    en: str
    ja: str
    about_en: str
    about_ja: str
    source: str
    factor: tuple[FactorRule, ...]

    @property
    def parts(self) -> tuple[PartRule, ...]:
        """The parts of all factors, in order."""
        return tuple(part for factor in self.factor for part in factor.part)

    @property
    def points(self) -> float:
        """What it is worth when everything is there."""
        return sum(part.points for part in self.parts)


class Place(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A place that may or may not have been seen; the other fields say when it counts as seen, see ``seen.sql``."""

    id: str
    en: str
    ja: str
    least: int = 0
    tags: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    like: str = ""


class Formula(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All attributes; parts are numbered through them, in order."""

    place: tuple[Place, ...]
    attribute: tuple[AttributeRule, ...]

    @property
    def parts(self) -> tuple[PartRule, ...]:
        """Every part; its index is its number."""
        return tuple(part for attribute in self.attribute for part in attribute.parts)

    def places(self) -> dict[str, Place]:
        """Return the places by id, in order."""
        return {place.id: place for place in self.place}


Numbered = list[tuple[int, Sign]]
"""Signs, each with the number of the part that it shows."""


def numbered() -> Numbered:
    """Return every sign of the formula."""
    return [(number, sign) for number, part in enumerate(formula().parts) for sign in part.signs]


@cache
def formula() -> Formula:
    """Return the formula.

    Raises:
        msgspec.ValidationError: If the file says something that is none, which is a defect of ours.
    """
    return msgspec.convert(load("attributes"), Formula)


def wording(item: Any, lang: Language) -> str:
    """Return the title of a place, an attribute, a factor or a part in `lang`."""
    return str(getattr(item, lang))
