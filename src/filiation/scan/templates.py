"""Chat templates: what in them reaches outside of the conversation that they are to lay out. They are parsed, never rendered.

Source:
    Jinja 3.1, its grammar and nodes; the ways out that its sandbox closes: ``jinja2/sandbox.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any

from filiation.knowledge import load
from filiation.scan.look import Look

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

MAX_TEMPLATE_CHARS = 1 << 20
MAX_NODES = 200_000
MAX_FOLDED_CHARS = 4_096
_DUNDER = re.compile(r"__[a-z]{2,30}__")
_FIELD = re.compile(r"\{[^{}]{0,80}(?:\.|\[)_{1,2}[a-z]")
_MARKED = re.compile(r"\{\{.{0,1000}?\}\}|\{%.{0,1000}?%\}", re.DOTALL)
_MARKS = re.compile(r"\{[{%#]")


def is_template(text: str) -> bool:
    """Return whether a text has Jinja's marks in it."""
    return _MARKS.search(text) is not None


def read(text: str, place: str, look: Look) -> None:
    """Note what in a template reaches outside."""
    from jinja2 import TemplateSyntaxError, nodes  # noqa: PLC0415  # 0.1 s, that only templates pay

    if len(text) > MAX_TEMPLATE_CHARS:
        look.say("template-unreadable", place, "", f"longer than {MAX_TEMPLATE_CHARS:,} characters")
        return
    try:
        tree = _environment().parse(text)
    except (TemplateSyntaxError, RecursionError, ValueError, OverflowError, MemoryError) as error:
        by_words(text, place, look)
        look.say("template-unreadable", place, "", str(error)[:120])
        return
    told = _told()
    found = list(islice(_all(tree), MAX_NODES + 1))
    if len(found) > MAX_NODES:
        look.say("template-unreadable", place, "", f"more than {MAX_NODES:,} parts")
    for node in reversed(found):  # what is inside first, so that nothing is put together twice
        line = f"{place}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends)):
            look.say("template-includes", line, type(node).__name__.lower())
        elif isinstance(node, nodes.Getattr):
            _attribute(node.attr, node.node, line, look, told)
        elif isinstance(node, nodes.Getitem):
            _item(node, line, look, told)
        elif isinstance(node, nodes.Filter):
            _filter(node, line, look, told)
        elif isinstance(node, nodes.Call):
            _call(node, line, look)
        elif isinstance(node, (nodes.Const, nodes.Concat, nodes.Add, nodes.Mod, nodes.Mul, nodes.Pow)):
            _constant(node, line, look)


class _Told:
    """Words that tell: names of attributes that lead out, variables that come with Jinja, filters that take a name."""

    def __init__(self, row: dict[str, Any]) -> None:
        self.attributes = frozenset(row["attributes"])
        self.objects = frozenset(row["objects"])
        self.modules = frozenset(row["modules"])
        self.naming_filters = frozenset(row["naming_filters"])


@cache
def _told() -> _Told:
    return _Told(load("scan_texts")["template"])


@cache
def _environment() -> Environment:
    """Return a parser that knows what chat templates use beside Jinja itself: loop controls, ``generation`` blocks."""
    from jinja2 import Environment, nodes  # noqa: PLC0415  # as above
    from jinja2.ext import Extension  # noqa: PLC0415  # as above

    class Generation(Extension):
        """Marks what the model said, as transformers does it."""

        tags = {"generation"}  # noqa: RUF012  # as Jinja declares it

        def parse(self, parser: Any) -> nodes.Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body, lineno=line)

    return Environment(  # noqa: S701  # nothing is rendered, so there is nothing to escape
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", "jinja2.ext.do", Generation]
    )


