"""How far names are followed, so that a tree that was made to be slow is not."""

from __future__ import annotations

MAX_STEPS = 2_000
"""So many expressions are followed to say what one can be."""
MAX_STEPS_OF_A_FILE = 200_000
"""So many for all questions of a file: some seconds. Real ones take 10,000 at most."""


class Allowance:
    """How many expressions may still be followed in all, in one file or in a tree of them."""

    def __init__(self, left: int = MAX_STEPS_OF_A_FILE, whole: Allowance | None = None) -> None:
        self.left, self._whole = left, whole

    def spend(self) -> bool:
        """Take one step; say whether there was one left."""
        self.left -= 1
        return self.left >= 0 and (self._whole is None or self._whole.spend())


class Budget:
    """How many expressions may still be followed for one question, through however many files it leads."""

    def __init__(self, allowance: Allowance) -> None:
        self._left, self._allowance = MAX_STEPS, allowance

    def spend(self) -> bool:
        """Take one step; say whether there was one left."""
        self._left -= 1
        return self._left >= 0 and self._allowance.spend()
