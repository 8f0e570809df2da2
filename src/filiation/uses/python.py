"""Uses in Python source, from its syntax tree alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache

import msgspec

from filiation.core.ref import Kind
from filiation.knowledge import load
from filiation.uses.use import Use, addresses, named, use
from filiation.uses.values import Imported, Scope, Value, Values, called, parsed


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A call that loads something; ``knowledge/uses.toml`` describes the fields."""

    call: str
    at: int
    names: tuple[str, ...]
    confidence: float
    kind: Kind = Kind.MODEL
    of: tuple[str, ...] = ()
    exact: bool = False
    free: tuple[str, ...] | None = None
    default: str | None = None
    kind_from: str | None = None
    owner: str | None = None
    prefix: tuple[str, ...] = ()
    slash: bool = False
    not_: tuple[str, ...] = msgspec.field(name="not", default=())


def python_uses(text: str, file: str, imported: Imported | None = None) -> Iterator[Use]:
    """Yield what Python source loads, in order of line. A text without a call or address of ours is not even parsed.

    Args:
        text: The source.
        file: Its name, for the uses.
        imported: Says what a name of another module can be.

    Raises:
        SourceError: If it is no Python 3, or nested too deep.
    """
    if not _worth().search(text):
        return
    tree = parsed(text)
    values = Values(tree, imported)
    found = [item for call in values.calls for item in _call(call, values, file)]
    prose = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    found += [item for node in ast.walk(tree) if node not in prose for item in _address(node, file)]
    seen: set[tuple[str | None, int]] = set()
    for item in sorted(found, key=lambda item: (item.line, -item.confidence)):
        if item.ref is None or (item.ref, item.line) not in seen:
            seen.add((item.ref, item.line))
            yield item


@cache
def rules() -> dict[str, tuple[Rule, ...]]:
    """Return the calls that load something, by the last part of their name."""
    found: dict[str, tuple[Rule, ...]] = {}
    for rule in msgspec.convert(load("uses")["call"], list[Rule]):
        found[rule.call] = (*found.get(rule.call, ()), rule)
    return found


@cache
def _worth() -> re.Pattern[str]:
    """Return what finds a call or an address of ours in a text: most files have none, and need not be parsed."""
    names = "|".join(re.escape(name) for name in rules())
    return re.compile(rf"\b(?:{names})\s*\(|hf://|hf\.co/|huggingface\.co/")


def _call(call: ast.Call, values: Values, file: str) -> Iterator[Use]:
    name = called(call.func)
    rule = _rule(name)
    if rule is None:
        return
    scope = values.scope_of[call]
    given = {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    target = next((given[word] for word in rule.names if word in given), None)
    if (
        target is None
        and rule.at < len(call.args)
        and not any(isinstance(arg, ast.Starred) for arg in call.args[: rule.at + 1])
    ):
        target = call.args[rule.at]
    how = ".".join(name[-2:])
    if target is None:
        yield from _default(rule, call, given, values, scope, file, how)
        return
    if isinstance(target, ast.Constant) and not isinstance(target.value, str):
        return
    kind = _kind(rule, given, values, scope)
    revisions = values.of(given.get("revision"), scope, call.lineno) if "revision" in given else []
    revision = revisions[0].text if len(revisions) == 1 else None
    yield from _targets(rule, kind, target, values.of(target, scope, call.lineno), revision, file, call.lineno, how)


def _targets(
    rule: Rule, kind: Kind, target: ast.expr, options: list[Value], revision: str | None, file: str, line: int, how: str
) -> Iterator[Use]:
    if not options and not rule.prefix and not _is_object(target):
        yield use(None, revision, file, line, how, rule.confidence, ast.unparse(target))
    for option in options:
        text = option.text
        if rule.prefix:
            prefix = next((prefix for prefix in rule.prefix if text.startswith(prefix)), None)
            if prefix is None:
                continue
            text = text.removeprefix(prefix)
        item = named(text, kind, slash=rule.slash, owner=rule.owner)
        if item is None or text in rule.not_:
            continue
        sure = rule.confidence * option.confidence * (0.9 if "/" not in item.name else 1.0)
        yield use(item, revision, file, line, how, sure, option.text)


def _default(
    rule: Rule, call: ast.Call, given: dict[str, ast.expr], values: Values, scope: Scope, file: str, how: str
) -> Iterator[Use]:
    """Yield a call that names no model and so takes the library's own choice, which no text pins."""
    task = given.get(rule.default) if rule.default else None
    task = task or (call.args[0] if rule.default and call.args else None)
    for option in values.of(task, scope, call.lineno)[:1]:
        if not any(keyword.arg is None for keyword in call.keywords):
            said = f"the library's default for {option.text}"
            yield use(None, None, file, call.lineno, how, rule.confidence * 0.8, said)


def _rule(name: tuple[str, ...]) -> Rule | None:
    for rule in rules().get(name[-1] if name else "", ()):
        owner = name[-2] if len(name) > 1 else ""
        if rule.free is not None and owner and owner not in rule.free:
            continue
        if not rule.of or (owner in rule.of if rule.exact else owner.startswith(rule.of)):
            return rule
    return None


def _kind(rule: Rule, given: dict[str, ast.expr], values: Values, scope: Scope) -> Kind:
    if rule.kind_from and rule.kind_from in given:
        said = {option.text for option in values.of(given[rule.kind_from], scope)}
        return Kind.DATASET if "dataset" in said else rule.kind
    return rule.kind


def _is_object(target: ast.expr) -> bool:
    """Return whether the argument can hardly be a name: it is made by a call that no rule follows, or is a list."""
    return isinstance(target, (ast.List, ast.Dict, ast.Lambda, ast.ListComp, ast.DictComp))


def _address(node: ast.AST, file: str) -> Iterator[Use]:
    """Yield the addresses in texts of the program; those that an argument names are found with their call."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or "h" not in node.value:
        return
    for _, written, item in addresses(node.value[:4_000]):
        yield use(item, None, file, node.lineno, "address", 0.8, written)
