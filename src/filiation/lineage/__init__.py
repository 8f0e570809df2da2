"""Claims become nodes and edges, and these an immutable lineage that is only asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe


@cache
def version() -> str:
    """Return a digest of everything that decides which lineage comes out; one of another version is built again."""
    here = Path(__file__).parent
    knowledge = (path for path in (here.parent / "knowledge").glob("*.*") if not path.name.startswith("license_"))
    return recipe([*here.glob("*.*"), *knowledge])  # licences have a stage of their own
