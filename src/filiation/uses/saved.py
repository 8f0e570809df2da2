"""What ``filiation uses --json`` printed before, of a tree or of a run: it stands for that tree or run."""

from __future__ import annotations

from pathlib import Path

import msgspec

from filiation.core.errors import SourceError
from filiation.uses.use import Found

SCHEMA = b'"filiation/uses/v1"'
HEAD_BYTES = 1_024
MAX_BYTES = 64 << 20


def is_saved(path: Path) -> bool:
    """Return whether the file begins as such an answer does."""
    if path.suffix != ".json" or not path.is_file():
        return False
    with path.open("rb") as stream:
        return SCHEMA in stream.read(HEAD_BYTES)


def saved(path: Path) -> Found:
    """Return the answer that was saved.

    Raises:
        SourceError: If it is longer than any answer, or damaged.
    """
    with path.open("rb") as stream:
        held = stream.read(MAX_BYTES + 1)
    if len(held) > MAX_BYTES:
        raise SourceError(f"{path} is longer than {MAX_BYTES >> 20} MB, more than any answer of 'filiation uses'.")
    try:
        return msgspec.json.decode(held, type=Found)
    except (msgspec.DecodeError, RecursionError) as error:
        raise SourceError(f"{path} is no whole answer of 'filiation uses --json' ({error}): make it again.") from error
