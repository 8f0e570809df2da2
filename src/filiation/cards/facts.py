"""What a card says of training, evaluation, use and people, beside parents and licence."""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

from filiation.cards.blocks import MAX_REMEMBERED, Block, Card, plain, sentences
from filiation.cards.statement import Statement
from filiation.core.claim import Predicate
from filiation.knowledge import load

MAX_VALUE = 300
"""Longest value, in characters; a longer one is cut."""
MAX_LABEL = 60
MAX_EACH = 64
"""Most statements of one predicate from one card."""
_LABEL_NOISE = re.compile(r"\[optional\]|\(optional\)|\(s\)|[*`]|(?<!\w)_+|_+(?!\w)")
_ARXIV = re.compile(r"arxiv(?:\.org/(?:abs|pdf|html)/|:\s?|[ }]\s?)(\d{4}\.\d{4,5})", re.IGNORECASE)
_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}")
_MAILBOX = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+-]{0,63}$")
_CODE_HOST = re.compile(r"https?://(?:www\.)?(github\.com|gitlab\.com|bitbucket\.org)/([\w.-]{1,64})/([\w.-]{1,100})")
_DIGIT = re.compile(r"\d")
_NUMBER = re.compile(r"[-+]?\d{1,6}(?:[.,]\d{1,8})?(?:e-?\d{1,3})?\s?%?")
_LOG = re.compile(r"\b(?:epoch|step|training loss)s?\b", re.IGNORECASE)
"""In the head of a table that is a training log, and no results."""
_BIBTEX = re.compile(r"@\w{1,20}\{")


def facts(card: Card, own: str) -> Iterator[Statement]:
    """Yield what `card` says, each value of a predicate once, in the order of the text; placeholders say nothing.

    Args:
        card: Blocks of the card.
        own: ``owner/name`` of the card's model.
    """
    reader = _Reader(card, own)
    seen: set[tuple[Predicate, str]] = set()
    counts: dict[Predicate, int] = {}
    for said in reader.statements():
        key = (said.predicate, said.value.lower())
        if key in seen or counts.get(said.predicate, 0) >= MAX_EACH:
            continue
        seen.add(key)
        counts[said.predicate] = counts.get(said.predicate, 0) + 1
        yield said


