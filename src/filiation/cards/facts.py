"""What a card says of training, evaluation, use and people, beside parents and licence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from operator import attrgetter
from typing import NamedTuple

from filiation.cards.blocks import Block, Card, plain, spans
from filiation.cards.fact_rules import rules as _rules
from filiation.cards.remembered import remembered, remembered_with
from filiation.cards.statement import Statement
from filiation.cards.topics import TOPICS, topics
from filiation.core.claim import Predicate

MAX_VALUE = 300
"""Longest value, in characters; a longer one is cut."""
MAX_LABEL = 60
MAX_EACH = 64
"""Most statements of one predicate from one card."""
_LABEL_NOISE = re.compile(r"\[optional\]|\(optional\)|\(s\)|[*`]|(?<!\w)_+|_+(?!\w)")
_ARXIV = re.compile(r"[aA](?i:rxiv(?:\.org/(?:abs|pdf|html)/|:\s?|[ }]\s?))(\d{4}\.\d{4,5})")
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_MAILBOX = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}$")
_CODE_HOST = re.compile(r"https?://(?:www\.)?(github\.com|gitlab\.com|bitbucket\.org)/([\w.-]{1,64})/([\w.-]{1,100})")
_START = attrgetter("start")
_WORD = re.compile(r"[^\W\d_][^\W\d_-]*(?:-[^\W\d_]+)?")
_BIBTEX = re.compile(r"@\w{1,20}\{")


def facts(card: Card, own: str) -> Iterator[Statement]:
    """Yield what `card` says, each value of a predicate once, in the order of the text; placeholders say nothing.

    Args:
        card: Blocks of the card.
        own: ``owner/name`` of the card's model.
    """
    seen: set[tuple[Predicate, str]] = set()
    counts: dict[Predicate, int] = {}
    for said in _Reader(card, own).read():
        key = (said.predicate, said.value.lower())
        if key in seen or counts.get(said.predicate, 0) >= MAX_EACH:
            continue
        seen.add(key)
        counts[said.predicate] = counts.get(said.predicate, 0) + 1
        yield said


class _Said(NamedTuple):
    """What a text says, and its confidence."""

    predicate: Predicate
    value: str
    sure: float


class _Reader:
    """Goes once over the blocks, knowing what the headings above and the sentence before announce."""

    def __init__(self, card: Card, own: str) -> None:
        self.card, self.rules = card, _rules()
        self.own = own.lower()
        self.found: list[Statement] = []
        self.told: set[Predicate] = set()
        self.heading: tuple[str, ...] | None = None
        self.sections: tuple[Predicate, ...] = ()
        self.announced: dict[str, bool] = {}
        """What is known of the topics of the headings above."""

    def read(self) -> list[Statement]:
        """Return all, with repetitions."""
        self._papers()
        self._addresses()
        for block in self.card.blocks:
            if block.heading is not self.heading:
                self._enter(block.heading)
            if block.kind == "row":
                self._row(block)
            elif block.kind == "code":
                self._demo(block)
            elif block.kind not in ("quote", "heading"):
                self._text(block)
        return self.found

    def _enter(self, heading: tuple[str, ...]) -> None:
        """Note what the headings announce."""
        self.heading, self.sections, self.announced = heading, _sections(heading[-1]) if heading else (), {}

    def _is_under(self, topic: str) -> bool:
        """Return whether the headings above announce `topic`."""
        if topic not in self.announced:
            found = bool(self.heading) and self.rules["headings"][topic].search("\n".join(self.heading).lower())
            self.announced[topic] = bool(found)
        return self.announced[topic]

    def _say(self, said: _Said, start: int, stop: int) -> None:
        self.found.append(Statement(said.predicate, said.value, start, stop, said.sure))

    def _text(self, block: Block) -> None:
        text = block.text
        is_item = block.kind == "item"
        for predicate in self.sections:
            if predicate not in self.told:
                sure = "section" if len(self.sections) == 1 else "section_of_both"
                for said in _said(predicate, plain(text), sure):
                    self.told.add(predicate)
                    self._say(said, block.start, block.stop)
        if is_item and self._is_under("framework"):
            for said in _said(Predicate.FRAMEWORK, plain(text), "listed"):
                self._say(said, block.start, block.stop)
        elif ":" in text or "\uff1a" in text:
            for line in (text,) if is_item else text.splitlines():
                self._label(line, block)
        wanted = topics(text)
        if not wanted.isdisjoint(TOPICS):
            training = "hardware" in wanted and self._is_under("training")
            evaluation = "protocol" in wanted and self._is_under("evaluation")
            for start, stop, said in _spoken(text, training, evaluation):
                self._say(said, block.start + start, block.start + stop)

    def _label(self, line: str, block: Block) -> None:
        """Note what "Label: value" says."""
        label, colon, value = line.partition(":")
        if not colon:
            label, colon, value = line.partition("\uff1a")
        if len(label) > MAX_LABEL or not value.strip():
            return
        label = _label_of(label)
        is_parameter = len(label) < 40 and len(value) < 100 and self._is_under("hyperparameter")
        if is_parameter or label in self.rules["told"]:
            for said in _labelled(label, value, is_parameter):
                self._say(said, block.start, block.stop)

    def _row(self, block: Block) -> None:
        if block.text.strip("| ").count("|") == 1:
            cells = [plain(cell) for cell in block.text.strip().strip("|").split("|")]
            if len(cells) == 2 and cells[0]:
                self._label(f"{cells[0]}: {cells[1]}", block)

    def _demo(self, block: Block) -> None:
        if not self._may_load(block.text):
            return
        for line in block.text.splitlines():
            if self._may_load(line) and self.rules["loads"].search(line) and not line.lstrip().startswith("#"):
                for said in _said(Predicate.DEMO_CODE, line, "demo_own" if self.own in block.text.lower() else "demo"):
                    self._say(said, block.start, block.stop)
                return

    def _may_load(self, code: str) -> bool:
        """Return whether `code` may load a model."""
        return "(" in code and any(map(code.__contains__, self.rules["loaders"]))

    def _papers(self) -> None:
        """Note arXiv numbers, in text and in references written as BibTeX."""
        source = self.card.source
        if "arxiv" not in source and "arXiv" not in source and "ArXiv" not in source:
            return
        for found in _ARXIV.finditer(source):
            block = self._block_at(found.start())
            if block is not None and (block.kind != "code" or _BIBTEX.search(block.text, 0, 200)):
                self._say(_Said(Predicate.ARXIV, found[1], self.rules["confidence"]["arxiv"]), found.start(), found.end())

    def _addresses(self) -> None:
        """Note mail addresses and repositories of code."""
        card = self.card
        for found in _mails(card.text):
            block = self._block_at(found.start())
            if block is not None and block.kind not in ("code", "quote"):
                for said in _said(Predicate.CONTACT, found[0], "email"):
                    self._say(said, found.start(), found.end())
        if "github.com/" in card.source or "gitlab.com/" in card.source or "bitbucket.org/" in card.source:
            self._repositories()

    def _repositories(self) -> None:
        """Note repositories of code, but for libraries that most cards link to."""
        sure: dict[int, str] = {}  # of a block once, which may be long and full of addresses
        for found in _CODE_HOST.finditer(self.card.source):
            block = self._block_at(found.start())
            name = f"{found[2]}/{found[3].removesuffix('.git').rstrip('.')}"
            if block is None or block.kind in ("code", "quote") or name.lower() in self.rules["libraries"]:
                continue
            if block.start not in sure:
                sure[block.start] = _sure_of_code(block.text, block.heading)
            for said in _said(Predicate.REPOSITORY, f"https://{found[1].lower()}/{name}", sure[block.start]):
                self._say(said, found.start(), found.end())

    def _block_at(self, place: int) -> Block | None:
        """Return the block in which `place` is."""
        blocks = self.card.blocks
        number = bisect_right(blocks, place, key=_START) - 1
        return blocks[number] if number >= 0 and place < blocks[number].stop else None


@remembered_with
def _sure_of_code(text: str, heading: tuple[str, ...]) -> str:
    """Return what is known of the address of a repository that stands in a block with this text below these headings."""
    low = text.lower()
    if _rules()["labels"].get(plain(low.partition(":")[0].lstrip("-* "))) is Predicate.REPOSITORY:
        return "repository_label"
    if any(word in " ".join(heading).lower() for word in ("source", "repositor", "code")):
        return "repository_heading"
    return "repository" if any(word in low for word in ("code", "repo", "implement", "script")) else "repository_other"


def _cut(value: str) -> str:
    return value if len(value) <= MAX_VALUE else f"{value[: MAX_VALUE - 1]}\u2026"


@remembered
def _label_of(text: str) -> str:
    """Return a label as it is looked up."""
    return _LABEL_NOISE.sub("", text.lower()).strip(" -\u2022\t:")


@remembered
def _sections(heading: str) -> tuple[Predicate, ...]:
    """Return of what the first piece of text below a heading speaks."""
    return tuple(name for name, pattern in _rules()["sections"] if pattern.search(heading.lower()))


@remembered
def _is_placeholder(value: str) -> bool:
    """Return whether `value` is what a template leaves."""
    return _rules()["placeholder"].match(value.lower()[:600]) is not None


def _said(predicate: Predicate, value: str, sure: str) -> Iterator[_Said]:
    """Yield what a value says, unless it is a placeholder."""
    rules = _rules()
    bare = value.strip(" \t\r\n|")
    if bare and not _is_placeholder(bare):
        yield _Said(predicate, _cut(bare), rules["confidence"][sure])


def _labelled(label: str, value: str, is_parameter: bool) -> Iterator[_Said]:
    """Yield what a value says that has this label."""
    rules = _rules()
    predicate = rules["labels"].get(label)
    if predicate is Predicate.LANGUAGE:
        for word in _WORD.findall(plain(value).lower()[:400]):
            if code := rules["languages"].get(word):
                yield from _said(Predicate.LANGUAGE, code, "label")
    elif predicate is not None and predicate not in (Predicate.REPOSITORY, Predicate.DATASET):
        yield from _said(predicate, plain(value), "label")
    elif is_parameter or label in rules["hyperparameters"]:
        value = plain(value)
        if value and not _is_placeholder(value):
            yield from _said(Predicate.HYPERPARAMETER, f"{label}: {value[:120]}", "listed")


@remembered_with
def _spoken(text: str, training: bool, evaluation: bool) -> tuple[tuple[int, int, _Said], ...]:
    """Return what the sentences of a block say and where in it: parameters, hardware, emissions, how results were found.

    `training` and `evaluation` are what the headings announce.
    """
    rules, wanted = _rules(), topics(text)
    said: list[tuple[int, int, _Said]] = []
    for start, stop in spans(text):
        low = text[start:stop].lower()
        part: list[Iterator[_Said]] = []
        if "hyperparameters" in wanted:
            part += [
                _said(Predicate.HYPERPARAMETER, f"{name}: {found['value']}", "sentence")
                for name, pattern in rules["parameters"]
                if (found := pattern.search(low))
            ]
        if "hardware" in wanted and (training or rules["hardware_context"].search(low)):
            part.append(_hardware(text[start:stop], low))
        if "carbon" in wanted and (found := rules["carbon"].search(low)):
            part.append(_said(Predicate.CARBON, found["value"], "sentence"))
        if "protocol" in wanted and ("metric" in wanted or evaluation):
            part += [_said(Predicate.METRIC_PROTOCOL, found[0], "sentence") for found in rules["protocol"].finditer(low)]
        said += [(start, stop, one) for some in part for one in some]
    return tuple(said)


def _hardware(text: str, low: str) -> Iterator[_Said]:
    for found in _rules()["hardware"].finditer(low):
        if found[0].strip() not in ("gpu", "gpus", "a gpu", "tpu", "tpus"):
            written = text[found.start() : found.end()] if len(text) == len(low) else found[0]
            yield from _said(Predicate.HARDWARE, written, "sentence")


def _mails(text: str) -> Iterator[re.Match[str]]:
    """Yield the addresses of mail in `text`, looked for around each "@"."""
    place = 0
    while (at := text.find("@", place)) >= 0:
        before = text[at - 1 : at]
        box = _MAILBOX.search(text, max(place, at - 64), at) if before.isalnum() or before in "_.+-" else None
        found = _EMAIL.match(text, box.start()) if box else None
        place = found.end() if found else at + 1
        if found:
            yield found
