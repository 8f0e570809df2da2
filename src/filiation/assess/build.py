"""Score every node of an atlas."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from filiation.assess import attributes, documentation, usage
from filiation.assess.attributes import Attribute
from filiation.lineage.arrays import Lineage

SCORES = ("documentation", "provenance", "reproducibility", "portability", "popularity", "upkeep")
"""The columns of the table, in order."""


def build_scores(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> int:
    """Replace the table ``score`` by one row for each node; return how many there are.

    Args:
        con: In a transaction that the caller commits or rolls back; records, claims, terms and sections are there.
        lineage: Agrees with the tables node and edge.
    """
    columns = documentation.score(con, lineage) | attributes.score(con, lineage) | usage.score(con, lineage)
    table = pa.table(
        {"node_id": pa.array(np.arange(lineage.size, dtype=np.int32))}
        | {name: pa.array(columns[name], pa.float32(), from_pandas=True) for name in SCORES}
    )
    con.execute("DELETE FROM score")
    con.register("arrow", table)
    con.execute("INSERT INTO score SELECT * FROM arrow")
    con.unregister("arrow")
    return lineage.size


def portrait(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> list[Attribute]:
    """Return every attribute of `node` but its documentation: what it says of itself, then use and upkeep."""
    return [*attributes.portrait(con, lineage, node), *usage.portrait(con, lineage, node)]
