"""One batch, done in whatever process: its part is there afterwards, whole, whoever else was at it too."""

from __future__ import annotations

import faulthandler
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filiation.core.errors import FiliationError
from filiation.fleet.task import Order, Task
from filiation.store.parts import KEY, MARK, REASON, Key

if TYPE_CHECKING:
    import pyarrow as pa

MAX_REASON_CHARS = 400
BLAMELESS = (FiliationError, ImportError, OSError)
"""What a task's function lets out of itself of these is no key's fault: of those that are, it makes reasons."""
MANY = 16
"""Where so many keys fail and none does not, it is no key's fault either."""


class Done(NamedTuple):
    """What a batch came to.

    Attributes:
        digest: Of its part.
        keys: How many it answers.
        skipped: Of how many it says only why they could not be looked at.
        bytes: Of the part; 0 where it was there already.
        seconds: Of the processor.
    """

    digest: str
    keys: int
    skipped: int
    bytes: int
    seconds: float


def do(order: Order) -> Done:
    """Do a batch and write its part, unless it is there.

    What raises for one key becomes that key's reason, as `answered` has it; the others are answered. A batch that takes longer
    than its task allows ends its process, hard: whoever hears of that sees a worker that was lost.

    Raises:
        FiliationError: If this worker does such work otherwise than whoever sent the order, or the part cannot be written.
    """
    if order.task.recipe is not None and order.task.recipe() != order.task.version:
        raise FiliationError("A worker runs another version of filiation: install the same one on every machine.")
    if order.parts.is_whole(order.digest):
        return Done(order.digest, len(order.keys), 0, 0, 0.0)
    began = time.process_time()
    with _no_longer_than(order.seconds):
        table = answered(order.task, order.keys)
    skipped = len(table) - table[REASON].null_count
    return Done(order.digest, len(table), skipped, written(order, table), time.process_time() - began)


def written(order: Order, table: pa.Table) -> int:
    """Write the part of an order; return its bytes.

    Raises:
        FiliationError: If it cannot be written.
    """
    try:
        return order.parts.write(order.digest, table)
    except OSError as error:
        raise FiliationError(
            f"{order.parts.folder} cannot be written ({error.strerror or error}): what is there is kept; run the same again."
        ) from error


def answered(task: Task, keys: tuple[Key, ...]) -> pa.Table:
    """Return the rows about the keys, with their names and marks.

    Raises:
        FiliationError: If it is not the keys that it fails for: a folder that this machine does not see, an atlas that is being
            written, a library that is not there. Nothing is known of the keys then.
    """
    import pyarrow as pa  # noqa: PLC0415  # heavy

    try:
        return _answered(task, keys)
    except BLAMELESS as error:
        raise FiliationError(f"{task.name} cannot be done here: {error}") from error
    except Exception as error:  # whatever a stranger's file makes a reader raise
        if len(keys) == 1:
            return with_reason(task, keys, f"{type(error).__name__}: {error}")
        tables = [answered(task, (key,)) for key in keys]
        if len(keys) >= MANY and all(table[REASON].null_count == 0 for table in tables):
            raise FiliationError(f"{task.name} fails for every key ({type(error).__name__}: {error}): report it.") from error
    return pa.concat_tables(tables)


def _answered(task: Task, keys: tuple[Key, ...]) -> pa.Table:
    table = task.function(keys).select(task.schema.names).cast(task.schema)
    if len(table) != len(keys):
        raise ValueError(f"{task.name} answered {len(table):,} rows to {len(keys):,} keys")
    return _named(task, table, keys)


def with_reason(task: Task, keys: tuple[Key, ...], reason: str) -> pa.Table:
    """Return rows that say of each key that it could not be looked at, and why."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    plain = reason.encode("utf-8", "replace").decode()[:MAX_REASON_CHARS]
    columns = [pa.array([plain] * len(keys)), *(pa.nulls(len(keys), field.type) for field in list(task.schema)[1:])]
    return _named(task, pa.table(columns, schema=task.schema), keys)


def named_schema(task: Task) -> pa.Schema:
    """Return the columns of a task's parts: the keys' names and marks, then its own."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    return pa.schema([(KEY, pa.string()), (MARK, pa.string()), *task.schema])


def _named(task: Task, table: pa.Table, keys: tuple[Key, ...]) -> pa.Table:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    names, marks = pa.array([key.name for key in keys], pa.string()), pa.array([key.mark for key in keys], pa.string())
    return pa.table([names, marks, *table.columns], schema=named_schema(task))


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """End this process hard if what is done inside takes longer, whatever it is doing: a reader in C holds every lock."""
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(seconds, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
