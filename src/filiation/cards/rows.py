"""The sections of many cards as rows of the table ``section``."""

from __future__ import annotations

from array import array
from functools import cache
from typing import TYPE_CHECKING

from filiation.cards.sections import SectionState
from filiation.cards.template import STATES, template
from filiation.core.ref import Kind

if TYPE_CHECKING:
    import pyarrow as pa

_STATE = {state: number for number, state in enumerate(STATES)}


class SectionRows:
    """Gathers rows in little memory."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self._record, self._section, self._state = array("q"), array("h"), array("b")
        self._start, self._stop = array("i"), array("i")

    def __len__(self) -> int:
        return len(self._record)

    def add(self, record_id: int, states: tuple[SectionState, ...]) -> None:
        """Add the sections of the card beside a record."""
        self._record.extend([record_id] * len(states))
        numbers = _numbers()
        self._section.extend([numbers[item.section] for item in states])
        self._state.extend([_STATE[item.state] for item in states])
        self._start.extend([-1 if item.start is None else item.start for item in states])
        self._stop.extend([-1 if item.stop is None else item.stop for item in states])

    def take(self) -> pa.Table:
        """Return the rows that were gathered, with the columns of the table, and begin anew."""
        import numpy as np  # noqa: PLC0415  # with the next, 0.3 s that the command line pays only where rows are made
        import pyarrow as pa  # noqa: PLC0415  # the same

        absent = np.array(self._state) == 0
        table = pa.table(
            {
                "record_id": pa.array(np.array(self._record)),
                "section": pa.DictionaryArray.from_arrays(pa.array(np.array(self._section)), list(_numbers())).cast(
                    pa.string()
                ),
                "state": pa.DictionaryArray.from_arrays(pa.array(np.array(self._state)), list(STATES)).cast(pa.string()),
                "start": pa.array(np.array(self._start), mask=absent),
                "stop": pa.array(np.array(self._stop), mask=absent),
            }
        )
        self._clear()
        return table


@cache
def _numbers() -> dict[str, int]:
    names = dict.fromkeys(section.id for kind in Kind for section in template(kind).sections)
    return {name: number for number, name in enumerate(names)}
