"""Of what a text may speak, by its words: a quick look that spares the expressions most of the text."""

from __future__ import annotations

import re
from functools import cache

from filiation.cards.mentions import spelled
from filiation.cards.remembered import remembered
from filiation.cards.stems import Stems
from filiation.knowledge import load

PARENTS, DATASETS = "parents", "datasets"
TOPICS = frozenset({"hyperparameters", "hardware", "carbon", "metric", "protocol"})
"""The others."""
WITH_FIGURES = frozenset({"hyperparameters", "carbon"})
"""What is not spoken of without a figure."""
_DIGIT = re.compile(r"\d")
_NOTHING: frozenset[str] = frozenset()


@remembered
def topics(text: str) -> frozenset[str]:
    """Return of what `text` may speak: "parents", "datasets", "hyperparameters", "hardware", "carbon", "metric", "protocol"."""
    low = text.lower()
    found = _parents().groups_in(spelled(text)) | _facts().groups_in(low)
    if not found:
        return _NOTHING
    return found if found.isdisjoint(WITH_FIGURES) or _DIGIT.search(low) else found - WITH_FIGURES


@cache
def _parents() -> Stems:
    return Stems({PARENTS: load("card_prose")["parents"]["stems"]})


@cache
def _facts() -> Stems:
    facts = load("card_prose")["facts"]
    return Stems({name: table["stems"] for name, table in facts.items() if name != "demo" and "stems" in table})
