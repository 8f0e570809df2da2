"""A region of the map: what stands there, as rows, as a drawing, and as a widget to move about in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from filiation.api.table import Table
from filiation.core.errors import AtlasError, FiliationError
from filiation.layout.previous import DAMAGED, FILE, Layout
from filiation.layout.write import current
from filiation.lineage.arrays import NULL, Lineage

if TYPE_CHECKING:
    from filiation.api.widget import MapWidget

MOST = 1500
"""Circles that a drawing shows, the widest first."""
LEAST = 0.4 / 640
"""Radius of the smallest circle that is shown, as a part of the view's width."""
ROOM = 1.15
"""How much wider than a family the view of it is."""
NARROWEST = 1e-7


class View(NamedTuple):
    """A square of the map: its centre in the unit square, y downwards, and its width in (0, 1]."""

    x: float
    y: float
    width: float


class Circles(NamedTuple):
    """What is seen of a view, k circles, the widest first, so that what holds others is painted before them.

    Attributes:
        node: int64[k].
        x, y, r: float64[k]; 0 to 1 across the view.
        relation: uint8[k]; to what the circle stands in, index into `core.relation.RELATIONS`; `NO_RELATION` at a root.
        named: bool[k]; whether there is room for its name.
    """

    node: np.ndarray
    x: np.ndarray
    y: np.ndarray
    r: np.ndarray
    relation: np.ndarray
    named: np.ndarray


NO_RELATION = 255


class Region:
    """A view of the map of one lineage.

    A notebook shows it as a drawing; as a table it is a row for each circle. `widget` is the same to move about in.

    Attributes:
        view: What is looked at.
        marked: The node that was asked for, None for none.
    """

    def __init__(self, lineage: Lineage, layout: Layout, view: View, marked: int | None = None) -> None:
        self.view, self.marked = view, marked
        self._lineage, self._layout = lineage, layout
        self._seen: dict[int, Circles] = {}

    def at(self, view: View) -> Region:
        """Return another view of the same map."""
        return Region(self._lineage, self._layout, bounded(view), self.marked)

    def circles(self, most: int = MOST) -> Circles:
        """Return what is seen, at most so many circles."""
        if most not in self._seen:
            self._seen[most] = seen(self._lineage, self._layout, self.view, most)
        return self._seen[most]

    @property
    def nodes(self) -> Table:
        """The circles: ref, x, y and r across the view, relation to what they stand in, downloads and descendants."""
        from filiation.api.circles import circle_columns

        return Table(circle_columns(self._lineage, self.circles()))

    def refs(self, nodes: np.ndarray) -> list[str]:
        """Return the names of nodes."""
        return self._lineage.refs(nodes.tolist())

    def lands(self) -> list[tuple[str, float, float, float]]:
        """Return the lands that are seen: name, and x, y and r across the view."""
        left, top = self.view.x - self.view.width / 2, self.view.y - self.view.width / 2
        layout = self._layout
        rows = zip(layout.land_name, layout.land_x.tolist(), layout.land_y.tolist(), layout.land_r.tolist(), strict=True)
        width = self.view.width
        placed = [(str(name), (x - left) / width, (y - top) / width, r / width) for name, x, y, r in rows]
        return [land for land in placed if -land[3] < land[1] < 1 + land[3] and -land[3] < land[2] < 1 + land[3]]

    def svg(self, width: int = 640) -> str:
        """Return the drawing, `width` pixels wide and high."""
        from filiation.api.drawing import drawing

        return drawing(self, width)

    def save(self, path: str | Path) -> None:
        """Write the drawing to a file, which is there whole or not at all."""
        from filiation.export.sink import written

        with written(Path(path)) as file:
            file.write(self.svg().encode())

    def widget(self, height: int = 520) -> MapWidget:
        """Return the region to move about in: drag, turn the wheel, click.

        Args:
            height: In pixels.

        Raises:
            FiliationError: If anywidget is not installed.
        """
        try:
            from filiation.api.widget import MapWidget
        except ModuleNotFoundError as error:
            raise FiliationError("The widget is an extra: install it with 'pip install filiation[notebook]'.") from error
        return MapWidget(self, height)

    def __repr__(self) -> str:
        at = "" if self.marked is None else f" at {self._lineage.ref(self.marked)}"
        return f"<Region{at}: x {self.view.x:.4f}, y {self.view.y:.4f}, width {self.view.width:.2g}>"

    def _repr_svg_(self) -> str:
        return self.svg()


def layout_of(atlas: Path, token: str) -> Layout:
    """Return the layout of the map of a lineage.

    Raises:
        AtlasError: If there is none, or it is of another lineage.
    """
    folder = current(atlas)
    try:
        layout = Layout.load(folder / FILE)
    except DAMAGED as error:
        raise AtlasError(f"The map in {folder} is damaged: run 'filiation build --from map --atlas {atlas}'.") from error
    if layout.token != token:
        raise AtlasError(f"The map in {atlas} is of an earlier lineage: run 'filiation build --map --atlas {atlas}'.")
    return layout


def region_of(lineage: Lineage, layout: Layout, node: int | None, width: float | None) -> Region:
    """Return the view of a node, or of all.

    Args:
        lineage: The nodes.
        layout: Of the same lineage.
        node: What to stand in front of; None for the middle of the map.
        width: Of the view, in (0, 1]; None for the family that stands there.

    Raises:
        FiliationError: If `width` is none that a view can have.
    """
    if width is not None and not 0 < width <= 1:
        raise FiliationError(f"A view is wider than 0 and at most 1, the whole map: {width} is not.")
    if node is None:
        return Region(lineage, layout, View(0.5, 0.5, width or 1.0))
    root = node
    while (above := int(layout.parent[root])) != NULL:
        root = above
    centre = node if width is not None else root
    wide = width if width is not None else 2 * ROOM * float(layout.r[root])
    return Region(lineage, layout, bounded(View(float(layout.x[centre]), float(layout.y[centre]), wide)), node)


def bounded(view: View) -> View:
    """Return the view with its centre on the map and a width that can be shown."""
    x, y, width = (float(np.nan_to_num(value)) for value in view)
    return View(min(max(x, 0.0), 1.0), min(max(y, 0.0), 1.0), min(max(width, NARROWEST), 1.0))


def seen(lineage: Lineage, layout: Layout, view: View, most: int) -> Circles:
    """Return the circles of a view, the widest first, at most `most`."""
    from filiation.layout.labels import labelled

    half = view.width / 2
    inside = (np.abs(layout.x - view.x) < half + layout.r) & (np.abs(layout.y - view.y) < half + layout.r)
    inside &= layout.r >= LEAST * view.width
    node = np.flatnonzero(inside)
    if len(node) > most:
        node = node[np.argpartition(-layout.r[node], most)[:most]]
    node = node[np.lexsort((node, -layout.r[node]))]
    x, y = (layout.x[node] - view.x) / view.width + 0.5, (layout.y[node] - view.y) / view.width + 0.5
    r, edge = layout.r[node] / view.width, layout.edge[node]
    known = np.asarray(lineage.relation)[edge] if len(lineage.relation) else np.zeros(len(node), np.uint8)
    relation = np.where(edge == NULL, NO_RELATION, known).astype(np.uint8)
    weight = np.lexsort((node, -np.asarray(lineage.descendants)[node]))
    named = np.zeros(len(node), bool)
    named[weight] = labelled(np.array([0, len(node)]), x[weight], y[weight], r[weight])
    return Circles(node, x, y, r, relation, named)
