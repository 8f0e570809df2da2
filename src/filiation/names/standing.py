"""Whether what names say was read for the lineage that stands."""

from __future__ import annotations

from pathlib import Path

import duckdb

from filiation.core.errors import AtlasError
from filiation.store.stages import last_run


def names_stand(con: duckdb.DuckDBPyConnection) -> bool:
    """Return whether the stage ``names`` ran on the lineage of the atlas; what it left of another is of other nodes."""
    lineage, read = last_run(con, "lineage"), last_run(con, "names")
    return lineage is not None and read is not None and read.input == lineage.token


def require_names(con: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse an atlas whose names were not read.

    Args:
        con: Of the atlas.
        path: Its folder, for the sentence.

    Raises:
        AtlasError: If they were not.
    """
    if not names_stand(con):
        raise unread(path)


def unread(path: Path) -> AtlasError:
    """Return what to say of the atlas at `path` if its names were not read."""
    return AtlasError(f"The names in {path} were not read since it was charted anew: run 'filiation build --atlas {path}'.")
