"""What we know of one licence, as ``knowledge/licenses/<id>.toml`` keeps it; ``docs/licenses.md`` describes the fields."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from filiation.licenses.terms import Flow, terms

Kind = Literal[
    "permissive",
    "weak-copyleft",
    "strong-copyleft",
    "share-alike",
    "non-commercial",
    "responsible-ai",
    "community",
    "proprietary",
    "data",
    "public-domain",
    "unknown",
]


class Clause(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the licence says on one term: where, in our own words, and from which size of business on.

    `flows` stands in place of the term's own flows where this licence reaches further or less far.
    """

    term: str
    clause: str
    note: str
    flows: tuple[Flow, ...] | None = None
    monthly_users: int | None = None
    yearly_revenue_usd: int | None = None

    def travels(self, flow: Flow) -> bool:
        """Return whether it travels along `flow`."""
        return flow in (terms()[self.term].flows if self.flows is None else self.flows)


class Naming(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Words that the licence wants seen: at the beginning of a derivative's name, on a page, or in a notice file."""

    kind: Literal["prefix", "line", "notice"]
    text: str
    clause: str
    note: str


class License(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One licence, or with `vague` a family of licences of which nobody said which one.

    `sureness` is "text" where the terms were written from `text`, a text that a package or a repository ships, and
    "memory" where they were written from what is known of the licence, with a `confidence`.
    """

    id: str
    name: str
    kind: Kind
    source: str
    read: str
    sureness: Literal["text", "memory"]
    confidence: Annotated[float, msgspec.Meta(ge=0, le=1)]
    termination: str
    revocable: Literal["yes", "no", "unstated"]
    terms: tuple[Clause, ...]
    hub: bool = False
    vague: bool = False
    spdx: str | None = None
    scancode: str | None = None
    family: str | None = None
    version: str | None = None
    text: str | None = None
    aliases: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    naming: tuple[Naming, ...] = ()

    def clause(self, term: str) -> Clause | None:
        """Return what it says on the term, None where it says nothing."""
        return next((clause for clause in self.terms if clause.term == term), None)
