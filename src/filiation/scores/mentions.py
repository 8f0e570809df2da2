"""Datasets that a text names among other words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from filiation.knowledge import load
from filiation.scores.canonical import DatasetName, dataset_name, key, known_datasets

MAX_CHARS = 2000
"""So much of a text is looked at."""
MAX_WORDS = 8
_WORD = re.compile(r"[^\W_]+\+*")
_HUB = re.compile(r"(?<![\w/.-])[A-Za-z0-9][\w.-]{0,60}/[A-Za-z0-9][\w.-]{0,95}(?![\w/])")
_NOUN = re.compile(
    r"[\"'`*_\u201d ]{1,3}(?:data ?sets?|corpus|benchmarks?|leaderboard|test|validation|dev|eval)\b", re.IGNORECASE
)


_JOINS = frozenset("_-/")
_GOES_ON = re.compile(r"_|[-/](?!v?\d|test|dev|val|train)\w", re.IGNORECASE)
"""What makes a name the part of a longer one: "SQuAD" in "SQuAD-it"; an edition or a split does not."""


class Mention(NamedTuple):
    """A dataset where it stands in a text: from `start` to `stop`, as `written` there."""

    start: int
    stop: int
    written: str
    name: DatasetName


def datasets_in(text: str) -> Iterator[Mention]:
    """Yield the datasets that we know and that `text` names, in its order, longest names first, none within another.

    A name that is an ordinary word, such as "emotion" or "drop", counts in capitals, or where "dataset" follows.
    """
    text = text[:MAX_CHARS]
    taken = 0
    hubs = {found.start(): found for found in _HUB.finditer(text) if dataset_name(found[0]).id} if "/" in text else {}
    words = list(_WORD.finditer(text.lower() if len(text.lower()) == len(text) else text))
    firsts, ordinary = _firsts(), _ordinary()
    for number, word in enumerate(words):
        if word.start() < taken:
            continue
        if (found := hubs.get(word.start())) is not None:
            taken = found.end()
            yield Mention(found.start(), found.end(), found[0], dataset_name(found[0]))
            continue
        if word[0] not in firsts:
            continue
        for length in range(min(MAX_WORDS, firsts[word[0]], len(words) - number), 0, -1):
            start, stop = word.start(), words[number + length - 1].end()
            written = text[start:stop]
            if stop - start > 80 or key(written) not in known_datasets():
                continue
            is_joined = text[start - 1 : start] in _JOINS and not text[:start].endswith("datasets/")
            if is_joined or _GOES_ON.match(text, stop):
                continue
            if key(written) in ordinary and not (written.isupper() or _NOUN.match(text, stop)):
                continue
            taken = stop
            yield Mention(start, stop, written, dataset_name(written))
            break


@cache
def _firsts() -> dict[str, int]:
    """Return the first words of names, and how many words the longest of them has."""
    found: dict[str, int] = {}
    for name in known_datasets():
        words = _WORD.findall(name)
        if words:
            found[words[0]] = max(found.get(words[0], 0), len(words))
    return found


@cache
def _ordinary() -> frozenset[str]:
    return frozenset(load("benchmarks")["ordinary"])
