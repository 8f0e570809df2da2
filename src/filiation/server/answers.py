"""What only HTTP asks and answers; the rest are the answers of the command line."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from filiation.names.asking import Wanted

MAX_HITS = 100
MAX_TRACED = 20_000
MAX_REACHED = 250_000
MAX_PAGE = 1000


class Place(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/place/v1"):
    """A node's circle on the map, in the unit square; null without a map. `parent` is the node that it lies in."""

    ref: str
    node: int
    x: float | None
    y: float | None
    r: float | None
    parent: int | None


class PlacedHit(msgspec.Struct, frozen=True):
    """A hit of `find`, with its circle."""

    ref: str
    score: float
    downloads: int | None
    node: int
    x: float | None
    y: float | None
    r: float | None


class PlacedFound(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/find/v1"):
    """What was found, best first; `elements` are those of names that were asked for, with the values that they may have."""

    text: str
    elements: list[Wanted]
    hits: list[PlacedHit]


class Nothing(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """No parameters."""


class FindQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words of names and cards, of the last one the beginning is enough; what names say, as ``arch:bert task:ner``."""

    q: Annotated[str, Meta(min_length=1, max_length=200)]
    limit: Annotated[int, Meta(ge=1, le=MAX_HITS)] = 20


class TraceQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ancestors, or with `down` descendants; at most `limit` of them, the nearest first."""

    down: bool = False
    depth: Annotated[int, Meta(ge=1, le=1_000_000)] | None = None
    limit: Annotated[int, Meta(ge=1, le=MAX_TRACED)] = 5000


class ImpactQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How many descendants to name."""

    top: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 10


class LicenseQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What it is to be used for, in words such as ``commercial product, hosted``."""

    use: Annotated[str, Meta(max_length=200)] | None = None


class CriticalQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """By how many stand on a node, or have every line of descent through it."""

    by: Literal["descendants", "dominated"] = "descendants"
    top: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 20


class ReachQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Ancestors (``up``) or descendants (``down``); at most `limit` of them, the nearest first."""

    direction: Literal["up", "down"] = "down"
    limit: Annotated[int, Meta(ge=1, le=MAX_REACHED)] = MAX_REACHED


class TokenQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The token of the map that is meant; with it an answer may be kept for good."""

    t: Annotated[str, Meta(max_length=100)] | None = None


class OverviewQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A portfolio by its name; without one, the registry."""

    portfolio: Annotated[str, Meta(max_length=200)] | None = None


class OverviewModelsQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the nodes behind a figure."""

    portfolio: Annotated[str, Meta(max_length=200)] | None = None
    offset: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50


class PointQuery(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A page of the models behind a point."""

    series: Annotated[str, Meta(max_length=500)]
    x: Annotated[str, Meta(max_length=500)]
    offset: Annotated[int, Meta(ge=0, le=1_000_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=MAX_PAGE)] = 50
