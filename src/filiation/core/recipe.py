"""What decides a result, as one short text: a result of another recipe is made again."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path


def recipe(files: Iterable[Path]) -> str:
    """Return a digest of the files' contents, twelve hexadecimal digits, in the order of their paths."""
    digest = sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
