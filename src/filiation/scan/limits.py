"""How much of a file is looked at before it is called inconclusive."""

from __future__ import annotations

import time

import msgspec

from filiation.core.errors import WeightsError


class Limits(msgspec.Struct, frozen=True):
    """Bounds for one file with all that is nested in it.

    Attributes:
        depth: Archives within archives.
        members: Of all its archives together.
        unpacked_bytes: What compressed parts come to, each pass over them counted.
        held_bytes: What is kept in memory of them at once.
        opcodes: Of all its pickles.
        text_bytes: A text that is longer is looked at up to there.
        seconds: After so long it is given up.
        reasons: So many are kept, the worst.
    """

    depth: int = 8
    members: int = 200_000
    unpacked_bytes: int = 16 << 30
    held_bytes: int = 32 << 20
    opcodes: int = 20_000_000
    text_bytes: int = 8 << 20
    seconds: float = 900.0
    reasons: int = 64


class BudgetError(WeightsError):
    """More than a limit allows: the file is given up."""


class Budget:
    """What is left of the limits while one file is looked at."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.members = limits.members
        self.unpacked = limits.unpacked_bytes
        self.held = limits.held_bytes
        self.opcodes = limits.opcodes
        self._until = time.monotonic() + limits.seconds

    def spend_opcodes(self, count: int) -> None:
        """Take `count` instructions of pickles off.

        Raises:
            BudgetError: If there are no more, or time is up.
        """
        self.opcodes -= count
        if self.opcodes < 0:
            raise BudgetError(f"more than {self.limits.opcodes:,} instructions in its pickles")
        self.check_time()

    def spend_unpacked(self, size: int) -> None:
        """Take `size` unpacked bytes off; raises as `spend_opcodes`."""
        self.unpacked -= size
        if self.unpacked < 0:
            raise BudgetError(f"more than {self.limits.unpacked_bytes >> 30} GB when it is unpacked")
        self.check_time()

    def spend_member(self) -> None:
        """Take one file of an archive off; raises as `spend_opcodes`."""
        self.members -= 1
        if self.members < 0:
            raise BudgetError(f"more than {self.limits.members:,} files in its archives")
        self.check_time()

    def check_time(self) -> None:
        """Raise a `BudgetError` once the time is up."""
        if time.monotonic() > self._until:
            raise BudgetError(f"more than {self.limits.seconds:g} seconds of work")
