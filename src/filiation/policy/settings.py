"""Compose policy files: each extends others, and what stands in a later one counts before what stands in an earlier one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from filiation.policy.file import MAX_BYTES, PolicyError, PolicyFile, RuleTable, Words, parse
from filiation.policy.lines import line_of, lines

MAX_FILES = 32
PRESETS = files("filiation.policy") / "presets"
Key = tuple[str, ...]
_LISTS = frozenset({("license", "deny"), ("license", "review"), ("publishers", "deny"), ("publishers", "review"),
                    ("formats", "deny"), ("formats", "review"), ("evidence", "require")})  # fmt: skip
"""Lists of which every item is a rule of its own; of other lists a later file replaces the whole."""


class Setting(NamedTuple):
    """What a key says, and where."""

    value: Any
    file: str
    line: int
    where: str


class Settings:
    """All that a policy and those that it extends say.

    Attributes:
        keys: By table and key, and by item where each item of a list is a rule.
        rules: The rules of its own, by id.
        files: What was read, the first that counts last.
        disabled: Ids that a file switched off and none after it on again.
        title: Of the last file that has one.
    """

    def __init__(self) -> None:
        self.keys: dict[Key, Setting] = {}
        self.rules: dict[str, tuple[RuleTable, Setting]] = {}
        self.files: list[str] = []
        self.disabled: list[str] = []
        self.title = Words()

    def table(self, *start: str) -> dict[Key, Setting]:
        """Return the settings whose keys begin so, by the rest of the key."""
        n = len(start)
        return {key[n:]: setting for key, setting in self.keys.items() if key[:n] == start and len(key) > n}

    def add(self, name: str, text: str, read: PolicyFile, tables: dict[str, Any]) -> None:
        """Put a file's own settings over those that are there."""
        where = lines(text)
        self.files.append(name)
        for key, value in _flat(tables):
            table = f"[{key[0]}] {'.'.join(key[1:])}"
            self._enable(rule_id(key))
            self.keys[key] = Setting(value, name, line_of(where, key), table)
        for number, rule in enumerate(read.rule):
            place = Setting(rule, name, line_of(where, ("rule", str(number))), f"[[rule]] {rule.id}")
            if rule.id in {other.id for other in read.rule[:number]}:
                raise PolicyError(f"{name}: in [[rule]] number {number + 1}, key id: {rule.id!r} is there twice.")
            self._enable(rule.id)
            self.rules[rule.id] = rule, place
        if read.title:
            self.title = words(read.title)
        self._disable(name, read.disable)

    def _enable(self, rule: str) -> None:
        if rule in self.disabled:
            self.disabled.remove(rule)

    def _disable(self, name: str, wanted: Iterable[str]) -> None:
        for rule in wanted:
            keys = [key for key in self.keys if rule_id(key) == rule]
            if not keys and rule not in self.rules:
                known = [*(rule_id(key) for key in self.keys), *self.rules]
                near = get_close_matches(rule, known, 1)
                meant = f"did you mean {near[0]!r}?" if near else "'filiation policy show' lists the rules."
                raise PolicyError(f"{name}: key disable: there is no rule {rule!r} to disable: {meant}")
            for key in keys:
                del self.keys[key]
            self.rules.pop(rule, None)
            self.disabled.append(rule)


def rule_id(key: Key) -> str:
    """Return the id of the rule that a key makes."""
    return ".".join(key)


def words(text: str | Words) -> Words:
    """Return `text` in two languages: what is missing in one stands as it is in the other."""
    if isinstance(text, str):
        return Words(text, text)
    return Words(text.en or text.ja, text.ja or text.en)


def presets() -> list[str]:
    """Return the names of the policies that come with the package."""
    return sorted(path.name[:-5] for path in PRESETS.iterdir() if path.name.endswith(".toml"))


def composed(name: str | Path) -> Settings:
    """Return what the policy of that name, or in that file, says together with all that it extends.

    Raises:
        PolicyError: If one of the files cannot be read, or they extend each other in a circle.
    """
    settings = Settings()
    _compose(settings, str(name), None, ())
    return settings


def _compose(settings: Settings, name: str, beside: Path | None, above: tuple[str, ...]) -> None:
    shown, path, text = _read(name, beside)
    identity = str(path.resolve()) if path else shown
    if identity in above:
        raise PolicyError(f"{shown} extends itself{' by way of others' if above[-1] != identity else ''}: take that out.")
    if len(settings.files) + len(above) >= MAX_FILES:
        raise PolicyError(f"{shown} is one of more than {MAX_FILES} files that extend one another: put some together.")
    read, tables = parse(text, shown)
    for base in read.extends:
        _compose(settings, base, path, (*above, identity))
    settings.add(shown, text, read, tables)


def _read(name: str, beside: Path | None) -> tuple[str, Path | None, str]:
    """Return how a policy is called, its file where it is no preset, and its text."""
    if name in presets():
        return name, None, (PRESETS / f"{name}.toml").read_text(encoding="utf-8")
    path = beside.parent / name if beside else Path(name)
    said = f"{beside}: key extends: " if beside else ""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise PolicyError(f"{path} is longer than {MAX_BYTES >> 10} kB: split it, and let one file extend the other.")
        return str(path), path, path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise PolicyError(f"{said}{name} is no policy file, and no preset: those are {', '.join(presets())}.") from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else "it is no text"
        raise PolicyError(f"{said}{name} cannot be read: {why}.") from error


def _flat(tables: dict[str, Any]) -> Iterator[tuple[Key, Any]]:
    for name, table in tables.items():
        if name in {"title", "extends", "disable", "rule"}:
            continue
        yield from _items((name,), table)


def _items(key: Key, value: Any) -> Iterator[tuple[Key, Any]]:
    if len(key) == 1 or (isinstance(value, dict) and key[0] != "scores"):
        for name, inner in value.items():
            yield from _items((*key, name), inner)
    elif key in _LISTS:
        for item in value:
            yield (*key, item.lower() if key[0] != "evidence" else item), item
    else:
        yield key, value
