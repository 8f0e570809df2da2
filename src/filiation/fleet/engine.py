"""What carries batches to workers: the one thing that differs between this machine and many."""

from __future__ import annotations

from types import TracebackType
from typing import NamedTuple, Protocol, Self

from filiation.fleet.task import Order
from filiation.fleet.work import Done


class Outcome(NamedTuple):
    """What became of an order: `done`, or null where the worker was lost that had it, or may have had it."""

    order: Order
    done: Done | None


class Engine(Protocol):
    """Takes orders and tells their outcomes; a context manager, whose end lets all workers go.

    Attributes:
        name: Such as ``processes``.
        tells_apart: Whether an order that is lost was itself with the worker that was lost. Where processes of a pool end
            together, it may only have been beside.
    """

    name: str
    tells_apart: bool

    @property
    def workers(self) -> int:
        """How many batches are worked on at once, now; machines may come and go."""
        ...

    def start(self, order: Order) -> None:
        """Take an order; never waits."""
        ...

    def outcomes(self) -> list[Outcome]:
        """Wait until an order that was started has come out, and return all that have.

        Raises:
            FiliationError: As `work.do`, or if there are no workers any more.
        """
        ...

    def __enter__(self) -> Self:
        """Start the workers."""
        ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Let the workers go; what they are at is lost, and nothing of it is left half written."""
        ...
