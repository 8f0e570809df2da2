"""An expression's terms as the bits that the lineage carries."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple, get_args

from filiation.licenses.expression import Expression
from filiation.licenses.reach import reach
from filiation.licenses.terms import Flow

FLOWS: tuple[Flow, ...] = get_args(Flow)


class Masks(NamedTuple):
    """Terms as bits.

    Attributes:
        certain: What holds whichever licence is chosen, where there is a choice or nobody says whether there is one.
        possible: What holds under at least one choice; `certain` is among it.
        travels: Of `possible`, what travels along each of `FLOWS`.
    """

    certain: int
    possible: int
    travels: tuple[int, ...]


@lru_cache(maxsize=1 << 12)
def masks_of(expression: Expression) -> Masks:
    """Return the terms of an expression."""
    own = reach(expression)
    return Masks(own.certain, own.possible, tuple(reach(expression, flow).possible for flow in FLOWS))
