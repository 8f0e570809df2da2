"""The expressions and words by which facts in cards are known."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from filiation.core.claim import Predicate
from filiation.knowledge import load


@cache
def rules() -> dict[str, Any]:
    """Return them by name, compiled."""
    table = load("card_prose")["facts"]
    labels = {label: Predicate(name) for name, names in table["labels"].items() for label in names}
    return {
        "placeholder": re.compile(table["placeholder"]),
        "labels": labels,
        "headings": {
            name: re.compile(pattern)
            for name, pattern in {
                "training": table["training"],
                "evaluation": table["evaluation"],
                **table["listed"],
            }.items()
        },
        "sections": [(Predicate(name), re.compile(pattern)) for name, pattern in table["sections"].items()],
        "hyperparameters": frozenset(table["hyperparameters"]["names"]),
        "told": {*labels, *table["hyperparameters"]["names"]},
        "parameters": [(row["name"], re.compile(row["pattern"])) for row in table["hyperparameters"]["sentence"]],
        "hardware": re.compile(table["hardware"]["pattern"]),
        "hardware_context": re.compile(table["hardware"]["context"]),
        "carbon": re.compile(table["carbon"]["pattern"]),
        "protocol": re.compile(table["protocol"]["pattern"]),
        "loads": re.compile(table["demo"]["loads"]),
        "loaders": tuple(table["demo"]["stems"]),
        "libraries": frozenset(table["repository"]["others"]),
        "languages": {name: code for code, names in table["language_names"].items() for name in names},
        "confidence": table["confidence"],
    }
