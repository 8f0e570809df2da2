"""Text that only keeps a place: "[More Information Needed]", TODO, what a template says by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache

from filiation.cards.template import words
from filiation.knowledge import load

MAX_CHARS = 400
"""A longer sentence keeps no place."""
SHORT = 40
"""Texts of so few characters are always looked at."""
_BRACES = re.compile(r"\{\{.{0,200}?\}\}|<your[ _-][^<>]{0,60}>|\[your[ _-][^\[\]]{0,60}\]", re.IGNORECASE)


def is_placeholder(sentence: str) -> bool:
    """Return whether `sentence` leaves its place empty; one without letters and digits does not say anything either."""
    if len(sentence) > MAX_CHARS:
        return False
    parts = words(_BRACES.sub(" ", sentence) if "{{" in sentence or "your" in sentence.lower() else sentence)
    text = " ".join(parts)
    return (
        not parts
        or text in _sentences()
        or (len(parts) <= load("card_sections")["placeholder"]["longest"] and text.startswith(_openings()))
        or text.startswith(_boilerplate())
    )


def may_keep_place(text: str, parts: Iterable[str]) -> bool:
    """Return whether sentences of `text`, whose words are `parts`, may do: a quick look at longer texts."""
    return len(text) <= SHORT or not _telling().isdisjoint(parts)


@cache
def _sentences() -> frozenset[str]:
    return frozenset(" ".join(words(text)) for text in load("card_sections")["placeholder"]["sentences"])


@cache
def _openings() -> tuple[str, ...]:
    return tuple(f"{' '.join(words(text))} " for text in load("card_sections")["placeholder"]["openings"])


@cache
def _boilerplate() -> tuple[str, ...]:
    return tuple(" ".join(words(text)) for text in load("card_sections")["placeholder"]["boilerplate"])


@cache
def _telling() -> frozenset[str]:
    """Return the longest word of each of these texts."""
    texts = [*_boilerplate(), *(text for text in _sentences() if " " in text), *_openings()]
    return frozenset(max(text.split(), key=len) for text in texts)
