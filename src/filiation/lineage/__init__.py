"""Claims become nodes and edges, and these an immutable lineage that is only asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe
from filiation.knowledge import paths

KNOWLEDGE = ("aliases", "languages", "modalities", "names", "recovery", "relations", "witnesses")
"""What resolution, relations, figures and recovery go by."""


@cache
def version() -> str:
    """Return a digest of everything that decides which lineage comes out; one of another version is built again."""
    here = Path(__file__).parent
    return recipe([*here.glob("*.*"), *paths(KNOWLEDGE)])
