"""The headers of models' weights: names and shapes of tensors, and no value."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from filiation.core.errors import FiliationError
from filiation.core.record import Skipped
from filiation.fleet.places import keys_of, require_seen
from filiation.fleet.task import LEAST_KEYS, Task
from filiation.fleet.tasks import Asked
from filiation.lineage.reading_headers import TASK, headers_text, key_of, version
from filiation.store.parts import Key

if TYPE_CHECKING:
    import pyarrow as pa

OF_SOURCES = True
BYTES_PER_BATCH = 1 << 60
"""Only the beginnings of files are read, however long they are."""
SECONDS = 900.0


def task(asked: Asked) -> Task:  # noqa: ARG001  # as all tasks have it
    """Return the task; its workers open the files of the sources."""
    return Task(TASK, version(), read, _schema(), LEAST_KEYS, BYTES_PER_BATCH, SECONDS, version)


def keys(asked: Asked, skipped: list[Skipped]) -> Iterator[Key]:
    """Yield the models of the sources that have weights, in the order of the sources."""
    yield from keys_of(asked, key_of, skipped)


def read(keys: Sequence[Key]) -> pa.Table:
    """Return the headers of these checkpoints, as the atlas keeps them."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    require_seen(keys)
    return pa.Table.from_pylist([_row(key) for key in keys], _schema())


def _row(key: Key) -> dict[str, str | None]:
    try:
        return {"reason": None, "headers": headers_text(key.place)}
    except (FiliationError, OSError, ValueError) as error:
        return {"reason": str(error), "headers": None}


def _schema() -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return pa.schema([("reason", pa.string()), ("headers", pa.string())])
