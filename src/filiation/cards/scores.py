"""Scores that a card tells in tables, lists and sentences, each with what the card says of how it was taken."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import msgspec

from filiation.cards.blocks import Block, Card, plain, spans
from filiation.cards.remembered import remembered
from filiation.cards.score_tables import table_scores
from filiation.cards.score_words import NOTHING, Around, around, label, score_rules
from filiation.cards.statement import Statement
from filiation.cards.topics import topics
from filiation.core.claim import Predicate
from filiation.scores.canonical import metric_name, number

MAX_SCORES = 256
"""Most scores of one card."""
MAX_ROWS = 400
MAX_VALUE, MAX_NAME = 40, 120
MAX_CAPTION = 60
"""Shortest texts may be captions: "Without LM:"."""
MAX_CODE = 20_000
_SIGN = re.compile(r"[:=~]|\b(?:of|is|was|at)\b")
_FINE = re.compile(r"[.,%]")
"""What a figure has that follows the name of a metric without a word between: "accuracy 0.9", not "f1 2"."""
_JSON = json.JSONEncoder(ensure_ascii=False).encode
_DIGIT = re.compile(r"\d")
_CELL = re.compile(r"(?<!\\)\|")
_LABELLED = re.compile(r"(?P<name>[^:=\uff1a\n]{1,120}?)\s*[:=\uff1a]\s*(?P<value>[^\n]{1,60})")
_NUMBERS = re.compile(r"[-+]?\d{1,6}(?:[.,]\d{1,20})?(?:e-?\d{1,3})?\s?%?", re.IGNORECASE)
_NOTHING = frozenset(
    {"none", "unknown", "an unknown", "n/a", "null", "custom", "generator", "imagefolder", "audiofolder", "json", "csv", "text"}
)


def scores(card: Card, own: str) -> list[Statement]:
    """Return the scores that `card` tells of its own model, each once, in the order of the text.

    Args:
        card: Blocks of the card.
        own: ``owner/name`` of the model.

    Returns:
        Statements of the predicate ``metric``: JSON with ``metric``, ``value``, ``dataset``, ``split``, ``config``, ``shots``,
        ``prompt``, ``precision``, ``harness``, ``harness_version``, ``variant``, ``samples``, ``stderr`` and ``by`` as
        written, null where nothing is said.
    """
    if not _DIGIT.search(card.text) or not ("|" in card.source or "esult" in card.source or "metric" in topics(card.source)):
        return []
    return _Reader(card, own).read()


class _Reader:
    """Goes once over the blocks, knowing what the headings, sentences and code above say."""

    def __init__(self, card: Card, own: str) -> None:
        self.card, self.own, self.rules = card, own, score_rules()
        self.found: list[Statement] = []
        self.seen: set[tuple[object, ...]] = set()
        self.heading: tuple[str, ...] | None = None
        self.headed = NOTHING
        self.before = NOTHING
        self.told: dict[tuple[str, ...], Around] = {}
        """What the text below each heading says of the scores below it, and below the headings under it."""
        self.trained = NOTHING
        self.is_of_others = False
        self.announces = False

    def read(self) -> list[Statement]:
        """Return all, each once."""
        table: list[Block] = []
        for block in self.card.blocks:
            if table and (block.kind != "row" or block.level == 0):
                self._table(table)
                table = []
            if block.heading is not self.heading:
                self._enter(block.heading)
            if block.kind == "row":
                table.append(block)
            elif block.kind == "code":
                self._code(block)
            elif block.kind == "heading":
                self._headline(block)
            elif block.kind != "quote":
                self._text(block)
        if table:
            self._table(table)
        return self.found

    def _enter(self, heading: tuple[str, ...]) -> None:
        """Note what the headings say, the innermost first."""
        self.told[self.heading or ()] = self.before
        above = next((self.told[heading[:end]] for end in range(len(heading), 0, -1) if heading[:end] in self.told), NOTHING)
        self.heading, self.before, self.announces = heading, above if len(heading) > 1 else NOTHING, False
        self.headed = _headed(heading)
        self.is_of_others = bool(heading) and bool(self.rules["others"].search(heading[-1].lower()))

    def _say(self, said: Around, value: str, stderr: str | None, block: Block, rule: str) -> None:
        """Note one score."""
        if self.is_of_others or len(self.found) >= MAX_SCORES:
            return
        fields = _fields(said, value, stderr)
        key = tuple(fields.values())
        if key not in self.seen:
            self.seen.add(key)
            sure = self.rules["confidence"][rule]
            self.found.append(Statement(Predicate.METRIC, _JSON(fields), block.start, block.stop, sure, rule=rule))

    def _outer(self) -> Around:
        return self.before.within(self.headed)

    def _table(self, blocks: Sequence[Block]) -> None:
        if not any(_DIGIT.search(block.text) for block in blocks):
            return
        rows = [[plain(cell) for cell in _CELL.split(_cells(block.text))] for block in blocks[:MAX_ROWS]]
        outer = self._outer()
        for told in table_scores(rows, self.own, outer if outer.dataset else outer.within(_data_of(self.trained))):
            self._say(told.said, told.value, told.stderr, blocks[told.row], told.rule)

    def _headline(self, block: Block) -> None:
        """Note a score that a heading itself tells: "Expected WER: 4.74%"."""
        if _DIGIT.search(block.text) and "metric" in topics(block.text):
            self._sentence(block.text, block, _headed(block.heading))

    def _text(self, block: Block) -> None:
        text = block.text
        if "trained" in text or "tuned" in text:
            self._trained(text)
        wanted = topics(text)
        if block.kind == "item" and _DIGIT.search(text) and self._item(plain(text), block):
            return
        spoken = around(text) if "protocol" in wanted or "metric" in wanted or self._speaks_of_data(text) else NOTHING
        if spoken is not NOTHING and block.kind != "item":
            self.before = spoken.within(self.before)
        self.announces = self.announces or bool(self.rules["announce"].search(text.lower()))
        if _DIGIT.search(text) and ("metric" in wanted or "esult" in text):
            for start, stop in spans(text):
                self._sentence(text[start:stop], block, self._outer())

    def _speaks_of_data(self, text: str) -> bool:
        return len(text) < MAX_CAPTION or bool(self.rules["announce"].search(text.lower()[:1000]))

    def _trained(self, text: str) -> None:
        """Note what a trainer's first sentence says of its data."""
        found = self.rules["trained"].search(plain(text)[:2000])
        if found and found["name"].lower() not in _NOTHING:
            self.trained = Around(dataset=found["name"], config=found["config"])
            self.before = self.trained.within(self.before)

    def _item(self, text: str, block: Block) -> bool:
        """Note "name: figure"; return whether the item is one."""
        found = _LABELLED.fullmatch(text.strip().rstrip(".,;"))
        if found is None or number(found["value"]) is None:
            return False
        said = label(found["name"])
        is_known = bool(said.metric) or (bool(said.dataset) and bool(self._outer().metric or self.announces))
        if not is_known:
            return bool(metric_name(found["name"]).metric)
        full = said.within(self._outer())
        self._say(full, found["value"].strip(), None, block, "listed" if self.announces or self.before.split else "item")
        return True

    def _sentence(self, text: str, block: Block, outer: Around) -> None:
        """Note the scores of a sentence, unless it compares."""
        text = plain(text)
        low = text.lower()
        if self.rules["compared"].search(low) or len(low) > 2000:
            return
        own = around(text).within(outer)
        taken: list[tuple[int, int]] = []
        for rule, name in (("after", "sentence"), ("before", "before")):
            for found in self.rules[rule].finditer(low):
                place = found.span("value")
                if any(start < place[1] and place[0] < stop for start, stop in taken):
                    continue
                is_apart = found.string[place[0] - 1 :][:1].isspace() and not _SIGN.search(low, found.end("name"), place[0])
                if is_apart and rule == "after" and not _FINE.search(found["value"]):
                    continue
                if metric_name(found["name"]).metric and number(found["value"]):
                    taken.append(place)
                    more = found.groupdict().get("more")
                    data = _named(found.groupdict().get("data"))
                    said = label(found["name"]).within(around(more) if more else NOTHING).within(data).within(own)
                    self._say(said, found["value"].strip(), None, block, name)
        if not taken and (found := self.rules["result"].search(low)) and self._metric_above() and number(found["value"]):
            said = Around(metric=self._metric_above()).within(around(found["more"]) if found["more"] else NOTHING)
            is_test = Around(split="test") if found[0].startswith("test") else NOTHING
            self._say(said.within(is_test).within(own), found["value"].strip(), None, block, "result")

    def _metric_above(self) -> str | None:
        return self._outer().metric

    def _code(self, block: Block) -> None:
        """Note on what the code above a result evaluates; and results that were pasted as tables."""
        text = block.text[:MAX_CODE]
        if metric := self.rules["printed"].search(text):
            self.before = Around(metric=metric["metric"]).within(self.before)
        for rule in ("load", "command"):
            found = self.rules[rule].search(text)
            if found and found["name"].lower() not in _NOTHING:
                data = Around(dataset=found["name"], config=found["config"], split=found["split"])
                self.before = data.within(self.before)
        if found := self.rules["harness"].search(text):
            self.before = around(found[0]).within(Around(harness="lm-evaluation-harness")).within(self.before)
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|") and not _is_rule(line)]
        if len(lines) > 1 and _DIGIT.search(text):
            rows = [[cell.strip() for cell in _CELL.split(_cells(line))] for line in lines[:MAX_ROWS]]
            for told in table_scores(rows, self.own, self._outer()):
                self._say(told.said, told.value, told.stderr, block, "code")


