"""What is bound where in a module of Python: its scopes, names, attributes, functions and calls, noted in one pass."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
SCOPES = (*FUNCTIONS, ast.ClassDef, ast.Module)
UNSURE = (ast.If, ast.For, ast.AsyncFor, ast.While, ast.Try, ast.ExceptHandler, ast.Match)
_WORDS = frozenset({"ctx", "op", "ops", "id", "attr", "arg", "name", "kind", "type_comment", "level", "module", "conversion"})
MAX_PER_NAME = 64
"""So many things that one name can stand for are remembered."""

Bound = tuple[ast.AST, int, bool]
"""What a name stands for, from which line on, and whether no branch or loop stands around that."""


@dataclass(eq=False)
class Scope:
    """A module, class or function: what is bound in it, by name."""

    node: ast.AST
    outer: Scope | None
    bound: dict[str, list[Bound]] = field(default_factory=dict)

    def bind(self, name: str, value: ast.AST, line: int, certain: bool) -> None:
        """Note that the name stands for `value` from `line` on; `certain` where no branch or loop stands around that."""
        known = self.bound.setdefault(name, [])
        if len(known) < MAX_PER_NAME:
            known.append((value, line, certain))

    def function(self) -> Scope | None:
        """Return the scope of the function that this is, or stands in."""
        at: Scope | None = self
        while at is not None and not isinstance(at.node, FUNCTIONS):
            at = at.outer
        return at

    def owner(self) -> ast.ClassDef | None:
        """Return the class whose method this is, or stands in."""
        at = self.outer if isinstance(self.node, FUNCTIONS) else self
        while at is not None and isinstance(at.node, FUNCTIONS):
            at = at.outer
        return at.node if at is not None and isinstance(at.node, ast.ClassDef) else None


class Elsewhere(ast.expr):
    """An expression that stands in another scope than where it is asked for."""

    def __init__(self, value: ast.expr, scope: Scope) -> None:
        super().__init__()
        self.value = value
        self.scope = scope


class Taken(ast.expr):
    """A name that another module has; without `name`, the module itself."""

    def __init__(self, module: str, level: int, name: str) -> None:
        super().__init__()
        self.module = module
        self.level = level
        self.name = name


class Each(ast.expr):
    """One of the things in `items`: the values of a dictionary where `part` is ``values``, its keys where it is ``keys``."""

    def __init__(self, items: ast.expr, part: str = "") -> None:
        super().__init__()
        self.items = items
        self.part = part


class Module:
    """One file's syntax tree with what is bound in it.

    Attributes:
        top: The module's own scope.
        scope_of: The scope in which each node stands.
        calls: Every call, in the order of the text.
        attributes: What is assigned to an attribute of that name, whosever it is, and how sure that makes us.
        members: What a class says its attributes are.
        taken_from: (module, dots) of each import, once.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.top = Scope(tree, None)
        self.scope_of: dict[ast.AST, Scope] = {}
        self.calls: list[ast.Call] = []
        self.attributes: dict[str, list[tuple[ast.expr, float]]] = {}
        self.members: dict[ast.ClassDef, dict[str, list[tuple[ast.expr, float]]]] = {}
        self.taken_from: dict[tuple[str, int], None] = {}
        self._functions: dict[str, list[tuple[ast.AST, Scope]]] = {}
        self._classes: dict[str, ast.ClassDef] = {}
        self._walk(tree)
        self._bind_calls()

    def _walk(self, tree: ast.Module) -> None:
        """Go through the tree without recursion, and note each scope, binding and call."""
        waiting: list[tuple[ast.AST, Scope, bool]] = [(tree, self.top, True)]
        while waiting:
            node, scope, certain = waiting.pop()
            self.scope_of[node] = scope
            self._note(node, scope, certain)
            inner, inner_certain = scope, certain
            if isinstance(node, SCOPES) and not isinstance(node, ast.Module):
                inner, inner_certain = Scope(node, scope), True
                self._note_scope(node, scope, inner, certain)
            elif isinstance(node, UNSURE):
                inner_certain = False
            waiting.extend([(child, inner, inner_certain) for child in _children(node)][::-1])

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
            case ast.ImportFrom() | ast.Import():
                self._note_import(node, scope, certain)
            case ast.Call():
                self.calls.append(node)
                self._note_call(node)

    def _note_import(self, node: ast.Import | ast.ImportFrom, scope: Scope, certain: bool) -> None:
        for alias in node.names:
            if isinstance(node, ast.ImportFrom):
                module, level = node.module or "", node.level
                scope.bind(alias.asname or alias.name, Taken(module, level, alias.name), node.lineno, certain)
            else:
                module, level = alias.name, 0
                scope.bind(alias.asname or alias.name.partition(".")[0], Taken(module, 0, ""), node.lineno, certain)
                if not alias.asname and "." in module:
                    scope.bind(module, Taken(module, 0, ""), node.lineno, certain)
            self.taken_from[module, level] = None

    def _assign(self, target: ast.expr, value: ast.expr, scope: Scope, line: int, certain: bool) -> None:
        match target:
            case ast.Name(id=name):
                scope.bind(name, value, line, certain)
                if isinstance(scope.node, ast.ClassDef):
                    self._member(scope.node, name, value, 1.0)
                    self._attribute(name, value, 0.7)
            case ast.Attribute(value=holder, attr=name):
                owner = scope.owner() if isinstance(holder, ast.Name) and holder.id in {"self", "cls"} else None
                if owner is not None:
                    self._member(owner, name, value, 0.95)
                self._attribute(name, value, 0.8)
            case ast.Subscript(slice=ast.Constant(value=str(name))):
                self._attribute(name, value, 0.7)
            case ast.Tuple(elts=names) | ast.List(elts=names) if isinstance(value, (ast.Tuple, ast.List)):
                for one, its in zip(names, value.elts, strict=False):
                    self._assign(one, its, scope, line, certain)

    def _attribute(self, name: str, value: ast.expr, sure: float) -> None:
        self.attributes.setdefault(name, []).append((value, sure))

    def _member(self, owner: ast.ClassDef, name: str, value: ast.expr, sure: float) -> None:
        self.members.setdefault(owner, {}).setdefault(name, []).append((value, sure))

    def _each(self, target: ast.expr, items: ast.expr, scope: Scope, line: int) -> None:
        """Bind a loop's variables to each item of what the loop goes through."""
        name = called(items.func)[-1:] if isinstance(items, ast.Call) else ()
        match target, items:
            case ast.Tuple(elts=[one, other]), ast.Call(func=ast.Attribute(value=table), args=[]) if name == ("items",):
                pairs = [(one, Each(table, "keys")), (other, Each(table, "values"))]
            case ast.Tuple(elts=[_, other]), ast.Call(args=[inner, *_]) if name == ("enumerate",):
                pairs = [(other, Each(inner))]
            case ast.Tuple(elts=targets), ast.Call(args=args) if name == ("zip",):
                pairs = [(each, Each(arg)) for each, arg in zip(targets, args, strict=False)]
            case ast.Name(), ast.Call(func=ast.Attribute(value=table), args=[]) if name in {("values",), ("keys",)}:
                pairs = [(target, Each(table, name[0]))]
            case ast.Name(), ast.Call(args=[inner, *_]) if name in {("sorted",), ("list",), ("tqdm",), ("reversed",), ("set",)}:
                pairs = [(target, Each(inner))]
            case ast.Name(), _:
                pairs = [(target, Each(items))]
            case _:
                pairs = []
        for each, value in pairs:
            if isinstance(each, ast.Name):
                scope.bind(each.id, value, line, False)

    def _note_call(self, node: ast.Call) -> None:
        """Note what a call sets: the default of a command-line option, which ``args.name`` stands for, or of a variable."""
        name = called(node.func)[-1:]
        if name in {("add_argument",), ("add_option",), ("option",), ("argument",)}:
            default = next((keyword.value for keyword in node.keywords if keyword.arg == "default"), None)
            dest = next((keyword.value for keyword in node.keywords if keyword.arg == "dest"), None)
            for option in [dest] if dest is not None else node.args:
                if default is not None and isinstance(option, ast.Constant) and isinstance(option.value, str):
                    self._attribute(option.value.lstrip("-").replace("-", "_"), default, 0.8)
        elif name in {("setdefault",), ("putenv",)} and len(node.args) == 2:
            key = node.args[0]
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                self._attribute(key.value, node.args[1], 0.7)

    def _note_scope(self, node: ast.AST, outer: Scope, inner: Scope, certain: bool) -> None:
        """Bind a class or function by name and its parameters to their defaults; a class goes by those of ``__init__``."""
        if isinstance(node, ast.ClassDef):
            outer.bind(node.name, node, node.lineno, certain)
            self._classes.setdefault(node.name, node)
        if not isinstance(node, FUNCTIONS):
            return
        for name in every_parameter(node):
            inner.bound.setdefault(name, [])  # it hides what the name stands for outside, also where nothing is known of it
        for name, default in defaults(node.args):
            inner.bind(name, Elsewhere(default, outer), 0, False)
        if isinstance(node, ast.Lambda):
            return
        if not isinstance(outer.node, ast.ClassDef):
            outer.bind(node.name, node, node.lineno, certain)
        name = outer.node.name if node.name == "__init__" and isinstance(outer.node, ast.ClassDef) else node.name
        self._functions.setdefault(name, []).append((node, inner))

    def _bind_calls(self) -> None:
        """Bind parameters, and the fields of classes, to what the same file calls them with."""
        for call in self.calls:
            name, scope = "".join(called(call.func)[-1:]), self.scope_of[call]
            for node, inner in self._functions.get(name, ()):
                for parameter, value in _given(node, call):
                    inner.bind(parameter, Elsewhere(value, scope), 0, False)
            if name in self._classes and name not in self._functions:
                for keyword in call.keywords:
                    if keyword.arg:
                        self._member(self._classes[name], keyword.arg, Elsewhere(keyword.value, scope), 0.8)


