"""Rows of the atlas as columns, of all nodes or of one."""

from __future__ import annotations

import duckdb
import numpy as np


def columns(con: duckdb.DuckDBPyConnection, query: str, node: int | None) -> dict[str, np.ndarray]:
    """Return the columns of what `query` gives, by name.

    Args:
        con: Of the atlas.
        query: What to ask.
        node: The one that is asked about, whose few rows are not worth the time that pyarrow takes to import; None for all.
    """
    if node is None:
        table = con.sql(query).to_arrow_table()
        return {name: table[name].to_numpy(zero_copy_only=False) for name in table.column_names}
    found = con.execute(query)
    names = [name for name, *_ in found.description or ()]
    rows = found.fetchall()
    return {name: np.fromiter((row[at] for row in rows), object, len(rows)) for at, name in enumerate(names)}
