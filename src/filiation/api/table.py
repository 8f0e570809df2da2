"""Columns of an answer, for any library of data frames."""

from __future__ import annotations

import html
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Generic, TypeVar, overload

import msgspec

from filiation.core.errors import FiliationError

if TYPE_CHECKING:
    import pandas as pd  # type: ignore[import-not-found]  # whoever wants it has it
    import polars as pl  # type: ignore[import-not-found]  # likewise
    import pyarrow as pa

SHOWN = 20
"""Rows that a notebook shows of a table."""
SHOWN_CHARS = 120
Row = TypeVar("Row", bound=msgspec.Struct)


class Table:
    """An immutable Arrow table, without a copy for whoever speaks the Arrow C stream or the dataframe interchange protocol.

    ``pl.DataFrame(table)``, ``pa.table(table)``, ``pd.DataFrame.from_arrow(table)`` and
    ``duckdb.sql("FROM table")`` all take it.

    Args:
        table: The columns.

    Source:
        https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
        https://data-apis.org/dataframe-protocol/latest/
    """

    def __init__(self, table: pa.Table) -> None:
        self._table = table

    def to_arrow(self) -> pa.Table:
        """Return the columns as a pyarrow table."""
        return self._table

    def to_polars(self) -> pl.DataFrame:
        """Return the columns as a polars frame.

        Raises:
            FiliationError: If polars is not installed.
        """
        try:
            import polars  # type: ignore[import-not-found]  # no dependency of ours
        except ImportError as error:
            raise FiliationError("There is no polars here: install it, or take to_arrow().") from error
        return polars.DataFrame(self.to_arrow())

    def to_pandas(self) -> pd.DataFrame:
        """Return the columns as a pandas frame.

        Raises:
            FiliationError: If pandas is not installed.
        """
        try:
            return self.to_arrow().to_pandas()
        except ImportError as error:
            raise FiliationError("There is no pandas here: install it, or take to_arrow().") from error

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return self.to_arrow().column_names

    def __len__(self) -> int:
        return self.to_arrow().num_rows

    def __arrow_c_schema__(self) -> object:
        return self.to_arrow().schema.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def __dataframe__(self, nan_as_null: bool = False, allow_copy: bool = True) -> Any:
        """Return the interchange object; lists and structs, which the protocol does not know, are JSON text in it."""
        from filiation.api.arrow import flat

        return flat(self.to_arrow()).__dataframe__(nan_as_null, allow_copy)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({len(self):,} rows: {', '.join(self.columns)})"

    def _repr_html_(self) -> str:
        """Return the first rows for a notebook; every text in it is escaped, for strangers wrote it."""
        head = "".join(f"<th>{html.escape(name)}</th>" for name in self.columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row.values()) + "</tr>"
            for row in self.to_arrow().slice(0, SHOWN).to_pylist()
        )
        more = f"<p>{len(self):,} rows; the first {SHOWN} are shown.</p>" if len(self) > SHOWN else ""
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


class Rows(Table, Generic[Row]):
    """The rows of an answer: objects when asked one by one, and columns when a frame asks.

    Columns are made when they are first wanted. A field that is left out of JSON is null in them.

    Args:
        rows: The objects.
        kind: Of which type each is.
    """

    def __init__(self, rows: Sequence[Row], kind: type[Row]) -> None:
        self._rows, self._kind = rows, kind

    def to_arrow(self) -> pa.Table:
        """Return the columns as a pyarrow table."""
        return self._columns

    @cached_property
    def _columns(self) -> pa.Table:
        from filiation.api.arrow import table_of

        return table_of(self._rows, self._kind)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return [field.encode_name for field in msgspec.structs.fields(self._kind)]

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    @overload
    def __getitem__(self, at: int) -> Row: ...
    @overload
    def __getitem__(self, at: slice) -> Rows[Row]: ...
    def __getitem__(self, at: int | slice) -> Row | Rows[Row]:
        return Rows(self._rows[at], self._kind) if isinstance(at, slice) else self._rows[at]


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return html.escape(text if len(text) <= SHOWN_CHARS else f"{text[:SHOWN_CHARS]}…")
