"""Batches whose worker was lost: tried again, then halved, until one key is left to blame."""

from __future__ import annotations

from collections import Counter

from filiation.fleet.task import Order, order_of
from filiation.fleet.work import Done, named_schema, with_reason, written
from filiation.store.parts import REASON

TRIES = 2
"""So often is a batch lost before it is divided, and a key before it is given up."""
PIECES = ".pieces"
"""Beside the tasks: what is kept of halves until the whole is there."""
GIVEN_UP = "its worker was lost over it, more than once: it takes too much memory or time, or ends the process that reads it"


class Losses:
    """Keeps account of what was lost, and puts pieces together; `count` tells how often a worker was lost with a batch."""

    def __init__(self) -> None:
        self.count = 0
        self._tries: Counter[str] = Counter()
        self._whole_of: dict[str, tuple[Order, tuple[Order, Order]]] = {}
        self._doomed: list[Order] = []

    def lost(self, order: Order) -> list[Order]:
        """Return what is to be tried next, by itself, for an order that was lost; nothing where its one key is doomed."""
        self.count += 1
        self._tries[order.digest] += 1
        if self._tries[order.digest] < TRIES:
            return [order]
        if len(order.keys) > 1:
            return self._halved(order)
        self._doomed.append(order)
        return []

    def give_up(self) -> list[Done]:
        """Write reasons for the keys that are to be given up; return the parts that came to their end by it."""
        doomed, self._doomed = self._doomed, []
        ended = []
        for order in doomed:
            size = written(order, with_reason(order.task, order.keys, GIVEN_UP))
            ended.append(self.whole(order, Done(order.digest, 1, 1, size, 0.0)))
        return [done for done in ended if done is not None]

    def whole(self, order: Order, done: Done) -> Done | None:
        """Return what came of the batch that a done order belongs to; None while other pieces are missing."""
        while order.digest in self._whole_of:
            order, halves = self._whole_of[order.digest]
            if not all(half.parts.is_whole(half.digest) for half in halves):
                return None
            done = _put_together(order, halves)
        return done

    def _halved(self, order: Order) -> list[Order]:
        middle = len(order.keys) // 2
        into = order.into if order.into.name == PIECES else order.into / PIECES
        first, second = (order_of(order.task, keys, into) for keys in (order.keys[:middle], order.keys[middle:]))
        for half in (first, second):
            self._whole_of[half.digest] = order, (first, second)
            self._tries[half.digest] = int(len(half.keys) > 1)  # it was with a lost worker already
        return [first, second]


def _put_together(order: Order, halves: tuple[Order, Order]) -> Done:
    import pyarrow as pa  # noqa: PLC0415  # heavy

    columns = named_schema(order.task)  # what is read back calls the items of lists otherwise
    table = pa.concat_tables([half.parts.read(half.digest).cast(columns) for half in halves])
    size = written(order, table)
    for half in halves:
        half.parts.path(half.digest).unlink()
    return Done(order.digest, len(table), len(table) - table[REASON].null_count, size, 0.0)
