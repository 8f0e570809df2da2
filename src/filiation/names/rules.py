"""House rules for names: what a name must say, must not say, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from filiation.core.errors import FiliationError
from filiation.formats.toml_file import TomlFile
from filiation.names.name import KINDS, Name

MAX_BYTES = 64 << 10
MAX_ITEMS = 200
SEPARATORS = "-_. "
NEVER = "a^"
"""An expression that nothing fits."""
Spec = Annotated[str, msgspec.Meta(pattern=r"^[a-z-]{3,24}(:[a-z0-9._+-]{1,60})?(\|[a-z-]{3,24}(:[a-z0-9._+-]{1,60})?){0,7}$")]
"""Elements with ``|`` between, each with or without a value: ``size|parameters``, ``adaptation:gguf``."""
Word = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9.]{1,60}$")]
Count = Annotated[int, msgspec.Meta(ge=1, le=200)]


class NameRulesError(FiliationError):
    """A file of house rules cannot be used."""


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What more is asked of the names that say `has`."""

    has: Spec
    require: list[Spec] = []
    forbid: list[Spec] = []


class NameRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a house asks of names.

    Attributes:
        title: What the rules are for.
        require: Elements that a name must have.
        forbid: Elements that it must not have.
        order: Kinds of elements in the order in which they must stand, as far as they do.
        separators: Characters that may stand between words, of ``-_.`` and the blank; a point within a number always may.
        most_characters: How long it may be, the owner left out.
        case: ``lower`` where it must have no capitals.
        words: Words that it must not have, whatever their case.
        when: What is asked of some only.
    """

    title: str = ""
    require: list[Spec] = []
    forbid: list[Spec] = []
    order: list[str] = []
    separators: Annotated[str, msgspec.Meta(pattern="^[-_. ]*$")] | None = None
    most_characters: Count | None = None
    case: Literal["lower"] | None = None
    words: list[Word] = []
    when: list[Case] = []


class Condition(msgspec.Struct, frozen=True):
    """One rule of a house.

    Attributes:
        kind: ``require``, ``forbid``, ``order``, ``separators``, ``length``, ``case`` or ``word``.
        asked: What it asks: an element, kinds with blanks between, characters, a number or a word.
        has: Only of names that have this; empty for all.
    """

    kind: Literal["require", "forbid", "order", "separators", "length", "case", "word"]
    asked: str
    has: str = ""

    @property
    def id(self) -> str:
        """What it is called in a policy and in reports, such as ``require.parameters``."""
        return ".".join(
            part for part in (self.kind, "" if self.kind in {"case", "separators"} else self.asked, self.has) if part
        )


def load_rules(path: Path) -> NameRules:
    """Return the rules in a file.

    Raises:
        NameRulesError: If it is none; the sentence names the file and the key.
    """
    found = TomlFile(NameRules, "a file of rules for names", MAX_BYTES, error=NameRulesError).read(path)
    rules = list(conditions(found))
    if len(rules) > MAX_ITEMS:
        raise NameRulesError(f"{path} holds more than {MAX_ITEMS} rules: take some out.")
    for rule in rules:
        asked = {"require": rule.asked, "forbid": rule.asked, "order": rule.asked.replace(" ", "|")}.get(rule.kind, "")
        _checked(f"{asked}|{rule.has}", path)
    if not rules:
        raise NameRulesError(f"{path} asks for nothing: say what names must have, such as require = ['architecture'].")
    return found


def _checked(spec: str, path: Path) -> None:
    for item in filter(None, spec.split("|")):
        if item.partition(":")[0] not in KINDS:
            raise NameRulesError(f"{path}: {item!r} is no element of a name: those are {', '.join(KINDS)}.")


def conditions(rules: NameRules) -> Iterator[Condition]:
    """Yield every rule by itself."""
    yield from (Condition("require", spec) for spec in rules.require)
    yield from (Condition("forbid", spec) for spec in rules.forbid)
    if len(rules.order) > 1:
        yield Condition("order", " ".join(rules.order))
    if rules.separators is not None:
        yield Condition("separators", rules.separators)
    if rules.most_characters:
        yield Condition("length", str(rules.most_characters))
    if rules.case:
        yield Condition("case", rules.case)
    yield from (Condition("word", word) for word in rules.words)
    for case in rules.when:
        yield from (Condition("require", spec, case.has) for spec in case.require)
        yield from (Condition("forbid", spec, case.has) for spec in case.forbid)


def says(name: Name) -> tuple[str, ...]:
    """Return the elements of a name as ``kind:value``, in order."""
    return tuple(f"{element.kind}:{element.value}" for element in name.elements)


def shape(name: Name) -> str:
    """Return the kinds of a name's elements in order, with blanks between."""
    return " ".join(element.kind for element in name.elements)


def broken(rule: Condition, name: Name) -> bool:
    """Return whether a name breaks a rule; the expressions of `policy.naming` say the same."""
    if rule.has and not _has(rule.has, name):
        return False
    return _BROKEN[rule.kind](rule.asked, name)


def _has(spec: str, name: Name) -> bool:
    said = says(name)
    return any(item == one if ":" in one else item.startswith(f"{one}:") for one in spec.split("|") for item in said)


def _out_of_order(asked: str, name: Name) -> bool:
    order = asked.split()
    places = [order.index(element.kind) for element in name.elements if element.kind in order]
    return places != sorted(places)


_BROKEN: dict[str, Callable[[str, Name], bool]] = {
    "require": lambda asked, name: not _has(asked, name),
    "forbid": _has,
    "order": _out_of_order,
    "separators": lambda asked, name: re.search(unwanted(asked), name.text) is not None,
    "length": lambda asked, name: len(name.text) > int(asked),
    "case": lambda _, name: re.search("[A-Z]", name.text) is not None,
    "word": lambda asked, name: re.search(whole_word(asked), name.text) is not None,
}


def unwanted(allowed: str) -> str:
    """Return an expression for a separator that is not `allowed`; a point between digits is none."""
    others = "".join(sorted(set(SEPARATORS) - set(allowed) - {"."}))
    found = [f"[{others.replace('-', '')}{'-' if '-' in others else ''}]"] if others else []
    if "." not in allowed:
        found += ["[^0-9][.]", "[.][^0-9]"]
    return "|".join(found) or NEVER


def whole_word(word: str) -> str:
    """Return an expression for a word by itself, whatever its case."""
    return f"(?i)(^|[^a-z0-9]){word.replace('.', '[.]')}([^a-z0-9]|$)"
