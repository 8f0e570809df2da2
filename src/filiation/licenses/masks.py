"""What an expression says as bits of terms: what holds in any case, and what holds if one licence or the other is chosen."""

from __future__ import annotations

from functools import cache, lru_cache
from typing import NamedTuple, get_args

from filiation.licenses.catalog import bits, license_of
from filiation.licenses.expression import And, Expression, Id, Listed, Or, With
from filiation.licenses.terms import Flow

FLOWS: tuple[Flow, ...] = get_args(Flow)


class Masks(NamedTuple):
    """Terms as bits.

    Attributes:
        certain: What holds whichever licence is chosen, where there is a choice or nobody says whether there is one.
        possible: What holds under at least one choice; `certain` is among it.
        travels: Of `possible`, what travels along each of `FLOWS`.
    """

    certain: int
    possible: int
    travels: tuple[int, ...]


NOTHING = Masks(0, 0, (0,) * len(FLOWS))


@lru_cache(maxsize=1 << 12)
def masks_of(expression: Expression) -> Masks:
    """Return the terms of an expression. An exception to a licence takes nothing away: what it does is for a person to read."""
    match expression:
        case Id(key):
            return _of_license(key)
        case With(license_):
            return _of_license(license_.key)
        case And(parts):
            return _joined(parts, every=True)
        case Or(parts) | Listed(parts):
            return _joined(parts, every=False)


def _joined(parts: tuple[Expression, ...], *, every: bool) -> Masks:
    certain, possible, travels = masks_of(parts[0])
    for part in parts[1:]:
        other = masks_of(part)
        certain = certain | other.certain if every else certain & other.certain
        possible |= other.possible
        travels = tuple(mine | theirs for mine, theirs in zip(travels, other.travels, strict=True))
    return Masks(certain, possible, travels)


@cache
def _of_license(key: str) -> Masks:
    found = license_of(key)
    if found is None:
        return NOTHING
    held = bits(found)
    return Masks(held, held, tuple(bits(found, flow) for flow in FLOWS))
