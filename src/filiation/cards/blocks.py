"""A model card as blocks: headings, paragraphs, items, table rows, code, quotations; each with its place in the card."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import msgspec

from filiation.cards.mask import MAX_CARD, mask
from filiation.cards.remembered import remembered

__all__ = ["MAX_CARD", "Block", "Card", "Sentence", "plain", "read", "sentences", "spans"]

MAX_HEADING = 120
"""Longest line, in characters, that is a heading because of what stands below or around it."""
MAX_BOLD = 60
BOLD_LEVEL = 7
Kind = Literal["heading", "paragraph", "item", "row", "code", "quote", "html"]

_ATX = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_ATX_TAIL = re.compile(r"[ \t]#+$")
_ITEM = re.compile(r"(?:[-*+•・]|\d{1,9}[.)])[ \t]+(?:\[[ xX]\][ \t]+)?(?=\S)")
_RULE = re.compile(r"(?:[-*_=][ \t]*){3,}$")
_DELIMITER = re.compile(r"\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?$")
_BOLD = re.compile(rf"(\*\*\*|\*\*|__)(?=\S)([^*_\n]{{1,{MAX_BOLD}}})\1[ \t]*[:\uff1a]?$")
_HTML_HEADING = re.compile(r"<h([1-6])[\s>]", re.IGNORECASE)
_MARKS = re.compile(r"!?\[([^\]\[]{0,300})\]\([^()\n]{0,600}\)|[*`#]+|(?<!\w)_+|_+(?!\w)")
_BREAK = re.compile(  # begins with what may stand there: other characters are passed quickly
    r"[\s\"')\]*_`\u3002\uff01\uff1f\\](?:"
    r"(?<=[.!?][\"')\]*_`])[\"')\]*_`]{0,2}\s+(?=[^a-z\s,;)])|(?<=[.!?]\s)\s*(?=[^a-z\s,;)])"
    r"|(?<=[\u3002\uff01\uff1f])[\u3002\uff01\uff1f]*[\u300d\u300f\uff09\"]?\s*|(?:(?<= ) |(?<=\\))\r?\n"
    r"|(?<=\n)(?=[ \t]{0,9}[*_]{0,3}[^\W_][^\n:\uff1a]{0,40}[*_]{0,3}[:\uff1a]))"
)
_ABBREVIATION = re.compile(
    r"(?:\b(?:e\.g|i\.e|etc|vs|cf|al|resp|approx|fig|sec|no|dr|mr|ms|st|inc|ltd|co|eq|ver|v)|(?:^|\s)[A-Z])\.$", re.IGNORECASE
)


class Block(msgspec.Struct, frozen=True, gc=False):
    """A part of a card.

    `text` has a space for each character of markup between its words, so that `start` + i is the place in the card of its
    character i; `stop` is past the last. `heading` holds the headings above it, outermost first, as plain text; of a heading
    too, those above. `level` is 1 to 7 for headings (7: a bold line), the indentation of an item, and for a row its number
    in the table, 0 for the head.
    """

    kind: Kind
    text: str
    start: int
    stop: int
    heading: tuple[str, ...] = ()
    level: int = 0


class Card(msgspec.Struct, frozen=True, gc=False):
    """What was read of a card: `source` as it was given (at most `MAX_CARD` characters), `text` without markup, and blocks.

    Law: blocks are in order and disjoint; ``text[block.start:block.stop] == block.text``, but for code and quotations, whose
    text is the card's own.
    """

    source: str
    text: str
    blocks: tuple[Block, ...]


class Sentence(msgspec.Struct, frozen=True, gc=False):
    """A sentence; `start` and `stop` are places in the card."""

    text: str
    start: int
    stop: int


@lru_cache(maxsize=4)
def read(card: str) -> Card:
    """Return the blocks of `card`, which may be anything a stranger wrote: Markdown, HTML, neither; in linear time.

    Front matter, comments, scripts and rules are in no block. An indented line is code only after a blank line and outside
    of a list. A line in bold alone is a heading below all others; so is an HTML heading, at its level. The last few cards are
    kept, since several readers ask for the same one in turn.
    """
    masked = mask(card)
    reader = _Reader(card[:MAX_CARD], masked.text)
    place = 0
    for start, stop in masked.codes:
        reader.take(place, start)
        reader.code(start, stop)
        place = stop + 1
    reader.take(place, len(masked.text))
    reader.close()
    return Card(reader.source, masked.text, tuple(reader.blocks))


def sentences(block: Block) -> Iterator[Sentence]:
    """Yield the sentences of `block`, none empty, without white space around them.

    A new line ends one where the next begins like ``Name:`` or the line asks for a break.
    """
    text, place = block.text, block.start
    for start, stop in spans(text):
        yield Sentence(text[start:stop], place + start, place + stop)


def plain(text: str) -> str:
    """Return `text` without emphasis, code marks, links and doubled spaces."""
    if "*" in text or "`" in text or "[" in text or "_" in text or "#" in text:
        text = _without_marks(text)
    return " ".join(text.split()).strip(" \t:\uff1a")


@remembered
def _without_marks(text: str) -> str:
    return _MARKS.sub(_words_of, text)


def _words_of(found: re.Match[str]) -> str:
    return found[1] or ""


@remembered
def spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return where the sentences of `text`, a block's, begin and end, as `sentences` has them."""
    spans, begin = [], 0
    for found in _BREAK.finditer(text):
        start = found.start()
        if text[start - 1 : start] == "." and _ABBREVIATION.search(text, max(0, start - 8), start):
            continue
        spans.append((begin, found.end()))
        begin = found.end()
    spans.append((begin, len(text)))
    return tuple(bare for span in spans if (bare := _bare(text, *span)))


