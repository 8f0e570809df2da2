"""Which datasets a card says that its model was trained on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from filiation.cards.blocks import Card, plain, spans
from filiation.cards.mentions import DATASET, MODEL, Reduced, own_in, reduce, spelled
from filiation.cards.remembered import remembered, remembered_with
from filiation.cards.statement import Statement
from filiation.cards.topics import DATASETS, topics
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
        source = card.source[block.start : block.stop]
        if DATASETS not in topics(source):
            continue
        headed = bool(block.heading) and _is_heading(block.heading[-1])
        for start, stop, found in _in_block(block.text, source, own_in(source, own), headed):
            key = found.name.lower()
            sure = rules["confidence"][f"dataset_{found.sure}"]
            if key not in rules["nothing"] and (key not in best or best[key].confidence < sure):
                best[key] = Statement(Predicate.DATASET, found.name, block.start + start, block.start + stop, sure)
    return sorted(best.values(), key=lambda said: (said.start, said.value))[:MAX_DATASETS]


@remembered_with
def _in_block(text: str, source: str, own: str, headed: bool) -> tuple[tuple[int, int, _Found], ...]:
    """Return what the sentences of a block say and where in it; `headed` is whether its heading announces datasets."""
    label = None if headed else _LABEL.match(text)
    announced = headed or (label is not None and plain(label["label"]).lower() in _rules()["labels"])
    return tuple(
        (start, stop, found)
        for start, stop in spans(text)
        for found in _in_sentence(source[start:stop], own_in(source[start:stop], own), announced)
    )


@remembered_with
def _in_sentence(source: str, own: str, announced: bool) -> tuple[_Found, ...]:
    trained = _rules()["trained"]
    if not announced and "datasets/" not in source and not trained.search(spelled(source)):
        return ()
    reduced = reduce(source, own)
    if announced or trained.search(reduced.text):
        return tuple(_in_reduced(reduced, source, announced))
    return tuple(_Found(item.name, "other") for item in reduced.datasets)


@remembered
def _is_heading(text: str) -> bool:
    return _rules()["heading"].search(text.lower()) is not None


def _in_reduced(reduced: Reduced, source: str, announced: bool) -> Iterator[_Found]:
    rules = _rules()
    text = reduced.text
    tested = rules["tested"].search(text) if reduced.datasets else None
    for number, mention in enumerate(reduced.datasets):
        place = _nth(text, DATASET, number)
        after_test = tested is not None and tested.start() < place and not rules["trained"].search(text, 0, tested.start())
        sure = "other" if after_test else "trained" if rules["trained"].search(text) else "heading"
        yield _Found(mention.name, sure)
    signed = rules["signed"].finditer(text) if reduced.models else ()  # owner/name reads like a model's until "dataset" follows
    for found in signed:
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
        "trainer": re.compile(table["trainer"].replace("<D>", DATASET).replace("<X>", MODEL)),
        "named": re.compile(table["named"]),
        "signed": re.compile(table["signed"].replace("<X>", MODEL)),
        "trained": re.compile(table["trained"]),
        "tested": re.compile(table["tested"]),
        "heading": re.compile(table["heading"]),
        "labels": frozenset(prose["labels"]["dataset"]),
        "known": frozenset(name.lower() for name in load("aliases")["dataset"]),
        "nothing": frozenset(
            [*names["placeholders"], *names["loaders"], "unkown", "custom", "private", "own", "the", "a", "this"]
        ),
        "confidence": prose["confidence"],
    }
