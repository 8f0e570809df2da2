"""The words that are known, from the tables of knowledge, with every way of writing them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple

from filiation.knowledge import load


class Reading(NamedTuple):
    """One thing that a word may mean; `odds` weigh it against its other readings, `sort` names the table it stands in."""

    kind: str
    value: str
    odds: float
    sort: str


class Lexicon(NamedTuple):
    """Known words. `words` is by the letters alone; `spans` by the parts with a hyphen between, every way to write them.

    `reach` says of a first part how many more may follow it; `endings` are by their last two letters, longest first; `does` are
    endings that say a task.
    """

    words: dict[str, tuple[Reading, ...]]
    spans: frozenset[str]
    reach: dict[str, int]
    endings: dict[str, list[tuple[str, str]]]
    does: tuple[str, ...]
    chance: frozenset[str]
    stands_on: dict[str, tuple[str, ...]]


@cache
def lexicon() -> Lexicon:
    """Return the known words, read once."""
    found: dict[str, dict[tuple[str, str], Reading]] = {}
    reach: dict[str, int] = {}
    spans: set[str] = set()
    for spelling, reading in _entries():
        found.setdefault(spelling.replace("-", ""), {})[reading.kind, reading.value] = reading
        for parts in _divided(spelling.split("-")):
            spans.add("-".join(parts))
            reach[parts[0]] = max(reach.get(parts[0], 0), len(parts) - 1)
    words = {word: _ordered(readings) for word, readings in found.items()}
    tables = load("name_architectures")
    endings: dict[str, list[tuple[str, str]]] = {}
    every = [(ending, value) for value, text in tables["ending"].items() for ending in text.split()]
    for ending, value in sorted(every, key=lambda pair: -len(pair[0])):
        endings.setdefault(ending[-2:], []).append((ending, value))
    stands_on = {line: tuple(_below(text)) for line, text in tables["line"].items()}
    return Lexicon(
        words,
        frozenset(spans),
        reach,
        endings,
        tuple(load("name_tasks")["ending"]["words"].split()),
        frozenset(tables["chance"]["words"].split()),
        stands_on,
    )


def stands_on(value: str) -> tuple[str, ...]:
    """Return the architectures that a line of models stands on, such as ``("llama",)`` for ``vicuna``; empty for others."""
    return lexicon().stands_on.get(value, ())


def _below(text: str) -> list[str]:
    return [part.strip() for part in text.partition(":")[2].split(",")]


def _entries() -> Iterator[tuple[str, Reading]]:
    """Yield every spelling with what it may mean, the parts of a spelling divided by hyphens."""
    words, prior = load("name_words"), load("name_words")["odds"]
    tables: list[tuple[str, str, dict[str, str]]] = [
        ("architecture", "architecture", load("name_architectures")["architecture"]),
        ("architecture", "line", load("name_architectures")["line"]),
        ("dataset", "dataset", load("name_datasets")["dataset"]),
        *(("task", sort, load("name_tasks")[sort]) for sort in ("task", "environment", "application", "goal", "topic")),
        ("language", "language", load("name_languages")["language"]),
        ("size", "size", words["size"]),
        ("dataset-characteristic", "characteristic", words["characteristic"]),
        ("adaptation", "adaptation", words["adaptation"]),
        ("training", "training", words["training"]),
    ]
    keyed = ("dataset", "adaptation", "architecture", "line", "characteristic", "size", "training", "language", "task")
    keyed += ("goal", "topic")
    for kind, sort, table in tables:
        for value, text in table.items():
            spellings = text.partition(":")[0].split()
            for spelling in [value.lower(), *spellings] if sort in keyed else spellings:
                own = "code" if sort == "language" and len(spelling) == 3 else sort
                odds = prior.get(spelling.replace("-", ""), {}).get(own, prior["sort"]["code-of-three" if own != sort else own])
                yield spelling.replace("_", "-"), Reading(kind, value, odds, own)
    for code in load("name_languages")["risky"]["codes"].split():
        odds = prior.get(code, {}).get("code", prior["sort"]["code"])
        yield code, Reading("language", code if len(code) == 2 else _short(code), odds, "code")
    for word in words["other"]["words"].split():
        yield word, Reading("other", word, prior.get(word, {}).get("other", prior["sort"]["other"]), "other")


@cache
def _codes() -> dict[str, str]:
    table: dict[str, Any] = load("name_languages")["language"]
    return {spelling.removesuffix("-language"): value for value, text in table.items() for spelling in text.split()}


def _short(code: str) -> str:
    return _codes().get(code, code)


def _divided(parts: list[str]) -> Iterator[list[str]]:
    """Yield the ways to write `parts` with a separator at some of the places where there may be one, at one at least."""
    for places in range(1, 1 << (len(parts) - 1)):
        written = [parts[0]]
        for i, part in enumerate(parts[1:]):
            if places >> i & 1:
                written.append(part)
            else:
                written[-1] += part
        yield written


def _ordered(readings: dict[tuple[str, str], Reading]) -> tuple[Reading, ...]:
    return tuple(sorted(readings.values(), key=lambda reading: -reading.odds))
