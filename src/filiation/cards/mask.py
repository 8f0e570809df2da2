"""A model card with everything blanked that is markup and not text; every character keeps its place."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

MAX_CARD = 1 << 18
"""Longest card that is read, in characters; the rest is not read."""
MAX_INDENT = 200
"""Most characters before a fence in its line."""
_FRONT_MATTER = re.compile(r"\A\ufeff?\s*---[ \t]*\r?\n(?:[^\n]*\n)*?---[ \t]*(?:\r?\n|\Z)")
_OPENING = re.compile(  # cases are spelled out: with the flag every character would be looked at slowly, and "\u017f" be an s
    r"<(?:!--|[sS][cC][rR][iI][pP][tT]\b|[sS][tT][yY][lL][eE]\b)|```+|~~~+"
)
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]{0,30}(?:\s[^<>]{0,2000})?/?>")
_CLOSING = {
    "<!--": re.compile(r"-->|\Z"),
    "<script": re.compile(r"</script\s{0,9}>|\Z", re.IGNORECASE),
    "<style": re.compile(r"</style\s{0,9}>|\Z", re.IGNORECASE),
}
_LINE = re.compile(r"[^\r\n]+")


class Masked(NamedTuple):
    """The text as it is read, as long as what was read of the card, and where its fenced code stands, fences and all."""

    text: str
    codes: tuple[tuple[int, int], ...]


def mask(card: str) -> Masked:
    """Return the card with front matter, code, comments, scripts and tags as blanks; line ends stay.

    Fences without an end reach to the end of the card, as Markdown has it. Linear in the length of the card.
    """
    text = card[:MAX_CARD]
    pieces: list[str] = []
    codes: list[tuple[int, int]] = []
    matter = _FRONT_MATTER.match(text)
    place = matter.end() if matter else 0
    if matter:
        pieces.append(blank(matter[0]))
    search = place
    while (found := _OPENING.search(text, search)) is not None:
        word = found[0].lower()
        if word[0] in "`~":
            start = max(text.rfind("\n", max(found.start() - MAX_INDENT, 0), found.start()) + 1, place)
            stop = _fence_end(text, start, found)
            if stop is None:
                search = found.end()
                continue
            codes.append((start, stop))
        else:
            start = found.start()
            end = _CLOSING[word].search(text, found.end())
            stop = end.end() if end else len(text)
        pieces += (without_tags(text[place:start]), blank(text[start:stop]))
        place = search = stop
    pieces.append(without_tags(text[place:]))
    return Masked("".join(pieces), tuple(codes))


def blank(text: str) -> str:
    """Return blanks instead of all that ends no line."""
    if "\r" in text:
        return _LINE.sub(_spaces, text)
    return "\n".join([" " * len(line) for line in text.split("\n")])


def without_tags(text: str) -> str:
    """Return `text` with HTML tags as blanks; addresses in angle brackets stay."""
    return _TAG.sub(_blanked, text) if "<" in text else text


def _blanked(found: re.Match[str]) -> str:
    tag = found[0]
    return blank(tag) if "\n" in tag or "\r" in tag else " " * len(tag)


def _spaces(found: re.Match[str]) -> str:
    return " " * (found.end() - found.start())


def _fence_end(text: str, start: int, found: re.Match[str]) -> int | None:
    """Return where the code ends that the fence `found` opens; None if it opens none.

    Its line begins at `start`.
    """
    if text[start - 1 : start] not in ("", "\n") or text[start : found.start()].strip(" \t>*-+0123456789.)"):
        return None
    line_end = text.find("\n", found.end())
    line_end = len(text) if line_end < 0 else line_end
    if found[0][0] == "`" and "`" in text[found.end() : line_end]:
        return None
    end = _fence(found[0][0], len(found[0])).search(text, line_end)
    return end.end() if end else len(text)


@lru_cache(maxsize=16)
def _fence(character: str, length: int) -> re.Pattern[str]:
    """Return what closes a fence: after a line's end, a line of at least as many of its characters."""
    return re.compile(rf"\n[ \t>]*{character}{{{min(length, 1000)},}}[ \t\r]*$", re.MULTILINE)
