"""The sections that a card has by the Hub's annotated template, and by which words each is known."""

from __future__ import annotations

import re
from collections.abc import Container, Iterable
from functools import cache, lru_cache
from typing import Literal

import msgspec

from filiation.core.claim import Predicate
from filiation.core.ref import Kind
from filiation.knowledge import load

State = Literal["absent", "placeholder", "thin", "present"]
STATES: tuple[State, ...] = ("absent", "placeholder", "thin", "present")
"""From nothing to enough; a section that is told of in several places has the best of their states."""
MAX_HEADING = 200
"""Longest heading that is looked at, in characters."""
MAX_WORDS = 10
"""A heading of more words is a sentence or the title of something."""
LEAST_SHARE = 1 / 3
"""How much of a heading its words must be to name a section, unless it begins with them."""
TITLE_SHARE = 0.6
"""The same for the first heading, which is as a rule the model's name."""
GAP = " ... "
"""What a cue has where anything may stand between its words."""
MAX_REMEMBERED = 1 << 16
_WORD = re.compile(r"[^\W_]+")
_MARKS = "".join(chr(code) if chr(code).isalnum() else " " for code in range(128))


@cache
def _cjk() -> re.Pattern[str]:
    """Return what finds a character of Chinese, Japanese or Korean; to compile it takes as long as all else here."""
    return re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")


class Source(msgspec.Struct, frozen=True):
    """What else says so much of a section: a claim with this predicate, or a field of the front matter of this name."""

    state: State
    predicate: Predicate | None = None
    name: str = ""


class Section(msgspec.Struct, frozen=True):
    """A section as ``knowledge/card_sections.toml`` has it; a group has a `default` leaf, a leaf may be `of` a group."""

    id: str
    title: str
    title_ja: str
    of: str | None = None
    default: str | None = None
    weight: float = 0
    thin: int = 1
    optional: bool = False
    anywhere: bool = False
    headings: dict[str, tuple[str, ...]] = {}
    labels: tuple[str, ...] = ()
    cues: dict[str, tuple[str, ...]] = {}
    blanks: tuple[str, ...] = ()
    code: tuple[str, ...] = ()
    claims: tuple[Source, ...] = ()
    fields: tuple[Source, ...] = ()


class Template:
    """The sections of one kind of card, in order, with their words ready for looking up.

    With `headings_only`, neither labels nor sentences nor code say what they are about.
    """

    def __init__(self, kind: Kind, *, headings_only: bool = False) -> None:
        self.kind = kind
        self.sections = tuple(msgspec.convert(load("card_sections")[str(kind)], list[Section]))
        self.by_id = {section.id: section for section in self.sections}
        self.leaves = tuple(section for section in self.sections if section.default is None)
        self.members = {
            group.id: tuple(leaf.id for leaf in self.leaves if leaf.of == group.id) for group in self.sections if group.default
        }
        pairs = [(section, words(text)) for section in self.sections for text in _texts(section.headings)]
        self._phrases: dict[str, list[tuple[tuple[str, ...], str]]] = {}
        for section, phrase in pairs:
            if phrase and not _cjk().search("".join(phrase)):
                self._phrases.setdefault(phrase[0], []).append((phrase, _leaf(section)))
        self._asian = sorted(
            ((text, _leaf(section)) for section in self.sections for text in _texts(section.headings) if _cjk().search(text)),
            key=lambda pair: -len(pair[0]),
        )
        self.labels: dict[str, tuple[str, ...]] = {}
        heard = () if headings_only else self.leaves
        for leaf in heard:
            for label in leaf.labels:
                key = " ".join(words(label))
                self.labels[key] = (*self.labels.get(key, ()), leaf.id)
        self.cues = Cues((leaf.id, cue) for leaf in heard for cue in _texts(leaf.cues))
        self.blanks = tuple((cue, leaf.id) for leaf in self.leaves for cue in leaf.blanks)
        self.code = tuple((piece, leaf.id) for leaf in heard for piece in leaf.code)
        self._remembered = lru_cache(MAX_REMEMBERED)(self._named)

    def leaves_of(self, heading: str, *, is_title: bool = False) -> tuple[str, ...]:
        """Return the leaves that a heading names, none or several; of a group its default."""
        return self._remembered(heading, is_title) if len(heading) <= MAX_HEADING else ()

    def _named(self, heading: str, is_title: bool) -> tuple[str, ...]:
        if _cjk().search(heading):
            return self._asian_leaves(heading)
        parts = words(heading)
        if not 0 < len(parts) <= MAX_WORDS:
            return ()
        found: list[str] = []
        covered, begins, place = 0, False, 0
        while place < len(parts):
            best = max(
                (
                    len(phrase)
                    for phrase, _ in self._phrases.get(parts[place], ())
                    if parts[place : place + len(phrase)] == phrase
                ),
                default=0,
            )
            if best:
                found += [leaf for phrase, leaf in self._phrases[parts[place]] if phrase == parts[place : place + best]]
                covered += best
                begins = begins or place == 0
            place += best or 1
        share = covered / len(parts)
        if share < (TITLE_SHARE if is_title else LEAST_SHARE) and (is_title or not begins):
            return ()
        return tuple(dict.fromkeys(found))

    def _asian_leaves(self, heading: str) -> tuple[str, ...]:
        """Return the leaves whose names stand in a heading without spaces, of overlapping names the longest."""
        rest = "".join(heading.split())
        if len(rest) > 4 * MAX_WORDS:
            return ()
        found = []
        for text, leaf in self._asian:
            bare = "".join(text.split())
            if bare in rest:
                found.append(leaf)
                if not any(other == text and leaf != name for other, name in self._asian):
                    rest = rest.replace(bare, "\0")
        return tuple(dict.fromkeys(found))


