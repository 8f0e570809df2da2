"""Score every node of an atlas, or say of one what it came to and why."""

from __future__ import annotations

from typing import NamedTuple

import duckdb
import numpy as np

from filiation.assess import attributes, documentation, usage
from filiation.assess.attributes import Attribute
from filiation.assess.documentation import DocumentationScore
from filiation.assess.witnesses import witnesses
from filiation.core.ref import Kind
from filiation.lineage.arrays import Lineage

SCORES = ("documentation", "provenance", "reproducibility", "portability", "popularity", "upkeep")
"""The columns of the table, in order."""


class Assessment(NamedTuple):
    """What one node came to."""

    attributes: list[Attribute]
    documentation: DocumentationScore | None


def build_scores(con: duckdb.DuckDBPyConnection, lineage: Lineage) -> int:
    """Replace the table ``score`` by one row for each node; return how many there are.

    Args:
        con: In a transaction that the caller commits or rolls back; records, claims, terms and sections are there.
        lineage: Agrees with the tables node and edge.
    """
    import pyarrow as pa  # noqa: PLC0415  # what an answer about one model need not load

    with witnesses(con, None):
        columns = documentation.scored(con, lineage) | attributes.scored(con, lineage) | usage.scored(con, lineage)
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
    with witnesses(con, node):
        return [*attributes.told(con, lineage, node), *usage.told(con, lineage, node)]


def assessment(con: duckdb.DuckDBPyConnection, lineage: Lineage, node: int) -> Assessment:
    """Return all that an audit shows of `node`, whose records are read once; attributes are for models."""
    is_model = any(kind == Kind.MODEL and start <= node < end for _, kind, start, end in lineage.sections)
    with witnesses(con, node):
        told = [*attributes.told(con, lineage, node), *usage.told(con, lineage, node)] if is_model else []
        return Assessment(told, documentation.told(con, node))