def _bare(text: str, begin: int, end: int) -> tuple[int, int] | None:
    """Return the span without white space around it; None where there is nothing else."""
    piece = text[begin:end]
    start = begin + len(piece) - len(piece.lstrip())
    stop = start + len(piece.strip())
    return (start, stop) if stop > start else None


class _Reader:
    """Takes lines, makes blocks."""

    def __init__(self, source: str, text: str) -> None:
        self.source, self.text = source, text
        self.blocks: list[Block] = []
        self.above: list[tuple[int, str]] = []
        self.heading: tuple[str, ...] = ()
        self.kind: Kind | None = None
        self.start = self.stop = self.level = self.lines = 0
        self.row = -1
        """Number of the table's last row; -1 outside of one."""
        self.in_list = False
        self.after_blank = True

    def take(self, place: int, stop: int) -> None:
        """Take the lines from `place` to `stop`."""
        blank = -1
        for line in self.text[place:stop].splitlines(keepends=True):
            bare = line.strip()
            if not bare:
                blank = place
            else:
                if blank >= 0:
                    self.blank(blank, place)
                    blank = -1
                self.line(line, bare, place)
            place += len(line)
        if blank >= 0:
            self.blank(blank, place)

    def blank(self, place: int, stop: int) -> None:
        """Take a line without text, which may be one of markup."""
        self.close()
        self.after_blank, self.row = not self.source[place:stop].strip(), -1

    def line(self, line: str, bare: str, place: int) -> None:
        """Take one line; `place` is where it begins, `bare` its text."""
        first = bare[0]
        indent = 0 if line[0] == first else len(line) - len(line.lstrip())
        start = place + indent
        stop = start + len(bare)
        if first == ">" and indent < 4:
            self._open_or_extend("quote", start, stop)
        elif self.kind == "quote" and first not in "#|-*+=":
            self.stop = stop
        elif (indent >= 4 or line[0] == "\t") and self._is_code(place):
            self._open_or_extend("code", place, stop)
        elif (first.isalpha() and self.row < 0) or not self._special(first, bare, start, stop, indent):
            self._text(bare, place, start, stop)
        self.after_blank = False

    def _is_code(self, place: int) -> bool:
        """Return whether a line with this much space before its text is code; a tag that was blanked is no space."""
        spaced = self.source[place] == "\t" or not self.source[place : place + 4].strip()
        return spaced and (self.kind == "code" or (self.after_blank and not self.in_list))

    def _special(self, first: str, bare: str, start: int, stop: int, indent: int) -> bool:
        """Take a line that says what it is by how it begins; return whether it does."""
        if first == "#" and (found := _ATX.match(bare)):
            tail = _ATX_TAIL.search(bare)
            self.close()
            self._heading(len(found[1]), start + found.end(), start + (tail.start() if tail else len(bare)))
            return True
        if first in "-*_=:|" and bare[-1] in "-*_=:|" and self._ruled(bare):
            return True
        if first == "|" or self.row >= 0:
            if "|" in bare:
                self.close()
                self.row += 1
                self._add("row", start, stop, self.row)
                return True
            self.row = -1
        if (first in "-*+•・" or first.isdigit()) and (found := _ITEM.match(bare)):
            self.close()
            self.kind, self.start, self.stop, self.level = "item", start + found.end(), stop, indent
            self.in_list = True
            return True
        return False

    def _ruled(self, bare: str) -> bool:
        """Take a line of dashes: below a line it makes a heading or a table of it, else it parts."""
        if self.kind == "paragraph" and self.lines == 1:
            above = self.text[self.start : self.stop]
            if "|" in above and "|" in bare and _DELIMITER.match(bare):
                self.kind, self.row = None, 0
                self._add("row", self.start, self.stop, 0)
                return True
            if bare[0] in "=-" and len(bare) > 1 and not bare.strip(bare[0]) and len(above) <= MAX_HEADING:
                self.kind = None
                self._heading(1 if bare[0] == "=" else 2, self.start, self.stop)
                return True
        if _RULE.match(bare):
            self.close()
            return True
        return self.row >= 0 and _DELIMITER.match(bare) is not None

    def _text(self, bare: str, place: int, start: int, stop: int) -> None:
        if self.kind in ("paragraph", "item", "html"):
            self.stop, self.lines = stop, self.lines + 1
            return
        self.close()
        if bare[0] in "*_" and (found := _BOLD.match(bare)) and found[2][-1] not in ".!":
            self._heading(BOLD_LEVEL, start + found.start(2), start + found.end(2))
            return
        opened = self.source[place:start].lstrip()
        if opened.startswith("<"):
            if title := _HTML_HEADING.search(opened):
                self._heading(int(title[1]), start, stop)
                return
            self.kind = "html"
        else:
            self.kind = "paragraph"
            self.in_list = self.in_list and place < start
        self.start, self.stop, self.level, self.lines = start, stop, 0, 1

    def _open_or_extend(self, kind: Kind, start: int, stop: int) -> None:
        if self.kind != kind:
            self.close()
            self.kind, self.start, self.level = kind, start, 0
        self.stop = stop

    def code(self, start: int, stop: int) -> None:
        """Take fenced code, with the lines that it stands in."""
        self.close()
        self.after_blank, self.row = False, -1
        self._add("code", start, stop, 0)

    def close(self) -> None:
        """End the block that is open."""
        if self.kind is not None:
            self._add(self.kind, self.start, self.stop, self.level)
            self.kind = None

    def _heading(self, level: int, start: int, stop: int) -> None:
        while self.above and self.above[-1][0] >= level:
            self.above.pop()
        self.heading = tuple(title for _, title in self.above)
        title = plain(self.text[start:stop])
        if title:
            self._add("heading", start, stop, level)
            self.above.append((level, title))
            self.heading = (*self.heading, title)
        self.in_list, self.row = False, -1

    def _add(self, kind: Kind, start: int, stop: int, level: int) -> None:
        text = (self.source if kind in ("code", "quote") else self.text)[start:stop]
        self.blocks.append(Block(kind, text, start, stop, self.heading, level))
