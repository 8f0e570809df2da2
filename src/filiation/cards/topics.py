"""Of what a text may speak, by its words: a quick look that spares the expressions most of the text."""

from __future__ import annotations

import re
from functools import cache

from filiation.cards.mentions import known_names, spellings
from filiation.cards.remembered import remembered
from filiation.cards.stems import Stems
from filiation.knowledge import load

PARENTS, DATASETS, NAMES, MERGES, PARTED = "parents", "datasets", "names", "merges", "parted"
TOPICS = frozenset({"hyperparameters", "hardware", "carbon", "metric", "protocol"})
"""The others."""
WITH_FIGURES = frozenset({"hyperparameters", "carbon"})
"""What is not spoken of without a figure."""
_DIGIT = re.compile(r"\d")


@remembered
def topics(text: str) -> frozenset[str]:
    """Return of what `text` may speak: "parents", "datasets", "hyperparameters", "hardware", "carbon", "metric", "protocol".

    And "names" where it has a word that only names of models and links to them have, "merges" where it may announce what was
    merged, "parted" where it has the first word of several that tell of parents. White space in these is any.
    """
    low = text.lower()
    found = _stems().groups_in(low)
    if PARTED in found and PARENTS not in found and _parted().search(low):
        found |= {PARENTS}
    return found if found.isdisjoint(WITH_FIGURES) or _DIGIT.search(low) else found - WITH_FIGURES


@cache
def _stems() -> Stems:
    prose = load("card_prose")
    facts = {name: table["stems"] for name, table in prose["facts"].items() if name != "demo" and "stems" in table}
    of_parents = {
        PARENTS: _of_parents(),
        PARTED: [word.split()[0] for word in _of_parents() if " " in word],
        NAMES: known_names(),
        MERGES: prose["parents"]["following_stems"],
    }
    return Stems({**of_parents, **facts})


@cache
def _parted() -> re.Pattern[str]:
    """Return what finds the words of several parts where more than a space is between them."""
    return re.compile("|".join(r"\s+".join(map(re.escape, word.split())) for word in _of_parents() if " " in word))


def _of_parents() -> list[str]:
    return [word for stem in load("card_prose")["parents"]["stems"] for word in spellings(stem)]
