"""What a tensor is in its network, by its name, so that renamed and renumbered copies meet."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, NamedTuple

import msgspec

from filiation.knowledge import load

MAX_NAME = 1024
MOST_NUMBERS = 4


class Role(msgspec.Struct, frozen=True):
    """What a tensor is.

    Attributes:
        kind: Canonical, such as ``attention.query`` or ``decoder.mlp.up``; of what no rule knows the words of its name.
        layer: Its number, from 0; of several numbers in a name one made of all, the first counting most; None without any.
        part: ``weight``, ``bias``, ``lora_a``, ...
        transposed: Whether the sides of a matrix lie as (inputs, outputs); None if the name does not say.
        known: A rule knows it.
        expert: Of a mixture of experts, which one.
    """

    kind: str
    layer: int | None
    part: str
    transposed: bool | None = None
    known: bool = False
    expert: int | None = None


def role(name: str, shape: Sequence[int] = (), config: Mapping[str, Any] | None = None) -> Role:
    """Return what a tensor of that name is.

    Law: wrappers in front of a name (``model.``, ``module.``) do not matter.

    Args:
        name: As its file spells it; beyond `MAX_NAME` characters it is not looked at.
        shape: Of it; `transposed` is None but for two axes.
        config: ``config.json`` of the model; None without.
    """
    model_type = (config or {}).get("model_type")
    return _role(name[:MAX_NAME], len(shape) == 2, model_type if isinstance(model_type, str) else "")


class _Table(NamedTuple):
    rewrites: tuple[tuple[re.Pattern[str], str], ...]
    rules: tuple[tuple[str, re.Pattern[str]], ...]
    parts: dict[str, str]
    stacks: dict[str, str]
    whole: frozenset[str]
    silent: frozenset[str]
    experts: frozenset[str]
    cross: frozenset[str]
    turned: re.Pattern[str]
    turned_models: frozenset[str]
    straight_models: frozenset[str]
    turned_parts: frozenset[str]


@cache
def _table() -> _Table:
    table = load("tensor_roles")
    return _Table(
        tuple((re.compile(found), put) for found, put in table["rewrites"]),
        tuple((rule["kind"], re.compile(rule["words"])) for rule in table["rule"]),
        {word: part for part, words in table["parts"].items() for word in words},
        {word: stack for stack, words in table["stacks"].items() for word in words},
        frozenset(table["whole"]),
        frozenset(table["silent"]),
        frozenset(table["experts"]),
        frozenset(table["cross"]),
        re.compile(table["turned"]["words"]),
        frozenset(table["turned"]["model_types"]),
        frozenset(table["turned"]["straight"]),
        frozenset(table["turned"]["parts"]),
    )


class _Path(NamedTuple):
    words: list[str]
    stack: str
    layer: int | None
    expert: int | None


@lru_cache(maxsize=1 << 16)
def _role(name: str, is_matrix: bool, model_type: str) -> Role:
    table = _table()
    words = _words(name, table)
    ending = words.pop() if words and words[-1] in table.parts else ""
    if ending and words and words[-1].startswith("lora_"):
        ending = words.pop()
    path = _path(words, table)
    kind = _kind(path.words, table)
    part = table.parts.get(ending, "weight")
    transposed = None
    if is_matrix and kind:
        transposed = _transposed(".".join(path.words), ending, model_type, table)
    elif is_matrix and ending in table.turned_parts:
        transposed = True
    called = kind or ".".join(path.words) or ending or "tensor"
    return Role(path.stack + called, path.layer, part, transposed, bool(kind), path.expert)


def _words(name: str, table: _Table) -> list[str]:
    """Return the words and numbers of a name."""
    text = re.sub(r":\d+$", "", name.lower())  # TensorFlow counts the outputs of a variable
    text = re.sub(r"[/:.\\|]+", ".", text).strip(".")
    for found, put in table.rewrites:
        text = found.sub(put, text)
    words: list[str] = []
    for word in text.split("."):
        match = None if word in table.whole else re.fullmatch(r"(.*[a-z])_(\d+)", word, re.ASCII)
        words += match.groups() if match else [word]
    return [word for word in words if word]


def _path(words: Sequence[str], table: _Table) -> _Path:
    """Return what is left without numbers and without what says nothing."""
    path: list[str] = []
    stack, layer, expert, many = "", None, None, 0
    for i, word in enumerate(words):
        if word.isascii() and word.isdigit():
            number = min(int(word[:9]), 999)
            if i and words[i - 1] in table.experts and expert is None:
                expert = number
            elif many < MOST_NUMBERS:
                layer, many = number + 1000 * (layer or 0), many + 1
        elif not path and word in table.stacks:
            stack = stack or f"{table.stacks[word]}."
        elif path or word not in table.silent:
            path.append(word)
    return _Path(path, stack, layer, expert)


def _kind(path: Sequence[str], table: _Table) -> str:
    """Return the kind of the first rule that knows the words; empty if none does."""
    text = ".".join(path)
    kind = next((kind for kind, found in table.rules if found.search(text)), "")
    other = any(word in table.cross or word.startswith("cross_attn_") for word in path)
    return f"cross.{kind[len('attention.') :]}" if other and kind.startswith("attention.") else kind


def _transposed(text: str, ending: str, model_type: str, table: _Table) -> bool | None:
    if ending in table.turned_parts or (model_type in table.turned_models and table.turned.search(text)):
        return True
    if table.turned.search(text) and model_type not in table.straight_models:
        return None
    return False
