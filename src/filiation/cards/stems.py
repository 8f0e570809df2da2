"""Which of many words a text has, in one pass over it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from filiation.cards.remembered import MAX_ANSWERS


class Stems:
    """Groups of words, each known by its name, looked for as parts of words too; upper and lower case differ."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        from ahocorasick_rs import AhoCorasick, Implementation  # noqa: PLC0415  # only those who read cards need it

        named: dict[str, int] = {}
        for bit, words in enumerate(groups.values()):
            for word in words:
                named[word] = named.get(word, 0) | 1 << bit
        self._groups, self._bits = tuple(groups), list(named.values())
        self._finder = AhoCorasick(list(named), implementation=Implementation.DFA)
        self._names = lru_cache(MAX_ANSWERS)(self._spelled_out)

    def groups_in(self, text: str) -> frozenset[str]:
        """Return the names of the groups of which `text` has a word; linear in its length."""
        bits = 0
        for number, _, _ in self._found(text):
            bits |= self._bits[number]
        return self._names(bits)

    def places_in(self, text: str) -> list[tuple[int, int]]:
        """Return (start, end) of every word of any group in `text`, in characters, in the order of their ends."""
        return [(start, end) for _, start, end in self._found(text)]

    def _found(self, text: str) -> list[tuple[int, int, int]]:
        try:
            return self._finder.find_matches_as_indexes(text, overlapping=True)
        except UnicodeEncodeError:  # half of a pair of surrogates, which is no text
            return self._finder.find_matches_as_indexes(text.encode(errors="replace").decode(), overlapping=True)

    def _spelled_out(self, bits: int) -> frozenset[str]:
        return frozenset(name for bit, name in enumerate(self._groups) if bits >> bit & 1)
