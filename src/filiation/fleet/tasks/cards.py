"""What the cards and other small files beside records say: the claims that the next build would read from them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from filiation.core.record import Skipped
from filiation.extract import version
from filiation.extract.reading import CONTENT, TASK, readings_schema, readings_table
from filiation.fleet.task import Task
from filiation.fleet.tasks import Asked
from filiation.store.atlas import Atlas
from filiation.store.parts import Key
from filiation.store.stages import last_run

if TYPE_CHECKING:
    import pyarrow as pa

OF_SOURCES = False
RECORDS_PER_BATCH = 512
"""Some two seconds of work."""
BYTES_PER_BATCH = 32 << 20
SECONDS = 900.0


def task(asked: Asked) -> Task:
    """Return the task; its workers open the atlas to read."""
    function = partial(read, str(asked.atlas))
    return Task(TASK, version(), function, readings_schema(), RECORDS_PER_BATCH, BYTES_PER_BATCH, SECONDS, version)


def keys(asked: Asked, skipped: list[Skipped]) -> Iterator[Key]:  # noqa: ARG001  # as all tasks have it
    """Yield the records with files that the next build would read, in the order of their numbers."""
    with Atlas.open(asked.atlas) as atlas:
        run = last_run(atlas.con, "extract")
        after = int(run.input) if run is not None and run.version == version() else -1
        rows = atlas.con.execute(
            f"SELECT kind || ':' || id, {CONTENT}, record_id, length(body) + length(files) FROM record"
            " WHERE record_id > ? AND files IS NOT NULL ORDER BY record_id",
            [after],
        )
        while chunk := rows.fetchmany(10_000):
            yield from (Key(name, mark, str(number), weight) for name, mark, number, weight in chunk)


def read(atlas: str, keys: Sequence[Key]) -> pa.Table:
    """Return what is read of these records of the atlas."""
    numbers = [int(key.place) for key in keys]
    with Atlas.open(Path(atlas)) as opened:
        opened.con.execute("SET threads = 1")
        rows = opened.con.execute(
            f"SELECT record_id, snapshot_id, line, kind, id, body, files, {CONTENT} FROM record"
            " WHERE record_id BETWEEN ? AND ? AND list_contains(?, record_id)",
            [min(numbers), max(numbers), numbers],
        ).fetchall()
    found = {row[0]: row for row in rows}
    if any(found.get(number, ("",))[-1] != key.mark for number, key in zip(numbers, keys, strict=True)):
        raise ValueError("the atlas has other records than it had when this was begun")
    return readings_table([found[number][:-1] for number in numbers])