class _Reader:
    """Goes once over the blocks, knowing what the headings above and the sentence before announce."""

    def __init__(self, card: Card, own: str) -> None:
        self.card, self.rules = card, _rules()
        self.own = own.lower()
        self.listing: Predicate | None = None
        self.split: str | None = None
        self.head: list[str] = []
        self.is_scores = False
        self.told: set[Predicate] = set()
        self.heading: tuple[str, ...] | None = None
        self.sections: tuple[Predicate, ...] = ()

    def statements(self) -> Iterator[Statement]:
        """Yield all, with repetitions."""
        yield from self._papers()
        yield from self._addresses()
        for block in self.card.blocks:
            if block.heading is not self.heading:
                self._enter(block.heading)
            if block.kind == "code":
                yield from self._demo(block)
            elif block.kind == "row":
                yield from self._row(block)
            elif block.kind not in ("quote", "heading"):
                yield from self._text(block)

    def _enter(self, heading: tuple[str, ...]) -> None:
        """Note what the headings announce."""
        self.heading, self.sections = heading, _sections(heading[-1]) if heading else ()
        self.listing, self.split, self.head = None, None, []

    def _is_under(self, topic: str) -> bool:
        """Return whether the headings above announce `topic`."""
        return bool(self.heading) and _announces(self.heading, topic)

    def _say(self, predicate: Predicate, value: str, block: Block, sure: str) -> Iterator[Statement]:
        """Yield one statement of the whole block, unless a placeholder stands where its value should."""
        bare = value.strip(" \t\r\n|")
        if bare and not self.rules["placeholder"].match(bare.lower()[:600]):
            yield Statement(predicate, _cut(bare), block.start, block.stop, self.rules["confidence"][sure])

    def _text(self, block: Block) -> Iterator[Statement]:
        text = block.text
        for predicate in self.sections:
            if predicate not in self.told:
                said = list(
                    self._say(predicate, plain(text), block, "section" if len(self.sections) == 1 else "section_of_both")
                )
                if said:
                    self.told.add(predicate)
                    yield from said
        if self.listing is Predicate.METRIC and block.kind == "item":
            yield from self._metric_item(block)
        elif block.kind == "item" and self._is_under("framework"):
            yield from self._say(Predicate.FRAMEWORK, plain(text), block, "listed")
        elif ":" in text or "\uff1a" in text:
            for line in text.splitlines() if block.kind != "item" else (text,):
                yield from self._label(line, block)
        if wanted := _wanted(text):
            yield from self._sentences(block, wanted)

    def _label(self, line: str, block: Block) -> Iterator[Statement]:
        """Yield what "Label: value" says."""
        label, colon, value = line.partition(":")
        if not colon:
            label, colon, value = line.partition("\uff1a")
        if len(label) > MAX_LABEL or not value.strip():
            return
        label = _label_of(label)
        rules = self.rules
        predicate = rules["labels"].get(label)
        if predicate is Predicate.LANGUAGE:
            yield from self._languages(plain(value), block)
        elif predicate is not None and predicate not in (Predicate.REPOSITORY, Predicate.DATASET):
            yield from self._say(predicate, plain(value), block, "label")
        elif label in rules["hyperparameters"] or (self._is_under("hyperparameter") and len(label) < 40 and len(value) < 100):
            value = plain(value)
            if value and not rules["placeholder"].match(value.lower()[:600]):
                yield from self._say(Predicate.HYPERPARAMETER, f"{label}: {value[:120]}", block, "listed")

    def _languages(self, value: str, block: Block) -> Iterator[Statement]:
        for word in re.findall(r"[^\W\d_][^\W\d_-]*(?:-[^\W\d_]+)?", value.lower()[:400]):
            code = self.rules["languages"].get(word)
            if code:
                yield from self._say(Predicate.LANGUAGE, code, block, "label")

    def _sentences(self, block: Block, wanted: tuple[str, ...]) -> Iterator[Statement]:
        """Yield what single sentences say: parameters, hardware, emissions, results and how they were found."""
        rules = self.rules
        for sentence in sentences(block):
            text = sentence.text.lower()
            part = Block("paragraph", sentence.text, sentence.start, sentence.stop)
            if "hyperparameters" in wanted:
                for name, pattern in rules["parameters"]:
                    if found := pattern.search(text):
                        yield from self._say(Predicate.HYPERPARAMETER, f"{name}: {found['value']}", part, "sentence")
            if "hardware" in wanted and (self._is_under("training") or rules["hardware_context"].search(text)):
                yield from self._hardware(text, part)
            if "carbon" in wanted and (found := rules["carbon"].search(text)):
                yield from self._say(Predicate.CARBON, found["value"], part, "sentence")
            if "metric" in wanted:
                yield from self._metrics(text, part)
            if "protocol" in wanted and ("metric" in wanted or self._is_under("evaluation")):
                for found in rules["protocol"].finditer(text):
                    yield from self._say(Predicate.METRIC_PROTOCOL, found[0], part, "sentence")

    def _hardware(self, text: str, part: Block) -> Iterator[Statement]:
        for found in self.rules["hardware"].finditer(text):
            words = found[0].strip()
            if words not in ("gpu", "gpus", "a gpu", "tpu", "tpus"):
                yield from self._say(Predicate.HARDWARE, self._as_written(part, found), part, "sentence")

    def _as_written(self, part: Block, found: re.Match[str]) -> str:
        return part.text[found.start() : found.end()] if len(part.text) == len(found.string) else found[0]

    def _metrics(self, text: str, part: Block) -> Iterator[Statement]:
        rules = self.rules
        if rules["results"].search(text):
            self.listing = Predicate.METRIC
            split = rules["protocol"].search(text)
            self.split = split[0] if split else None
        for found in rules["metric"].finditer(text):
            yield from self._metric(found["name"], found["value"], None, part, "sentence")

    def _metric_item(self, block: Block) -> Iterator[Statement]:
        name, colon, value = plain(block.text).partition(":")
        if colon and (number := _NUMBER.fullmatch(value.strip())):
            yield from self._metric(name.strip(), number[0], None, block, "listed")

    def _metric(self, name: str, value: str, dataset: str | None, block: Block, sure: str) -> Iterator[Statement]:
        fields = {"task": None, "dataset": dataset, "split": self.split, "metric": name.strip()[:80], "value": value.strip()}
        yield Statement(
            Predicate.METRIC, json.dumps(fields, ensure_ascii=False), block.start, block.stop, self.rules["confidence"][sure]
        )

    def _row(self, block: Block) -> Iterator[Statement]:
        bars = block.text.strip("| ").count("|")
        if block.level and bars != 1 and not self.is_scores:
            return
        cells = [plain(cell) for cell in block.text.strip().strip("|").split("|")]
        if block.level == 0:
            self.head = cells
            log = any(_LOG.search(cell) for cell in cells)
            self.is_scores = self._is_under("evaluation") and not log
        if len(cells) == 2 and cells[0]:
            yield from self._label(f"{cells[0]}: {cells[1]}", block)
        if block.level and self.is_scores and len(cells) == len(self.head) > 1:
            for name, cell in zip(self.head[1:], cells[1:], strict=True):
                if self.rules["metric_name"].fullmatch(name.lower()) and (number := _NUMBER.fullmatch(cell)):
                    yield from self._metric(name, number[0], cells[0][:100] or None, block, "table")

    def _demo(self, block: Block) -> Iterator[Statement]:
        if "(" not in block.text or not any(map(block.text.__contains__, self.rules["loaders"])):
            return
        for line in block.text.splitlines():
            if "(" in line and self.rules["loads"].search(line) and not line.lstrip().startswith("#"):
                sure = "demo_own" if self.own in block.text.lower() else "demo"
                yield from self._say(Predicate.DEMO_CODE, line, block, sure)
                return

    def _papers(self) -> Iterator[Statement]:
        """Yield arXiv numbers, in text and in references written as BibTeX."""
        source = self.card.source
        if "arxiv" not in source and "arXiv" not in source and "ArXiv" not in source:
            return
        for found in _ARXIV.finditer(source):
            block = self._block_at(found.start())
            if block is not None and (block.kind != "code" or _BIBTEX.search(block.text, 0, 200)):
                sure = self.rules["confidence"]["arxiv"]
                yield Statement(Predicate.ARXIV, found[1], found.start(), found.end(), sure)

    def _addresses(self) -> Iterator[Statement]:
        """Yield mail addresses and repositories of code."""
        card = self.card
        for found in _mails(card.text):
            block = self._block_at(found.start())
            if block is not None and block.kind not in ("code", "quote"):
                part = Block("paragraph", found[0], found.start(), found.end())
                yield from self._say(Predicate.CONTACT, found[0], part, "email")
        if "github.com/" in card.source or "gitlab.com/" in card.source or "bitbucket.org/" in card.source:
            for found in _CODE_HOST.finditer(card.source):
                block = self._block_at(found.start())
                if block is not None and block.kind not in ("code", "quote"):
                    yield from self._repository(found, block)

    def _block_at(self, place: int) -> Block | None:
        """Return the block in which `place` is."""
        blocks = self.card.blocks
        number = bisect_right(blocks, place, key=_start) - 1
        return blocks[number] if number >= 0 and place < blocks[number].stop else None

    def _repository(self, found: re.Match[str], block: Block) -> Iterator[Statement]:
        rules = self.rules
        name = f"{found[2]}/{found[3].removesuffix('.git').rstrip('.')}"
        if name.lower() in rules["libraries"]:
            return
        low = block.text.lower()
        label = plain(low.partition(":")[0].lstrip("-* "))
        sure = "repository" if any(word in low for word in ("code", "repo", "implement", "script")) else "repository_other"
        if any(word in " ".join(block.heading).lower() for word in ("source", "repositor", "code")):
            sure = "repository_heading"
        if rules["labels"].get(label) is Predicate.REPOSITORY:
            sure = "repository_label"
        part = Block("paragraph", found[0], found.start(), found.end())
        yield from self._say(Predicate.REPOSITORY, f"https://{found[1].lower()}/{name}", part, sure)


