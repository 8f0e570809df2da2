"""Calls that load something, by the rules of ``knowledge/uses.toml``, and functions of the tree that hand a name on to one."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache

import msgspec

from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.uses.packages import repository
from filiation.uses.scopes import Scope, Taken, called, entries, every_parameter, parameters
from filiation.uses.use import Use, named, use
from filiation.uses.values import Thing, Value, Values

NOWHERE = 99
"""A place among the arguments at which none ever stands."""


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call that loads something; ``knowledge/uses.toml`` describes the fields."""

    call: str
    names: tuple[str, ...]
    confidence: float
    at: int = NOWHERE
    kind: Kind = Kind.MODEL
    of: tuple[str, ...] = ()
    not_of: tuple[str, ...] = ()
    exact: bool = False
    free: tuple[str, ...] | None = None
    from_: tuple[str, ...] = msgspec.field(name="from", default=())
    given: str | None = None
    default: str | None = None
    kind_from: str | None = None
    owner: str | None = None
    spelled: str | None = None
    pattern: str | None = None
    prefix: tuple[str, ...] = ()
    slash: bool = False
    not_: tuple[str, ...] = msgspec.field(name="not", default=())
    package: str | None = None
    tag: str | None = None
    by: str = ""


Wrappers = Mapping[ast.AST, tuple[Rule, ...]]
"""Functions and classes of the tree that hand an argument on to a call that loads something."""
Resolved = tuple[Use, ast.AST | None]
"""A use; for one that is not resolved the function whose parameter says what is loaded."""


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Return the calls that load something, by the last part of their name."""
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in msgspec.convert(load("uses")["call"], list[Rule]):
        found[rule.call] = (*found.get(rule.call, ()), rule)
    return found


class CallUses:
    """Finds what the calls of one file load.

    Attributes:
        wrappers: What was seen to hand an argument on; filled by `uses` and `further`.
        told: Each call with what it was found to load; filled likewise.
    """

    def __init__(self, values: Values, file: str, known: Wrappers) -> None:
        self._values, self._file, self._known = values, file, known
        self.wrappers: dict[ast.AST, tuple[Rule, ...]] = {}
        self.told: list[tuple[ast.Call, Use]] = []

    def uses(self) -> Iterator[Resolved]:
        """Yield what the calls load that our rules know."""
        for call in self._values.calls:
            full = canonical(call.func, self._values.scope_of[call])
            yield from self._first(call, (rule for rule in rules().get(full[-1] if full else "", ()) if _fits(rule, full)))

    def further(self) -> Iterator[tuple[Resolved, ast.AST]]:
        """Yield what the calls load that go through a function of another file of the tree, and which function that is."""
        names = frozenset(rule.call for found in self._known.values() for rule in found)
        for call in self._values.calls:
            scope = self._values.scope_of[call]
            if not names.intersection((*called(call.func)[-1:], *canonical(call.func, scope)[-1:])):
                continue
            for thing in self._values.things(call.func, scope, call.lineno):
                found = list(self._first(call, iter(self._known.get(thing.node, ()))))
                if thing.values is not self._values:  # of this file they are told already; here it is who hands a name on
                    yield from ((item, thing.node) for item in found)

    def _first(self, call: ast.Call, fitting: Iterator[Rule]) -> Iterator[Resolved]:
        """Yield what the first rule finds that finds anything."""
        for rule in fitting:
            found = list(self._of(rule, call))
            if found:
                self.told += ((call, item) for item, _ in found)
                yield from found
                return

    def _of(self, rule: Rule, call: ast.Call) -> Iterator[Resolved]:
        scope = self._values.scope_of[call]
        given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
        if rule.given and not _is_true(given.get(rule.given)):
            return
        written = called(call.func)[-2:]
        how = rule.by or (".".join(written) if written[-1:] == (rule.call,) else rule.call)
        target = _target(rule, call, given)
        if target is None:
            tables = [thing for keyword in call.keywords if keyword.arg is None for thing in self._tables(keyword.value, call)]
            for table in tables:
                yield from self._of_table(rule, table, call, how)
            if not tables:
                yield from ((item, None) for item in self._default(rule, call, given, scope, how))
            return
        if isinstance(target, ast.Constant) and not isinstance(target.value, str):
            return
        revision = _one(self._values.of(given.get("revision"), scope, call.lineno))
        kind = self._kind(rule, given.get(rule.kind_from or ""), scope)
        options = self._values.of(target, scope, call.lineno)
        parameter = self._note_wrapper(rule, kind, target, scope, how)
        if not options and not rule.prefix and not rule.pattern and not _is_object(target):
            yield use(None, revision, self._file, call.lineno, how, rule.confidence, ast.unparse(target)), parameter
        tag = self._tag(rule, call, given, scope)
        for item in self._named(rule, kind, options, revision, call.lineno, how, tag):
            yield item, None

    def _tag(self, rule: Rule, call: ast.Call, given: dict[str, ast.expr], scope: Scope) -> str | None:
        """Return which weights of a model a package is asked for; None where no text tells."""
        after = call.args[rule.at + 1] if rule.tag and rule.at + 1 < len(call.args) else None
        return _one(self._values.of(given.get(rule.tag or "", after), scope, call.lineno))

    def _of_package(self, rule: Rule, options: list[Value], tag: str | None, line: int, how: str) -> Iterator[Use]:
        """Yield what a package loads by a name of its own; what our list of its names does not know is not resolved."""
        for option in options:
            if (rule.tag and not tag) or not re.fullmatch(rule.pattern or "", option.text):
                continue
            known = repository(rule.package or "", option.text, tag)
            if known is None and rule.owner and "." in option.text:
                known = f"{rule.owner}/{option.text}"
            item = named(known, rule.kind) if known else None
            if item or known is None:
                written = f"{option.text}, {tag}" if tag else option.text
                yield use(item, None, self._file, line, how, rule.confidence * option.confidence, written)

    def _named(
        self,
        rule: Rule,
        kind: Kind,
        options: list[Value],
        revision: str | None,
        line: int,
        how: str,
        tag: str | None = None,
    ) -> Iterator[Use]:
        if rule.package:
            yield from self._of_package(rule, options, tag, line, how)
            return
        for option in options:
            text = option.text
            if rule.prefix:
                prefix = next((prefix for prefix in rule.prefix if text.startswith(prefix)), None)
                if prefix is None:
                    continue
                text = text.removeprefix(prefix)
            if text in rule.not_ or (rule.pattern and not re.fullmatch(rule.pattern, text)):
                continue
            if "/" not in text and (rule.spelled or (rule.pattern and rule.owner)):
                text = (rule.spelled or f"{rule.owner}/{{}}").replace("{}", text)
            item = named(text, kind, slash=rule.slash, owner=rule.owner)
            if item is not None:
                sure = rule.confidence * option.confidence * (0.9 if "/" not in item.name else 1.0)
                yield use(item, revision, self._file, line, how, sure, option.text)

    def _tables(self, node: ast.expr, call: ast.Call) -> list[Thing]:
        """Return the dictionaries that ``**node`` can be."""
        things = self._values.things(node, self._values.scope_of[call], call.lineno)
        return [thing for thing in things if isinstance(thing.node, ast.Dict)]

    def _of_table(self, rule: Rule, table: Thing, call: ast.Call, how: str) -> Iterator[Resolved]:
        given = entries(table.node)
        target = next((given[name] for name in rule.names if name in given), None)
        options = [
            option._replace(confidence=option.confidence * table.confidence * 0.9)
            for option in table.values.of(target, table.scope, table.line)
        ]
        revision = _one(table.values.of(given.get("revision"), table.scope, table.line))
        for item in self._named(rule, rule.kind, options, revision, call.lineno, how):
            yield item, None

    def _default(self, rule: Rule, call: ast.Call, given: dict[str, ast.expr], scope: Scope, how: str) -> Iterator[Use]:
        """Yield a call that names no model and so takes the library's own choice, which no text pins."""
        task = given.get(rule.default) if rule.default else None
        task = task or (call.args[0] if rule.default and call.args else None)
        for option in self._values.of(task, scope, call.lineno)[:1]:
            if not any(keyword.arg is None for keyword in call.keywords):
                said = f"the library's default for {option.text}"
                yield use(None, None, self._file, call.lineno, how, rule.confidence * 0.8, said)

    def _kind(self, rule: Rule, said: ast.expr | None, scope: Scope) -> Kind:
        said_kinds = {option.text for option in self._values.of(said, scope)}
        return Kind.DATASET if "dataset" in said_kinds else rule.kind

    def _note_wrapper(self, rule: Rule, kind: Kind, target: ast.expr, scope: Scope, how: str) -> ast.AST | None:
        """Note that a function hands its parameter on to this call; return the function, or the class of an ``__init__``."""
        found = self._parameter(target, scope)
        if found is None or rule.tag:
            return None
        node, at, name = found
        sure = round(rule.confidence * 0.9, 3)
        within = how.partition(" (")[2].rstrip(")") or how
        made = Rule(
            node.name, (name,), sure, at, kind, owner=rule.owner, spelled=rule.spelled, pattern=rule.pattern,
            prefix=rule.prefix, slash=rule.slash, not_=rule.not_, package=rule.package, by=f"{node.name} ({within})",
        )  # fmt: skip
        known = self.wrappers.get(node, ())
        if all(other.names != made.names or other.kind != made.kind for other in known) and len(known) < 8:
            self.wrappers[node] = (*known, made)
        return node

    def _parameter(
        self, target: ast.expr, scope: Scope
    ) -> tuple[ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef, int, str] | None:
        """Return whose parameter `target` is, where among its arguments, and how that is called."""
        owner = scope.owner()
        match target:
            case ast.Attribute(value=ast.Name(id="self"), attr=name) if owner is not None:
                return self._field(owner, name)
            case ast.Name(id=name) if (function := scope.function()) is not None:
                node = function.node
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and name in every_parameter(node):
                    is_method = function.outer is not None and isinstance(function.outer.node, ast.ClassDef)
                    if is_method and node.name != "__init__":
                        return None
                    at = parameters(node).index(name) if name in parameters(node) else NOWHERE
                    return (owner if is_method and owner is not None else node), at, name
        return None

    def _field(self, owner: ast.ClassDef, name: str) -> tuple[ast.ClassDef, int, str] | None:
        """Return the place of an attribute among what a class is made with: a parameter of ``__init__``, or a field."""
        for value, _ in self._values.module.members.get(owner, {}).get(name, []):
            if isinstance(value, ast.Name) and value in self._values.scope_of:
                function = self._values.scope_of[value].function()
                node = function.node if function else None
                if isinstance(node, ast.FunctionDef) and node.name == "__init__" and value.id in every_parameter(node):
                    at = parameters(node).index(value.id) if value.id in parameters(node) else NOWHERE
                    return owner, at, value.id
        fields = {
            item.target.id for item in owner.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
        }
        return (owner, NOWHERE, name) if name in fields else None


