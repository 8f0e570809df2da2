"""What nobody declared, predicted from the neighbourhood: a guess with its reasons, never a claim."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe
from filiation.knowledge import paths

KNOWLEDGE = ("model_types", "prediction", "prediction_weights")
"""What is predicted, who tells of it, and how much each one's word is worth."""


@cache
def version() -> str:
    """Return a digest of everything that decides which predictions come out; those of another version are made again."""
    return recipe([*Path(__file__).parent.glob("*.*"), *paths(KNOWLEDGE)])
