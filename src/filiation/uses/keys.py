"""Names of models and datasets that Python writes down under a telling name: a keyword, a field, a constant, an option.

What such a name is given may be loaded far from here, in a library or by another program; so each is less sure than a call that
loads, and only counts with its owner's name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import msgspec

from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.uses.scopes import FUNCTIONS, called, defaults, entries
from filiation.uses.use import Named, Use, named, use
from filiation.uses.values import Values

RESTED = ("constant ", "field ", "default ", "option ", "parametrize ", "key ", "variable ")
"""How a name was found that only waits to be loaded: it need not be told where the same file loads it."""
MAX_ITEMS = 500
"""So many entries of one table are listed."""
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which words of an identifier say that it names a model; ``knowledge/uses.toml`` describes the fields."""

    model: frozenset[str]
    dataset: frozenset[str]
    place: frozenset[str]
    beside: frozenset[str]
    never: frozenset[str]
    calls: frozenset[str]
    revision: frozenset[str]
    sure: dict[str, float]


def key_uses(values: Values, file: str) -> Iterator[Use]:
    """Yield what a file writes down under a telling name, in no order."""
    around = _around(values)
    for node in values.scope_of:
        match node:
            case ast.Call():
                yield from _call(node, file)
            case ast.Dict():
                yield from _pair(entries(node), around.get(node), file)
                for key, value in entries(node).items():
                    yield from _said(key, value, file, "key")
            case ast.Assign(targets=[ast.Name(id=name)], value=value) | ast.AnnAssign(target=ast.Name(id=name), value=value):
                holder = values.scope_of[node].node
                how = "field" if isinstance(holder, ast.ClassDef) else "constant"
                if value is not None:
                    yield from _said(name, _default(value), file, "variable" if isinstance(holder, FUNCTIONS) else how)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                for name, default in defaults(node.args):
                    yield from _said(name, default, file, "default")


def _call(node: ast.Call, file: str) -> Iterator[Use]:
    name = "".join(called(node.func)[-1:])
    given = {keyword.arg: keyword.value for keyword in node.keywords if keyword.arg}
    if name.lower() in _words().calls or name.startswith(("assert", "push_", "save", "upload")):
        return
    if name in {"add_argument", "add_option", "option"} and node.args:
        option = node.args[0]
        if "default" in given and isinstance(option, ast.Constant) and isinstance(option.value, str):
            yield from _said(option.value.lstrip("-").replace("-", "_"), given["default"], file, "option")
        return
    if name == "parametrize" and len(node.args) > 1 and isinstance(node.args[0], ast.Constant):
        yield from _said(str(node.args[0].value), node.args[1], file, "parametrize")
        return
    yield from _pair(given, _kind_of(name), file)
    for key, value in given.items():
        yield from _said(key, value, file, f"{name} {key}=" if name else key)
    if node.args and isinstance(node.args[0], ast.Constant):
        yield from _said(name, node.args[0], file, "by name")


def _pair(given: dict[str, ast.expr], kind: Kind | None, file: str) -> Iterator[Use]:
    """Yield a name that stands beside a revision: hardly anything else is written so."""
    revision = next((given[key] for key in given if key in _words().revision), None)
    if not isinstance(revision, ast.Constant) or not isinstance(revision.value, str) or not revision.value:
        return
    for key in _words().beside:
        value = given.get(key)
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            found = kind or (Kind.DATASET if key == "path" else Kind.MODEL)
            if item := _plausible(value.value, found):
                yield use(
                    item, revision.value, file, value.lineno, f"{key} beside revision", _words().sure["pair"], value.value
                )


def _said(key: str, value: ast.expr, file: str, how: str) -> Iterator[Use]:
    """Yield what a telling name is given, where that is written out there."""
    told = _told(key)
    if told is None:
        return
    kind, sure = told
    for text, line in _constants(value):
        if item := _plausible(text, kind):
            said = how if how.endswith("=") else key if how == "by name" else f"{how} {key}"
            yield use(item, None, file, line, said, sure, text)


def _told(key: str) -> tuple[Kind, float] | None:
    """Return what an identifier says it names, and how sure that is; None where it says nothing."""
    words = _words()
    parts = _CAMEL.sub("_", key).lower().strip("_").split("_")
    held = set(parts)
    if held & words.never:
        return None
    kind = Kind.DATASET if held & words.dataset else Kind.MODEL if held & words.model else None
    if kind is None and not ("repo" in held and "id" in held):
        return None
    sure = words.sure["hub"] if held & {"hf", "huggingface", "hub", "repo", "pretrained"} else words.sure[kind or Kind.MODEL]
    return kind or Kind.MODEL, sure if held & words.place else sure * 0.9


def _constants(value: ast.expr) -> Iterator[tuple[str, int]]:
    """Yield the texts in a value that is written out, with their lines: itself, or the items of a list or table."""
    match value:
        case ast.Constant(value=str(text)):
            yield text, value.lineno
        case ast.IfExp(body=one, orelse=other):
            yield from (*_constants(one), *_constants(other))
        case ast.BoolOp(values=items):
            yield from (found for item in items if isinstance(item, ast.Constant) for found in _constants(item))
        case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items) | ast.Dict(values=items):
            for item in items[:MAX_ITEMS]:
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    yield item.value, item.lineno


def _default(value: ast.expr) -> ast.expr:
    """Return what a field stands for where it is written ``Field(default=...)``."""
    if isinstance(value, ast.Call) and called(value.func)[-1:] in (("Field",), ("field",)):
        default = next((keyword.value for keyword in value.keywords if keyword.arg == "default"), None)
        return default or (value.args[0] if value.args else value)
    return value


def _around(values: Values) -> dict[ast.AST, Kind | None]:
    """Return what kind of thing each table describes: that of the keyword, key or constant that it is given to."""
    kinds: dict[ast.AST, Kind | None] = {}
    for node in values.scope_of:
        match node:
            case ast.Call(func=func, keywords=keywords):
                of_call = _kind_of("".join(called(func)[-1:]))
                kinds |= {
                    item.value: _kind_of(item.arg or "") or of_call for item in keywords if isinstance(item.value, ast.Dict)
                }
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Dict() as value):
                kinds[value] = _kind_of(name)
            case ast.Dict():
                for key, value in entries(node).items():
                    if isinstance(value, ast.Dict):
                        kinds[value] = _kind_of(key)
    return kinds


def _kind_of(name: str) -> Kind | None:
    parts = set(_CAMEL.sub("_", name).lower().split("_"))
    return Kind.DATASET if parts & _words().dataset else Kind.MODEL if parts & _words().model else None


def _plausible(text: str, kind: Kind) -> Named | None:
    """Return what `text` names, None where an owner is missing or it is more likely something else that has a slash."""
    item = named(text, kind, slash=True)
    if (
        item is None
        or item.confidence < 1
        or item.name.partition("/")[0].lower() in _elsewhere()
        or _hosted().match(item.name.lower())
    ):
        return None
    return item


@cache
def _words() -> Words:
    return msgspec.convert(load("uses")["word"], Words)


@cache
def _elsewhere() -> frozenset[str]:
    return frozenset(load("uses")["elsewhere"]["owners"])


@cache
def _hosted() -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{pattern})" for pattern in load("uses")["elsewhere"]["names"]))
