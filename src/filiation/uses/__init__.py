"""Which models and datasets a source tree loads, by its text alone: nothing is imported, nothing is run."""

from filiation.uses.tree import Found, find
from filiation.uses.use import Use

__all__ = ["Found", "Use", "find"]
