"""Which models and datasets a source tree loads, by its text alone (`find`), and which a program that runs does (`run`)."""

from filiation.uses.running import run
from filiation.uses.tree import find
from filiation.uses.use import Found, Run, Use

__all__ = ["Found", "Run", "Use", "find", "run"]
