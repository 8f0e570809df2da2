"""Sketches of models' weights, as `filiation chart --weights` keeps them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from filiation.core.errors import FiliationError
from filiation.core.record import Skipped
from filiation.fleet.places import keys_of, require_seen
from filiation.fleet.task import LEAST_KEYS, Task
from filiation.fleet.tasks import Asked
from filiation.store.parts import Key
from filiation.weights.kept_sketches import TASK, key_of_checkpoint, version, versioned
from filiation.weights.sketch_folder import line_of, schema
from filiation.weights.sketching import sketch_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["OF_SOURCES", "keys", "task", "version"]
OF_SOURCES = True
BYTES_PER_BATCH = 4 << 30
"""Of weights: some tens of seconds of work; a larger model is a batch of its own."""
SECONDS = 3600.0


def task(asked: Asked) -> Task:
    """Return the task for this share of the bytes; its workers open the files of the sources."""
    recipe = partial(versioned, asked.share)
    return Task(TASK, recipe(), partial(read, asked.share), _schema(), LEAST_KEYS, BYTES_PER_BATCH, SECONDS, recipe)


def keys(asked: Asked, skipped: list[Skipped]) -> Iterator[Key]:
    """Yield the models of the sources that have weights, in the order of the sources."""
    yield from keys_of(asked, partial(key_of_checkpoint, share=asked.share), skipped)


def read(share: float, keys: Sequence[Key]) -> pa.Table:
    """Return the sketches of these checkpoints, each with its line of the manifest."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    require_seen(keys)
    return pa.Table.from_pylist([_row(key, share) for key in keys], _schema())


def _row(key: Key, share: float) -> dict[str, object]:
    try:
        data, line = line_of(key.name, sketch_of(key.place, share))
    except (FiliationError, OSError) as error:
        return {"reason": str(error)}
    return {"reason": None, "data": data} | line


def _schema() -> pa.Schema:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    line = [field for field in schema() if field.name != "path"]
    return pa.schema([pa.field("reason", pa.string()), pa.field("data", pa.binary()), *line])
