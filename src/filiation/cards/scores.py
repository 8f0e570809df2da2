"""Scores that a card tells in tables, lists and sentences, each with what the card says of how it was taken."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence

from filiation.cards.blocks import Block, Card, plain, spans
from filiation.cards.score_place import MAX_CODE, Place, headed, trained_on
from filiation.cards.score_tables import is_log, table_scores
from filiation.cards.score_words import NOTHING, Around, around, label, score_rules
from filiation.cards.statement import Statement
from filiation.cards.topics import topics
from filiation.core.claim import Predicate
from filiation.scores.canonical import metric_name, number

MAX_SCORES = 256
"""Most scores of one card."""
MAX_ROWS = 400
MAX_VALUE, MAX_NAME = 40, 120
_SIGN = re.compile(r"[:=~]|\b(?:of|is|was|at)\b")
_FINE = re.compile(r"[.,%]")
"""What a figure has that follows the name of a metric without a word between: "accuracy 0.9", not "f1 2"."""
_JSON = json.JSONEncoder(ensure_ascii=False).encode
_DIGIT = re.compile(r"\d")
_FIGURE = re.compile(r"\|[-+*_`~ \t]{0,60}\d[\d.,]{0,30}[ %*_`\t]{0,60}(?:[|(\u00b1]|$)", re.MULTILINE)
"""A cell that is a figure."""
_CELL = re.compile(r"(?<!\\)\|")
_LABELLED = re.compile(r"(?P<name>[^:=\uff1a\n]{1,120}?)\s*[:=\uff1a]\s*(?P<value>[^\n]{1,60})")
_NUMBERS = re.compile(r"[-+]?\d{1,6}(?:[.,]\d{1,20})?(?:e-?\d{1,3})?\s?%?", re.IGNORECASE)


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
    """Goes once over the blocks; what stands around a score is looked at where there is one."""

    def __init__(self, card: Card, own: str) -> None:
        self.card, self.own, self.rules = card, own, score_rules()
        self.found: list[Statement] = []
        self.seen: set[tuple[object, ...]] = set()
        self.place = Place((), None)
        self.places: dict[tuple[str, ...], Place] = {(): self.place}
        self.trained = NOTHING
        """What the trainer's sentence says, for tables below headings of their own."""

    def read(self) -> list[Statement]:
        """Return all, each once."""
        table: list[Block] = []
        for block in self.card.blocks:
            if table and (block.kind != "row" or block.level == 0):
                self._table(table)
                table = []
            if block.heading is not self.place.heading:
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
        """Go below another heading; what was said below those above it holds here too."""
        above = (self.places[heading[:end]] for end in range(len(heading), 0, -1) if heading[:end] in self.places)
        self.place = self.places[heading] = Place(heading, next(above, None) if len(heading) > 1 else None)

    def _say(self, said: Around, value: str, stderr: str | None, block: Block, rule: str) -> None:
        """Note one score."""
        if self.place.is_of_others or len(self.found) >= MAX_SCORES:
            return
        fields = _fields(said, value, stderr)
        key = tuple(fields.values())
        if key not in self.seen:
            self.seen.add(key)
            sure = self.rules["confidence"][rule]
            self.found.append(Statement(Predicate.METRIC, _JSON(fields), block.start, block.stop, sure, rule=rule))

    def _table(self, blocks: Sequence[Block]) -> None:
        if is_log(blocks[0].text) or not any(_FIGURE.search(block.text) for block in blocks):
            return
        rows = [[plain(cell) for cell in _CELL.split(_cells(block.text))] for block in blocks[:MAX_ROWS]]
        outer = self.place.outer
        for told in table_scores(rows, self.own, outer if outer.dataset else outer.within(self.trained)):
            self._say(told.said, told.value, told.stderr, blocks[told.row], told.rule)

    def _headline(self, block: Block) -> None:
        """Note a score that a heading itself tells: "Expected WER: 4.74%"."""
        if _DIGIT.search(block.text) and "metric" in topics(block.text):
            self._sentence(block.text, block, lambda: headed(block.heading))

    def _text(self, block: Block) -> None:
        text = block.text
        has_digit = _DIGIT.search(text) is not None
        if block.kind == "item" and has_digit and self._item(plain(text), block):
            return
        self.place.heed(block)
        if "tuned version" in text:
            self.trained = trained_on(text).within(self.trained)
        if has_digit and ("metric" in topics(text) or "esult" in text):
            for start, stop in spans(text):
                self._sentence(text[start:stop], block, lambda: self.place.outer)

    def _item(self, text: str, block: Block) -> bool:
        """Note "name: figure"; return whether the item is one."""
        found = _LABELLED.fullmatch(text.strip().rstrip(".,;"))
        if found is None or number(found["value"]) is None:
            return False
        said = label(found["name"])
        is_known = bool(said.metric) or (bool(said.dataset) and bool(self.place.outer.metric or self.place.announces))
        if not is_known:
            return bool(metric_name(found["name"]).metric)
        is_listed = self.place.announces or bool(self.place.before.split)
        self._say(said.within(self.place.outer), found["value"].strip(), None, block, "listed" if is_listed else "item")
        return True

    def _sentence(self, text: str, block: Block, outer: Callable[[], Around]) -> None:
        """Note the scores of a sentence, unless it compares; `outer` is asked where there is one."""
        text = plain(text)
        low = text.lower()
        if not _DIGIT.search(low) or len(low) > 2000 or self.rules["compared"].search(low):
            return
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
                    said = label(found["name"]).within(around(more) if more else NOTHING).within(data)
                    self._say(said.within(around(text)).within(outer()), found["value"].strip(), None, block, name)
        found = None if taken else self.rules["result"].search(low)
        if found and number(found["value"]) and (metric := self.place.outer.metric):
            said = Around(metric=metric).within(around(found["more"]) if found["more"] else NOTHING)
            is_test = Around(split="test") if found[0].startswith("test") else NOTHING
            said = said.within(is_test).within(around(text)).within(outer())
            self._say(said, found["value"].strip(), None, block, "result")

    def _code(self, block: Block) -> None:
        """Note the results that were pasted as tables."""
        self.place.heed(block)
        text = block.text[:MAX_CODE]
        if "|" not in text or not _DIGIT.search(text):
            return
        lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|") and not _is_rule(line)]
        if len(lines) > 1:
            rows = [[cell.strip() for cell in _CELL.split(_cells(line))] for line in lines[:MAX_ROWS]]
            for told in table_scores(rows, self.own, self.place.outer):
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


def _fields(said: Around, value: str, stderr: str | None) -> dict[str, object]:
    """Return a score as the claim has it."""
    fields = said._asdict()
    for name, text in fields.items():
        if isinstance(text, str):
            fields[name] = text.strip()[:MAX_NAME] or None
    metric, dataset = fields.pop("metric"), fields.pop("dataset")
    head = {"task": None, "dataset": dataset, "metric": metric, "value": value.strip(" *")[:MAX_VALUE]}
    return {**head, **fields, "stderr": stderr.strip()[:MAX_VALUE] if stderr and _NUMBERS.search(stderr) else None}
