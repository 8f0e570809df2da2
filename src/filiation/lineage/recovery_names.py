"""What a model's name says of its kind and its kin, as numbers to be weighed: names lie, and are often all there is."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache

import msgspec

from filiation.core.relation import Relation
from filiation.knowledge import load

_GRAM = 3
_SIZE = re.compile(r"(?<![a-z0-9.])([0-9]+(?:\.[0-9]+)?)[ -]?([bm])(?![a-z0-9])")
_TOKEN_START, _TOKEN_END = "(^|[^a-z0-9])(", ")(?=$|[^a-z0-9])"


class NameParts(msgspec.Struct, frozen=True):
    """A name taken apart.

    Attributes:
        owner: In lower case; empty where there is none.
        letters: Letters and digits of the name, in lower case, without the words that say a kind.
        grams: All runs of three of ` letters `, a blank at each end.
        millions: Sizes that the name states, in millions of parameters.
        kinds: How sure the name makes it that the model is quantised, an adapter, a merge or a conversion; what is not in it
            is not said.
        frozen: Whether the name says a format in which nobody trains (GGUF, GPTQ, AWQ, EXL2): a surer leaf than what is
            merely quantised, for adapters are trained upon 4-bit copies.
    """

    owner: str
    letters: str
    grams: frozenset[str]
    millions: frozenset[float]
    kinds: Mapping[Relation, float]
    frozen: bool


@lru_cache(maxsize=100_000)
def parts(name: str) -> NameParts:
    """Return the parts of `name`, ``owner/name`` or a bare name."""
    owner, _, own = name.lower().rpartition("/")
    stem, kinds, frozen = own, {}, False
    for relation, pattern, confidence, freezes in _kind_words():
        if pattern.search(own):
            frozen |= freezes
            kinds[relation] = max(confidence, kinds.get(relation, 0.0))
            if relation is not Relation.MERGE:
                stem = pattern.sub(r"\1 ", stem)
    letters = re.sub("[^a-z0-9]", "", stem)
    sizes = frozenset(float(number) * (1000 if unit == "b" else 1) for number, unit in _SIZE.findall(own))
    return NameParts(owner, letters, _grams(letters), sizes, kinds, frozen)


def containment(of: Iterable[str], within: frozenset[str], weight: Mapping[str, float]) -> float:
    """Return the share of the weight of grams `of` one name that is `within` another; 0.0 where there is no weight."""
    held = total = 0.0
    for gram in of:
        worth = weight.get(gram, 0.0)
        total += worth
        held += worth if gram in within else 0.0
    return held / total if total else 0.0


def _grams(letters: str) -> frozenset[str]:
    padded = f" {letters} "
    return frozenset(padded[i : i + _GRAM] for i in range(len(padded) - _GRAM + 1)) if letters else frozenset()


@cache
def _kind_words() -> tuple[tuple[Relation, re.Pattern[str], float, bool], ...]:
    """Return the words that say a kind: those of the relation rules that go by the name alone, and those of merges."""
    frozen = load("recovery")["frozen"]["rules"]
    rules = [
        (Relation(rule["relation"]), rule["tokens"], float(rule["confidence"]), rule["name"] in frozen)
        for rule in load("relations")["rule"]
        if "tokens" in rule and rule["relation"] in {"quantized", "adapter", "converted"}
    ]
    rules += [(Relation.MERGE, row["tokens"], float(row["confidence"]), False) for row in load("recovery")["merge"]]
    return tuple(
        (relation, re.compile(_TOKEN_START + "|".join(tokens) + _TOKEN_END), sure, freezes)
        for relation, tokens, sure, freezes in rules
    )
