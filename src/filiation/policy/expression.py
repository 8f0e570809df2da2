"""Ask a rule's expression, in CEL, of some facts: it is true, it is false, or it cannot be told.

An unknown fact is left out of what the expression sees, so that every use of it fails; ``&&`` and ``||`` go on where the other
side settles the matter. That is Kleene's logic of three values: the answer is the same whatever the unknown fact were.

Source:
    CEL specification, "Runtime errors" and "Logical operators": https://github.com/google/cel-spec.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Hashable
from functools import cache, lru_cache
from importlib import import_module
from importlib.util import find_spec
from operator import attrgetter
from types import ModuleType
from typing import Any

import msgspec

from filiation.policy.facts import Facts
from filiation.policy.language import EVERYTHING, ExpressionError, Path, read

Answer = bool | None
"""None where it cannot be told."""
MEMORY = 200_000
"""So many different items, or sets of facts, are remembered for an expression before it starts anew."""


class Expression:
    """A compiled expression.

    Attributes:
        text: As it is written.
        paths: The facts that it refers to.
        list_name: Where it is ``list.exists(variable, body)`` and the body is about the item alone, the list: then items are
            asked one by one, and what one of them answered is remembered for all models.
    """

    def __init__(self, text: str) -> None:
        reading = read(text)
        self.text = text
        self.paths = reading.paths
        self.list_name, self._variable, body = reading.item or (None, "", text)
        self._program = _compiled(body)
        self._fields = tuple(path.field or "" for path in reading.paths)
        self._values = together(reading.paths)
        self._known: dict[Hashable, Answer] = {}

    def ask(self, facts: Facts) -> Answer:
        """Return whether it holds, None where that hangs on something unknown. Each distinct set of facts is asked once."""
        if self.list_name is not None:
            items = getattr(facts, self.list_name)
            return None if items is None else either([self.of_item(item) for item in items])
        values = self._values(facts)
        if values in self._known:
            return self._known[values]
        answer = _asked(self._program, _context(self.paths, values if len(self.paths) != 1 else (values,)))
        self._remember(values, answer)
        return answer

    def of_item(self, item: msgspec.Struct) -> Answer:
        """Return whether the body holds of an item of the list."""
        key = tuple([getattr(item, field) for field in self._fields])
        if key not in self._known:
            told = {field: value for field, value in zip(self._fields, key, strict=True) if value is not None}
            self._remember(key, _asked(self._program, {self._variable: told}))
        return self._known[key]

    def _remember(self, key: Hashable, answer: Answer) -> None:
        if len(self._known) >= MEMORY:
            self._known.clear()
        self._known[key] = answer

    def witnesses(self, facts: Facts) -> tuple[msgspec.Struct, ...]:
        """Return the items that make it hold, or may, where it goes through a list item by item; else none."""
        if self.list_name is None:
            return ()
        return tuple([item for item in getattr(facts, self.list_name) or () if self.of_item(item) is not False])

    def unknown(self, facts: Facts) -> tuple[Path, ...]:
        """Return the facts that it refers to and that are not known."""
        return tuple(path for path in self.paths if _lacks(path, facts))


def either(answers: list[Answer]) -> Answer:
    """Return whether one of them is true; unknown where none is, and one may be."""
    if True in answers:
        return True
    return None if None in answers else False


@lru_cache(maxsize=4096)
def expression(text: str) -> Expression:
    """Return the expression, compiled once.

    Raises:
        ExpressionError: If it is no CEL, too long, or names a fact that there is not.
    """
    return Expression(text)


def checked(text: str) -> Expression:
    """Return the expression after trying it on made-up facts: it must answer true or false.

    Raises:
        ExpressionError: If it cannot be used.
    """
    from filiation.policy.samples import SAMPLES  # noqa: PLC0415  # needed only where a policy is read

    found = expression(text)
    for facts in SAMPLES:
        try:
            answer = _run(_compiled(text), _context(found.paths, tuple(getter(path)(facts) for path in found.paths)))
        except Exception as error:  # the engine's errors share no type
            raise ExpressionError(f"fails on facts that are all known: {_first(error)}") from error
        if not isinstance(answer, bool):
            raise ExpressionError(f"answers {answer!r}, where it must answer true or false")
    return found


def together(paths: tuple[Path, ...]) -> Callable[[Facts], Any]:
    """Return what reads all of `paths` at once: a tuple of them, of one path its value alone, of none nothing."""
    if not paths:
        return lambda _: ()
    if all(path.field is None for path in paths):
        return attrgetter(*(".".join(path.names) for path in paths))
    getters = [getter(path) for path in paths]
    return getters[0] if len(getters) == 1 else lambda facts: tuple([get(facts) for get in getters])


def getter(path: Path) -> Callable[[Facts], Any]:
    """Return what reads the fact at `path`; a field of each item comes as a tuple of its values."""
    if path.field is None:
        return attrgetter(".".join(path.names))
    name, field = path.names[0], path.field

    def each(facts: Facts) -> tuple[Hashable, ...] | None:
        items = getattr(facts, name)
        return None if items is None else tuple([getattr(item, field) for item in items])

    return each


def _lacks(path: Path, facts: Facts) -> bool:
    value = getter(path)(facts)
    return value is None or (path.field is not None and None in value)


def _context(paths: tuple[Path, ...], values: tuple[Any, ...]) -> dict[str, Any]:
    """Return the variables of an expression: what is known of the facts at `paths`."""
    context: dict[str, Any] = {}
    for path, value in zip(paths, values, strict=True):
        if path.field is not None and value is not None:
            items = context.setdefault(path.names[0], [{} for _ in value])
            for item, one in zip(items, value, strict=True):
                item.update({} if one is None else {path.field: one})
        elif len(path.names) == 2:
            inner = context.setdefault(path.names[0], {})
            inner.update({} if value is None else {path.names[1]: _plain(value)})
        elif value is not None and path.field is None and not isinstance(context.get(path.names[0]), list):
            context[path.names[0]] = _plain(value)
    return context | {EVERYTHING: dict(context)}


def _plain(value: Any) -> Any:
    """Return a fact as CEL takes it: structs as maps without what is unknown, tuples as lists."""
    if isinstance(value, msgspec.Struct):
        return {name: _plain(item) for name in value.__struct_fields__ if (item := getattr(value, name)) is not None}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _asked(program: Any, context: dict[str, Any]) -> Answer:
    try:
        answer = _run(program, context)
    except Exception:  # whatever fails hangs on something unknown: it was tried on known facts when it was read
        return None
    return answer if isinstance(answer, bool) else None


def _run(program: Any, context: dict[str, Any]) -> Any:
    return program.execute(context)


@lru_cache(maxsize=4096)
def _compiled(text: str) -> Any:
    try:
        return _library().compile(text)
    except Exception as error:  # the same
        raise ExpressionError(f"is not CEL: {_first(error)}") from error


def _first(error: Exception) -> str:
    return (str(error).splitlines() or [""])[0][:300]


@cache
def _library() -> ModuleType:
    """Return the extension of the package cel without the package's command line, which takes 0.3 s to import."""
    if "cel" in sys.modules:
        return import_module("cel.cel")
    spec = find_spec("cel")
    stand_in = ModuleType("cel")
    stand_in.__path__ = list(spec.submodule_search_locations or ()) if spec else []
    sys.modules["cel"] = stand_in
    try:
        return import_module("cel.cel")
    finally:
        del sys.modules["cel"]
