"""Rows of a query in memory, by the node that they are about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

ROWS = 65_536


class Rows:
    """The answer of a query whose first column is the node, in its order."""

    def __init__(self, con: duckdb.DuckDBPyConnection, query: str) -> None:
        reader = con.sql(query).to_arrow_reader(ROWS)
        table = pa.Table.from_batches([_packed(batch) for batch in reader], _packed_schema(reader.schema)).unify_dictionaries()
        table = table.combine_chunks()
        self._node = table["node"].to_numpy()
        self._table = table.drop_columns(["node"])

    def of(self, node: int, most: int | None = None) -> Iterator[tuple[Any, ...]]:
        """Return the rows of `node` without that column, at most `most` of them."""
        first, last = np.searchsorted(
            self._node, np.array([node, node + 1], self._node.dtype)
        ).tolist()  # another type would be cast
        if first == last:
            return iter(())
        rows = self._table.slice(first, min(last - first, most or last - first))
        return zip(*(column.to_pylist() for column in rows.columns), strict=True)


_FEW = {
    "predicate",
    "relation",
    "basis",
    "relation_basis",
    "witness",
    "source",
    "how",
    "because",
    "set_aside",
    "severity",
    "check_name",
    "remedy",
    "element",
    "word",
    "meaning",
    "convention",
    "attribute",
    "key",
}
"""Columns whose words return often, kept as numbers."""


def _packed(batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        column.cast(pa.string()).dictionary_encode() if name in _FEW else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_packed_schema(batch.schema))


def _packed_schema(schema: pa.Schema) -> pa.Schema:
    word = pa.dictionary(pa.int32(), pa.string())
    return pa.schema([(field.name, word if field.name in _FEW else field.type) for field in schema])
