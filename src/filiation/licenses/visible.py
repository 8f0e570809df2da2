"""A model card without what is not its author's own sentence: front matter, code, quotations, pictures, tags.

It does not go by `filiation.cards.blocks`, which keeps pictures and quoted sentences: the expression below would remain.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

MAX_CARD = 1 << 18
"""Longest card that is read, in characters; the rest is not read."""
_HIDDEN = re.compile(
    r"\A\ufeff?\s*---[ \t]*\r?\n.*?\r?\n---[ \t]*(?:\r?\n|\Z)"  # front matter
    r"|^[ \t]*(?P<fence>```+|~~~+).*?(?:^[ \t]*(?P=fence)[ \t]*$|\Z)"  # fenced code
    r"|^(?: {4}|\t)[^\n]*$"  # indented code
    r"|^[ \t]*>[^\n]*$"  # quotations
    r"|<!--.*?(?:-->|\Z)"
    r"|!\[[^\]\n]{0,300}\]\([^)\n]{0,600}\)"  # pictures
    r"|<[^<>\n]{1,300}>"
    r"|[\u201c\"][^\u201c\u201d\"\n]{40,400}[\u201d\"]",  # quoted sentences
    re.DOTALL | re.MULTILINE,
)
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]+(?P<atx>[^\n]*)"
    r"|(?P<setext>[^\n#|]{1,80})\n[=-]{3,}[ \t]*$"
    r"|\*\*(?P<bold>[^*\n]{1,60})\*\*:?[ \t]*$)",
    re.MULTILINE,
)
_BLOCK = re.compile(r"[^\n]+(?:\n(?![ \t]*(?:\n|[-*#|+]|\d+\.|[=-]{3}))[^\n]+)*")
_SENTENCE = re.compile(r".+?(?:[.!?](?=\s+[A-Z\[(*])|\Z)", re.DOTALL)


class Sentence(NamedTuple):
    """A sentence as it stands in the card, where it begins, and the heading above it."""

    text: str
    start: int
    heading: str


def visible(card: str) -> str:
    """Return the card with all that is hidden as blanks, so that every character keeps its place."""
    return _HIDDEN.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), card[:MAX_CARD])


def sentences(text: str) -> Iterator[Sentence]:
    """Yield the sentences of `text`, headings among them, in order; none is empty."""
    headings = [(found.start(), found["atx"] or found["setext"] or found["bold"] or "") for found in _HEADING.finditer(text)]
    passed = 0
    for block in _BLOCK.finditer(text):
        for piece in _SENTENCE.finditer(block[0]):
            start = block.start() + piece.start()
            while passed < len(headings) and headings[passed][0] <= start:
                passed += 1
            if piece[0].strip():
                yield Sentence(piece[0], start, headings[passed - 1][1].strip(" #*\t") if passed else "")