def _children(node: ast.AST) -> list[ast.AST]:
    """Return the nodes below one, in the order of the text, without those that only say which operator or context it is."""
    found: list[ast.AST] = []
    for name in node._fields:
        if name not in _WORDS:
            value = getattr(node, name, None)
            if value.__class__ is list:
                found += [item for item in value if isinstance(item, ast.AST)]
            elif isinstance(value, ast.AST):
                found.append(value)
    return found


def _given(node: ast.AST, call: ast.Call) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters of a function with what a call gives them."""
    if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        return
    yield from zip(parameters(node), call.args, strict=False)
    yield from ((keyword.arg, keyword.value) for keyword in call.keywords if keyword.arg)


def parameters(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the names of the parameters that a call gives by place; ``self`` and ``cls`` are none."""
    names = [arg.arg for arg in [*node.args.posonlyargs, *node.args.args]]
    return names[1:] if names[:1] in (["self"], ["cls"]) else names


def every_parameter(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> list[str]:
    """Return the names of all parameters."""
    starred = [arg for arg in (node.args.vararg, node.args.kwarg) if arg is not None]
    return [arg.arg for arg in [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs, *starred]]


def defaults(arguments: ast.arguments) -> Iterator[tuple[str, ast.expr]]:
    """Yield the parameters that have a default, with it."""
    positional = [*arguments.posonlyargs, *arguments.args]
    first = len(positional) - len(arguments.defaults)
    for arg, default in zip(positional[first:], arguments.defaults, strict=True):
        yield arg.arg, default
    for arg, keyword_default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        if keyword_default is not None:
            yield arg.arg, keyword_default


def called(node: ast.expr) -> tuple[str, ...]:
    """Return the dotted name that is called, ``("AutoModel", "from_pretrained")``; what stands before a call is left out."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name):
        names.append(node.id)
    return tuple(reversed(names))


def entries(node: ast.AST) -> dict[str, ast.expr]:
    """Return what a dictionary that is written out has under keys that are texts."""
    pairs = zip(node.keys, node.values, strict=True) if isinstance(node, ast.Dict) else ()
    return {key.value: value for key, value in pairs if isinstance(key, ast.Constant) and isinstance(key.value, str)}
