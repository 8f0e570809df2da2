"""Licence expressions as SPDX spells them."""

from __future__ import annotations

from collections.abc import Iterable

from filiation.licenses.catalog import license_of
from filiation.licenses.declared import State
from filiation.licenses.expression import And, Expression, Id, Listed, Or, With

REF = "LicenseRef-"
_NOT_SAID = frozenset({State.OTHER, State.UNKNOWN})


def spdx(expression: Expression) -> str | None:
    """Return the expression in SPDX's spelling; None where it names a licence that nobody knows, or several without a rule.

    What SPDX does not list becomes ``LicenseRef-scancode-KEY``, or ``LicenseRef-filiation-ID`` where ScanCode has no key.
    """
    match expression:
        case Id():
            return _id(expression)
        case With(license_, exception):
            inner = _id(license_)
            return None if inner is None else f"{inner} WITH {exception}"
        case Listed():
            return None
        case And(parts):
            return _joined(" AND ", parts)
        case Or(parts):
            return _joined(" OR ", parts)


def all_of(expressions: Iterable[Expression]) -> Expression:
    """Return the expression that asks for all of `expressions`, at least one, each once, in their order."""
    parts: dict[Expression, None] = {}
    for item in expressions:
        parts.update(dict.fromkeys(item.parts if isinstance(item, And) else (item,)))
    return next(iter(parts)) if len(parts) == 1 else And(tuple(parts))


def refs_in(expression: str) -> list[str]:
    """Return the ``LicenseRef-`` names in an expression, each once, in order."""
    words = expression.replace("(", " ").replace(")", " ").split()
    return list(dict.fromkeys(word.removesuffix("+") for word in words if word.startswith(REF)))


def is_listed(expression: str) -> bool:
    """Return whether an expression is a single id of SPDX's list."""
    return not expression.startswith(REF) and " " not in expression and not expression.endswith("+")


def _id(item: Id) -> str | None:
    found = license_of(item.key)
    if found is None or found.id in _NOT_SAID:
        return None
    if found.spdx:
        if not item.later:
            return found.spdx
        return f"{found.spdx.removesuffix('-only')}-or-later" if found.spdx.endswith("-only") else f"{found.spdx}+"
    name = f"scancode-{found.scancode}" if found.scancode else f"filiation-{found.id}"
    return f"{REF}{name}"


def _joined(word: str, parts: tuple[Expression, ...]) -> str | None:
    texts = []
    for part in parts:
        text = spdx(part)
        if text is None:
            return None
        texts.append(f"({text})" if isinstance(part, And | Or) else text)
    return word.join(texts)
