"""Which datasets a card says that its model was trained on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, NamedTuple

from filiation.cards.blocks import MAX_REMEMBERED, Block, Card, plain, sentences
from filiation.cards.mentions import DATASET, MODEL, Reduced, reduce, spelled
from filiation.cards.statement import Statement
from filiation.core.claim import Predicate
from filiation.core.ref import is_name
from filiation.knowledge import load

MAX_DATASETS = 64
_LABEL = re.compile(r"[\s*_`-]*(?P<label>[^:\uff1a\n|*]{1,40}?)[\s*_`]*(?:\[optional\]|\(s\)[*_`]*)?\s*[:\uff1a|]")


class _Found(NamedTuple):
    name: str
    sure: str


def datasets(card: Card, own: str) -> list[Statement]:
    """Return a statement for each dataset that `card` names as trained on, the surest place of each, in the order of the text.

    Names of loaders ("imagefolder") and words for nothing ("unknown") are no datasets.

    Args:
        card: Blocks of the card.
        own: ``owner/name`` of the card's model.
    """
    rules = _rules()
    best: dict[str, Statement] = {}
    for block in card.blocks:
        if block.kind in ("code", "quote", "heading"):
            continue
        if not _may_speak(card.source[block.start : block.stop]):
            continue
        for start, stop, found in _in_block(card, block, own):
            key = found.name.lower()
            said = Statement(Predicate.DATASET, found.name, start, stop, rules["confidence"][f"dataset_{found.sure}"])
            if key not in rules["nothing"] and (key not in best or best[key].confidence < said.confidence):
                best[key] = said
    return sorted(best.values(), key=lambda said: (said.start, said.value))[:MAX_DATASETS]


def _in_block(card: Card, block: Block, own: str) -> Iterator[tuple[int, int, _Found]]:
    rules = _rules()
    label = _LABEL.match(block.text)
    labelled = label is not None and rules["labels"].get(plain(label["label"]).lower(), False)
    headed = bool(block.heading) and _is_heading(block.heading[-1])
    for sentence in sentences(block):
        source = card.source[sentence.start : sentence.stop]
        if not headed and not labelled and "datasets/" not in source and not _is_of_training(source):
            continue
        reduced = reduce(source, own)
        if labelled or headed or rules["trained"].search(reduced.text):
            found = _in_sentence(reduced, source, labelled or headed)
            yield from ((sentence.start, sentence.stop, item) for item in found)
        else:
            yield from ((sentence.start, sentence.stop, _Found(item.name, "other")) for item in reduced.datasets)


@lru_cache(maxsize=MAX_REMEMBERED)
def _may_speak(text: str) -> bool:
    """Return whether `text` has a word without which it names no dataset."""
    return any(map(text.lower().__contains__, _rules()["stems"]))


@lru_cache(maxsize=MAX_REMEMBERED)
def _is_heading(text: str) -> bool:
    return _rules()["heading"].search(text.lower()) is not None


@lru_cache(maxsize=MAX_REMEMBERED)
def _is_of_training(text: str) -> bool:
    return _rules()["trained"].search(spelled(text)) is not None


def _in_sentence(reduced: Reduced, source: str, announced: bool) -> Iterator[_Found]:
    rules = _rules()
    text = reduced.text
    tested = rules["tested"].search(text)
    for number, mention in enumerate(reduced.datasets):
        place = _nth(text, DATASET, number)
        after_test = tested is not None and tested.start() < place and not rules["trained"].search(text, 0, tested.start())
        sure = "other" if after_test else "trained" if rules["trained"].search(text) else "heading"
        yield _Found(mention.name, sure)
    for found in rules["signed"].finditer(text):  # an owner/name reads like a model's until "dataset" follows
        yield _Found(reduced.models[text.count(MODEL, 0, found.start("sign"))].name, "trainer")
    trainer = rules["trainer"].search(text)
    if trainer and trainer["name"]:
        yield from _written(trainer["name"].partition(" - ")[0], source, "trainer")
        return
    for found in rules["named"].finditer(text):
        name = found["name"].rstrip(".,;:")
        if name in rules["known"] and (found["noun"] or announced or "-" in name or "_" in name or name[-1].isdigit()):
            yield from _written(name, source, "noun" if found["noun"] else "named")
        elif found["noun"] in ("dataset", "data set") and ("/" in name or "_" in name or "-" in name):
            yield from _written(name, source, "named")


def _written(name: str, source: str, sure: str) -> Iterator[_Found]:
    """Yield `name`, which is in lower case, as the source spells it."""
    place = source.lower().find(name)
    spelled = source[place : place + len(name)] if place >= 0 else name
    if is_name(spelled) and len(spelled) > 1:
        yield _Found(spelled, sure)


def _nth(text: str, sign: str, number: int) -> int:
    place = -1
    for _ in range(number + 1):
        place = text.find(sign, place + 1)
    return place


@cache
def _rules() -> dict[str, Any]:
    prose, names = load("card_prose")["facts"], load("names")
    table = prose["datasets"]
    return {
        "stems": tuple(table["stems"]),
        "trainer": re.compile(table["trainer"].replace("<D>", DATASET).replace("<X>", MODEL)),
        "named": re.compile(table["named"]),
        "signed": re.compile(table["signed"].replace("<X>", MODEL)),
        "trained": re.compile(table["trained"]),
        "tested": re.compile(table["tested"]),
        "heading": re.compile(table["heading"]),
        "labels": dict.fromkeys(prose["labels"]["dataset"], True),
        "known": frozenset(name.lower() for name in load("aliases")["dataset"]),
        "nothing": frozenset(
            [*names["placeholders"], *names["loaders"], "unkown", "custom", "private", "own", "the", "a", "this"]
        ),
        "confidence": prose["confidence"],
    }