def _all(tree: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += node.iter_child_nodes()


def _attribute(name: str, of: nodes.Node, line: str, look: Look, told: _Told) -> None:
    """Note an attribute, or what may become one, that leads out of data."""
    from jinja2 import nodes  # noqa: PLC0415  # as above

    is_inner = len(name) > 4 and name.startswith("__") and name.endswith("__")
    if is_inner or name in told.attributes:
        look.say("template-reaches-out", line, name, name)
    elif (
        isinstance(of, nodes.Name)
        and of.name in told.objects
        and not (of.name == "namespace" or name in {"next", "current", "reset"})
    ):
        look.say("template-reaches-out", line, f"{of.name}.{name}", f"{of.name}.{name}")
    elif name in told.modules and isinstance(of, (nodes.Getattr, nodes.Getitem, nodes.Call)):
        look.say("template-reaches-out", line, name, name)


def _item(node: nodes.Getitem, line: str, look: Look, told: _Told) -> None:
    key = folded(node.arg)
    if isinstance(key, str):
        _attribute(key, node.node, line, look, told)


def _filter(node: nodes.Filter, line: str, look: Look, told: _Told) -> None:
    """Note what a filter takes by name: ``attr``, and ``map(attribute=...)`` and its like."""
    keywords: dict[Any, Any] = {item.key: folded(item.value) for item in node.kwargs}
    if node.name == "attr":
        name = folded(node.args[0]) if node.args else None
        if not isinstance(name, str):
            look.say("template-hides-name", line, f"|{node.name}")
        elif not name.isidentifier() or name.startswith("_") or name in told.attributes:
            look.say("template-reaches-out", line, name, name)
    elif node.name in told.naming_filters:
        given = [keywords.get("attribute"), *(folded(argument) for argument in node.args)]
        for text in given:
            parts = text.split(".") if isinstance(text, str) else []
            if any(part.startswith("__") or part in told.attributes for part in parts):
                look.say("template-reaches-out", line, str(text), str(text))
        if node.name == "map" and node.args and given[1] == "attr" and not (len(given) > 2 and isinstance(given[2], str)):
            look.say("template-hides-name", line, "|map('attr', ...)")
    sizes = [folded(argument) for argument in node.args]
    if any(isinstance(size, int) and size > _MANY for size in sizes):
        look.say("template-bomb", line, f"|{node.name}({max(s for s in sizes if isinstance(s, int)):,})")


_MANY = 1_000_000


def _call(node: nodes.Call, line: str, look: Look) -> None:
    from jinja2 import nodes  # noqa: PLC0415  # as above

    if isinstance(node.node, nodes.Name) and node.node.name == "range":
        ends = [folded(argument) for argument in node.args]
        if any(isinstance(end, int) and end > _MANY for end in ends):
            look.say("template-bomb", line, "range")
    if isinstance(node.node, nodes.Getattr) and node.node.attr in {"format", "format_map"}:
        text = folded(node.node.node)
        if isinstance(text, str) and _FIELD.search(text):
            look.say("template-reaches-out", line, text, text)


def _constant(node: nodes.Node, line: str, look: Look) -> None:
    """Note a constant that names what leads out, also where it is put together, and one that is made huge."""
    from jinja2 import nodes  # noqa: PLC0415  # as above

    if isinstance(node, (nodes.Mul, nodes.Pow)):
        sizes = [folded(side) for side in (node.left, node.right)]
        if any(isinstance(size, int) and size > _MANY for size in sizes) or isinstance(node, nodes.Pow):
            look.say("template-bomb", line, " * ".join(str(size)[:40] for size in sizes))
        return
    text = folded(node)
    if not isinstance(text, str):
        return
    found = _DUNDER.search(text)
    if found and found[0] in _INNER:
        look.say("template-reaches-out", line, text, found[0])


_INNER = frozenset(
    f"__{name}__"
    for name in (
        "class",
        "bases",
        "base",
        "mro",
        "subclasses",
        "globals",
        "builtins",
        "import",
        "init",
        "dict",
        "getattribute",
        "code",
        "reduce",
        "self",
        "func",
        "loader",
        "spec",
    )
)


def folded(node: nodes.Node) -> Any:
    """Return what an expression of constants comes to, where that is told without running it; None of any other."""
    kept = node.__dict__
    if "_folded" not in kept:
        kept["_folded"] = _fold(node)
    return kept["_folded"]


def _fold(node: nodes.Node) -> Any:  # noqa: PLR0911  # one line for each kind of value
    from jinja2 import nodes  # noqa: PLC0415  # as above

    if isinstance(node, nodes.Const):
        return node.value
    if isinstance(node, (nodes.Concat, nodes.Add)):
        parts = [folded(part) for part in (node.nodes if isinstance(node, nodes.Concat) else (node.left, node.right))]
        is_known = all(isinstance(part, (str, int)) for part in parts) and any(isinstance(part, str) for part in parts)
        return "".join(map(str, parts))[:MAX_FOLDED_CHARS] if is_known else None
    if isinstance(node, nodes.Filter):
        return _filtered(node)
    if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Slice):
        text, step = folded(node.node), folded(node.arg.step) if node.arg.step else None
        reverse = isinstance(text, str) and (step == -1 or _is_minus_one(node.arg.step))
        return text[::-1] if reverse else None
    if isinstance(node, (nodes.List, nodes.Tuple)):
        parts = [folded(item) for item in node.items]
        return parts if all(isinstance(part, str) for part in parts) else None
    if isinstance(node, nodes.Call) and isinstance(node.node, nodes.Getattr):
        return _called(node.node.attr, folded(node.node.node), [folded(argument) for argument in node.args])
    if isinstance(node, nodes.Mod):
        left, right = folded(node.left), folded(node.right)
        return _formatted(left, right if isinstance(right, list) else [right])
    return None


