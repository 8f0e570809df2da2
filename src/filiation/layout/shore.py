"""Applications along the shore: marks around the map's square, each as near as may be to what it uses.

An application descends from nothing, so it has no place among families: it stands outside, on a frame around the square.
Nothing of the map is moved by it, and where there are none nothing is written.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np

from filiation.lineage.applications import LEAST, Application, Used
from filiation.lineage.arrays import NULL, STATES, Lineage

RADIUS = 0.012
"""Of a mark, in widths of the map, where there is room."""
AWAY = 0.018
"""How far beyond the square the middle of a mark lies."""
APART = 2.6
"""Between two marks, in radii."""
MAX_APPLICATIONS = 2000
MAX_USES = 500
"""So many of an application are told, the surest; how many there are is counted."""


class ShoreUse(msgspec.Struct, frozen=True):
    """What an application uses.

    Attributes:
        ref: As the lineage spells it, or as the application does where the atlas does not know it.
        node: Its number; null where the atlas does not know it.
        state: As the lineage has it; ``unknown`` where the atlas does not know it.
        revision: The branch, tag or commit that is asked for; null for whatever is current.
        basis: ``stated`` by source text, or ``measured`` in a run.
        confidence: In [0, 1].
        is_sure: Whether it counts in traces; what is less sure is only told.
        place: Where the application names it.
        x, y, r: Its circle; null without one.
    """

    ref: str
    node: int | None
    state: str
    revision: str | None
    basis: str
    confidence: float
    is_sure: bool
    place: str
    x: float | None
    y: float | None
    r: float | None


class ShoreMark(msgspec.Struct, frozen=True):
    """An application with its mark, whose square of diagonal 2 r stands on a corner; `uses` the surest first, of `total`."""

    name: str
    seen_at: str
    x: float
    y: float
    r: float
    total: int
    uses: list[ShoreUse]


class Shore(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/applications/v1"):
    """The applications of an atlas by name, of `total`."""

    total: int
    applications: list[ShoreMark]


def shore(known: Sequence[Application], lineage: Lineage, circles: tuple[np.ndarray, np.ndarray, np.ndarray] | None) -> Shore:
    """Return the applications with their marks and the circles of what they use.

    Args:
        known: By name.
        lineage: Of n nodes.
        circles: x, y and radius, float64[n] each, in the unit square; None without a map.
    """
    shown = list(known[:MAX_APPLICATIONS])
    uses = [[_use(used, lineage, circles) for used in item.uses[:MAX_USES]] for item in shown]
    places, radius = berths([_towards(of) for of in uses])
    marks = [
        ShoreMark(item.name, item.seen_at, x, y, radius, len(item.uses), of)
        for item, of, (x, y) in zip(shown, uses, places, strict=True)
    ]
    return Shore(len(known), marks)


def berths(wanted: Sequence[float]) -> tuple[list[tuple[float, float]], float]:
    """Return where marks stand on the frame, and their radius: each on the free berth nearest to where it would be.

    Those that come first choose first, so that a newcomer at the end moves nobody while there is room.

    Args:
        wanted: Places along the frame in [0, 1), clockwise from the upper left corner.
    """
    around = 4 * (1 + 2 * AWAY)
    count = max(int(around / (APART * RADIUS)), 2 * len(wanted))
    free = np.ones(count, bool)
    places = []
    for at in wanted:
        far = np.abs(np.arange(count) / count - at)
        far = np.where(free, np.minimum(far, 1 - far), np.inf)
        berth = int(far.argmin())
        free[berth] = False
        places.append(_on_frame(berth / count))
    return places, min(RADIUS, around / count / APART)


def _on_frame(at: float) -> tuple[float, float]:
    """Return the point at a share of the way around, clockwise from the upper left corner."""
    side, along = divmod(4 * at, 1)
    low, high = -AWAY, 1 + AWAY
    run = low + along * (high - low)
    back = high - along * (high - low)
    return ((run, low), (high, run), (back, high), (low, back))[int(side) % 4]


def _towards(uses: Sequence[ShoreUse]) -> float:
    """Return where the ray from the middle of the map through the middle of what is used meets the frame; 0 for nothing."""
    drawn = [(use.x, use.y) for use in uses if use.is_sure and use.x is not None and use.y is not None]
    if not drawn:
        return 0.0
    x, y = (sum(column) / len(drawn) - 0.5 for column in zip(*drawn, strict=True))
    far = max(abs(x), abs(y))
    if far < 1e-9:  # in the very middle no side is nearer than another
        return 0.0
    sides = ((-y, x), (x, y), (y, -x), (-x, -y))
    side = max(range(4), key=lambda number: sides[number][0])
    return (side + (sides[side][1] / far + 1) / 2) / 4 % 1.0


def _use(used: Used, lineage: Lineage, circles: tuple[np.ndarray, np.ndarray, np.ndarray] | None) -> ShoreUse:
    is_known = used.node != NULL
    x, y, r = (None, None, None) if circles is None or not is_known else (float(column[used.node]) for column in circles)
    return ShoreUse(
        used.ref,
        used.node if is_known else None,
        STATES[int(lineage.state[used.node])] if is_known else "unknown",
        used.revision,
        used.basis,
        used.confidence,
        used.confidence >= LEAST,
        used.place,
        x,
        y,
        r,
    )
