"""An engine in this process that loses what it is told to lose, and work for it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Sequence

import pyarrow as pa

from filiation.fleet.engine import Outcome
from filiation.fleet.task import Order, Task
from filiation.fleet.work import do
from filiation.store.parts import Key

PAIR = pa.struct([("name", pa.string()), ("weight", pa.float32())])
SCHEMA = pa.schema([("reason", pa.string()), ("square", pa.int64()), ("pairs", pa.list_(PAIR))])


class Here:
    """Does orders in the order in which they came, or the other way round; `loses` says of which its worker is lost."""

    name = "here"

    def __init__(self, loses: Callable[[Order], bool] = lambda _: False, *, tells_apart: bool = True, backwards: bool = False):
        self.loses, self.tells_apart, self.backwards = loses, tells_apart, backwards
        self.workers = 3
        self.waiting: list[Order] = []
        self.done: list[Order] = []
        self.most_at_once = 0

    def start(self, order: Order) -> None:
        self.waiting.append(order)
        self.most_at_once = max(self.most_at_once, len(self.waiting))

    def outcomes(self) -> list[Outcome]:
        order = self.waiting.pop(-1 if self.backwards else 0)
        if self.loses(order):
            lost = [Outcome(order, None)]
            if not self.tells_apart:
                lost += [Outcome(item, None) for item in self.waiting]
                self.waiting = []
            return lost
        self.done.append(order)
        return [Outcome(order, do(order))]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.waiting = []


def square(keys: Sequence[Key]) -> pa.Table:
    """Square the places; ``kill`` and ``raise`` do what they say."""
    rows = []
    for key in keys:
        if key.place == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if key.place == "raise":
            raise ValueError("this one raises")
        number = int(key.place)
        pairs = [{"name": f"n{i}", "weight": i / 3 if i % 2 else None} for i in range(number % 4)]
        rows.append({"reason": None, "square": number**2, "pairs": pairs if number % 5 else None})
    return pa.Table.from_pylist(rows, SCHEMA)


def squares(version: str = "1", keys_per_batch: int = 4, **options) -> Task:
    return Task("square", version, square, SCHEMA, keys_per_batch, **options)


def numbered(count: int, **odd: str) -> list[Key]:
    """Keys k0, k1, ...; `odd` gives some another place: ``k3="kill"``."""
    return [Key(f"k{i}", "m", odd.get(f"k{i}", str(i))) for i in range(count)]
