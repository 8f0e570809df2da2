"""Names of licences, as they are compared: without case, punctuation, and words such as "license"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

MAX_NAME = 200
"""Longest name that is looked up; licences have shorter ones."""
_WORD = re.compile(r"[a-z]+|\d+(?:\.\d+)*|\++")
_FILLER = frozenset({"the", "a", "an", "license", "licence", "licenses", "agreement", "version", "ver", "v", "of", "use"})


class Word(NamedTuple):
    """A word that counts in a name, and its place in the text."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """Return the words of `text` that count in a name, in order."""
    found = [Word(found[0], found.start(), found.end()) for found in _WORD.finditer(text.lower())]
    return [word for word in found if word.text not in _FILLER]


@lru_cache(maxsize=1 << 16)
def name_key(name: str) -> str:
    """Return what is left of a name when case, punctuation and words such as "license" are taken away.

    ``Apache License, Version 2.0`` and ``apache-2.0`` have one key. A name that is longer than `MAX_NAME`, or holds signs that
    nobody sees, has none: "".
    """
    name = name.strip()
    if len(name) > MAX_NAME or not name.isprintable():
        return ""
    text = unicodedata.normalize("NFKC", name).casefold()
    every = _WORD.findall(text)
    return "-".join(word for word in every if word not in _FILLER) or "-".join(every)
