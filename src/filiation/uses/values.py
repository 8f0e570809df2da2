"""What an expression of Python can be, as far as the source text tells: constants followed through names, never evaluated.

A name stands for whatever the source assigns to it: the assignments before its use in the same body, where they are
unconditional the last of them; for a name of an outer body all of them. Parameters stand for their defaults and for what the
same file calls the function with. The more ways there are, the less sure each is.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

MAX_DEPTH = 12
MAX_VALUES = 16
MAX_STEPS = 2_000
"""So many expressions are followed to say what one can be."""
MAX_CHARS = 1_000
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Module)


class SourceError(ValueError):
    """The text is not Python that can be read; the message says why."""


class Value(NamedTuple):
    """A text that an expression can be, and how sure we are that it is this one."""

    text: str
    confidence: float = 1.0


Imported = Callable[[str, int, str], list[Value]]
"""Says what (module, dots before it, name) can be."""


@dataclass
class Scope:
    """A module, class or function: what is bound in it, by name."""

    node: ast.AST
    outer: Scope | None
    bound: dict[str, list[tuple[ast.expr, int, bool]]] = field(default_factory=dict)

    def bind(self, name: str, value: ast.expr, line: int, certain: bool) -> None:
        """Note that the name stands for `value` from `line` on; `certain` where no branch or loop stands around that."""
        self.bound.setdefault(name, []).append((value, line, certain))


class Values:
    """Resolves expressions of one module.

    Args:
        tree: The module.
        imported: Says what a name of another module can be; None where there are no others.
    """

    def __init__(self, tree: ast.Module, imported: Imported | None = None) -> None:
        self._imported = imported
        self._top = Scope(tree, None)
        self.scope_of: dict[ast.AST, Scope] = {}
        self._attributes: dict[str, list[tuple[ast.expr, float]]] = {}
        self._functions: dict[str, list[tuple[ast.AST, Scope]]] = {}
        self.calls: list[ast.Call] = []
        self._steps = MAX_STEPS
        self._walk(tree)
        self._bind_calls()

    def of(self, expression: ast.expr | None, scope: Scope, line: int = 1 << 30) -> list[Value]:
        """Return what the expression can be; empty where that is not known."""
        found: dict[str, float] = {}
        self._steps = MAX_STEPS
        for value in self._of(expression, scope, line, 0):
            if len(found) < MAX_VALUES and len(value.text) <= MAX_CHARS:
                found[value.text] = max(found.get(value.text, 0.0), value.confidence)
        return [Value(text, sure) for text, sure in found.items()]

    def constant(self, name: str) -> list[Value]:
        """Return what a name can be that another module imports from this one."""
        return self.of(ast.Name(name), self._top)

    def _walk(self, tree: ast.Module) -> None:
        """Go through the tree without recursion, and note each scope, binding and call."""
        waiting: list[tuple[ast.AST, Scope, bool]] = [(tree, self._top, True)]
        while waiting:
            node, scope, certain = waiting.pop()
            self.scope_of[node] = scope
            self._note(node, scope, certain)
            inner, inner_certain = scope, certain
            if isinstance(node, SCOPES) and not isinstance(node, ast.Module):
                inner, inner_certain = Scope(node, scope), True
                self._note_function(node, scope, inner)
            elif isinstance(node, (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ExceptHandler, ast.Match)):
                inner_certain = False
            waiting.extend((child, inner, inner_certain) for child in reversed(list(ast.iter_child_nodes(node))))

    def _note(self, node: ast.AST, scope: Scope, certain: bool) -> None:
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value, scope, node.lineno, certain)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value, scope, node.lineno, certain)
            case ast.NamedExpr(target=target, value=value):
                self._assign(target, value, scope, node.lineno, False)
            case ast.For(target=target, iter=items) | ast.AsyncFor(target=target, iter=items):
                self._each(target, items, scope, node.lineno)
            case ast.comprehension(target=target, iter=items):
                self._each(target, items, scope, 0)
            case ast.ImportFrom(module=module, level=level, names=names):
                for alias in names:
                    scope.bind(alias.asname or alias.name, _Taken(module or "", level, alias.name), node.lineno, certain)
            case ast.Import(names=names):
                for alias in names:
                    scope.bind(alias.asname or alias.name, _Taken(alias.name, 0, ""), node.lineno, certain)
            case ast.Call():
                self.calls.append(node)
                self._argument(node)

    def _assign(self, target: ast.expr, value: ast.expr, scope: Scope, line: int, certain: bool) -> None:
        match target:
            case ast.Name(id=name):
                scope.bind(name, value, line, certain)
                if isinstance(scope.node, ast.ClassDef):
                    self._attributes.setdefault(name, []).append((value, 0.7))
            case ast.Attribute(attr=name):
                self._attributes.setdefault(name, []).append((value, 0.8))
            case ast.Tuple(elts=names) | ast.List(elts=names) if isinstance(value, (ast.Tuple, ast.List)):
                for one, its in zip(names, value.elts, strict=False):
                    self._assign(one, its, scope, line, certain)

    def _each(self, target: ast.expr, items: ast.expr, scope: Scope, line: int) -> None:
        """Bind a loop's variable to each item of a list that is written out."""
        if isinstance(target, ast.Name) and isinstance(items, (ast.List, ast.Tuple, ast.Set, ast.Name, ast.Attribute)):
            scope.bind(target.id, ast.Starred(items), line, False)

    def _argument(self, node: ast.Call) -> None:
        """Note the default of a command-line option, which ``args.name`` stands for."""
        if not isinstance(node.func, ast.Attribute) or node.func.attr not in {"add_argument", "add_option"}:
            return
        default = next((keyword.value for keyword in node.keywords if keyword.arg == "default"), None)
        dest = next((keyword.value for keyword in node.keywords if keyword.arg == "dest"), None)
        for option in [dest] if dest is not None else node.args:
            if default is not None and isinstance(option, ast.Constant) and isinstance(option.value, str):
                name = option.value.lstrip("-").replace("-", "_")
                self._attributes.setdefault(name, []).append((default, 0.8))

    def _note_function(self, node: ast.AST, outer: Scope, inner: Scope) -> None:
        """Bind the parameters of a function to their defaults; a class is known by the parameters of its ``__init__``."""
        if not isinstance(node, FUNCTIONS):
            return
        for name, default in _defaults(node.args):
            inner.bind(name, default, 0, False)
        if isinstance(node, ast.Lambda):
            return
        name = outer.node.name if node.name == "__init__" and isinstance(outer.node, ast.ClassDef) else node.name
        self._functions.setdefault(name, []).append((node, inner))

    def _bind_calls(self) -> None:
        """Bind parameters to what the same file calls the function with."""
        for call in self.calls:
            for node, inner in self._functions.get("".join(called(call.func)[-1:]), ()):
                if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    continue
                names = [arg.arg for arg in [*node.args.posonlyargs, *node.args.args]]
                names = names[1:] if names[:1] in (["self"], ["cls"]) else names
                given = [*zip(names, call.args, strict=False), *((item.arg, item.value) for item in call.keywords)]
                for name, value in given:
                    if name and len(inner.bound.get(name, ())) < MAX_VALUES:
                        inner.bind(name, _Elsewhere(value, self.scope_of[call]), 0, False)

    def _of(self, node: ast.expr | None, scope: Scope, line: int, depth: int) -> Iterator[Value]:
        if node is None or depth > MAX_DEPTH or self._steps <= 0:
            return
        self._steps -= 1
        depth += 1
        match node:
            case _Elsewhere():
                yield from self._less(self._of(node.value, node.scope, line, depth), 0.9)
            case ast.Constant(value=str(text)):
                yield Value(text)
            case ast.Name(id=name):
                yield from self._name(name, scope, line, depth)
            case _Taken(name=str(name)) if name and self._imported:
                yield from self._less(iter(self._imported(node.module, node.level, name)), 0.95)
            case ast.Attribute(value=ast.Name(id=module), attr=name) if self._is_module(module, scope):
                yield from self._of_module(module, name, scope)
            case ast.Attribute(attr=name):
                for value, sure in self._attributes.get(name, [])[:MAX_VALUES]:
                    yield from self._less(self._of(value, self.scope_of.get(value, scope), line, depth), sure)
            case ast.Subscript(value=value, slice=key):
                yield from self._element(value, key, scope, line, depth)
            case ast.Call():
                yield from self._call(node, scope, line, depth)
            case _:
                yield from self._compound(node, scope, line, depth)

    def _is_module(self, name: str, scope: Scope) -> bool:
        return self._imported is not None and isinstance(next(self._bindings(name, scope), None), _Taken)

    def _of_module(self, module: str, name: str, scope: Scope) -> Iterator[Value]:
        """Yield what ``module.name`` can be, where the module itself was imported, by whichever of the two ways."""
        taken = next(self._bindings(module, scope), None)
        if self._imported is None or not isinstance(taken, _Taken):
            return
        within = ".".join(part for part in (taken.module, taken.name) if part)
        yield from self._less(iter(self._imported(within, taken.level, name)), 0.95)

    def _compound(self, node: ast.expr, scope: Scope, line: int, depth: int) -> Iterator[Value]:
        """Yield what is made of several expressions: one after the other, or one of them."""
        match node:
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                yield from self._joined([left, right], scope, line, depth)
            case ast.JoinedStr(values=parts):
                yield from self._joined(parts, scope, line, depth)
            case ast.FormattedValue(value=value, conversion=-1, format_spec=None):
                yield from self._of(value, scope, line, depth)
            case ast.Starred(value=items):
                for item in self._items(items, scope, depth):
                    yield from self._of(item, scope, line, depth)
            case ast.IfExp(body=one, orelse=other):
                yield from self._either([one, other], scope, line, depth)
            case ast.BoolOp(op=ast.Or(), values=values):
                yield from self._either(values[:MAX_VALUES], scope, line, depth)

    def _either(self, options: Sequence[ast.expr], scope: Scope, line: int, depth: int) -> Iterator[Value]:
        for option in options:
            yield from self._less(self._of(option, scope, line, depth), 0.8)

    def _name(self, name: str, scope: Scope, line: int, depth: int) -> Iterator[Value]:
        at: Scope | None = scope
        while at is not None and (name not in at.bound or (at is not scope and isinstance(at.node, ast.ClassDef))):
            at = at.outer
        if at is None:
            return
        bound = at.bound[name]
        if at is scope:
            before = [item for item in bound if item[1] <= line]
            last = max((index for index, item in enumerate(before) if item[2]), default=0)
            bound = before[last:] or bound
        sure = 1.0 if len(bound) == 1 and bound[0][1] else 0.9
        for value, place, _ in bound[-MAX_VALUES:]:
            yield from self._less(self._of(value, at, max(place - 1, 0) if at is scope else 1 << 30, depth), sure)

    def _items(self, node: ast.expr, scope: Scope, depth: int) -> Sequence[ast.expr]:
        """Return the items of a list that is written out, here or where its name is bound."""
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return node.elts[:MAX_VALUES]
        if isinstance(node, ast.Dict):
            return [value for value in node.values if value is not None][:MAX_VALUES]
        at: Scope | None = scope
        while isinstance(node, ast.Name) and at is not None and depth < MAX_DEPTH:
            if node.id in at.bound and not isinstance(at.bound[node.id][-1][0], ast.Starred):
                return self._items(at.bound[node.id][-1][0], at, depth + 1)
            at = at.outer
        return ()

    def _joined(self, parts: Sequence[ast.expr], scope: Scope, line: int, depth: int) -> Iterator[Value]:
        """Yield the texts that parts make together; none where a part is not known."""
        texts = [Value("")]
        for part in parts:
            options = list(self._of(part, scope, line, depth))[:MAX_VALUES]
            texts = [
                Value(text.text + option.text, text.confidence * option.confidence) for text in texts for option in options
            ][:MAX_VALUES]
        yield from (text for text in texts if len(text.text) <= MAX_CHARS)

    def _element(self, value: ast.expr, key: ast.expr, scope: Scope, line: int, depth: int) -> Iterator[Value]:
        """Yield an element of a dictionary or list that is written out: the one of that key, or any where that is not known."""
        if isinstance(value, ast.Name):
            found = next(self._bindings(value.id, scope), None)
            value = found if isinstance(found, (ast.Dict, ast.List, ast.Tuple)) else value
        keys = {option.text for option in self._of(key, scope, line, depth)}
        if isinstance(value, ast.Dict):
            items = list(zip(value.keys, value.values, strict=True))
            exact = [item for name, item in items if isinstance(name, ast.Constant) and name.value in keys]
            for item in exact or [item for _, item in items][:MAX_VALUES]:
                yield from self._less(self._of(item, scope, line, depth), 0.95 if exact else 0.6)
        elif isinstance(value, (ast.List, ast.Tuple)):
            at = key.value if isinstance(key, ast.Constant) and isinstance(key.value, int) else None
            known = at is not None and -len(value.elts) <= at < len(value.elts)
            for item in [value.elts[at]] if known and at is not None else value.elts[:MAX_VALUES]:
                yield from self._less(self._of(item, scope, line, depth), 1.0 if known else 0.6)
        elif isinstance(key, ast.Constant) and isinstance(key.value, str):
            for item, sure in self._attributes.get(key.value, [])[:MAX_VALUES]:
                yield from self._less(self._of(item, scope, line, depth), sure * 0.8)

    def _bindings(self, name: str, scope: Scope | None) -> Iterator[ast.expr]:
        while scope is not None:
            if name in scope.bound:
                yield scope.bound[name][-1][0]
                return
            scope = scope.outer

    def _call(self, node: ast.Call, scope: Scope, line: int, depth: int) -> Iterator[Value]:
        """Yield the default of ``os.environ.get(name, default)`` and its like, and what ``str(x)`` and ``x.strip()`` are of."""
        name = called(node.func)[-1:]
        if name in (("get",), ("getenv",), ("pop",), ("getattr",)) and len(node.args) >= 2:
            yield from self._less(self._of(node.args[-1], scope, line, depth), 0.8)
            if name == ("get",) and isinstance(node.func, ast.Attribute):
                yield from self._less(self._element(node.func.value, node.args[0], scope, line, depth), 0.8)
        elif name in (("Field",), ("field",), ("Option",), ("Argument",)):
            default = next((item.value for item in node.keywords if item.arg == "default"), None)
            yield from self._less(self._of(default or (node.args[0] if node.args else None), scope, line, depth), 0.9)
        elif name == ("str",) and len(node.args) == 1:
            yield from self._of(node.args[0], scope, line, depth)
        elif name == ("strip",) and isinstance(node.func, ast.Attribute):
            yield from self._of(node.func.value, scope, line, depth)

    def _less(self, values: Iterator[Value], factor: float) -> Iterator[Value]:
        for value in values:
            yield Value(value.text, value.confidence * factor)


class _Elsewhere(ast.expr):
    """An argument as it is written where the function is called."""

    def __init__(self, value: ast.expr, scope: Scope) -> None:
        super().__init__()
        self.value = value
        self.scope = scope


class _Taken(ast.expr):
    """A name that another module has; without `name`, the module itself."""

    def __init__(self, module: str, level: int, name: str) -> None:
        super().__init__()
        self.module = module
        self.level = level
        self.name = name


def parsed(text: str) -> ast.Module:
    """Return the syntax tree of Python source.

    Raises:
        SourceError: If it is no Python 3, or nested too deep.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as error:
        raise SourceError(f"not Python 3 (line {error.lineno}: {error.msg})") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SourceError(f"not Python that can be read ({error or 'nested too deep'})") from error


def called(node: ast.expr) -> tuple[str, ...]:
    """Return the dotted name that is called, ``("AutoModel", "from_pretrained")``; what stands before a call is left out."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return tuple(reversed(names))


def _defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    for arg, default in zip(positional[first:], arguments.defaults, strict=True):
        yield arg.arg, default
    for arg, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            yield arg.arg, keyword_default
