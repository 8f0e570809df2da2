"""How far somebody has looked: kept in the atlas's folder, one file for each who looks."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import msgspec

from filiation.core.errors import FiliationError

FOLDER = "watch"
MAX_BYTES = 8 << 20
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}")


class Cursor(msgspec.Struct, frozen=True):
    """What somebody knows.

    Attributes:
        snapshot: What was ingested with this one or before is known.
        at: When that was looked at, naive UTC.
        urgent: Digests of changes behind it that were told already, because they could not wait for quiet hours to end.
    """

    snapshot: int
    at: datetime
    urgent: list[str] = []


def cursor_file(atlas: Path, name: str) -> Path:
    """Return where the cursor of that name is kept.

    Raises:
        FiliationError: If that is no name of a file.
    """
    if not _NAME.fullmatch(name) or ".." in name:
        raise FiliationError(f"{name!r} is no name for a cursor: use letters, digits, points, dashes and underscores.")
    return atlas / FOLDER / f"{name}.json"


def read_cursor(atlas: Path, name: str) -> Cursor | None:
    """Return the cursor; None before the first look.

    Raises:
        FiliationError: If it cannot be read.
    """
    path = cursor_file(atlas, name)
    try:
        with path.open("rb") as file:
            return msgspec.json.decode(file.read(MAX_BYTES), type=Cursor)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise FiliationError(f"{path} cannot be read ({error}): delete it to begin anew, or look with --since DATE.") from error


def write_cursor(atlas: Path, name: str, cursor: Cursor) -> None:
    """Keep the cursor; one that is half written is never seen."""
    path = cursor_file(atlas, name)
    partial = path.with_suffix(".partial")
    try:
        path.parent.mkdir(exist_ok=True)
        partial.write_bytes(msgspec.json.encode(cursor))
        partial.replace(path)
    except OSError as error:
        raise FiliationError(
            f"{path} cannot be written ({error.strerror}): look with --since DATE, which keeps none."
        ) from error
