"""What an expression asks for: the terms that hold whichever choice is made, and those that may hold."""

from __future__ import annotations

from functools import reduce

import msgspec

from filiation.licenses.catalog import bits, catalog
from filiation.licenses.expression import And, Expression, Id, Listed, Or, With
from filiation.licenses.license import License
from filiation.licenses.terms import Flow, bits_of, flow_mask, kind_mask


class Reach(msgspec.Struct, frozen=True):
    """Terms as bits: `certain` holds for every choice and reading, `possible` for at least one; certain is part of possible."""

    certain: int
    possible: int


def reach(expression: Expression, flow: Flow | None = None) -> Reach:
    """Return the terms of `expression`: all of them, or those that travel along `flow`.

    Where a licence is not known, an exception changes one, or several are listed without saying how they go together,
    nothing is certain that might not hold.
    """
    match expression:
        case Id(key, later):
            return _of_id(key, later, flow)
        case With(license_):
            inner = reach(license_, flow)
            return Reach(inner.certain & kind_mask("right"), inner.possible | _unknown(flow))
        case And(parts):
            return _all([reach(part, flow) for part in parts])
        case Or(parts):
            return _some([reach(part, flow) for part in parts])
        case Listed(parts):
            inner = [reach(part, flow) for part in parts]
            return Reach(_some(inner).certain, _some(inner).possible)


def _unknown(flow: Flow | None) -> int:
    bit = bits_of(["terms-unknown"])
    return bit if flow is None else bit & flow_mask(flow)


def _of_id(key: str, later: bool, flow: Flow | None) -> Reach:
    item = catalog().licenses.get(key)
    if item is None:
        return Reach(0, _unknown(flow))
    versions = [item, *_later_versions(item)] if later else [item]
    said = [bits(version, flow) for version in versions]
    return _some([Reach(one, one) for one in said])


def _later_versions(item: License) -> list[License]:
    stem = item.id.rpartition("-")[0]
    family = [other for other in catalog().licenses.values() if other.id.rpartition("-")[0] == stem and other.version]
    return [other for other in family if (other.version or "") > (item.version or "")]


def _all(parts: list[Reach]) -> Reach:
    """Return what parts ask together: every duty of each, and only the rights that all of them give."""
    rights = kind_mask("right")
    certain = reduce(int.__or__, (part.certain for part in parts)) & ~rights
    possible = reduce(int.__or__, (part.possible for part in parts)) & ~rights
    given = reduce(int.__and__, (part.certain for part in parts)) & rights
    maybe = reduce(int.__and__, (part.possible for part in parts)) & rights
    return Reach(certain | given, possible | maybe)


def _some(parts: list[Reach]) -> Reach:
    return Reach(
        reduce(int.__and__, (part.certain for part in parts)),
        reduce(int.__or__, (part.possible for part in parts)),
    )
