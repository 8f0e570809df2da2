"""What an expression refers to: which facts, and which lists it goes through. Nothing is evaluated here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Literal, NamedTuple, get_args, get_origin

import msgspec

from filiation.core.errors import FiliationError
from filiation.policy.facts import Facts

MAX_CHARS = 2_000
MAX_LISTS = 4
"""So many times one expression may go through a list."""
EVERYTHING = "facts"
"""The variable that holds all facts, for ``has(facts.revision)``."""
MACROS = frozenset({"exists", "all", "filter", "map", "exists_one"})
_WORDS = frozenset({"true", "false", "null", "in"})
_TOKEN = re.compile(
    r"""(?P<text>[rRbB]{0,2}(?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'))|(?P<note>//[^\n]*)"""
    r"""|(?P<name>[A-Za-z_]\w*)|(?P<number>\d[\w.]*)|(?P<sign>\S)"""
)
_PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z_]+)*)\}")
Shape = Literal["value", "values", "struct", "items"]


class ExpressionError(FiliationError):
    """An expression cannot be used; the message is half a sentence that says why."""


class Path(NamedTuple):
    """Where a fact stands: ``scores.documentation``; with `field`, that field of each item of a list."""

    names: tuple[str, ...]
    field: str | None = None

    def __str__(self) -> str:
        return ".".join(self.names) + (f"[].{self.field}" if self.field else "")


class Token(NamedTuple):
    """A word or sign of an expression, and where it begins."""

    kind: str
    text: str
    start: int


class Reading(NamedTuple):
    """What an expression refers to.

    Attributes:
        paths: The facts, in the order in which they come first.
        item: Where the whole expression is ``list.exists(variable, body)`` and the body is about the item alone: the list,
            the variable and the body.
    """

    paths: tuple[Path, ...]
    item: tuple[str, str, str] | None


@cache
def shapes() -> dict[tuple[str, ...], tuple[Shape, type[msgspec.Struct] | None]]:
    """Return what stands at each path of `Facts`: a value, a list of values, a struct, or a list of structs."""
    found: dict[tuple[str, ...], tuple[Shape, type[msgspec.Struct] | None]] = {}
    for name, shape, struct in _fields(Facts):
        found[name,] = shape, struct
        if shape == "struct" and struct is not None:
            found |= {(name, inner): (form, None) for inner, form, _ in _fields(struct)}
    return found


def _fields(struct: type[msgspec.Struct]) -> Iterator[tuple[str, Shape, type[msgspec.Struct] | None]]:
    for field in msgspec.structs.fields(struct):
        hint = next((item for item in get_args(field.type) if item is not type(None)), field.type)
        hint = field.type if get_origin(field.type) in {tuple, Literal} else hint
        of = get_args(hint)[0] if get_origin(hint) is tuple else None
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            yield field.name, "struct", hint
        elif isinstance(of, type) and issubclass(of, msgspec.Struct):
            yield field.name, "items", of
        else:
            yield field.name, "value" if of is None else "values", None


def read(text: str) -> Reading:
    """Return what the expression refers to.

    Raises:
        ExpressionError: If it is too long, goes through too many lists, or names a fact that there is not.
    """
    if len(text) > MAX_CHARS:
        raise ExpressionError(f"is longer than {MAX_CHARS:,} characters")
    tokens = [
        Token(match.lastgroup or "", match[0], match.start()) for match in _TOKEN.finditer(text) if match.lastgroup != "note"
    ]
    if sum(token.text in MACROS for token in tokens) > MAX_LISTS:
        raise ExpressionError(f"goes through more than {MAX_LISTS} lists")
    bound: dict[str, tuple[str, ...] | None] = {}
    found = [
        (path, chain[-1] in MACROS and called)
        for chain, called in _chains(tokens, bound)
        if (path := _resolve(chain, called, bound))
    ]
    by_field = {path.names for path, _ in found if path.field}
    paths = tuple(dict.fromkeys(path for path, gone_through in found if not (gone_through and path.names in by_field)))
    return Reading(paths, _item(text, tokens, paths))


def places(text: str) -> tuple[Path, ...]:
    """Return the facts that a message has places for, such as ``{scores.documentation}``.

    Raises:
        ExpressionError: If there is no such fact.
    """
    return tuple(dict.fromkeys(_path(tuple(match[1].split("."))) for match in _PLACE.finditer(text)))


def filled(text: str, values: dict[str, str]) -> str:
    """Return a message with its places filled in once: what is filled in is not looked at again."""
    return _PLACE.sub(lambda match: values.get(match[1], match[0]), text)


def _chains(tokens: list[Token], bound: dict[str, tuple[str, ...] | None]) -> Iterator[tuple[tuple[str, ...], bool]]:
    """Yield (names between dots, whether the last is called); note in `bound` what each variable of a macro goes through."""
    place = 0
    while place < len(tokens):
        start = place
        place += 1
        if tokens[start].kind != "name" or tokens[start].text in _WORDS:
            continue
        names = [tokens[start].text]
        while place + 1 < len(tokens) and tokens[place].text == "." and tokens[place + 1].kind == "name":
            names.append(tokens[place + 1].text)
            place += 2
        called = place < len(tokens) and tokens[place].text == "("
        after_dot = start > 0 and tokens[start - 1].text == "."
        if called and names[-1] in MACROS and place + 2 < len(tokens) and tokens[place + 2].text == ",":
            variable = tokens[place + 1].text
            if (variable,) in shapes() or variable == EVERYTHING:
                raise ExpressionError(f"uses the name of the fact {variable} for something else")
            bound[variable] = None if after_dot else tuple(names[:-1])
            place += 3
        if not after_dot:
            yield tuple(names), called


def _resolve(chain: tuple[str, ...], called: bool, bound: dict[str, tuple[str, ...] | None]) -> Path | None:
    """Return the fact that a chain of names stands for; None for a function or a variable over no fact."""
    names = chain[:-1] if called else chain
    if not names:
        return None
    if names[0] not in bound:
        return _path(names)
    source = bound[names[0]]
    if source is None:
        return None
    base = _path(source).names
    struct = shapes()[base][1]
    if len(names) == 1 or struct is None:
        return Path(base)
    if names[1] not in struct.__struct_fields__:
        raise ExpressionError(f"names a fact that there is not: {'.'.join(base)}[].{names[1]}")
    return Path(base, names[1])


def _path(names: tuple[str, ...]) -> Path:
    wanted = names[1:] if names[0] == EVERYTHING else names
    if wanted not in shapes():
        raise ExpressionError(f"names a fact that there is not: {'.'.join(names)}")
    return Path(wanted)


def _item(text: str, tokens: list[Token], paths: tuple[Path, ...]) -> tuple[str, str, str] | None:
    """Return list, variable and body where the whole of `text` is ``list.exists(variable, body)``, about the item alone."""
    words = [token.text for token in tokens]
    if words[1:4] != [".", "exists", "("] or words[5:6] != [","] or words[-1] != ")" or sum(w in MACROS for w in words) != 1:
        return None
    depth = 0
    for token in tokens[3:]:
        depth += {"(": 1, ")": -1}.get(token.text, 0) if token.kind == "sign" else 0
        if depth == 0 and token is not tokens[-1]:
            return None
    if not paths or any(path.names != (words[0],) or path.field is None for path in paths):
        return None
    return words[0], words[4], text[tokens[5].start + 1 : tokens[-1].start].strip()
