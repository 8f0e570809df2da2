"""How many tokens a text has at least and at most, without running the tokenizer.

What counts exactly is the library; it is asked only where a person wants that (`token_counts`). These bounds hold for all that
tokenizers write into tokenizer.json: a word that is cut from its neighbours is at least one token, and no token is shorter than
a character, or than a byte where characters may fall apart into bytes.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from filiation.interface.tokenizer import Tokenizer

MAX_CHARS = 1 << 20
"""A longer text is too long for any model that we know; it is measured by its first part."""
_LOST = frozenset({"Cc", "Cf", "Mn", "Me", "Cs", "Co", "Cn"})
_SIGNS = re.compile(r"[!-/:-@\[-`{-~]", re.ASCII)


class Bounds(NamedTuple):
    """So many tokens at least, and at most, special ones included."""

    least: int
    most: int


def bounds(text: str, found: Tokenizer) -> Bounds:
    """Return the bounds of `text`.

    Source:
        tokenizers 0.22: BertPreTokenizer cuts at blanks and signs; all other kinds keep at least blanks, unless the vocabulary
        has tokens that reach across them (`Tokenizer.crosses`).
    """
    short = text[:MAX_CHARS]
    kept = _kept(short)
    words = [] if found.crosses else (_SIGNS.sub(r" \g<0> ", kept) if found.splits else kept).split()
    if found.kind == "WordPiece" and found.splits:
        # Where something may be taken away, words may grow together: then only the characters are sure.
        longest = sum(_pieces(word, found) for word in words) if kept == short else len(unicodedata.normalize("NFKD", short))
    else:
        longest = (len(short) if short.isascii() else sum(map(_widest, short))) + len(words)
    is_plain = not any(added in short for added in found.added)
    least = (len(words) if is_plain else 0) + found.specials
    return Bounds(least, max(longest + found.specials + 2 * (not found.splits), least))


def unknown_characters(text: str, found: Tokenizer) -> set[str]:
    """Return the characters that stand in no token, in any form that a normalizer could give them; no blanks."""
    if not found.characters:
        return set()
    return {sign for sign in set(text[:MAX_CHARS]) if not _is_known(sign, found.characters)}


def _pieces(word: str, found: Tokenizer) -> int:
    """Return how many pieces a word has at most: one where the whole of it is a piece, for the longest is taken first."""
    if word.isascii():
        return 1 if (word.lower() if found.lowers else word) in found.pieces else len(word)
    return len(unicodedata.normalize("NFKD", word))


@lru_cache(maxsize=1 << 16)
def _widest(sign: str) -> int:
    """Return how many bytes a character is, as it stands or taken apart, whichever are more."""
    return max(len(form.encode("utf-8", "replace")) for form in (sign, unicodedata.normalize("NFKD", sign)))


def _is_known(sign: str, known: frozenset[str]) -> bool:
    if sign in known or sign.isspace() or unicodedata.category(sign) in _LOST:
        return True
    forms = {sign.lower(), *(unicodedata.normalize(form, sign) for form in ("NFKC", "NFD", "NFKD"))}
    forms |= {form.lower() for form in forms}
    return any(all(part in known or unicodedata.combining(part) for part in form) for form in forms)


def _kept(text: str) -> str:
    """Return `text` without what normalizers take away: a word of nothing else is no token."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(sign for sign in text if sign in "\t\n\r" or unicodedata.category(sign) not in _LOST)
