"""Uses in configuration files: keys of YAML, JSON and TOML that name a model or a dataset."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import islice
from typing import Any

import msgspec

from filiation.core.ref import Kind
from filiation.formats.yaml_text import YamlError, load_yaml
from filiation.knowledge import load
from filiation.uses.command import variable_uses, words_uses
from filiation.uses.source import SourceError
from filiation.uses.use import Use, named, use

MAX_ITEMS = 20_000
MAX_WORDS = 500
MAX_CONTAINED = 500
_COMMANDS = ("entrypoint", "command", "args")
"""Keys under which a container's command stands, in the order of its words."""
_VARIABLES = ("environment", "env", "envVars")


class KeyRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Keys that name something; ``knowledge/uses.toml`` describes the fields."""

    confidence: float
    keys: tuple[str, ...] = ()
    lists: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    kind: Kind = Kind.MODEL
    slash: bool = False


def worth(text: str) -> bool:
    """Return whether any key of ours stands in the text: most configuration files are about other things."""
    return any(key in text for key in _words()) or any(key in text for key in (*_COMMANDS, *_VARIABLES))


def config_uses(text: str, file: str) -> Iterator[Use]:
    """Yield what a configuration file names, in the order of its keys.

    Lines are those on which the key stands together with the name, found in the text, for the readers do not tell them.

    Raises:
        SourceError: If it cannot be read as what its ending says.
    """
    if not worth(text):
        return
    lines = text.splitlines()
    document = _document(text, file)
    for item in islice(_contained(document, file), MAX_CONTAINED):
        yield msgspec.structs.replace(item, line=_line(lines, "", item.written, 0))
    taken: dict[tuple[str, str], int] = {}
    for key, value, rule, revision in _named(document):
        item = named(value, rule.kind, slash=rule.slash)
        if item is None:
            continue
        start = taken.get((key, value), 0)
        line = _line(lines, key, value, start)
        taken[key, value] = line
        sure = rule.confidence * (0.8 if "/" not in item.name else 1.0)
        yield use(item, revision, file, line, key, sure, value)


def _document(text: str, file: str) -> Any:
    try:
        if file.endswith((".yaml", ".yml")):
            return load_yaml(text)
        if file.endswith(".toml"):
            return tomllib.loads(text)
        return msgspec.json.decode(text)
    except (YamlError, tomllib.TOMLDecodeError, msgspec.DecodeError, RecursionError, ValueError) as error:
        first = (str(error).splitlines() or ["nested too deep"])[0]
        raise SourceError(f"not {file.rpartition('.')[2].upper()} ({first})") from error


def _named(document: Any) -> Iterator[tuple[str, str, KeyRule, str | None]]:
    """Yield (key, value, rule, revision beside it) of every key of ours, going through the document without recursion."""
    waiting: list[tuple[Any, KeyRule | None]] = [(document, None)]
    for _ in range(MAX_ITEMS):
        if not waiting:
            return
        node, inside = waiting.pop()
        if isinstance(node, list):
            waiting.extend((item, inside) for item in reversed(node[:MAX_ITEMS]))
        if not isinstance(node, dict):
            continue
        for key, value in node.items():
            rule = _rules().get(str(key).lower().replace("-", "_"))
            if inside and key in inside.inside:
                rule = inside
            for text in value if isinstance(value, list) else [value]:
                if rule and isinstance(text, str) and not (rule.lists and rule is not inside):
                    yield str(key), text, rule, _revision(node, str(key), rule.kind)
        held = [(value, rule if (rule := _rules().get(str(key).lower())) and rule.lists else None)
                for key, value in node.items() if isinstance(value, (dict, list))]  # fmt: skip
        waiting.extend(reversed(held))


def _contained(document: Any, file: str) -> Iterator[Use]:
    """Yield what containers are told to load, as Compose and Kubernetes write them: by their command, or by a variable."""
    waiting: list[Any] = [document]
    for _ in range(MAX_ITEMS):
        if not waiting:
            return
        node = waiting.pop()
        held = node if isinstance(node, list) else list(node.values()) if isinstance(node, dict) else []
        waiting.extend(item for item in held[:MAX_ITEMS] if isinstance(item, (dict, list)))
        if isinstance(node, dict) and any(key in node for key in (*_COMMANDS, *_VARIABLES)):
            words = [*_listed(node.get("image")), *(word for key in _COMMANDS for word in _listed(node.get(key)))]
            yield from words_uses(words[:MAX_WORDS], file, 1)
            for key in _VARIABLES:
                for name, value in _variables(node.get(key)):
                    yield from variable_uses(name, value, file, 1)


def _listed(value: Any) -> list[str]:
    """Return the words of a command that is written as a list or as one text."""
    if isinstance(value, str):
        return value.replace("\\\n", " ").split()
    return [str(item) for item in value if isinstance(item, (str, int, float))] if isinstance(value, list) else []


def _variables(value: Any) -> Iterator[tuple[str, str]]:
    """Yield names and values: of a table, of ``NAME=value`` in a list, or of tables of ``name`` and ``value``."""
    if isinstance(value, dict):
        yield from ((str(name), text) for name, text in value.items() if isinstance(text, str))
    for item in value[:MAX_WORDS] if isinstance(value, list) else ():
        if isinstance(item, str):
            yield item.partition("=")[0], item.partition("=")[2]
        elif isinstance(item, dict) and isinstance(item.get("name"), str) and isinstance(item.get("value"), str):
            yield item["name"], item["value"]


def _revision(node: dict[Any, Any], key: str, kind: Kind) -> str | None:
    """Return the revision that stands beside a name: under the key's own name, or one for all of the kind."""
    keys = [f"{key}_revision", f"{key.removesuffix('_name')}_revision", *load("uses")["revision"][kind]]
    return next((node[name] for name in keys if isinstance(node.get(name), str)), None)


def _line(lines: list[str], key: str, value: str, start: int) -> int:
    """Return the first line after `start` that holds key and value, else the value alone; 1 where there is none."""
    for wanted in ((key, value), (value,)):
        for number in range(start, len(lines)):
            if all(word in lines[number] for word in wanted):
                return number + 1
    return max(start, 1)


@cache
def _rules() -> dict[str, KeyRule]:
    rules = msgspec.convert(load("uses")["key"], list[KeyRule])
    return {key: rule for rule in rules for key in (*rule.keys, *rule.lists)}


@cache
def _words() -> tuple[str, ...]:
    spelled = {word for key in _rules() for word in (key, key.replace("_", "-"))}
    return tuple(sorted(spelled))
