"""What the atlas paper reads off its map, live: how a registry grows, deepens and documents itself.

Source:
    Horwitz et al. 2025, "We Should Chart an Atlas of All the World's Models", section 4.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlencode

import msgspec
import numpy as np

from filiation.core.relation import RELATIONS, WEIGHTS
from filiation.lineage.arrays import NULL, Lineage
from filiation.lineage.columns import Declares, month_name
from filiation.lineage.fates import FATES, fates
from filiation.lineage.ground import Ground, Listing, UnknownFigureError
from filiation.lineage.questions import reach

FAMILIES = 8
DEEPEST = 5
CHANGES = 15
PATH = "/api/v1/trends"
Measure = Literal["count", "share of x", "share of series", "share of month", "median"]
Axis = Literal["month", "category"]


class Point(msgspec.Struct, frozen=True, array_like=True):
    """One value, written as ``[x, y, n]``; `n` models are behind it."""

    x: str
    y: float
    n: int


class Series(msgspec.Struct, frozen=True):
    """The points of one name, in the order of the axis."""

    name: str
    points: list[Point]


class Chart(msgspec.Struct, frozen=True):
    """One chart.

    `columns` name the series, x, y and the number of models, as in the CSV. `models` is a template: with ``{series}`` and
    ``{x}`` replaced it lists the models behind that point. `left_out` counts what could not be placed, as `note` says.
    """

    id: str
    title: str
    axis: Axis
    measure: Measure
    columns: list[str]
    x: list[str]
    series: list[Series]
    left_out: int
    note: str
    models: str
    csv: str


class Trends(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/trends/v1"):
    """All charts."""

    charts: list[Chart]


@dataclass(frozen=True)
class Plot:
    """What a chart is counted from: k items, each a node at one place of one series.

    Attributes:
        node: int[k].
        series: int[k]; index into `names`.
        at: int[k]; index into `places`.
        value: int[k]; what the median is taken of.
        of: int[places]; what a share of the month is a share of.
    """

    node: np.ndarray
    series: np.ndarray
    at: np.ndarray
    names: Sequence[str]
    places: Sequence[str]
    left_out: int = 0
    value: np.ndarray | None = None
    of: np.ndarray | None = None


@dataclass(frozen=True)
class Definition:
    """How a chart is made: `columns` are the names of series, x and y."""

    title: str
    axis: Axis
    measure: Measure
    columns: tuple[str, str, str]
    plot: Callable[[Ground], Plot]
    note: str


class TrendTables:
    """The charts of one lineage, with the models behind each point."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._plots = {name: definition.plot(ground) for name, definition in _CHARTS.items()}
        self.answer = Trends([_chart(name, _CHARTS[name], plot) for name, plot in self._plots.items()])

    def csv(self, chart: str) -> str:
        """Return one chart as a table with a heading.

        Raises:
            UnknownFigureError: If there is no such chart.
        """
        drawn = next((item for item in self.answer.charts if item.id == chart), None)
        if drawn is None:
            raise UnknownFigureError(_no_chart(chart))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(drawn.columns)
        writer.writerows(
            (inert(series.name), inert(point.x), point.y, point.n) for series in drawn.series for point in series.points
        )
        return text.getvalue()

    def models(self, chart: str, series: str, x: str, offset: int, limit: int) -> Listing:
        """Return the models behind one point, the most downloaded first.

        Raises:
            UnknownFigureError: If there is no such chart, series or place.
        """
        plot = self._plots.get(chart)
        if plot is None:
            raise UnknownFigureError(_no_chart(chart))
        if series not in plot.names or x not in plot.places:
            raise UnknownFigureError(f"The chart {chart} has no point {series!r} at {x!r}.")
        here = (plot.series == plot.names.index(series)) & (plot.at == plot.places.index(x))
        nodes = self._ground.by_downloads(plot.node[here])
        end = offset + limit
        rest = urlencode({"series": series, "x": x, "offset": end, "limit": limit})
        return Listing(
            f"{_CHARTS[chart].title}: {series}, {x}", len(nodes), offset, self._ground.listed(nodes, offset, limit),
            f"{PATH}/{chart}/models?{rest}" if end < len(nodes) else None,
        )  # fmt: skip


