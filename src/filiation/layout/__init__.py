"""Lineage, and the layout before it, become places; places become tiles. See docs/map.md and docs/layout.md."""

from __future__ import annotations

from functools import cache
from hashlib import sha256
from pathlib import Path


@cache
def version() -> str:
    """Return a digest of everything that decides which map comes out; one of another version is drawn again."""
    digest = sha256()
    folder = Path(__file__).parent
    for path in (*sorted(folder.glob("*.py")), folder.parent / "knowledge" / "modalities.toml"):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