class Cues:
    """Phrases to be found in running text, each speaking of a leaf.

    They are found by one word of theirs, so that what a text costs does not grow with how many there are.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._by_word: dict[str, list[tuple[str, str]]] = {}
        self._asian: list[tuple[str, str]] = []
        for leaf, cue in pairs:
            if _cjk().search(cue):
                self._asian.append((cue, leaf))
            else:
                self._by_word.setdefault(max(words(cue), key=len), []).append((cue, leaf))
        self._words = frozenset(self._by_word)

    def near(self, text: str, parts: Iterable[str], known: Container[str] = ()) -> list[tuple[str, str]]:
        """Return the cues that `text` holds, whose words are `parts`, each with its leaf, but for leaves that are `known`."""
        words_of_cues = self._words.intersection(parts)
        near = [pair for word in words_of_cues for pair in self._by_word[word] if pair[1] not in known]
        if not text.isascii() and _cjk().search(text):
            near += self._asian
        if not near:
            return near
        lower = text.lower()
        return [pair for pair in near if pair[0] in lower or GAP in pair[0]]


def found(near: Iterable[tuple[str, str]], text: str) -> list[str]:
    """Return the leaves of which `text` (lower case) holds a cue among `near`, sorted."""
    return sorted({leaf for cue, leaf in near if _holds(text, cue)})


def _holds(text: str, cue: str) -> bool:
    begin, _, end = cue.partition(GAP)
    place = text.find(begin)
    if place < 0 or (place and begin[0].isascii() and begin[0].isalnum() and text[place - 1].isalnum()):
        return False
    return not end or end in text[place + len(begin) :]


@cache
def template(kind: Kind = Kind.MODEL, *, headings_only: bool = False) -> Template:
    """Return the sections of this kind of card."""
    return Template(kind, headings_only=headings_only)


def words(text: str) -> tuple[str, ...]:
    """Return the words of `text` without case and marks."""
    if text.isascii():
        return tuple(text.lower().translate(_MARKS).split())
    return tuple(_WORD.findall(text.casefold()))


def count_words(text: str) -> int:
    """Return how many words `text` has between blanks and bars; two characters of Chinese, Japanese or Korean are one."""
    asian = 0
    if not text.isascii() and (signs := _cjk().findall(text)):
        asian, text = (len(signs) + 1) // 2, _cjk().sub(" ", text)
    return asian + len(text.replace("|", " ").split())


def points() -> dict[State, float]:
    """Return what a section in each state is worth, of its weight."""
    return dict(load("card_sections")["state"])


def _texts(by_language: dict[str, tuple[str, ...]]) -> list[str]:
    return [text for texts in by_language.values() for text in texts]


def _leaf(section: Section) -> str:
    return section.default or section.id
