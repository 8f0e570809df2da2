"""What the name of a model says: its elements, by words and a small grammar over knowledge kept as data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe
from filiation.knowledge import paths
from filiation.names.name import Context, Element, Name
from filiation.names.parse import parse

KNOWLEDGE = ("name_architectures", "name_conventions", "name_datasets", "name_languages", "name_tasks", "name_words")
"""What a name is read by."""
__all__ = ["Context", "Element", "Name", "parse", "version"]


@cache
def version() -> str:
    """Return a digest of everything that decides how a name is read; names read by another version are read again."""
    return recipe([*Path(__file__).parent.glob("*.*"), *paths(KNOWLEDGE)])
