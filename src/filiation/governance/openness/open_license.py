"""Whether a license is open, and for what it was made."""

from __future__ import annotations

from functools import cache
from typing import Literal

import msgspec

from filiation.knowledge import load
from filiation.licenses.catalog import catalog
from filiation.licenses.expression import And, Expression, Id, Or, UnreadableExpressionError, With, parse

Type = Literal["code", "data", "document"]
TYPES: tuple[Type, ...] = ("code", "data", "document")


class OpenLicense(msgspec.Struct, frozen=True):
    """What we make of a license.

    Attributes:
        name: As SPDX spells it, else as it was written.
        is_known: Whether we know it at all; what we do not know is not open.
        is_open: Whether it is open source, free, or an open license for data.
        made_for: The types that it was made for; all three for one that names them.
    """

    name: str
    is_known: bool
    is_open: bool
    made_for: frozenset[str]


def open_license(text: str) -> OpenLicense:
    """Return what we make of the license that `text` spells: an id, a name or an expression.

    Of several that all apply, or of which nobody says which applies, every one must be open; of a choice one is enough.
    """
    try:
        return _of(parse(text.strip()))
    except UnreadableExpressionError:
        return _one(text.strip())


def proposed(type_: Type) -> str:
    """Return an open license that was made for `type_`."""
    return str(load("openness_licenses")["propose"][type_])


def _of(said: Expression) -> OpenLicense:
    if isinstance(said, Id):
        return _one(said.key, later=said.later)
    if isinstance(said, With):
        base = _one(said.license.key, later=said.license.later)
        return msgspec.structs.replace(base, name=f"{base.name} WITH {said.exception}")
    parts = [_of(part) for part in said.parts]
    word = " OR " if isinstance(said, Or) else " AND " if isinstance(said, And) else ", "
    name = word.join(part.name for part in parts)
    is_known = all(part.is_known for part in parts)
    opened = [part for part in parts if part.is_open]
    if isinstance(said, Or):
        return OpenLicense(name, is_known or bool(opened), bool(opened), frozenset().union(*(p.made_for for p in opened)))
    return OpenLicense(name, is_known, len(opened) == len(parts), frozenset.intersection(*(part.made_for for part in parts)))


def _one(name: str, *, later: bool = False) -> OpenLicense:
    known = catalog().find(name)
    spdx = (known.spdx or known.id) if known else name
    spelled = _spelled().get(spdx.lower()) or _spelled().get(name.lower())
    if spelled is None:
        return OpenLicense(spdx, known is not None and known.kind != "unknown", is_open=False, made_for=frozenset())
    if later and spelled.endswith("-only"):
        spelled = spelled.removesuffix("-only") + "-or-later"
    return OpenLicense(spelled, is_known=True, is_open=True, made_for=_made_for(spelled))


def _made_for(spdx: str) -> frozenset[str]:
    lists = load("openness_licenses")
    if spdx in lists["every"]:
        return frozenset(TYPES)
    documents_or_data = {name: spdx in lists[name] for name in ("data", "document")}
    found = {name for name, is_in in documents_or_data.items() if is_in}
    is_code = not found or (spdx in lists["osi"])
    return frozenset(found | ({"code"} if is_code else set()))


@cache
def _spelled() -> dict[str, str]:
    """Return the open licenses by their SPDX ids in lower case."""
    lists = load("openness_licenses")
    return {name.lower(): name for part in ("osi", "fsf", "data", "document", "every") for name in lists[part]}
