"""What a licence says: knowledge of licences, expressions of them, and which one a repository means.

Nothing here is legal advice: every statement names where it was read and how sure we are, and a person may decide otherwise.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe
from filiation.knowledge import load

DISAGREEMENTS = ("license-file-disagrees", "license-name-disagrees", "license-prose-disagrees")


@cache
def conflict_names() -> list[str]:
    """Return the checks whose findings this stage makes; others that begin with ``license-`` are made by the checks."""
    return [*load("license_conflicts"), *DISAGREEMENTS]


@cache
def version() -> str:
    """Return a digest of everything that decides which terms come out; terms of another version are found again."""
    here = Path(__file__).parent
    knowledge = here.parent / "knowledge"
    return recipe([*here.glob("*.py"), *knowledge.glob("license_*"), *(knowledge / "licenses").glob("*.toml")])