def _start(block: Block) -> int:
    return block.start


def _cut(value: str) -> str:
    return value if len(value) <= MAX_VALUE else f"{value[: MAX_VALUE - 1]}\u2026"


@lru_cache(maxsize=MAX_REMEMBERED)
def _label_of(text: str) -> str:
    """Return a label as it is looked up."""
    return _LABEL_NOISE.sub("", text.lower()).strip(" -\u2022\t:")


@lru_cache(maxsize=MAX_REMEMBERED)
def _announces(heading: tuple[str, ...], topic: str) -> bool:
    """Return whether headings, outermost first, announce `topic`."""
    return _rules()["headings"][topic].search("\n".join(heading).lower()) is not None


@lru_cache(maxsize=MAX_REMEMBERED)
def _sections(heading: str) -> tuple[Predicate, ...]:
    """Return of what the first piece of text below a heading speaks."""
    return tuple(name for name, pattern in _rules()["sections"] if pattern.search(heading.lower()))


@lru_cache(maxsize=MAX_REMEMBERED)
def _wanted(text: str) -> tuple[str, ...]:
    """Return of what `text` may speak, by its stems; of most only where it has a figure."""
    low = text.lower()
    numbered = _DIGIT.search(low) is not None
    return tuple(name for name, loose, stems in _rules()["stems"] if (numbered or loose) and any(map(low.__contains__, stems)))


