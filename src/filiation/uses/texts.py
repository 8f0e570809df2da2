"""The texts that an expression makes of its parts: constants, sums, f-strings, ``%``, ``format`` and ``join``."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

MAX_WAYS = 16
MAX_CHARS = 1_000
_FIELD = re.compile(r"\{(\w{0,40})\}")
_PLACE = re.compile(r"%[sd]")


class Text(NamedTuple):
    """A text, and how sure we are that it is this one."""

    text: str
    confidence: float = 1.0


Part = Callable[[ast.expr], Iterable[Text]]
"""Says what texts a part of an expression can be."""
Items = Callable[[ast.expr], Sequence[ast.expr]]
"""Says which items a list has."""


def texts(node: ast.AST, part: Part, items: Items) -> Iterator[Text]:
    """Yield the texts that `node` can be; none where a part is not known."""
    match node:
        case ast.Constant(value=str(text)):
            yield Text(text)
        case ast.Constant(value=bool()):
            return
        case ast.Constant(value=int() | float() as number):
            yield Text(str(number))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            yield from _joined([left, right], part)
        case ast.BinOp(left=left, op=ast.Div(), right=right):  # Path("owner") / "name"
            yield from _joined([left, ast.Constant("/"), right], part)
        case ast.BinOp(left=ast.Constant(value=str(pattern)), op=ast.Mod(), right=right):
            given = right.elts if isinstance(right, ast.Tuple) else [right]
            yield from _filled(_PLACE, pattern, lambda at, _: given[at] if at < len(given) else None, part)
        case ast.JoinedStr(values=parts):
            yield from _joined(parts, part)
        case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
            yield from part(value)
        case ast.Call(func=ast.Attribute(value=holder, attr=method)):
            yield from _of_method(node, holder, method, part, items)


def _of_method(node: ast.Call, holder: ast.expr, method: str, part: Part, items: Items) -> Iterator[Text]:
    given = node.args
    if method == "format":
        named = {keyword.arg: keyword.value for keyword in node.keywords}
        for pattern in part(holder):

            def value(at: int, name: str) -> ast.expr | None:
                place = int(name) if name.isdigit() else at
                return named.get(name) if name and not name.isdigit() else given[place] if place < len(given) else None

            yield from _filled(_FIELD, pattern.text, value, part)
    elif method == "join" and len(given) == 1:
        for separator in part(holder):
            elements = [item for part_of in items(given[0]) for item in (ast.Constant(separator.text), part_of)][1:]
            yield from _joined(elements, part) if elements else ()
    elif method == "join" and len(given) > 1:  # os.path.join
        yield from _joined([item for part_of in given for item in (ast.Constant("/"), part_of)][1:], part)
    elif method in {"lower", "upper", "rstrip", "lstrip", "removeprefix", "removesuffix", "replace"} and len(given) < 3:
        arguments = [item.value for item in given if isinstance(item, ast.Constant) and isinstance(item.value, str)]
        fits = {"lower": 0, "upper": 0, "replace": 2, "removeprefix": 1, "removesuffix": 1}.get(method, len(given))
        for text in part(holder) if len(arguments) == len(given) == fits else ():
            yield Text(getattr(text.text, method)(*arguments), text.confidence)


def _joined(parts: Sequence[ast.expr], part: Part) -> Iterator[Text]:
    """Yield the texts that parts make together; none where a part is not known."""
    made = [Text("")]
    for each in parts[:MAX_WAYS]:
        options = list(part(each))[:MAX_WAYS]
        made = [Text(text.text + option.text, text.confidence * option.confidence) for text in made for option in options]
        made = [text for text in made if len(text.text) <= MAX_CHARS][:MAX_WAYS]
    if len(parts) <= MAX_WAYS:
        yield from made


def _filled(places: re.Pattern[str], pattern: str, value: Callable[[int, str], ast.expr | None], part: Part) -> Iterator[Text]:
    """Yield the pattern with each place filled by what stands for it."""
    parts: list[ast.expr] = []
    end = 0
    for at, match in enumerate(places.finditer(pattern[:MAX_CHARS])):
        given = value(at, match[1] if match.re.groups else "")
        if given is None:
            return
        parts += [ast.Constant(pattern[end : match.start()]), given]
        end = match.end()
    yield from _joined([*parts, ast.Constant(pattern[end:])], part)