def inert(text: str) -> str:
    """Return `text` so that a spreadsheet does not take it for a formula: it may come from strangers."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _no_chart(chart: str) -> str:
    return f"There is no chart {chart!r}: choose one of {', '.join(_CHARTS)}."


def _chart(name: str, definition: Definition, plot: Plot) -> Chart:
    cells = np.asarray(plot.series, np.int64) * len(plot.places) + plot.at
    size = len(plot.names) * len(plot.places)
    value = _measured(definition.measure, plot, cells, size).reshape(len(plot.names), -1)
    nodes = int(plot.node.max(initial=0)) + 1
    pairs = np.sort(cells * nodes + plot.node)
    once = np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]  # a node with several edges stands behind a point once
    n = np.bincount(pairs[once] // nodes, minlength=size).reshape(len(plot.names), -1)
    series = [
        Series(
            label, [Point(x, float(y), int(k)) for x, y, k in zip(plot.places, value[i], n[i], strict=True) if not np.isnan(y)]
        )
        for i, label in enumerate(plot.names)
        if n[i].any()
    ]
    path = f"{PATH}/{name}"
    return Chart(
        name, definition.title, definition.axis, definition.measure, [*definition.columns, "models"], list(plot.places), series,
        plot.left_out, definition.note, f"{path}/models?series={{series}}&x={{x}}", f"{path}.csv",
    )  # fmt: skip


def _measured(measure: Measure, plot: Plot, cells: np.ndarray, size: int) -> np.ndarray:
    """Return float[size]: the value of each cell, not a number where there is none."""
    count = np.bincount(cells, minlength=size).astype(float)
    if measure == "count":
        return count
    if measure == "median":
        return _medians(cells, plot.value if plot.value is not None else cells, size)
    table = count.reshape(len(plot.names), -1)
    if measure == "share of month":
        whole = np.broadcast_to(plot.of if plot.of is not None else table.sum(0), table.shape)
    else:
        whole = np.broadcast_to(table.sum(0) if measure == "share of x" else table.sum(1, keepdims=True), table.shape)
    share = np.divide(table, whole, out=np.full(table.shape, np.nan), where=whole > 0)
    return np.round(share, 5).ravel()


def _medians(cells: np.ndarray, value: np.ndarray, size: int) -> np.ndarray:
    result = np.full(size, np.nan)
    order = np.lexsort((value, cells))
    cells, value = cells[order], value[order]
    found, first, count = np.unique(cells, return_index=True, return_counts=True)
    result[found] = (value[first + (count - 1) // 2] + value[first + count // 2]) / 2
    return result


def _months(ground: Ground, nodes: np.ndarray) -> tuple[np.ndarray, list[str], int]:
    """Return the place of each node's month, the names of all months from the first to the last, and the first."""
    month = ground.columns.month[nodes].astype(np.int64)
    first = int(month.min(initial=0 if not len(month) else 1 << 15))
    return month - first, [month_name(first + i) for i in range(int(month.max(initial=first - 1)) - first + 1)], first


def _dated(ground: Ground, nodes: np.ndarray) -> np.ndarray:
    return nodes[ground.columns.month[nodes] != NULL]


def _growth(ground: Ground) -> Plot:
    present = np.flatnonzero(ground.lineage.state == 0)
    nodes = _dated(ground, present)
    at, places, _ = _months(ground, nodes)
    series = (~ground.is_model[nodes]).astype(int)
    return Plot(nodes, series, at, ("model", "dataset"), places, len(present) - len(nodes))


def _documentation(ground: Ground) -> Plot:
    present = np.flatnonzero(ground.present)
    nodes = _dated(ground, present)
    at, places, _ = _months(ground, nodes)
    declares = ground.columns.declares[nodes]
    chosen = [np.flatnonzero(declares & int(flag)) for flag in Declares]
    items = np.concatenate(chosen)
    series = np.repeat(np.arange(len(chosen)), [len(part) for part in chosen])
    names = [str(flag.name).lower() for flag in Declares]
    of = np.bincount(at, minlength=len(places))
    return Plot(nodes[items], series, at[items], names, places, len(present) - len(nodes), of=of)


def _depth(ground: Ground) -> Plot:
    nodes = np.flatnonzero(ground.primary != NULL)
    at = ground.depth(DEEPEST)[nodes] - 1
    places = [*map(str, range(1, DEEPEST)), f"{DEEPEST} and more"]
    return Plot(nodes, ground.columns.modality[nodes], at, ground.columns.modalities, places)


def _relations_by_family(ground: Ground) -> Plot:
    lineage = ground.lineage
    roots = ground.roots[:FAMILIES].tolist()
    reached = [reach(lineage, root, "down") for root in roots]
    at = np.repeat(np.arange(len(roots)), [len(item.nodes) for item in reached])
    nodes = np.concatenate([np.zeros(0, np.int64), *(item.nodes for item in reached)])
    via = np.concatenate([np.zeros(0, np.int64), *(item.via for item in reached)])
    return Plot(nodes, lineage.relation[via], at, RELATIONS, lineage.refs(roots))


def _relations_by_modality(ground: Ground) -> Plot:
    nodes = np.flatnonzero(ground.primary != NULL)
    relation = ground.lineage.relation[ground.primary[nodes]]
    return Plot(nodes, relation, ground.columns.modality[nodes], RELATIONS, ground.columns.modalities)


def _relations_by_month(ground: Ground) -> Plot:
    present = np.flatnonzero(ground.present)
    dated = _dated(ground, present)
    at, places, first = _months(ground, dated)
    nodes = dated[ground.primary[dated] != NULL]
    relation = ground.lineage.relation[ground.primary[nodes]]
    of = np.bincount(at, minlength=len(places))
    month = ground.columns.month[nodes].astype(np.int64) - first
    return Plot(nodes, relation, month, RELATIONS, places, len(present) - len(dated), of=of)


def _fates(lineage: Lineage, edges: np.ndarray) -> np.ndarray:
    return fates(lineage.license[lineage.child[edges]], lineage.license[lineage.parent[edges]])


