"""Whether a call that a pickle asks for is hostile: by what it calls, and by what it gives it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from filiation.formats.pickle_notes import Call, Global, Pairs, Persistent
from filiation.scan.answer import Level
from filiation.scan.imports import Known, how_judged, known, reaching, verbs
from filiation.scan.pickle_machine import New, Raw, Unknown
from filiation.scan.texts import commanding

MAX_TEXTS = 400
MAX_STEPS = 4_000
MAX_DEPTH = 16
MAX_SHOWN_CHARS = 80


class Verdict(NamedTuple):
    """What a call is: a rule, what it makes of the file where that is not the rule's own level, and words for the sentence."""

    rule: str
    details: tuple[str, ...]
    level: Level | None = None


def judged(call: Call, depth: int = 0) -> Verdict | None:
    """Return what is to be said of a call; None of one that makes data."""
    function = call.function
    if isinstance(function, New):
        return _made(function.of)
    if depth > MAX_DEPTH:
        return Verdict("pickle-hidden-call", ("...",))
    if isinstance(function, Global):
        return _of_global(function, call, depth)
    if isinstance(function, Call):
        return _of_result(function, call, depth)
    if isinstance(function, Unknown) and function.forgotten:
        return Verdict("pickle-too-large", ())
    return Verdict("pickle-hidden-call", (shown(function),))


def shown(value: Any, depth: int = 2) -> str:  # noqa: PLR0911  # one line for each kind of value
    """Return a value as people read it, shortened."""
    if isinstance(value, Global):
        return value.path[:MAX_SHOWN_CHARS]
    if isinstance(value, New):
        return shown(value.of, depth)
    if isinstance(value, Call):
        return f"{shown(value.function, depth - 1)}({_listed(value.args, depth - 1)})" if depth else "..."
    if isinstance(value, Raw):
        return f"{value.size_bytes:,} bytes"
    if type(value) in {list, tuple}:
        return f"({_listed(value, depth - 1)})" if depth else "..."
    if isinstance(value, (Pairs, Unknown, Persistent)):
        return "..."
    return repr(value)[:MAX_SHOWN_CHARS]


def texts(value: Any) -> Iterator[str]:
    """Yield the texts and names in a value, those of nested calls too, as many as are looked at."""
    waiting, count = [value], 0
    for _ in range(MAX_STEPS):
        if not waiting or count > MAX_TEXTS:
            return
        node = waiting.pop()
        if isinstance(node, Global):
            yield node.path
        elif isinstance(node, str):
            count += 1
            yield node
        elif isinstance(node, Raw):
            yield node.sample.decode("latin-1")
        elif isinstance(node, Call):
            waiting += [node.state, *node.args[:64], node.function]
        elif isinstance(node, Pairs):
            waiting += [part for pair in node.items[:64] for part in pair]
        elif type(node) in {list, tuple}:
            waiting += node[:64]


def _listed(values: Any, depth: int) -> str:
    return ", ".join(shown(value, max(depth, 0)) for value in list(values)[:4]) + (", ..." if len(values) > 4 else "")


def _of_global(function: Global, call: Call, depth: int) -> Verdict | None:  # noqa: PLR0911  # one line for each kind of value
    kind = known(*function)
    words = (function.path, _listed(call.args, 2))
    if kind is Known.DANGEROUS:
        return Verdict("pickle-dangerous-call", words)
    if kind is Known.BY_ARGUMENTS:
        return _BY_ARGUMENTS[how_judged(function)](function, call, depth)
    if kind in {Known.ALLOWED, Known.LIBRARY_MAKER}:
        return _factory(function, call)
    if kind is Known.LIBRARY_CLASS:
        return _unlisted(words, call, None)
    if kind is Known.STANDARD:
        return _unlisted(words, call, Verdict("pickle-standard-call", words))
    if function.name.rpartition(".")[2] in verbs():
        return _unlisted(words, call, Verdict("pickle-verb-call", words))
    return _unlisted(words, call, Verdict("pickle-unlisted-call", words))


def _factory(function: Global, call: Call) -> Verdict | None:
    """Return what an allowed call does with a function that it was given, such as ``defaultdict(os.system)``."""
    for argument in call.args[:8]:
        if isinstance(argument, Global) and known(*argument) is Known.DANGEROUS:
            return Verdict("pickle-dangerous-call", (argument.path, f"by {function.path}"))
    return None


def _unlisted(words: tuple[str, str], call: Call, otherwise: Verdict | None) -> Verdict | None:
    """Return what a call of something that we do not know is, by what it is given."""
    for text in texts(call.args):
        why = commanding(text)
        if why:
            return Verdict("pickle-command-call", (*words, text[:MAX_SHOWN_CHARS]), Level(why))
    return otherwise


