"""What an expression of Python can be, as far as the source text tells: followed through names, never evaluated.

A name stands for whatever the source assigns to it: the assignments before its use in the same body, where they are
unconditional the last of them; for a name of an outer body all of them. Parameters stand for their defaults and for what the
same file calls the function with; a name that is imported for what the other file gives it, if that is in the tree. The more
ways there are, the less sure each is.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from filiation.uses.budget import Allowance, Budget
from filiation.uses.scopes import Each, Elsewhere, Module, Scope, Taken, called
from filiation.uses.texts import Text, texts

MAX_DEPTH = 16
MAX_VALUES = 32
MAX_CHARS = 1_000
LEAST = 0.05
"""What we are less sure of is not followed."""
NO_LINE = 1 << 30


class Value(NamedTuple):
    """A text that an expression can be, and how sure we are that it is this one."""

    text: str
    confidence: float = 1.0


class Thing(NamedTuple):
    """A node that an expression can be, such as a constant or a dictionary that is written out, and where that stands."""

    node: ast.AST
    values: Values
    scope: Scope
    line: int
    confidence: float


Imported = Callable[[str, int], "list[Values]"]
"""Says which files of the tree (module, dots before it) can be."""


class Values:
    """Resolves expressions of one module.

    Args:
        tree: The module.
        imported: Says which other modules an import means; None where there are no others.
        whole: What may be followed in the tree that it stands in.
    """

    def __init__(self, tree: ast.Module, imported: Imported | None = None, whole: Allowance | None = None) -> None:
        self.tree = tree
        self.module = Module(tree)
        self.allowance = Allowance(whole=whole)
        self._imported = imported
        self._budget = Budget(self.allowance)
        self._asking: set[tuple[int, str]] = set()

    @property
    def calls(self) -> list[ast.Call]:
        """Every call, in the order of the text."""
        return self.module.calls

    @property
    def scope_of(self) -> dict[ast.AST, Scope]:
        """The scope in which each node stands."""
        return self.module.scope_of

    def of(self, expression: ast.expr | None, scope: Scope, line: int = NO_LINE) -> list[Value]:
        """Return what text the expression can be; empty where that is not known."""
        found: dict[str, float] = {}
        for thing in self.things(expression, scope, line):
            for text in self._texts(thing, 0):
                if len(found) < MAX_VALUES and len(text.text) <= MAX_CHARS:
                    found[text.text] = max(found.get(text.text, 0.0), text.confidence)
        return [Value(text, sure) for text, sure in found.items()]

    def things(self, expression: ast.AST | None, scope: Scope, line: int = NO_LINE) -> list[Thing]:
        """Return the nodes that the expression can be: names, imports, elements and attributes are followed to their end."""
        self._budget = Budget(self.allowance)
        found = []
        for thing in self._things(expression, scope, line, 0):
            found.append(thing)
            if len(found) >= MAX_VALUES:
                break
        return found

    def _texts(self, thing: Thing, depth: int) -> Iterator[Text]:
        """Yield the texts that a thing can be, as far as its parts are known."""

        def part(node: ast.expr) -> Iterator[Text]:
            if depth < MAX_DEPTH:
                for inner in thing.values.followed(node, thing.scope, thing.line, depth + 1, self._budget):
                    yield from self._texts(inner, depth + 1)

        def items(node: ast.expr) -> Sequence[ast.expr]:
            held = (inner.node for inner in thing.values.followed(node, thing.scope, thing.line, depth + 1, self._budget))
            return next((node.elts for node in held if isinstance(node, (ast.List, ast.Tuple))), ())

        for text in texts(thing.node, part, items):
            yield Text(text.text, text.confidence * thing.confidence)

    def followed(self, node: ast.AST, scope: Scope, line: int, depth: int, budget: Budget) -> Iterator[Thing]:
        """Yield what a node of this module can be, as part of a question that another one asks too."""
        self._budget = budget
        yield from self._things(node, scope, line, depth)

    def _things(self, node: ast.AST | None, scope: Scope, line: int, depth: int) -> Iterator[Thing]:
        if node is None or depth > MAX_DEPTH or not self._budget.spend():
            return
        depth += 1
        match node:
            case Elsewhere():
                yield from _less(self._things(node.value, node.scope, NO_LINE, depth), 0.9)
            case Each():
                yield from _less(self._each(node, scope, line, depth), 0.9)
            case Taken():
                yield from self._taken(node, depth)
            case ast.Name(id=name):
                yield from self._name(name, scope, line, depth)
            case ast.Attribute():
                yield from self._attribute(node, scope, line, depth)
            case ast.Subscript(value=value, slice=key):
                yield from self._element(value, key, scope, line, depth)
            case ast.IfExp(body=one, orelse=other):
                yield from _less(self._all([one, other], scope, line, depth), 0.8)
            case ast.BoolOp(op=ast.Or(), values=options):
                yield from _less(self._all(options[:MAX_VALUES], scope, line, depth), 0.8)
            case ast.NamedExpr(value=value) | ast.Await(value=value):
                yield from self._things(value, scope, line, depth)
            case ast.Call():
                yield from self._call(node, scope, line, depth)
            case _:
                yield Thing(node, self, scope, line, 1.0)

    def _all(self, nodes: Sequence[ast.expr], scope: Scope, line: int, depth: int) -> Iterator[Thing]:
        for node in nodes:
            yield from self._things(node, scope, line, depth)

    def _name(self, name: str, scope: Scope, line: int, depth: int) -> Iterator[Thing]:
        at: Scope | None = scope
        while at is not None and (name not in at.bound or (at is not scope and isinstance(at.node, ast.ClassDef))):
            at = at.outer
        if at is None or (id(at), name) in self._asking:
            return
        bound = at.bound[name]
        if at is scope:
            before = [item for item in bound if item[1] <= line]
            last = max((index for index, item in enumerate(before) if item[2]), default=0)
            bound = before[last:] or bound
        sure = 1.0 if len(bound) == 1 and bound[0][1] else 0.9
        for value, place, _ in bound[-MAX_VALUES:]:
            seen = max(place - 1, 0) if at is scope else NO_LINE
            key = (id(at), name)
            mine = at is not scope or seen == NO_LINE  # a name in its own scope looks further up at every step, and ends
            if mine:
                self._asking.add(key)
            try:
                found = list(_less(self._things(value, at, seen, depth), sure))
            finally:
                if mine:
                    self._asking.discard(key)
            yield from found

    def _taken(self, node: Taken, depth: int) -> Iterator[Thing]:
        """Yield what another module of the tree calls so; that module itself where the import takes it whole."""
        for other in self._imported(node.module, node.level) if self._imported else ():
            if not node.name:
                yield Thing(other.tree, other, other.module.top, NO_LINE, 0.95)
                return
            key = (id(other.module.top), node.name)
            if key not in self._asking and node.name in other.module.top.bound:
                yield from _less(other.followed(ast.Name(node.name), other.module.top, NO_LINE, depth, self._budget), 0.95)
                return
        if node.name and self._imported:
            inner = ".".join(part for part in (node.module, node.name) if part)
            for other in self._imported(inner, node.level)[:1]:
                yield Thing(other.tree, other, other.module.top, NO_LINE, 0.95)

    def _attribute(self, node: ast.Attribute, scope: Scope, line: int, depth: int) -> Iterator[Thing]:
        """Yield what ``holder.name`` can be: by what the holder is, where that is known, else by the name alone."""
        name, found = node.attr, False
        holders = self._holders(node.value, scope, line, depth)
        for holder in holders:
            for thing in _less(holder.values.member(holder, name, depth, self._budget), holder.confidence):
                found = True
                yield thing
        if not found and name in {"value", "default"}:
            yield from holders
        elif not found:
            yield from self._by_name(name, scope, depth)

    def _holders(self, node: ast.expr, scope: Scope, line: int, depth: int) -> list[Thing]:
        if isinstance(node, ast.Name) and node.id in {"self", "cls"} and (owner := scope.owner()):
            return [Thing(owner, self, scope, NO_LINE, 1.0)]
        dotted = ".".join(called(node))
        if "." in dotted:
            at: Scope | None = scope
            while at is not None and dotted not in at.bound:
                at = at.outer
            if at is not None:
                return list(self._things(at.bound[dotted][-1][0], at, line, depth))
        return list(self._things(node, scope, line, depth))[:MAX_VALUES]

    def member(self, holder: Thing, name: str, depth: int, budget: Budget) -> Iterator[Thing]:
        """Yield what an attribute of a module, class, object or dictionary is."""
        self._budget = budget
        match holder.node:
            case ast.Module():
                if (id(self.module.top), name) not in self._asking and name in self.module.top.bound:
                    yield from self._name(name, self.module.top, NO_LINE, depth)
            case ast.ClassDef():
                yield from self._of_class(holder.node, name, depth)
            case ast.Call(func=func, keywords=keywords):
                given = [keyword.value for keyword in keywords if keyword.arg == name]
                yield from _less(self._all(given, holder.scope, holder.line, depth), 0.95)
                for made in [] if given else list(self._things(func, holder.scope, holder.line, depth)):
                    if isinstance(made.node, ast.ClassDef):
                        yield from _less(made.values.member(made, name, depth, budget), 0.9)
            case ast.Dict():
                yield from self._of_table(holder, {name}, depth)

    def _of_class(self, node: ast.ClassDef, name: str, depth: int) -> Iterator[Thing]:
        """Yield what a class says its attribute is, or else the classes that it is made from."""
        said = self.module.members.get(node, {}).get(name, [])
        for value, sure in said[:MAX_VALUES]:
            yield from _less(self._things(value, self.scope_of.get(value, self.module.top), NO_LINE, depth), sure)
        if said or not self._budget.spend() or depth > MAX_DEPTH:
            return
        for base in node.bases[:8]:
            for thing in list(self._things(base, self.scope_of[base], NO_LINE, depth + 1)):
                if isinstance(thing.node, ast.ClassDef):
                    yield from _less(thing.values.member(thing, name, depth + 1, self._budget), 0.9)

    def _by_name(self, name: str, scope: Scope, depth: int) -> Iterator[Thing]:
        """Yield what is anywhere assigned to an attribute of that name: here, or in the files that this one imports."""
        said = self.module.attributes.get(name, [])
        for value, sure in said[:MAX_VALUES]:
            yield from _less(self._things(value, self.scope_of.get(value, scope), NO_LINE, depth), sure)
        if said or not self._imported or len(name) < 5:
            return
        for module, level in list(self.module.taken_from)[:50]:
            for other in self._imported(module, level)[:1] if self._budget.spend() else ():
                for value, sure in other.module.attributes.get(name, [])[:MAX_VALUES]:
                    place = other.scope_of.get(value, other.module.top)
                    yield from _less(other.followed(value, place, NO_LINE, depth, self._budget), sure * 0.7)

    def _each(self, node: Each, scope: Scope, line: int, depth: int) -> Iterator[Thing]:
        """Yield the items of a list or dictionary that is written out."""
        for thing in list(self._things(node.items, scope, line, depth)):
            match thing.node:
                case ast.List(elts=items) | ast.Tuple(elts=items) | ast.Set(elts=items):
                    held: Sequence[ast.expr] = items
                case ast.Dict(keys=keys, values=items):
                    held = items if node.part == "values" else [key for key in keys if key is not None]
                case _:
                    held = ()
            for item in held[:MAX_VALUES]:
                found = thing.values.followed(item, thing.scope, thing.line, depth, self._budget)
                yield from _less(found, thing.confidence)

    def _element(self, value: ast.expr, key: ast.expr, scope: Scope, line: int, depth: int) -> Iterator[Thing]:
        """Yield an element of a dictionary or list that is written out: the one of that key, or any where that is not known."""
        keys = {text.text for thing in list(self._things(key, scope, line, depth)) for text in self._texts(thing, depth)}
        found = False
        for holder in list(self._things(value, scope, line, depth))[:MAX_VALUES]:
            for thing in _less(holder.values.element(holder, keys, key, depth, self._budget), holder.confidence):
                found = True
                yield thing
        for name in sorted(keys) if not found else ():
            yield from _less(self._by_name(name, scope, depth), 0.8)

    def element(self, holder: Thing, keys: set[str], key: ast.expr, depth: int, budget: Budget) -> Iterator[Thing]:
        """Yield the elements of a table or list under one of `keys`, or at the place that `key` spells."""
        self._budget = budget
        match holder.node:
            case ast.Dict():
                yield from self._of_table(holder, keys, depth, any_other=True)
            case ast.Call(func=ast.Name(id="dict"), keywords=keywords):
                given = [keyword.value for keyword in keywords if keyword.arg in keys]
                yield from self._all(given, holder.scope, holder.line, depth)
            case ast.List(elts=items) | ast.Tuple(elts=items):
                at = key.value if isinstance(key, ast.Constant) and isinstance(key.value, int) else None
                known = at is not None and -len(items) <= at < len(items)
                chosen = [items[at]] if known and at is not None else items[:MAX_VALUES]
                yield from _less(self._all(chosen, holder.scope, holder.line, depth), 1.0 if known else 0.6)

    def _of_table(self, holder: Thing, keys: set[str], depth: int, *, any_other: bool = False) -> Iterator[Thing]:
        table = holder.node if isinstance(holder.node, ast.Dict) else ast.Dict([], [])
        items = list(zip(table.keys, table.values, strict=True))
        exact = [item for name, item in items if isinstance(name, ast.Constant) and name.value in keys]
        chosen = exact or [item for name, item in items if any_other and name is not None][:MAX_VALUES]
        yield from _less(self._all(chosen, holder.scope, holder.line, depth), 0.95 if exact else 0.6)

    def _call(self, node: ast.Call, scope: Scope, line: int, depth: int) -> Iterator[Thing]:
        """Yield the default of ``os.environ.get(name, default)`` and its like, and what ``str(x)`` and ``x.strip()`` are of."""
        name = "".join(called(node.func)[-1:])
        if name in {"get", "getenv", "pop", "getattr"}:
            if len(node.args) >= 2:
                yield from _less(self._things(node.args[-1], scope, line, depth), 0.8)
            if name in {"get", "pop"} and isinstance(node.func, ast.Attribute) and node.args:
                yield from _less(self._element(node.func.value, node.args[0], scope, line, depth), 0.8)
        elif name in {"Field", "field", "Option", "Argument", "PrivateAttr"}:
            default = next((item.value for item in node.keywords if item.arg == "default"), None)
            yield from _less(self._things(default or (node.args[0] if node.args else None), scope, line, depth), 0.9)
        elif name in {"str", "cast", "list", "tuple", "deepcopy", "copy", "MappingProxyType"} and node.args:
            yield from self._things(node.args[-1], scope, line, depth)
        elif name == "strip" and isinstance(node.func, ast.Attribute):
            yield from self._things(node.func.value, scope, line, depth)
        else:
            yield Thing(node, self, scope, line, 1.0)


def _less(things: Iterator[Thing], factor: float) -> Iterator[Thing]:
    for thing in things:
        if thing.confidence * factor >= LEAST:
            yield thing._replace(confidence=thing.confidence * factor)
