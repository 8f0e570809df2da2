"""A listing of the Hub as Parquet, such as the daily ``hub-stats`` dump."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from filiation.core.record import BATCH_BYTES, Batch, ReadOptions, Record, Sighting, Skipped, batches_of
from filiation.core.ref import Kind
from filiation.core.shape import kind_of
from filiation.formats.compressed import damaged, peek

MAGIC = b"PAR1"
MAX_ROWS_AT_ONCE = 4096
JSON_COLUMNS = ("cardData", "config", "gguf", "model-index", "safetensors", "transformersInfo", "widgetData")
"""Objects of the API that dumps keep as JSON text, for their columns differ from row to row."""
_HUB_TIME = "%Y-%m-%dT%H:%M:%SZ"


class ParquetDump:
    """Rows become the API's JSON again: nulls dropped, times spelled as the Hub spells them, JSON text decoded."""

    name = "parquet dump"
    fallback = False

    def recognises(self, path: Path) -> bool:
        """Return whether the file starts as Parquet does."""
        return path.suffix.lower() == ".parquet" and peek(path, len(MAGIC)) == MAGIC

    def read(self, path: Path, options: ReadOptions) -> Iterator[Batch | Skipped]:
        """Yield the rows, numbered from 1; at damage the reading ends with a `Skipped`."""
        yield from batches_of(_sightings(path, options.kind), str(path))


SOURCE = ParquetDump()


def _sightings(path: Path, kind: Kind | None) -> Iterator[Sighting | Skipped]:
    number = 0
    try:
        with pq.ParquetFile(path, buffer_size=1 << 20) as file:
            key = next((name for name in ("id", "modelId") if name in file.schema_arrow.names), None)
            if key is None:
                yield Skipped(str(path), 0, "no column is named id: not a listing of models or datasets")
                return
            for batch in file.iter_batches(batch_size=_rows_at_once(file.metadata)):
                for row in _plain_times(batch).to_pylist(maps_as_pydicts="lossy"):
                    number += 1
                    body = _body(row)
                    kind = kind or kind_of(path, msgspec.json.encode(dict.fromkeys(row)))
                    yield Sighting(number, Record(kind, str(body.get(key)), body), "hub")
    except (OSError, pa.ArrowException, UnicodeDecodeError) as error:
        yield damaged(path, number + 1, error)


def _rows_at_once(metadata: pq.FileMetaData) -> int:
    """Return how many rows come to about one batch of text."""
    groups = [metadata.row_group(index) for index in range(metadata.num_row_groups)]
    size = sum(group.total_byte_size for group in groups)
    return max(1, min(MAX_ROWS_AT_ONCE, BATCH_BYTES * max(metadata.num_rows, 1) // max(size, 1)))


def _plain_times(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Return `batch` with its columns of times as text; a time without a zone is taken for UTC."""
    for index, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type):
            naive = batch.column(index).cast(pa.timestamp("ms", field.type.tz), safe=False).cast(pa.timestamp("ms"))
            text = pc.call_function("strftime", [naive], pc.StrftimeOptions(_HUB_TIME))
            batch = batch.set_column(index, field.name, text)
    return batch


def _body(row: dict[str, Any]) -> dict[str, Any]:
    body = _without_nulls(row)
    for name in JSON_COLUMNS:
        if isinstance(body.get(name), str):
            try:
                body[name] = msgspec.json.decode(body[name])
            except (msgspec.MsgspecError, RecursionError):
                continue  # kept as the dump has it
    return body


def _without_nulls(value: Any) -> Any:
    """Return `value` less the null fields of its objects, at any depth: columns that do not apply to the row."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value
