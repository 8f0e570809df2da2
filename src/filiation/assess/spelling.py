"""How our own constants are spelled in SQL; nothing that was read from a registry goes this way."""

from __future__ import annotations

import re
from collections.abc import Iterable


def text(value: str) -> str:
    """Return a string."""
    return "'" + value.replace("'", "''") + "'"


def listed(values: Iterable[str]) -> str:
    """Return a list of strings."""
    return "[" + ", ".join(map(text, values)) + "]"


def rows(values: Iterable[tuple[object, ...]]) -> str:
    """Return rows of strings and numbers, as they follow VALUES."""
    spelled = ((text(item) if isinstance(item, str) else str(item) for item in row) for row in values)
    return ", ".join(f"({', '.join(row)})" for row in spelled)


def matches(names: Iterable[str]) -> str:
    """Return the test whether the last part of `path` is one of `names`, in which * and ? stand for what they do in a shell."""
    patterns = "|".join(re.escape(name).replace(r"\*", "[^/]*").replace(r"\?", "[^/]") for name in sorted(set(names)))
    return f"regexp_matches(lower(path), {text(f'(?:^|/)(?:{patterns})$')})"


def step(key: str) -> str:
    """Return a step of a JSON path: into a list where it is a number."""
    return f"[{key}]" if key.isdigit() else f'."{key}"'
