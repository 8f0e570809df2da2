"""A piece of heavy work: a plain function that knows of no engine, and batches of what it is asked about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from filiation.store.parts import Key, Parts, digest_of

if TYPE_CHECKING:
    import pyarrow as pa

LEAST_SHARE = 0.1
"""Of a task's seconds, that even one key may take."""
LEAST_KEYS = 256
"""Fewer light keys than this to a batch, and handing it over takes longer than the work."""


@dataclass(frozen=True)
class Task:
    """What is to be done with each key.

    Attributes:
        name: Such as ``headers``; the parts lie in a folder of that name.
        version: Of all that decides the results: those of another version are not taken for these.
        function: Keys to a table, a row for each in their order, with the columns of `schema`. It runs in processes of other
            machines too, so it is a function of a module, or a `functools.partial` of one; it depends on nothing but the keys.
            Where a key cannot be looked at it says so in the row; what it raises is for `work.answered`.
        schema: The columns; the first is ``reason``, text: why a key could not be looked at, null where it could.
        keys_per_batch: So many light keys make a batch.
        weight_per_batch: A batch is closed before its weight is more, in bytes, unless one key alone weighs more.
        seconds: A full batch that takes longer is ended, and one of less keys after less, but for its weight.
        recipe: Returns the version that the machine has which calls it: a worker of another version refuses. None for any.
    """

    name: str
    version: str
    function: Callable[[Sequence[Key]], pa.Table]
    schema: pa.Schema
    keys_per_batch: int = LEAST_KEYS
    weight_per_batch: int = 1 << 30
    seconds: float = 3600.0
    recipe: Callable[[], str] | None = None


class Order(NamedTuple):
    """A batch to be done: what goes to a worker.

    Attributes:
        task: With its function, by name.
        keys: What is asked about.
        into: The root of the parts, as every worker sees it.
        digest: What the part is called.
    """

    task: Task
    keys: tuple[Key, ...]
    into: Path
    digest: str

    @property
    def seconds(self) -> float:
        """How long it may take before it is ended."""
        count = len(self.keys) / self.task.keys_per_batch
        weight = sum(key.weight for key in self.keys) / self.task.weight_per_batch
        return self.task.seconds * max(count, weight, LEAST_SHARE)

    @property
    def parts(self) -> Parts:
        """Where its part goes."""
        return Parts(self.into, self.task.name, self.task.version)


def order_of(task: Task, keys: Sequence[Key], into: Path) -> Order:
    """Return the order for these keys."""
    return Order(task, tuple(keys), into, digest_of(task.name, task.version, keys))


def batches(task: Task, keys: Iterable[Key]) -> Iterator[tuple[Key, ...]]:
    """Yield the keys in batches, in their order: the same keys always in the same batches."""
    held: list[Key] = []
    weight = 0
    for key in keys:
        if held and (len(held) == task.keys_per_batch or weight + key.weight > task.weight_per_batch):
            yield tuple(held)
            held, weight = [], 0
        held.append(key)
        weight += key.weight
    if held:
        yield tuple(held)
