"""What stands around the scores below one heading of a card, read only once a score is found there."""

from __future__ import annotations

from functools import lru_cache

from filiation.cards.blocks import Block, plain
from filiation.cards.score_words import NOTHING, Around, around, label, score_rules
from filiation.cards.topics import topics

MAX_CAPTION = 60
"""Shortest texts may be captions: "Without LM:"."""
MAX_CODE = 20_000
MAX_HEADINGS = 4
_NO_DATA = frozenset(
    {"none", "unknown", "an unknown", "n/a", "null", "custom", "generator", "imagefolder", "audiofolder", "json", "csv", "text"}
)
"""What trainers and loaders write where they know of no dataset."""


class Place:
    """The headings above, and the sentences and code below them so far."""

    def __init__(self, heading: tuple[str, ...], above: Place | None) -> None:
        self.heading, self._above = heading, above
        self._waiting: list[Block] = []
        self._said: Around | None = None
        self._announces = False
        self._is_of_others: bool | None = None

    def heed(self, block: Block) -> None:
        """Take a block that stands before what comes."""
        self._waiting.append(block)

    @property
    def outer(self) -> Around:
        """What sentences, code and headings say, the nearest first."""
        return self.before.within(headed(self.heading))

    @property
    def before(self) -> Around:
        """What sentences and code say, here and below the headings above, the nearest first."""
        said = self._said
        if said is None:
            said = self._above.before if self._above else NOTHING
        for block in self._waiting:
            self._announces = self._announces or bool(score_rules()["announce"].search(block.text.lower()))
            said = (_of_code(block.text) if block.kind == "code" else _of_text(block)).within(said)
        self._waiting.clear()
        self._said = said
        return said

    @property
    def announces(self) -> bool:
        """Whether a sentence here speaks of results."""
        return bool(self.before) and self._announces

    @property
    def is_of_others(self) -> bool:
        """Whether the heading says that what is below is of another model, or no evaluation."""
        if self._is_of_others is None:
            self._is_of_others = bool(self.heading) and bool(score_rules()["others"].search(self.heading[-1].lower()))
        return self._is_of_others


@lru_cache(maxsize=4096)
def headed(heading: tuple[str, ...]) -> Around:
    """Return what headings say, the innermost first."""
    said = NOTHING
    for title in reversed(heading[-MAX_HEADINGS:]):
        found = label(title)
        said = said.within(found.within(around(title)))
    return said


def trained_on(text: str) -> Around:
    """Return the dataset that a trainer's first sentence names: "a fine-tuned version of X on the Y dataset"."""
    found = score_rules()["trained"].search(plain(text)[:2000]) if "tuned version" in text else None
    if found is None or found["name"].lower() in _NO_DATA:
        return NOTHING
    return Around(dataset=found["name"], config=found["config"])


def _of_text(block: Block) -> Around:
    """Return what a paragraph says of the scores behind it; an item says nothing of others."""
    if block.kind == "item":
        return NOTHING
    wanted = topics(block.text)
    speaks = "protocol" in wanted or "metric" in wanted or len(block.text) < MAX_CAPTION
    if not speaks and not score_rules()["announce"].search(block.text[:1000].lower()):
        return trained_on(block.text)
    return around(block.text).within(trained_on(block.text))


def _of_code(text: str) -> Around:
    """Return on what code evaluates, and the metric that it prints."""
    text = text[:MAX_CODE]
    rules = score_rules()
    said = NOTHING
    if found := rules["printed"].search(text):
        said = Around(metric=found["metric"])
    for rule in ("load", "command"):
        found = rules[rule].search(text)
        if found and found["name"].lower() not in _NO_DATA:
            said = Around(dataset=found["name"], config=found["config"], split=found["split"]).within(said)
    if found := rules["harness"].search(text):
        said = around(found[0]).within(Around(harness="lm-evaluation-harness")).within(said)
    return said
