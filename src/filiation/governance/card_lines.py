"""Lines of a card that speak of something, found by words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from filiation.cards.emptiness import MAX_CHARS as PLACEHOLDER_CHARS
from filiation.cards.emptiness import is_placeholder
from filiation.cards.mask import mask

MAX_LINE_CHARS = 200
LABEL_CHARS = 40
"""No longer is what stands before a colon as the name of what follows."""
_TOOL = re.compile(r"weights (?:&|&amp;|and) biases", re.IGNORECASE)
"""The name of a program, which says nothing of biases."""


def prose(card: str) -> str:
    """Return a card with everything blanked that is markup; every character keeps its place."""
    return _TOOL.sub(lambda found: " " * len(found[0]), mask(card).text)


def lines_with(text: str, phrases: Sequence[str], most: int) -> list[tuple[int, int]]:
    """Return where the first lines stand that have one of `phrases`, whatever their case; words begin where they do.

    Headings, and what templates write by themselves, say nothing.

    Args:
        text: Of a card, as `prose` gives it.
        phrases: In Latin letters only as the beginning of a word; at least one.
        most: So many lines at most.

    Returns:
        Beginning and end of each, cut at words to `MAX_LINE_CHARS` or so.
    """
    lines: dict[int, tuple[int, int]] = {}
    for match in _pattern(tuple(phrases)).finditer(text):
        first = text.rfind("\n", 0, match.start())
        if first not in lines and not _says_nothing(text, match.start(), match.end()):
            lines[first] = _around(text, match.start(), match.end())
        if len(lines) == most:
            break
    return list(lines.values())


def _says_nothing(text: str, start: int, stop: int) -> bool:
    """Return whether the line about a place is a heading, or a sentence of a template."""
    first, end = text.rfind("\n", 0, start) + 1, text.find("\n", stop)
    line = text[first : len(text) if end < 0 else end].strip()
    label, colon, rest = line.partition(":")
    told = rest if colon and len(label) <= LABEL_CHARS else line
    return line.startswith("#") or is_placeholder(told[:PLACEHOLDER_CHARS])


def _around(text: str, start: int, stop: int) -> tuple[int, int]:
    """Return the line about a place in a text, cut to `MAX_LINE_CHARS` or so at words."""
    first = text.rfind("\n", 0, start) + 1
    end = text.find("\n", stop)
    last = len(text) if end < 0 else end
    if start - first > MAX_LINE_CHARS // 2:
        cut = text.find(" ", start - MAX_LINE_CHARS // 2, start)
        first = start if cut < 0 else cut + 1
    if last - first > MAX_LINE_CHARS:
        cut = text.rfind(" ", stop, max(stop, first + MAX_LINE_CHARS))
        last = max(stop, first + MAX_LINE_CHARS) if cut < 0 else cut
    return first, last


@cache
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    """Return what finds any of `phrases`; one in Latin letters only where a word begins."""
    told = (rf"(?<!\w){re.escape(text)}" if text.isascii() else re.escape(text) for text in phrases)
    return re.compile("|".join(told), re.IGNORECASE)
