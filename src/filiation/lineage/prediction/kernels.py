"""The loops over witnesses, compiled. Importing this takes a second: import it for many models only."""

from __future__ import annotations

from types import FunctionType

from numba import njit

from filiation.lineage.prediction import loops

_space = dict(vars(loops))
for _name in ("step", "room", "voices", "hear", "weigh", "reasons", "answer", "slope"):
    _plain = getattr(loops, _name)
    _space[_name] = njit(cache=True)(FunctionType(_plain.__code__, _space, _name))
answer, slope = _space["answer"], _space["slope"]
