"""The region of a map as a notebook's widget; needs the extra ``notebook``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import anywidget
import numpy as np
import traitlets

from filiation.api.drawing import colour_of
from filiation.api.region import NO_RELATION, Circles, Region, View
from filiation.core.relation import RELATIONS
from filiation.knowledge import load

MOST = 3000
"""Circles that are handed to the browser for a view."""


class MapWidget(anywidget.AnyWidget):
    """The map to move about in: drag it, turn the wheel, click a circle.

    Circles of a view are found here and drawn there. Where no notebook runs, what is shown is the drawing.

    Attributes:
        selected: The model or dataset that was clicked last; empty where none was.
        view: Centre and width of what is looked at, see `View`; set it to go there.
    """

    _esm = Path(__file__).with_name("map.js")
    selected = traitlets.Unicode("").tag(sync=True)
    view = traitlets.List(traitlets.Float(), minlen=3, maxlen=3).tag(sync=True)
    height = traitlets.Int(520).tag(sync=True)
    _ink = traitlets.Dict().tag(sync=True)
    _drawn = traitlets.List(traitlets.Float()).tag(sync=True)
    _circles = traitlets.Bytes(b"").tag(sync=True)
    _relations = traitlets.Bytes(b"").tag(sync=True)
    _named = traitlets.Bytes(b"").tag(sync=True)
    _refs = traitlets.List(traitlets.Unicode()).tag(sync=True)
    _lands = traitlets.List().tag(sync=True)

    def __init__(self, region: Region, height: int = 520) -> None:
        ink = load("map_ink")
        codes = [*range(len(RELATIONS)), NO_RELATION]
        super().__init__(
            view=list(region.view), height=height, _ink=ink | {"relations": {str(code): colour_of(code, ink) for code in codes}}
        )
        self._region = region
        self._show(region)
        self.observe(self._moved, "view")

    @property
    def region(self) -> Region:
        """What is looked at now."""
        return self._region

    def _moved(self, change: dict[str, Any]) -> None:
        self._show(self._region.at(View(*change["new"])))

    def _show(self, region: Region) -> None:
        """Hand over what is seen of a view; all of it at once."""
        self._region = region
        circles = region.circles(MOST)
        with self.hold_sync():
            self._circles = _packed(circles)
            self._relations = circles.relation.tobytes()
            self._named = circles.named.astype(np.uint8).tobytes()
            self._refs = region.refs(circles.node)
            self._lands = [list(land) for land in region.lands()]
            self._drawn = list(region.view)

    def _repr_mimebundle_(self, **given: Any) -> tuple[dict[str, Any], dict[str, Any]] | None:
        """Return the widget for a notebook that runs, and the drawing for any other."""
        bundle = super()._repr_mimebundle_(**given)
        if bundle is None:
            return {"image/svg+xml": self._region.svg()}, {}
        data, about = bundle
        return {**data, "image/svg+xml": self._region.svg()}, about


def _packed(circles: Circles) -> bytes:
    """Return x, y and r of each circle as little-endian float32, one circle after another."""
    return np.stack([circles.x, circles.y, circles.r], axis=1).astype("<f4").tobytes()