def _cells(text: str) -> str:
    return text.strip().removeprefix("|").removesuffix("|")


def _is_rule(line: str) -> bool:
    return not line.strip(" |:-\t")


def _named(data: str | None) -> Around:
    if not data:
        return NOTHING
    found = label(data)
    return found if found.dataset else around(data)


def _data_of(said: Around) -> Around:
    return Around(dataset=said.dataset, config=said.config)


@remembered
def _above(title: str) -> Around:
    """Return what a heading says: of its own label, or of the words in it."""
    found = label(title)
    return found.within(around(title)) if found is not NOTHING else around(title)


def _headed(heading: tuple[str, ...]) -> Around:
    said = NOTHING
    for title in reversed(heading[-4:]):
        said = said.within(_above(title))
    return said


def _fields(said: Around, value: str, stderr: str | None) -> dict[str, object]:
    """Return a score as the claim has it."""
    fields = msgspec.structs.asdict(said)
    for name, text in fields.items():
        if isinstance(text, str):
            fields[name] = text.strip()[:MAX_NAME] or None
    metric, dataset = fields.pop("metric"), fields.pop("dataset")
    head = {"task": None, "dataset": dataset, "metric": metric, "value": value.strip(" *")[:MAX_VALUE]}
    return {**head, **fields, "stderr": stderr.strip()[:MAX_VALUE] if stderr and _NUMBERS.search(stderr) else None}