def canonical(node: ast.expr, scope: Scope) -> tuple[str, ...]:
    """Return the dotted name that is called as its own library calls it, where an import gave it another."""
    names = called(node)
    at: Scope | None = scope
    while names and at is not None:
        if names[0] in at.bound:
            bound = at.bound[names[0]]
            taken = bound[-1][0] if bound else None
            if not isinstance(taken, Taken):
                return names
            whole = ("." * taken.level, *taken.module.split(".")) if taken.level else tuple(taken.module.split("."))
            if taken.name:
                return (*whole, taken.name, *names[1:])
            return names if whole[0] == names[0] else (*whole, *names[1:])
        at = at.outer
    return names


def _fits(rule: Rule, name: tuple[str, ...]) -> bool:
    owner = name[-2] if len(name) > 1 else ""
    if (rule.from_ and name[0] not in rule.from_) or name[0] in _vendors():
        return False
    if rule.free is not None and owner and name[0] not in rule.free:
        return False
    if owner.startswith(rule.not_of or ("\0",)):
        return False
    return not rule.of or (owner in rule.of if rule.exact else owner.startswith(rule.of))


@cache
def _vendors() -> frozenset[str]:
    return frozenset(load("uses")["elsewhere"]["packages"])


def _target(rule: Rule, call: ast.Call, given: dict[str, ast.expr]) -> ast.expr | None:
    target = next((given[word] for word in rule.names if word in given), None)
    starred = any(isinstance(arg, ast.Starred) for arg in call.args[: rule.at + 1])
    return call.args[rule.at] if target is None and rule.at < len(call.args) and not starred else target


def _one(options: list[Value]) -> str | None:
    return options[0].text if len(options) == 1 else None


def _is_true(node: ast.expr | None) -> bool:
    return node is not None and not (isinstance(node, ast.Constant) and not node.value)


def _is_object(target: ast.expr) -> bool:
    """Return whether the argument can hardly be a name: it is made by a call that no rule follows, or is a list."""
    return isinstance(target, (ast.List, ast.Dict, ast.Lambda, ast.ListComp, ast.DictComp))
