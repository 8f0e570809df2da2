"""How often such a name is a parent, by what stands around it."""

from __future__ import annotations

from functools import cache, lru_cache
from math import exp, log2
from typing import NamedTuple

from filiation.cards.remembered import MAX_ANSWERS
from filiation.knowledge import load

EDGE = 0.5
"""From which score on a statement counts: `confidence` is not below it where the score is not, and is below where that is."""
MOST_NAMES = 4
"""From how many names on a card more of them say no more."""


class Evidence(NamedTuple):
    """What is seen of a statement that names a parent."""

    score: float
    """How sure the words are by themselves, in [0, 1]; by it the surest place of a name is chosen."""
    rule: str
    kind: str
    """How the name is written: a `filiation.cards.mentions.Kind`."""
    says_how: bool
    """Whether the words say by which relation the model descends."""
    names: int
    """How many names the card's statements lead to, itself among them."""
    rules: int
    """How many rules lead to this one."""
    is_neighbour: bool
    """Whether it has the owner of the card's own model."""


@lru_cache(MAX_ANSWERS)
def confidence(seen: Evidence) -> float:
    """Return how often what is `seen` so is a parent, in [0, 1], to three places.

    A logistic model of the few `features`; its weights are ``parents.confidence`` in ``knowledge/card_prose.toml``, with what
    was counted of each as ``bench/card_calibration.py`` prints. A statement that is no edge, and a name quoted as code, of
    which none was counted, keep their score. Laws: from `EDGE` on exactly where the score is; another name beside makes
    none surer.
    """
    if seen.score < EDGE or seen.kind not in ("link", "id", "bare"):
        return seen.score
    weights = _weights()
    total = weights[""] + sum(weights[name] * value for name, value in features(seen).items())
    return max(EDGE, round(1 / (1 + exp(-total)), 3))


def features(seen: Evidence) -> dict[str, float]:
    """Return what counts of the evidence: 0 or 1, but for the names, which count by their doublings."""
    is_bare_base = seen.kind == "bare" and not seen.says_how
    return {
        "names": 0.0 if is_bare_base else log2(min(seen.names, MOST_NAMES)),
        "bare-base": float(is_bare_base),
        "neighbour": float(seen.is_neighbour and seen.rules == 1),
        **{name: float(seen.rule in rules) for name, rules in _groups().items()},
    }


@cache
def _weights() -> dict[str, float]:
    table = load("card_prose")["parents"]["confidence"]
    return {"" if name == "intercept" else name: row["weight"] for name, row in table.items()}


@cache
def _groups() -> dict[str, frozenset[str]]:
    """Return the rules that count together, by the name of their weight."""
    table = load("card_prose")["parents"]["confidence"]
    return {name: frozenset(row["rules"]) for name, row in table.items() if "rules" in row}
