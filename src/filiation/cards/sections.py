"""How far each section of a card is filled, and which sentence decides it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cache, lru_cache

import msgspec

from filiation.cards.blocks import Block, Card, plain, sentences
from filiation.cards.emptiness import SHORT, is_placeholder, may_keep_place
from filiation.cards.template import STATES, State, Template, count_words, found, template, words
from filiation.core.ref import Kind

SUMMARY = "description"
"""The leaf that text at the top of a card fills, before any heading but the title."""
FEW = 5
"""A sentence of fewer words gives way to a longer one, as what decided."""
MAX_LABEL = 48
MAX_BARS = 3
"""Bars of a row that holds a label and a value; a wider one is a line of figures, and the first is a head."""
MAX_SPAN = 400
"""Longest piece of text that is named as what decided, in characters."""
CUE_SHARE = 0.5
"""What a word is worth that only a cue assigns to a section."""
COLONS = (":", "\N{FULLWIDTH COLON}")
Span = tuple[int, int]


class SectionState(msgspec.Struct, frozen=True, gc=False):
    """How far a section is filled: `start` and `stop` are the place in the card of what decided, null where it is absent."""

    section: str
    state: State
    start: int | None
    stop: int | None


class _Tally:
    """What was found of one leaf."""

    __slots__ = ("blank", "heading", "said", "told", "told_words", "words")

    def __init__(self) -> None:
        self.words = 0.0
        self.told: Span | None = None
        """The first sentence of `FEW` words under a heading or label of its own, or the longest before it."""
        self.told_words = 0
        self.said: Span | None = None
        """The first sentence elsewhere that a cue gives to it."""
        self.blank: Span | None = None
        self.heading: Span | None = None


def sections(card: Card, kind: Kind = Kind.MODEL, *, headings_only: bool = False) -> tuple[SectionState, ...]:
    """Return the state of every section of the template of `kind`, in its order; linear in the length of the card.

    Text belongs to the section that its innermost telling heading names; a line such as ``Developed by: ...`` to the one of its
    label; a sentence under no such heading to what its words speak of. A heading with nothing below it keeps a place.
    With `headings_only` what stands under no heading of a section counts for none, but for the summary at the top.
    """
    reader = _Reader(card, template(kind, headings_only=headings_only))
    for block in card.blocks:
        reader.take(block)
    reader.close(0)
    return reader.states()


class _Reader:
    """Takes the blocks of one card, in order."""

    def __init__(self, card: Card, of: Template) -> None:
        self.template = of
        self.tallies: defaultdict[str, _Tally] = defaultdict(_Tally)
        self.full: set[str] = set()
        """The leaves of which enough is told, and where."""
        self.title = next((block for block in card.blocks if block.kind == "heading"), None)
        self.titled = (plain(self.title.text),) if self.title else ()
        self.open: list[tuple[int, tuple[str, ...], Block]] = []
        """Level, leaves and block of the headings above, as long as nothing stands below them."""
        self.above: tuple[str, ...] | None = None
        self.place: tuple[str, ...] = ()
        """The headings above the last block, and the leaves that text below them belongs to."""
        self.carried: tuple[str, ...] = ()
        """What the last sentence spoke of, if it ended in a colon."""
        self.keeps = True
        """Whether the block may hold a sentence that only keeps a place."""

    def take(self, block: Block) -> None:
        """Take the next block."""
        kind = block.kind
        if kind == "heading":
            self._heading(block)
            return
        self.open.clear()
        if block.heading is not self.above:
            self.above, self.place = block.heading, self._place(block.heading)
        place = self.place
        if kind == "code":
            self._code(block, place)
            return
        if kind not in ("item", "row"):
            self.carried = ()
        elif self.carried:
            self._add(self.carried, block.text, (block.start, block.stop), told=False)
        if kind == "row" and place and place != (SUMMARY,) and self.full.issuperset(place):
            return
        if kind == "row":
            self.keeps = False
            is_pair = block.level > 0 and block.text.count("|") <= MAX_BARS
            self._line(block.text, (block.start, block.stop), place, "|" if is_pair else "")
        else:
            self._prose(block, place)

    def _prose(self, block: Block, place: tuple[str, ...]) -> None:
        text = block.text
        parts = words(text)
        near = self.template.cues.near(text, parts, self.full) if block.kind != "quote" else []
        self.keeps = may_keep_place(text, parts)
        if not near and "\n" not in text and (block.kind == "item" or len(text) <= SHORT):
            self._line(text, (block.start, block.stop), place, ":")
        elif near or self.keeps or any(colon in text for colon in COLONS):
            for sentence in sentences(block):
                span = sentence.start, sentence.stop
                if not self._line(sentence.text, span, place, ":") and near:
                    self._hear(sentence.text, span, place, near)
        elif not self.full.issuperset(place) and (first := next(sentences(block), None)):
            self._add(place, text, (first.start, first.stop), told=True)

    def _heading(self, block: Block) -> None:
        self.carried = ()
        leaves = self.template.leaves_of(plain(block.text), is_title=block is self.title)
        self.close(block.level)
        self.open.append((block.level, leaves, block))

    def close(self, level: int) -> None:
        """Note the headings of `level` and deeper that end without anything below them."""
        while self.open and self.open[-1][0] >= level:
            _, leaves, block = self.open.pop()
            for leaf in leaves:
                self.tallies[leaf].heading = self.tallies[leaf].heading or (block.start, block.stop)

    def _place(self, heading: tuple[str, ...]) -> tuple[str, ...]:
        """Return the leaves that text under these headings belongs to."""
        for depth in range(len(heading) - 1, -1, -1):
            found = self.template.leaves_of(heading[depth], is_title=depth == 0 and heading[:1] == self.titled)
            if found:
                return found
        return (SUMMARY,) if heading in ((), self.titled) else ()

    def _line(self, text: str, span: Span, place: tuple[str, ...], mark: str) -> bool:
        """Take a sentence, an item or a row; return whether its label says what it is about."""
        label, value = _labelled(text, mark)
        leaves = self.template.labels.get(label) if label else None
        if leaves:
            others = (leaf for leaf in place if leaf != SUMMARY and not self._akin(leaf, leaves))
            self._add(dict.fromkeys((*leaves, *others)), value, span, told=True)
            return True
        if place:
            self._add(place, value if label and is_placeholder(value) else text, span, told=True)
        return False

    def _hear(self, text: str, span: Span, place: tuple[str, ...], near: list[tuple[str, str]]) -> None:
        """Give the sentence to what its words speak of, where its heading does not say something else."""
        lower = text.lower()
        heard = [leaf for leaf in found(near, lower) if leaf not in place]
        if not heard:
            return
        blanks = {leaf for cue, leaf in self.template.blanks if cue in lower}
        self._blank(blanks, span)
        heard = [leaf for leaf in heard if leaf not in blanks]
        heard = [leaf for leaf in heard if self._may_speak(leaf, place)]
        self._add(heard, text, span, told=False)
        if text.endswith(COLONS):
            self.carried = tuple(leaf for leaf in heard if self.template.by_id[leaf].thin > 1)

    def _may_speak(self, leaf: str, place: tuple[str, ...]) -> bool:
        return self.template.by_id[leaf].anywhere or place in ((), (SUMMARY,)) or self._akin(leaf, place)

    def _akin(self, leaf: str, others: tuple[str, ...]) -> bool:
        group = self.template.by_id[leaf].of
        return group is not None and any(self.template.by_id[other].of == group for other in others)

    def _code(self, block: Block, place: tuple[str, ...]) -> None:
        self.carried, self.keeps = (), True
        lower = block.text.lower()
        span = block.start, min(block.stop, block.start + MAX_SPAN)
        inside = lower.strip("`~ \t").partition("\n")[2] if block.text.lstrip()[:3] in ("```", "~~~") else lower
        leaves = {leaf: None for piece, leaf in self.template.code if piece in lower}
        leaves.update(dict.fromkeys(leaf for leaf in place if leaf != SUMMARY))
        self._add(leaves, inside.rstrip("`~ \n\t"), span, told=True)

    def _add(self, leaves: Collection[str], text: str, span: Span, *, told: bool) -> None:
        """Count `text` for `leaves`, or note that it keeps their place."""
        if self.full.issuperset(leaves):
            return
        if (self.keeps or len(text) <= SHORT) and is_placeholder(text):
            self._blank(leaves, span)
            return
        count = count_words(text)
        for leaf in leaves:
            tally, thin = self.tallies[leaf], self.template.by_id[leaf].thin
            if told:
                if tally.told is None or tally.told_words < min(count, FEW):
                    tally.told, tally.told_words = span, count
                tally.words += count
                if tally.words >= thin:
                    self.full.add(leaf)
            else:
                tally.words += count if thin == 1 else count * CUE_SHARE
                tally.said = tally.said or span

    def _blank(self, leaves: Iterable[str], span: Span) -> None:
        for leaf in leaves:
            self.tallies[leaf].blank = self.tallies[leaf].blank or span

    def states(self) -> tuple[SectionState, ...]:
        """Return what was found, groups from their leaves."""
        states = {leaf: _state(leaf, self.template.by_id[leaf].thin, tally) for leaf, tally in self.tallies.items()}
        for group, members in self.template.members.items():
            told = [states[leaf] for leaf in members if leaf in states]
            if told:
                best = max(told, key=_rank)
                states[group] = SectionState(group, best.state, best.start, best.stop)
        return tuple(states.get(name) or _absent(name) for name in self.template.by_id)


@cache
def _absent(section: str) -> SectionState:
    return SectionState(section, "absent", None, None)


def _rank(item: SectionState) -> int:
    return STATES.index(item.state)


def _state(leaf: str, thin: int, tally: _Tally) -> SectionState:
    span = tally.told or tally.said
    if span is not None:
        return SectionState(leaf, "present" if tally.words >= thin else "thin", *span)
    span = tally.blank or tally.heading
    return SectionState(leaf, "placeholder", *span) if span else _absent(leaf)


def _labelled(text: str, mark: str) -> tuple[str, str]:
    """Return the label of a line such as ``**License:** MIT`` or a row ``| License | MIT |``, and its value; else nothing."""
    if not mark:
        return "", ""
    bare = text.lstrip("| \t*_")
    found = [place for sign in (mark, COLONS[1]) if (place := bare.find(sign, 0, MAX_LABEL)) > 0]
    if not found:
        return "", ""
    place = min(found)
    return _label(bare[:place]), bare[place + 1 :].strip("|*_ \t\n")


@lru_cache(1 << 14)
def _label(text: str) -> str:
    return " ".join(words(text)).removesuffix(" optional")
