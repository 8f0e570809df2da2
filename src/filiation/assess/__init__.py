"""How well a repository does, and what that is worth: documentation, attributes, cost."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe

KNOWLEDGE = ("attributes.toml", "usage.toml", "card_sections.toml")
"""What the scores follow."""


@cache
def version() -> str:
    """Return a digest of everything that decides a score; scores of another version are made again."""
    here = Path(__file__).parent
    knowledge = here.parent / "knowledge"
    return recipe([*here.glob("*.py"), *here.glob("*.sql"), *(knowledge / name for name in KNOWLEDGE)])
