"""What a publisher declares in the fields meant for it: nothing, "unknown", "other", or an expression."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from filiation.licenses.catalog import catalog, license_of
from filiation.licenses.expression import Expression, Id, UnreadableExpressionError, listed, parse
from filiation.licenses.link import address

_NOTHING = frozenset({"", "none", "null", "nan", "n/a", "na", "undefined", "undeclared", "not specified", "unspecified", "tbd"})
NAMED = 0.95
"""How sure we are of a licence that ``license_name`` or ``license_link`` names exactly."""


class State(StrEnum):
    """Not knowing is a value, and it has several.

    `STATED` is what no field says and a file does, `DECIDED` what a reviewer settled.
    """

    UNDECLARED = "undeclared"
    UNKNOWN = "unknown"
    OTHER = "other"
    EXPRESSION = "expression"
    STATED = "stated"
    UNREADABLE = "unreadable"
    DECIDED = "decided"


class Declared(msgspec.Struct, frozen=True):
    """What is declared, as written in `text` and as understood in `expression`.

    `expression` is there where the state is EXPRESSION, and under OTHER where ``license_name`` or ``license_link`` name a
    licence that we know. `confidence` is how sure we are that this is what was declared.
    """

    state: State
    text: tuple[str, ...] = ()
    expression: Expression | None = None
    confidence: float = 1.0


def declared(values: Iterable[str | None], name: str | None = None, link: str | None = None) -> Declared:
    """Return what these values of the license field say together; `name` and `link` count under ``other`` only.

    Several values are several licences of which nobody says whether one may choose.
    """
    text = tuple(dict.fromkeys(value.strip() for value in values if value and value.strip().lower() not in _NOTHING))
    if not text:
        return Declared(State.UNDECLARED)
    if len(text) == 1 and text[0].lower() == State.UNKNOWN:
        return Declared(State.UNKNOWN, text)
    if len(text) == 1 and text[0].lower() == State.OTHER:
        return _other(text, name, link)
    try:
        return Declared(State.EXPRESSION, text, listed(parse(value) for value in text))
    except UnreadableExpressionError:
        return Declared(State.UNREADABLE, text)


def named(name: str | None, link: str | None) -> str | None:
    """Return the id of the licence that ``license_name`` and ``license_link`` agree on, or that the only one of them names."""
    found = {item.id for item in (name and license_of(name),) if item and item.id not in {State.OTHER, State.UNKNOWN}}
    at = link and catalog().links.get(address(link))
    found |= {at} if at else set()
    return found.pop() if len(found) == 1 else None


def _other(text: tuple[str, ...], name: str | None, link: str | None) -> Declared:
    found = named(name, link)
    if found is None:
        return Declared(State.OTHER, text)
    return Declared(State.OTHER, text, Id(found), NAMED)
