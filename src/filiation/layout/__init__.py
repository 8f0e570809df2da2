"""Lineage, and the layout before it, become places; places become tiles. See docs/map.md and docs/layout.md."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe


@cache
def version() -> str:
    """Return a digest of everything that decides which map comes out; one of another version is drawn again."""
    here = Path(__file__).parent
    return recipe([*here.glob("*.py"), here.parent / "knowledge" / "modalities.toml"])
