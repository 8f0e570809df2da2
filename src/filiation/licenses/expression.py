"""Licences joined by AND, OR and WITH, as a publisher wrote them; a choice stays a choice.

The law: ``parse(render(x)) == x`` for whatever `parse` returns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import Any

import msgspec

from filiation.licenses.catalog import catalog
from filiation.licenses.name import MAX_NAME

MAX_EXPRESSION = 2_000
"""Longest expression that is read, in characters."""
MAX_DEPTH = 20
"""Deepest parentheses that are read."""
_LATER = ("-or-later", "-plus", "+")


class UnreadableExpressionError(ValueError):
    """The text is no license expression; the message says why."""


class Id(msgspec.Struct, frozen=True, tag=True):
    """One licence: an id of the catalogue, or the words as written where we know none; `later` adds all later versions."""

    key: str
    later: bool = False


class With(msgspec.Struct, frozen=True, tag=True):
    """A licence with an exception."""

    license: Id
    exception: str


class And(msgspec.Struct, frozen=True, tag=True):
    """All of the parts apply."""

    parts: tuple[Expression, ...]


class Or(msgspec.Struct, frozen=True, tag=True):
    """Whoever receives it may choose one of the parts."""

    parts: tuple[Expression, ...]


class Listed(msgspec.Struct, frozen=True, tag=True):
    """Several licences are named, and nobody says whether all apply or one may be chosen."""

    parts: tuple[Expression, ...]


Expression = Id | With | And | Or | Listed


@lru_cache(maxsize=1 << 12)
def parse(text: str) -> Expression:
    """Return what `text` says: a name of a licence, an expression, or several of them between commas.

    Raises:
        UnreadableExpressionError: If it is none of these, or longer or deeper than anybody writes.
    """
    if len(text) > MAX_EXPRESSION:
        raise UnreadableExpressionError(f"longer than {MAX_EXPRESSION} characters")
    if _depth(text) > MAX_DEPTH:
        raise UnreadableExpressionError(f"parentheses deeper than {MAX_DEPTH}")
    try:
        return _parse_one(text)
    except UnreadableExpressionError:
        pieces = [piece for piece in text.split(",") if piece.strip()]
        if len(pieces) < 2:
            raise
        return listed(_parse_one(piece) for piece in pieces)


def render(expression: Expression) -> str:
    """Return the expression as text: ids of the catalogue, operators in capitals, parentheses only where needed."""
    match expression:
        case Id(key, later):
            return f"{key}-or-later" if later else key
        case With(license_, exception):
            return f"{render(license_)} WITH {exception}"
        case Listed(parts):
            return ", ".join(render(part) for part in parts)
        case And(parts):
            return " AND ".join(_inner(part) for part in parts)
        case Or(parts):
            return " OR ".join(_inner(part) for part in parts)


def ids(expression: Expression) -> Iterator[Id]:
    """Yield every licence that is named, in order, once for each time that it is."""
    match expression:
        case Id():
            yield expression
        case With(license_):
            yield license_
        case And(parts) | Or(parts) | Listed(parts):
            for part in parts:
                yield from ids(part)


def listed(parts: Iterable[Expression]) -> Expression:
    """Return the parts as several licences, the only part itself, each part once.

    Raises:
        UnreadableExpressionError: If there is none.
    """
    return _joined(Listed, parts)


def _inner(expression: Expression) -> str:
    text = render(expression)
    return f"({text})" if isinstance(expression, And | Or) else text


def _joined(kind: type[And | Or | Listed], parts: Iterable[Expression]) -> Expression:
    flat: dict[Expression, None] = {}
    for part in parts:
        flat.update(dict.fromkeys(part.parts if isinstance(part, kind) else (part,)))
    if not flat:
        raise UnreadableExpressionError("no licence is named")
    return next(iter(flat)) if len(flat) == 1 else kind(tuple(flat))


def _depth(text: str) -> int:
    depth = deepest = 0
    for letter in text:
        depth += (letter == "(") - (letter == ")")
        deepest = max(deepest, depth)
    return deepest


def _named(text: str) -> Id | None:
    name = text.strip().lower()
    ending = next((ending for ending in _LATER if name.endswith(ending)), None)
    found = catalog().find(name)
    if found is None and ending is not None:
        found = catalog().find(name.removesuffix(ending))
    return None if found is None else Id(found.id, ending is not None and found.version is not None)


def _parse_one(text: str) -> Expression:
    named = _named(text)
    if named is not None:
        return named
    from boolean.boolean import ParseError  # noqa: PLC0415  # 0.2 s that only an expression costs
    from license_expression import ExpressionError  # noqa: PLC0415  # the same

    try:
        tree = _licensing().parse(text)
    except (ExpressionError, ParseError, RecursionError, ValueError, TypeError, AttributeError) as error:
        reason = str(error).splitlines()
        raise UnreadableExpressionError(reason[0][:MAX_NAME] if reason else "not an expression") from error
    if tree is None:
        raise UnreadableExpressionError("no licence is named")
    return _converted(tree)


def _converted(tree: object) -> Expression:
    """Return license-expression's tree as ours."""
    from license_expression import AND, OR, LicenseSymbol, LicenseWithExceptionSymbol  # noqa: PLC0415  # as above

    match tree:
        case AND():
            return _joined(And, [_converted(part) for part in tree.args])
        case OR():
            return _joined(Or, [_converted(part) for part in tree.args])
        case LicenseWithExceptionSymbol():
            return With(_symbol(tree.license_symbol.key), tree.exception_symbol.key)
        case LicenseSymbol():
            return _symbol(tree.key)
    raise UnreadableExpressionError("an operator other than AND, OR and WITH")


def _symbol(key: str) -> Id:
    return _named(key) or Id(" ".join(key.lower().split()))


@cache
def _licensing() -> Any:
    """Return a parser that knows every name of every licence, with or without "or later"."""
    from license_expression import LicenseSymbol, Licensing  # noqa: PLC0415  # as above

    symbols, taken = [], {*catalog().licenses}
    for item in catalog().licenses.values():
        names = {name.lower() for name in (item.name, item.spdx, item.scancode, *item.aliases) if name}
        later = {name for name in names if name.endswith(_LATER)} | ({item.id + "+"} if item.version else set())
        for key, aliases in ((item.id, names - later), (f"{item.id}-or-later", later)):
            if aliases or key == item.id:
                symbols.append(LicenseSymbol(key, aliases=tuple(sorted(aliases - taken - {key}))))
                taken |= aliases
    return Licensing(symbols)
