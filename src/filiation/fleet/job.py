"""What was asked of a task at once: its keys, and the part that answers each. Written down before anything is done.

A job is known by its keys: the same keys of the same content are the same job, which goes on where it was left, in the same
parts. What other jobs have answered already is not done again.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from pathlib import Path
from typing import NamedTuple

from filiation.fleet.task import Order, Task, batches, order_of
from filiation.store.parts import KEY, MARK, Key, Parts, digest_of, read_whole, write_whole

FOLDER = "jobs"
PART = "part"
"""In a job's table: the digest of what answers a key."""


class Job(NamedTuple):
    """Keys with what answers them.

    Attributes:
        digest: Of task, version, names and marks.
        orders: What this job does, in order; of what is done already, too.
        known: How many keys other jobs have answered.
        keys: How many there are in all.
    """

    digest: str
    orders: tuple[Order, ...]
    known: int
    keys: int

    def missing(self) -> list[Order]:
        """Return the orders whose part is not there."""
        return [order for order in self.orders if not order.parts.is_whole(order.digest)]


def job_of(task: Task, keys: Iterable[Key], into: Path, *, again: bool = False) -> Job:
    """Return the job for these keys, as it was begun, or else begin it.

    Args:
        task: What is to be done.
        keys: Each once; a later one of the same name and mark is left out.
        into: The root of the parts.
        again: Whether parts that say of one of these keys that it could not be looked at are to be made anew.

    Raises:
        AtlasError: If parts that are there cannot be read.
        OSError: If it cannot be written down.
    """
    wanted = {(key.name, key.mark): key for key in keys}
    parts = Parts(into, task.name, task.version)
    if again:
        _forget_failures(wanted.keys(), parts)
    digest = digest_of(task.name, task.version, wanted.values())
    path = parts.folder / FOLDER / f"{digest}.parquet"
    found = _begun(path, wanted, task, into) if path.exists() else None
    if found is None or any(not parts.is_whole(part) for part in found[1]):
        _begin(task, list(wanted.values()), parts, path)
        found = _begun(path, wanted, task, into)
    orders = found[0]
    return Job(digest, tuple(orders), len(wanted) - sum(len(order.keys) for order in orders), len(wanted))


def _forget_failures(wanted: Collection[tuple[str, str]], parts: Parts) -> None:
    sound = {pair for pair, _ in parts.known(spoiled=False)}
    for part in {part for pair, (part, _) in parts.known() if pair in wanted and pair not in sound}:
        parts.path(part).unlink()


def _begin(task: Task, wanted: list[Key], parts: Parts, path: Path) -> None:
    """Write down which part answers each key: one that is there, or a new one."""
    import pyarrow as pa  # noqa: PLC0415  # heavy

    part_of = {pair: part for pair, (part, _) in parts.known()}
    for batch in batches(task, [key for key in wanted if (key.name, key.mark) not in part_of]):
        name = digest_of(task.name, task.version, batch)
        part_of |= {(key.name, key.mark): name for key in batch}
    columns = {
        KEY: [key.name for key in wanted],
        MARK: [key.mark for key in wanted],
        PART: [part_of[key.name, key.mark] for key in wanted],
    }
    write_whole(path, pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}))


def _begun(path: Path, wanted: dict[tuple[str, str], Key], task: Task, into: Path) -> tuple[list[Order], list[str]]:
    """Return the orders of a job that was begun, and the parts of other jobs that it relies on."""
    columns = read_whole(path, (KEY, MARK, PART)).to_pydict()
    groups: dict[str, list[Key]] = {}
    for name, mark, part in zip(columns[KEY], columns[MARK], columns[PART], strict=True):
        groups.setdefault(part, []).append(wanted[name, mark])
    orders = {part: order_of(task, group, into) for part, group in groups.items()}
    own = [order for part, order in orders.items() if order.digest == part]
    return own, [part for part, order in orders.items() if order.digest != part]