def _licenses_along_edges(ground: Ground) -> Plot:
    lineage, edges = ground.lineage, ground.weights
    held = edges[lineage.state[lineage.parent[edges]] == 0]
    at = lineage.relation[held]
    return Plot(lineage.child[held], _fates(lineage, held), at, FATES, RELATIONS[: len(WEIGHTS)], len(edges) - len(held))


def _license_changes(ground: Ground) -> Plot:
    lineage, edges = ground.lineage, ground.weights
    edges = edges[_fates(lineage, edges) == FATES.index("changed")]
    count = len(lineage.licenses)
    change = lineage.license[lineage.parent[edges]].astype(np.int64) * count + lineage.license[lineage.child[edges]]
    found, at, times = np.unique(change, return_inverse=True, return_counts=True)
    order = np.lexsort((found, -times))
    rank = np.empty(len(found), int)
    rank[order] = np.arange(len(found))
    kept = rank[at] < CHANGES
    places = [" to ".join(lineage.licenses[code] for code in divmod(int(item), count)) for item in found[order[:CHANGES]]]
    nodes = lineage.child[edges[kept]]
    return Plot(nodes, np.zeros(len(nodes), int), rank[at][kept], ("changed",), places, int((~kept).sum()))


def _card_length(ground: Ground) -> Plot:
    known_cards = np.flatnonzero(ground.present & (ground.columns.card_chars != NULL))
    nodes = _dated(ground, known_cards)
    at, places, _ = _months(ground, nodes)
    derived = (ground.primary[nodes] != NULL).astype(int)
    unread = int(ground.present.sum()) - len(nodes)
    return Plot(nodes, derived, at, ("root or alone", "derived"), places, unread, value=ground.columns.card_chars[nodes])


_RATIOS = ("none below", "under 1/100", "1/100 to 1/10", "1/10 to 1", "1 to 10", "10 to 100", "over 100", "none of its own")


def _influence(ground: Ground) -> Plot:
    lineage = ground.lineage
    parents = np.flatnonzero(ground.is_model & (lineage.descendants > 0))
    nodes = parents[(lineage.downloads[parents] != NULL) & (ground.downloads_below[parents] != NULL)]
    own, below = lineage.downloads[nodes], ground.downloads_below[nodes]
    with np.errstate(divide="ignore", invalid="ignore"):
        place = 1 + np.searchsorted([0.01, 0.1, 1, 10, 100], below / own, side="right")
    at = np.select([below == 0, own == 0], [0, len(_RATIOS) - 1], default=place)
    modality = ground.columns.modality[nodes]
    return Plot(nodes, modality, at, ground.columns.modalities, _RATIOS, len(parents) - len(nodes))


def _definitions() -> Iterator[tuple[str, Definition]]:
    dated = "Left out: no date is known."
    yield "growth", Definition(
        "Models and datasets by month of creation", "month", "count", ("kind", "month", "repositories"), _growth,
        f"{dated} The Hub dates what is older than 2 March 2022 to that day.",
    )  # fmt: skip
    yield (
        "documentation",
        Definition("What new models declare", "month", "share of month", ("declared", "month", "share"), _documentation, dated),
    )
    yield "depth-by-modality", Definition(
        "How deep models descend, by modality", "category", "share of series", ("modality", "depth", "share"), _depth,
        "Depth is the fewest edges of weights to a root; only models with a parent; the modality is that of the declared task.",
    )  # fmt: skip
    yield "relations-by-family", Definition(
        "Relations in the largest families", "category", "share of x", ("relation", "family", "share"), _relations_by_family,
        "The families are the roots that most models stand on; the relation is that of the edge by which a model is nearest.",
    )  # fmt: skip
    yield "relations-by-modality", Definition(
        "Relations by modality", "category", "share of x", ("relation", "modality", "share"), _relations_by_modality,
        "Only models with a parent; the relation to the primary one.",
    )  # fmt: skip
    yield "relations-by-month", Definition(
        "Adapters, quantisation and merging over time", "month", "share of month", ("relation", "month", "share"),
        _relations_by_month, f"Of all models of the month, those that descend in this way. {dated}",
    )  # fmt: skip
    yield "licenses-along-edges", Definition(
        "Licences along edges", "category", "share of x", ("license", "relation", "share"), _licenses_along_edges,
        "Left out: edges to parents that the registry does not hold.",
    )  # fmt: skip
    yield "license-changes", Definition(
        "The most frequent changes of licence", "category", "count", ("license", "change", "edges"), _license_changes,
        "Left out: rarer changes.",
    )  # fmt: skip
    yield "card-length", Definition(
        "Length of cards", "month", "median", ("descent", "month", "characters"), _card_length,
        "Left out: models whose card this atlas does not hold, or without a date.",
    )  # fmt: skip
    yield "influence", Definition(
        "Downloads of descendants against a model's own", "category", "count", ("modality", "ratio", "models"), _influence,
        "Only models with descendants. Left out: downloads are not known.",
    )  # fmt: skip


_CHARTS = dict(_definitions())
