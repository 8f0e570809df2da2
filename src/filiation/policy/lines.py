"""Find the lines of a TOML text on which its keys stand, which the reader does not tell."""

from __future__ import annotations

import re

_TABLE = re.compile(r"\s*\[\s*([^\[\]]+?)\s*\]\s*(?:#.*)?")
_ELEMENT = re.compile(r"\s*\[\[\s*([^\[\]]+?)\s*\]\]\s*(?:#.*)?")
_KEY = re.compile(r"""\s*((?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+)(?:\s*\.\s*(?:"[^"]*"|'[^']*'|[A-Za-z0-9_-]+))*)\s*=""")
_PART = re.compile(r""""[^"]*"|'[^']*'|[^\s.]+""")


def lines(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of every table and key, from 1 on; elements of ``[[rule]]`` are ``("rule", "0")`` and so on.

    A line inside a text of several lines may be taken for a key: then a line is wrong, and nothing else.
    """
    found: dict[tuple[str, ...], int] = {}
    table: tuple[str, ...] = ()
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        if element := _ELEMENT.fullmatch(line):
            name = element[1]
            table = (name, str(counts.get(name, 0)))
            counts[name] = counts.get(name, 0) + 1
            found.setdefault(table, number)
        elif header := _TABLE.fullmatch(line):
            table = _parts(header[1])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            found.setdefault((*table, *_parts(key[1])), number)
    return found


def line_of(found: dict[tuple[str, ...], int], path: tuple[str, ...]) -> int:
    """Return the line of `path`, or of the innermost of what it stands in; 1 where nothing of it was found."""
    return next((found[path[:length]] for length in range(len(path), 0, -1) if path[:length] in found), 1)


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))