def _is_minus_one(node: nodes.Node | None) -> bool:
    from jinja2 import nodes  # noqa: PLC0415  # as above

    return isinstance(node, nodes.Neg) and isinstance(node.node, nodes.Const) and node.node.value == 1


def _filtered(node: nodes.Filter) -> Any:
    """Return what a filter makes of constants."""
    value = folded(node.node) if node.node is not None else None
    arguments = [folded(argument) for argument in node.args]
    if node.name == "join" and isinstance(value, list):
        return (arguments[0] if arguments and isinstance(arguments[0], str) else "").join(value)[:MAX_FOLDED_CHARS]
    if node.name in {"string", "safe", "list", "trim", "escape", "e"}:
        return value
    if not isinstance(value, str):
        return None
    if node.name == "reverse":
        return value[::-1]
    if node.name == "format":
        return _formatted(value, arguments)
    return _called(node.name, value, arguments)


def _formatted(text: Any, arguments: list[Any]) -> str | None:
    if not isinstance(text, str) or len(text) > MAX_FOLDED_CHARS or not all(isinstance(item, (str, int)) for item in arguments):
        return None
    parts = re.split(r"%[sc]", text)
    if len(parts) != len(arguments) + 1:
        return None
    filled = [chr(item) if isinstance(item, int) and 0 < item < 0x110000 else str(item) for item in arguments]
    return "".join(part + item for part, item in zip(parts, [*filled, ""], strict=True))[:MAX_FOLDED_CHARS]


def _called(name: str, value: Any, arguments: list[Any]) -> str | None:
    """Return what a method of a text comes to, of those that put names together."""
    if name == "join" and isinstance(value, str) and arguments and isinstance(arguments[0], list):
        return value.join(arguments[0])[:MAX_FOLDED_CHARS]
    if not isinstance(value, str) or not all(isinstance(item, str) for item in arguments):
        return None
    if name == "replace" and len(arguments) == 2:
        return value[:MAX_FOLDED_CHARS].replace(*arguments)[:MAX_FOLDED_CHARS]
    if name in {"lower", "upper", "strip", "trim"} and not arguments:
        return {"lower": value.lower(), "upper": value.upper()}.get(name, value.strip())
    return None


def by_words(text: str, place: str, look: Look) -> None:
    """Note what the marks of a text name that cannot be parsed, or is of no kind that is known to be a template."""
    for mark in _MARKED.finditer(text):
        for match in _DUNDER.finditer(mark[0]):
            if match[0] in _INNER:
                look.say("template-reaches-out", place, match[0], match[0])
