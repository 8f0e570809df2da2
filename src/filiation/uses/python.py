"""Uses in Python source, from its syntax tree alone."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import msgspec

from filiation.uses.calls import CallUses, Resolved, Wrappers, rules
from filiation.uses.command import command_uses
from filiation.uses.keys import RESTED, key_uses
from filiation.uses.scopes import called
from filiation.uses.source import parsed
from filiation.uses.use import Use, addresses, use
from filiation.uses.values import Values

_RUNS = frozenset({"run", "Popen", "call", "check_call", "check_output", "system", "popen", "getoutput", "sh"})
"""Calls that give a command to the system."""
MAX_SPAN = 200
"""A call is looked at as one place over so many lines."""
_QUOTED = re.compile(r"""["'][\w.-]{1,96}/[\w.-]{1,96}(?:@\w{1,64})?["']""")


class Looked(NamedTuple):
    """What one file loads.

    Attributes:
        uses: In order of line.
        wrappers: Functions and classes of it that hand an argument on to a call that loads something.
        open: For uses that only the caller of such a function resolves: that function.
    """

    uses: list[Use]
    wrappers: Wrappers
    open: dict[int, ast.AST]


def python_uses(text: str, file: str) -> Iterator[Use]:
    """Yield what Python source by itself loads, in order of line.

    Raises:
        SourceError: If it is no Python 3, or nested too deep.
    """
    if worth(text):
        yield from look(Values(parsed(text)), file).uses


def worth(text: str) -> bool:
    """Return whether a call, command or address of ours or a name with an owner is in a text: else it need not be parsed."""
    return _worth().search(text) is not None or _QUOTED.search(text) is not None


def look(values: Values, file: str) -> Looked:
    """Return what one parsed file loads; `file` is its name, for the uses."""
    calls = CallUses(values, file, {})
    found: list[Resolved] = list(calls.uses())
    loaded = {item.ref for item, _ in found if item.ref}
    spans = _spans(calls)
    found += (
        (item, None)
        for item in key_uses(values, file)
        if (item.written, item.line) not in spans and not (item.how.startswith(RESTED) and item.ref in loaded)
    )
    prose = {node.value for node in values.scope_of if isinstance(node, ast.Expr)}
    for node in values.scope_of:
        if node not in prose and isinstance(node, ast.Constant):
            found += ((item, None) for item in _address(node, file))
    for call in calls_of_commands(values):
        found += ((item, None) for item in _commanded(call, values, file))
    return _looked(found, calls.wrappers)


class Further(NamedTuple):
    """What one file loads through functions of others.

    Attributes:
        uses: Those that are resolved.
        wrappers: Functions and classes of this file that hand an argument on to one of those functions.
        filled: Which of those functions are given a name here.
        spans: (as written, line) of every line of the calls, where the same name need not be told again.
    """

    uses: list[Use]
    wrappers: Wrappers
    filled: set[ast.AST]
    spans: set[tuple[str, int]]


def look_further(values: Values, file: str, known: Wrappers) -> Further:
    """Return what one file loads through the functions and classes in `known`, which other files of the tree have."""
    calls = CallUses(values, file, known)
    found = [(item, node) for (item, _), node in calls.further() if item.ref]
    return Further([item for item, _ in found], calls.wrappers, {node for _, node in found}, _spans(calls))


def _spans(calls: CallUses) -> set[tuple[str, int]]:
    """Return what the calls were found to load, as it is written, with each line over which they go."""
    return {
        (item.written, line)
        for call, item in calls.told
        for line in range(call.lineno, min(call.end_lineno or call.lineno, call.lineno + MAX_SPAN) + 1)
    }


def _looked(found: list[Resolved], wrappers: Wrappers) -> Looked:
    """Put the uses in order, each once; of two that name the same on a line the surer, with any revision."""
    kept: list[Use] = []
    open_: dict[int, ast.AST] = {}
    places: dict[tuple[str | None, int], int] = {}
    for item, function in sorted(found, key=lambda pair: (pair[0].line, -pair[0].confidence)):
        key = (item.ref and item.ref.partition(":")[2], item.line)
        if item.ref is not None and key in places:
            first = kept[places[key]]
            if first.revision is None and item.revision is not None:
                kept[places[key]] = msgspec.structs.replace(first, revision=item.revision, is_pinned=item.is_pinned)
            continue
        places[key] = len(kept)
        if item.ref is None and function is not None:
            open_[len(kept)] = function
        kept.append(item)
    return Looked(kept, wrappers, open_)


@cache
def _worth() -> re.Pattern[str]:
    names = "|".join(re.escape(name) for name in rules())
    return re.compile(rf"\b(?:{names})\s*\(|hf://|hf\.co/|huggingface\.co/|huggingface-cli|vllm.{{1,20}}serve")


def calls_of_commands(values: Values) -> Iterator[ast.Call]:
    """Yield the calls that give a command to the system."""
    yield from (call for call in values.calls if called(call.func)[-1:] and called(call.func)[-1] in _RUNS and call.args)


def _commanded(call: ast.Call, values: Values, file: str) -> Iterator[Use]:
    """Yield what the command loads that a call gives to the system, as a text or as a list of words."""
    scope = values.scope_of[call]
    words = call.args[0]
    if isinstance(words, (ast.List, ast.Tuple)):
        parts = [values.of(item, scope, call.lineno) for item in words.elts[:100]]
        texts = [" ".join(options[0].text if options else "$UNKNOWN" for options in parts)]
    else:
        texts = [option.text for option in values.of(words, scope, call.lineno)[:4]]
    for text in texts:
        for item in command_uses(text, file):
            yield msgspec.structs.replace(item, line=call.lineno)


def _address(node: ast.Constant, file: str) -> Iterator[Use]:
    """Yield the addresses in a text of the program; those that an argument names are found with their call."""
    if not isinstance(node.value, str) or "h" not in node.value:
        return
    for _, written, item in addresses(node.value[:4_000]):
        yield use(item, None, file, node.lineno, "address", 0.8, written)
