"""The relation of a child to its parent when nobody says it: ordered rules over names, tags, library and files.

The rules, and how sure each one is, are kept in ``knowledge/relations.toml``; ``docs/relations.md`` tells how well they do.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from filiation.core.errors import FiliationError
from filiation.core.relation import WEIGHTS
from filiation.knowledge import load

HIDDEN = "base_model:"
"""Tags with this prefix say the relation outright, so no rule may look at them."""

_TAGS = "lower(chr(10) || array_to_string({column}, chr(10)) || chr(10))"
_NEWLINE = r"\n"
_VIEW = """
    SELECT *,
           split_part(child, '/', -1) AS child_name,
           split_part(child, '/', 1) AS child_owner,
           split_part(parent, '/', -1) AS parent_name,
           lower(child_library) AS library,
           {tags} AS tags,
           lower(array_to_string(child_files, chr(10))) AS files
    FROM {table}
"""


def relation_query(table: str) -> str:
    """Return a query that says how each edge of `table` descends.

    Args:
        table: Name of a table or view with ``edge_id``, ``child`` and ``parent`` (lower-case full names), ``child_tags``,
            ``child_library``, ``child_files``, ``parent_tags`` (each null where unknown) and ``parents``, how many parents
            the child has.

    Returns:
        SQL that yields, for each row in no particular order, ``edge_id``, ``relation``, ``confidence`` in (0, 1] and ``rule``.

    Raises:
        FiliationError: If a rule in the table of rules cannot be read.
    """
    rules = load("relations")["rule"]
    cases = "\n".join(f"        WHEN {_condition(rule)} THEN {number}" for number, rule in enumerate(rules, 1))
    return f"""
WITH edge AS ({_VIEW.format(table=table, tags=_TAGS.format(column='child_tags'))}),
decided AS (
    SELECT edge_id, CASE
{cases}
    END AS number
    FROM edge
)
SELECT edge_id,
       ({_list(rule["relation"] for rule in rules)})[number] AS relation,
       ({[float(rule["confidence"]) for rule in rules]}::DOUBLE[])[number] AS confidence,
       ({_list(rule["name"] for rule in rules)})[number] AS rule
FROM decided
"""


def _condition(rule: dict[str, Any]) -> str:
    """Return the SQL condition of one rule."""
    stated = [key for key in rule if key not in {"name", "relation", "confidence"}]
    unknown = [key for key in stated if key not in _CONDITIONS]
    if unknown or rule["relation"] not in WEIGHTS or not 0 < rule["confidence"] <= 1:
        raise FiliationError(f"The rule {rule['name']!r} in relations.toml cannot be read: {unknown or rule}.")
    return " AND ".join(f"({_CONDITIONS[key](rule[key])})" for key in stated) or "true"


def _tags(tags: Sequence[str], column: str = "tags") -> str:
    if any(tag.startswith(HIDDEN) for tag in tags):
        raise FiliationError(f"A rule in relations.toml reads a tag {HIDDEN}..., which says the relation outright.")
    return f"regexp_matches({column}, {_text(_NEWLINE + '(?:' + '|'.join(map(re.escape, tags)) + ')' + _NEWLINE)})"


def _new_tags(tags: Sequence[str]) -> str:
    return f"{_tags(tags)} AND NOT coalesce({_tags(tags, _TAGS.format(column='parent_tags'))}, false)"


def _tokens(expressions: Sequence[str]) -> str:
    return f"{_token('child_name', expressions)} AND NOT {_token('parent_name', expressions)}"


def _token(column: str, expressions: Sequence[str]) -> str:
    pattern = f"(^|[^a-z0-9])({'|'.join(expressions)})($|[^a-z0-9])"
    return f"regexp_matches({column}, {_text(pattern)})"


def _files(expressions: Sequence[str]) -> str:
    return f"regexp_matches(files, {_text('(?m)' + '|'.join(expressions))})"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    """Return `text` as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


_CONDITIONS: dict[str, Callable[[Any], str]] = {
    "tokens": _tokens,
    "tags": _tags,
    "new_tags": _new_tags,
    "libraries": lambda names: f"library IN ({', '.join(map(_text, names))})",
    "owners": lambda names: f"child_owner IN ({', '.join(map(_text, names))})",
    "files": _files,
    "without": lambda expressions: f"NOT {_files(expressions)}",
    "parent": lambda expressions: _token("parent_name", expressions),
    "min_parents": lambda least: f"parents >= {int(least)}",
    "record": lambda known: f"child_tags IS {'NOT ' if known else ''}NULL",
}
