"""A model card without what is not its author's own sentence: front matter, code, quotations, pictures, tags.

It does not go by `filiation.cards.blocks`, which keeps pictures and quoted sentences: the expression below would remain.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple

from filiation.cards.stems import Stems

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
    r"^[ \t]*+(?:#{1,6}[ \t]+(?P<atx>[^\n]*)"
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
    return _HIDDEN.sub(_blank, card[:MAX_CARD])


def _blank(found: re.Match[str]) -> str:
    return "\n".join(" " * len(line) for line in found[0].split("\n"))


def sentences(text: str, words: Stems, section: re.Pattern[str]) -> Iterator[Sentence]:
    """Yield the sentences of `text`, headings among them, in which one of `words` stands or whose heading has `section`.

    They come in order; upper and lower case are the same.
    """
    headings = [(found.start(), found["atx"] or found["setext"] or found["bold"] or "") for found in _HEADING.finditer(text)]
    ends = [start for start, _ in headings[1:]] + [len(text)]
    wanted = [(start, end) for (start, title), end in zip(headings, ends, strict=False) if section.search(title)]
    wanted = _joined([*wanted, *words.places_in(_lower(text))])
    passed = 0
    for block in _BLOCK.finditer(text) if wanted else ():
        if not _meet(wanted, *block.span()):
            continue
        for piece in _SENTENCE.finditer(block[0]):
            start = block.start() + piece.start()
            while passed < len(headings) and headings[passed][0] <= start:
                passed += 1
            if piece[0].strip() and _meet(wanted, start, block.start() + piece.end()):
                yield Sentence(piece[0], start, headings[passed - 1][1].strip(" #*\t") if passed else "")


def _lower(text: str) -> str:
    """Return `text` in lower case with every character in its place: a few have two where they are small."""
    lower = text.lower()
    return lower if len(lower) == len(text) else "".join(low if len(low := one.lower()) == 1 else one for one in text)


def _joined(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return `spans` in order, those that overlap as one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if joined and start < joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def _meet(spans: list[tuple[int, int]], start: int, end: int) -> bool:
    """Return whether one of `spans`, in order and apart, has a character from `start` to before `end`."""
    place = bisect_left(spans, (end, 0))
    return place > 0 and spans[place - 1][1] > start
