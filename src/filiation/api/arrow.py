"""Answers as Arrow: the columns of a struct follow from its annotations, so that an empty table has them too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
import pyarrow as pa

_SCALARS: dict[type, pa.DataType] = {
    bool: pa.bool_(),
    int: pa.int64(),
    float: pa.float64(),
    str: pa.large_string(),
    datetime: pa.timestamp("us", "UTC"),
}


def table_of(rows: Sequence[msgspec.Struct], kind: type[msgspec.Struct]) -> pa.Table:
    """Return structs as a table with a column for each field, named as in JSON.

    Args:
        rows: Instances of `kind`; may be none.
        kind: A struct; its fields may hold scalars, structs and lists of these. Anything else becomes JSON text.
    """
    schema = schema_of(kind)
    plain = [msgspec.to_builtins(row, builtin_types=(datetime,)) for row in rows]
    columns = [pa.array([_held(row.get(field.name), field.type) for row in plain], field.type) for field in schema]
    return pa.Table.from_arrays(columns, schema=schema)


def schema_of(kind: type[msgspec.Struct]) -> pa.Schema:
    """Return the columns of a struct, in its order."""
    hints = get_type_hints(kind)
    return pa.schema([(field.encode_name, _type(hints[field.name])) for field in msgspec.structs.fields(kind)])


def _type(hint: Any) -> pa.DataType:
    """Return the Arrow type of an annotation; text where there is none."""
    if get_origin(hint) in (Union, UnionType):
        rest = [item for item in get_args(hint) if item not in (NoneType, msgspec.UnsetType)]
        return _type(rest[0]) if len(rest) == 1 else pa.large_string()
    if get_origin(hint) is Literal:
        return pa.large_string()
    if get_origin(hint) in (list, tuple):
        return pa.list_(_type(get_args(hint)[0]))
    if isinstance(hint, type):
        if issubclass(hint, msgspec.Struct):
            return pa.struct(list(schema_of(hint)))
        return pa.large_string() if issubclass(hint, Enum) else _SCALARS.get(hint, pa.large_string())
    return pa.large_string()


def _held(value: Any, kind: pa.DataType) -> Any:
    """Return `value` as the column takes it: what has no type of its own as JSON text."""
    if value is None:
        return None
    if pa.types.is_list(kind):
        return [_held(item, kind.value_type) for item in value]
    if pa.types.is_struct(kind):
        return {field.name: _held(value.get(field.name), field.type) for field in kind}
    is_text = isinstance(value, str) or not pa.types.is_large_string(kind)
    return value if is_text else msgspec.json.encode(value).decode()


def flat(table: pa.Table) -> pa.Table:
    """Return the table with lists and structs as JSON text, for readers that know scalars alone."""
    columns = [_flat(column) for column in table.columns]
    return pa.Table.from_arrays(columns, names=table.column_names)


def _flat(column: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if not pa.types.is_nested(column.type):
        return column
    texts = [None if item is None else msgspec.json.encode(item).decode() for item in column.to_pylist()]
    return pa.array(texts, pa.large_string())