def _mails(text: str) -> Iterator[re.Match[str]]:
    """Yield the addresses of mail in `text`, looked for around each "@"."""
    place = 0
    while (at := text.find("@", place)) >= 0:
        box = _MAILBOX.search(text, max(place, at - 64), at)
        found = _EMAIL.match(text, box.start()) if box else None
        place = found.end() if found else at + 1
        if found:
            yield found


@cache
def _rules() -> dict[str, Any]:
    table = load("card_prose")["facts"]
    labels = {label: Predicate(name) for name, names in table["labels"].items() for label in names}
    names = table["metric"]["names"]
    return {
        "placeholder": re.compile(table["placeholder"]),
        "labels": labels,
        "headings": {
            name: re.compile(pattern)
            for name, pattern in {
                "training": table["training"],
                "evaluation": table["evaluation"],
                **table["listed"],
            }.items()
        },
        "sections": [(Predicate(name), re.compile(pattern)) for name, pattern in table["sections"].items()],
        "hyperparameters": frozenset(table["hyperparameters"]["names"]),
        "parameters": [(row["name"], re.compile(row["pattern"])) for row in table["hyperparameters"]["sentence"]],
        "stems": [
            (name, name in ("hardware", "protocol", "metric"), tuple(table[name]["stems"]))
            for name in ("hyperparameters", "hardware", "carbon", "metric", "protocol")
        ],
        "hardware": re.compile(table["hardware"]["pattern"]),
        "hardware_context": re.compile(table["hardware"]["context"]),
        "carbon": re.compile(table["carbon"]["pattern"]),
        "metric": re.compile(
            rf"\b(?P<name>{names})(?: score| rate| value)?(?: of| is| was|:| =|=| at)? (?:about |around |approximately |~)?"
            rf"(?P<value>\d{{1,3}}(?:\.\d{{1,6}})?\s?%?)(?![\w-])"
        ),
        "metric_name": re.compile(names),
        "results": re.compile(table["metric"]["results"]),
        "protocol": re.compile(table["protocol"]["pattern"]),
        "loads": re.compile(table["demo"]["loads"]),
        "loaders": tuple(table["demo"]["stems"]),
        "libraries": frozenset(table["repository"]["others"]),
        "languages": {name: code for code, names in table["language_names"].items() for name in names},
        "confidence": table["confidence"],
    }
