"""What a licence says: knowledge of licences, expressions of them, and which one a repository means.

Nothing here is legal advice: every statement names where it was read and how sure we are, and a person may decide otherwise.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path


@cache
def version() -> str:
    """Return a digest of everything that decides which terms come out; terms of another version are found again."""
    digest = sha256()
    here = Path(__file__).parent
    for folder, pattern in (
        (here, "*.py"),
        (here.parent / "knowledge", "license_*.toml"),
        (here.parent / "knowledge" / "licenses", "*.toml"),
    ):
        for path in sorted(folder.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
