"""The relation of a child to its parent when nobody says it: ordered rules over names, tags, library and files.

``knowledge/relations.toml`` keeps the rules and how sure each one is; ``docs/relations.md`` tells how well they do.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from filiation.core.errors import FiliationError
from filiation.core.relation import WEIGHTS
from filiation.knowledge import load

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

HIDDEN = "base_model:"
"""Tags with this prefix say the relation outright; no rule may read them."""

_EDGE = """
    SELECT *,
           split_part(child, '/', -1) AS child_name,
           split_part(parent, '/', -1) AS parent_name,
           lower(coalesce(child_library, '')) AS library,
           lower(chr(10) || array_to_string(child_tags, chr(10)) || chr(10)) AS tags,
           lower(array_to_string(child_files, chr(10))) AS files
    FROM {table}
"""


def relation_query(table: str) -> str:
    """Return a query that says how each edge of `table` descends.

    Args:
        table: Name of a table or view with ``edge_id``, ``child`` and ``parent`` (full names in lower case),
            ``child_tags`` (null where there is no record), ``child_library``, ``child_files`` (null where not known)
            and ``parents``, how many parents the child has.

    Returns:
        SQL that yields, for each row and in no particular order, ``edge_id``, ``relation``, ``confidence`` in (0, 1]
        and ``rule``.

    Raises:
        FiliationError: If a rule cannot be read.
    """
    return query_of(load("relations")["rule"], table)


def query_of(rules: Sequence[dict[str, Any]], table: str) -> str:
    """Return `relation_query` for other rules than ours."""
    cases = "\n".join(f"        WHEN {_condition(rule)} THEN {number}" for number, rule in enumerate(rules, 1))
    return f"""
WITH edge AS ({_EDGE.format(table=table)}),
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
    unread = [key for key in stated if key not in _CONDITIONS]
    if unread or rule["relation"] not in WEIGHTS or not 0 < rule["confidence"] <= 1:
        raise FiliationError(f"The rule {rule['name']!r} in relations.toml cannot be read: {unread or rule}.")
    return " AND ".join(f"({_CONDITIONS[key](rule[key])})" for key in stated) or "true"


def _tokens(expressions: Sequence[str]) -> str:
    token = _text(f"(^|[^a-z0-9])({'|'.join(expressions)})($|[^a-z0-9])")
    return f"regexp_matches(child_name, {token}) AND NOT regexp_matches(parent_name, {token})"


def _tags(tags: Sequence[str]) -> str:
    if any(tag.startswith(HIDDEN) for tag in tags):
        raise FiliationError(f"A rule in relations.toml reads a tag {HIDDEN}..., which says the relation outright.")
    line = rf"\n({'|'.join(map(re.escape, tags))})\n"
    return f"regexp_matches(tags, {_text(line)})"


def _files(expressions: Sequence[str]) -> str:
    return f"regexp_matches(files, {_text('(?m)' + '|'.join(expressions))})"


def _letters(column: str) -> str:
    return f"regexp_replace({column}, '[^a-z0-9]', '', 'g')"


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, texts))}]"


def _text(text: str) -> str:
    """Return `text` as a SQL literal."""
    return "'" + text.replace("'", "''") + "'"


_NAMES_PARENT = f"contains({_letters('child_name')}, {_letters('parent_name')})"
_CONDITIONS: dict[str, Callable[[Any], str]] = {
    "tokens": _tokens,
    "tags": _tags,
    "libraries": lambda names: f"child_tags IS NOT NULL AND library IN ({', '.join(map(_text, names))})",
    "files": _files,
    "without": lambda expressions: f"NOT {_files(expressions)}",
    "listed": lambda known: f"child_files IS {'NOT ' if known else ''}NULL",
    "min_parents": lambda least: f"parents >= {int(least)}",
    "record": lambda known: f"child_tags IS {'NOT ' if known else ''}NULL",
    "names_parent": lambda wanted: _NAMES_PARENT if wanted else f"NOT {_NAMES_PARENT}",
}
