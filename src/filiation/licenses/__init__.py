"""What a licence says: knowledge of licences, expressions of them, and which one a repository means.

Nothing here is legal advice: every statement names where it was read and how sure we are, and a person may decide otherwise.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from filiation.core.recipe import recipe

PREFIX = "license-"
"""What the ids of all checks of licences begin with."""


@cache
def version() -> str:
    """Return a digest of everything that decides which terms come out; terms of another version are found again."""
    here = Path(__file__).parent
    knowledge = here.parent / "knowledge"
    return recipe([*here.glob("*.py"), *knowledge.glob("license_*"), *(knowledge / "licenses").glob("*.toml")])
