"""Whether the files of models are hostile, as `filiation chart --scan` asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from filiation.core.errors import FiliationError
from filiation.core.record import Skipped
from filiation.fleet.places import keys_of, require_seen
from filiation.fleet.task import LEAST_KEYS, Task
from filiation.fleet.tasks import Asked
from filiation.lineage.reading_scans import TASK, key_of, scanned, version
from filiation.store.parts import Key

if TYPE_CHECKING:
    import pyarrow as pa

OF_SOURCES = True
BYTES_PER_BATCH = 4 << 30
SECONDS = 7200.0


def task(asked: Asked) -> Task:  # noqa: ARG001  # as all tasks have it
    """Return the task; its workers open the files of the sources."""
    return Task(TASK, version(), read, _schema(), LEAST_KEYS, BYTES_PER_BATCH, SECONDS, version)


def keys(asked: Asked, skipped: list[Skipped]) -> Iterator[Key]:
    """Yield the models of the sources, in their order."""
    yield from keys_of(asked, key_of, skipped)


def read(keys: Sequence[Key]) -> pa.Table:
    """Return what a scan of each of these folders says, as the atlas keeps it."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    require_seen(keys)
    return pa.Table.from_pylist([_row(key) for key in keys], _schema())


def _row(key: Key) -> dict[str, object]:
    try:
        found = scanned(key.place)
    except (FiliationError, OSError) as error:
        return {"reason": str(error)}
    return {"reason": None} | found._asdict()


def _schema() -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    counts = [("files", pa.int64()), ("bytes", pa.int64())]
    return pa.schema([("reason", pa.string()), ("status", pa.string()), *counts, ("seen", pa.string())])