def _made(of: Any) -> Verdict | None:
    """Return what making an object without ``__init__`` is: only its class matters."""
    if not isinstance(of, Global):
        return None if isinstance(of, (Call, Unknown)) else Verdict("pickle-hidden-call", (shown(of),))
    kind = known(*of)
    if kind is Known.DANGEROUS:
        return Verdict("pickle-dangerous-import", (of.path,))
    return Verdict("pickle-unlisted-class", (of.path,)) if kind is Known.UNKNOWN else None


def _of_result(function: Call, call: Call, depth: int) -> Verdict | None:
    """Return what calling the result of another call is."""
    made = function.function
    words = (shown(function), _listed(call.args, 2))
    if isinstance(made, Global):
        how = how_judged(made) if known(*made) is Known.BY_ARGUMENTS else ""
        if how == "attribute" and _is_bound_plainly(function):
            return _unlisted(words, call, None)
        if how == "type":
            return _code(made, call)
        if how == "code":
            return Verdict("pickle-own-code-call", words)
        if how == "function":
            return judged(Call(function.args[0], (*function.args[1:], *call.args)), depth + 1) if function.args else None
        if known(*made) in {Known.LIBRARY_CLASS, Known.ALLOWED, Known.LIBRARY_MAKER} and how == "":
            return _unlisted(words, call, Verdict("pickle-unlisted-call", words))
    return Verdict("pickle-hidden-call", words)


def _is_bound_plainly(attribute: Call) -> bool:
    """Return whether it is the method of something allowed: how Python itself saves methods."""
    if len(attribute.args) < 2 or not isinstance(attribute.args[1], str) or attribute.args[1].startswith("_"):
        return False
    of = attribute.args[0]
    return attribute.args[1] not in verbs() and (
        not isinstance(of, Global) or known(*of) in {Known.ALLOWED, Known.LIBRARY_CLASS}
    )


def _attribute(function: Global, call: Call, _: int = 0) -> Verdict | None:
    words = (function.path, _listed(call.args, 2))
    if len(call.args) < 2 or not isinstance(call.args[1], str):
        return Verdict("pickle-hidden-call", (f"{function.path}({words[1]})",))
    of, name = call.args[0], call.args[1]
    is_bad_base = isinstance(of, Global) and known(*of) is Known.DANGEROUS
    if (
        is_bad_base
        or (name.startswith("__") and name not in {"__class__", "__setstate__", "__doc__", "__name__"})
        or name in reaching()
    ):
        return Verdict("pickle-dangerous-call", words)
    if isinstance(of, Global) and known(*of) in {Known.STANDARD, Known.LIBRARY} and name in verbs():
        return Verdict("pickle-dangerous-call", words)
    return None


def _names(function: Global, call: Call, _: int = 0) -> Verdict | None:
    words = (function.path, _listed(call.args, 2))
    for text in call.args:
        parts = text.split(".") if isinstance(text, str) else []
        if any(part in reaching() or part.startswith("__") for part in parts) or (
            parts and known(parts[0], "x") is Known.DANGEROUS
        ):
            return Verdict("pickle-dangerous-call", words)
    return None


def _function(function: Global, call: Call, depth: int) -> Verdict | None:
    """Return what a function that is called through another is."""
    if not call.args:
        return None
    inner = call.args[0]
    if isinstance(inner, (Global, Call)):
        found = judged(Call(inner, call.args[1:]), depth + 1)
        is_ours = isinstance(inner, Global) and known(*inner) in {Known.UNKNOWN, Known.LIBRARY}
        return None if found and is_ours and found.rule == "pickle-unlisted-call" and function.name == "partial" else found
    return Verdict("pickle-hidden-call", (shown(inner),))


_STATE = frozenset({"__globals__", "__builtins__"})
"""Keys under which every function that is kept by value has its state."""


def _code(function: Global, call: Call, _: int = 0) -> Verdict | None:
    """Return what code kept by value is: what it mentions tells."""
    usual = _STATE if function.name in {"_function_setstate", "_fill_function"} else frozenset()
    mentioned = sorted(reaching().intersection(part for text in texts(call.args) for part in text.split(".")) - usual)
    if mentioned:
        return Verdict("pickle-code-reaches-out", (function.path, ", ".join(mentioned[:6])))
    commands = [text for text in texts(call.args) if commanding(text)]
    if commands:
        return Verdict("pickle-code-reaches-out", (function.path, commands[0][:MAX_SHOWN_CHARS]))
    return Verdict("pickle-code-by-value", (function.path,))


def _pickle(function: Global, call: Call, _: int = 0) -> Verdict | None:
    """Return what reading another pickle is: its bytes are looked into where they stand."""
    if call.args and isinstance(call.args[0], Raw):
        return None
    if call.args and isinstance(call.args[0], Call) and call.args[0].function == ("_codecs", "encode"):
        return None
    return Verdict("pickle-dangerous-call", (function.path, _listed(call.args, 2)))


_BY_ARGUMENTS = {
    "attribute": _attribute,
    "names": _names,
    "function": _function,
    "code": _code,
    "pickle": _pickle,
    "type": lambda *_: None,
}
