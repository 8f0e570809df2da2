"""The map as a folder: the page, the tiles and the names, for any web server, with no request elsewhere.

Nobody answers questions in a folder. What the page can know without is written beside the tiles: the name and place of every
node, by number and in the order of names, so that a name is found by halving; the names that most will look for; the figures of
the trends and overview pages; the applications, where any were charted.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import msgspec

from filiation.core.errors import AtlasError, FiliationError
from filiation.export.names import write_names
from filiation.export.sink import replaced
from filiation.layout.previous import FILE, Layout
from filiation.layout.shore import shore
from filiation.layout.write import current, is_drawn
from filiation.lineage.applications import load_applications
from filiation.lineage.arrays import current_token
from filiation.lineage.ground import Ground
from filiation.lineage.overview import OverviewTables
from filiation.lineage.trends import TrendTables

MARK = "filiation-map.json"
"""Tells a folder that may be overwritten from any other."""


class MapFolder(msgspec.Struct, frozen=True, tag_field="schema", tag="filiation/export-map/v1"):
    """What was written.

    Attributes:
        folder: Where.
        nodes: Circles on the map.
        files: How many.
        bytes: Of all of them.
    """

    folder: str
    nodes: int
    files: int
    bytes: int


def export_map(atlas: Path, ground: Ground, page: Path, into: Path) -> MapFolder:
    """Write the map of an atlas into a folder; one that holds such a map is replaced as a whole.

    Args:
        atlas: The atlas's folder.
        ground: The lineage that the map was drawn of, with its columns.
        page: The folder of the built page.
        into: Is made, or replaced if it holds an exported map.

    Raises:
        AtlasError: If there is no map, or it is damaged.
        FiliationError: If the map is of another lineage, or `into` holds something else or cannot be written.
    """
    drawn = current(atlas)
    if not is_drawn(atlas, drawn.name, None):
        raise AtlasError(f"The map in {drawn} is damaged: run 'filiation build --from map --atlas {atlas}'.")
    layout = Layout.load(drawn / FILE)
    if layout.token != current_token(atlas):
        raise FiliationError(f"The map in {atlas} is of an earlier lineage: run 'filiation build --map --atlas {atlas}'.")
    with replaced(into, MARK) as partial:
        shutil.copytree(page, partial, dirs_exist_ok=True)
        shutil.copytree(drawn / "tiles", partial / "map" / "tiles")
        known = load_applications(atlas, layout.token)
        _manifest(drawn, partial, len(known))
        write_names(ground.lineage, layout, partial / "map" / "names")
        _figures(ground, partial / "answers")
        if known:
            told = shore(known, ground.lineage, (layout.x, layout.y, layout.r))
            (partial / "answers" / "applications.json").write_bytes(msgspec.json.encode(told))
        (partial / MARK).write_text(json.dumps({"atlas": atlas.name}), encoding="utf-8")
    sizes = [path.stat().st_size for path in into.rglob("*") if path.is_file()]
    return MapFolder(str(into), ground.lineage.size, len(sizes), sum(sizes))


def _manifest(drawn: Path, into: Path, applications: int) -> None:
    """Write the manifest with the mark by which the page knows that nobody answers, and whether applications are told of."""
    manifest = json.loads((drawn / "manifest.json").read_text(encoding="utf-8")) | {"static": True}
    if applications:
        manifest |= {"applications": applications}
    text = json.dumps(manifest, ensure_ascii=False, separators=(",", ":"))
    (into / "map" / "manifest.json").write_text(text, encoding="utf-8")


def _figures(ground: Ground, into: Path) -> None:
    """Write what the trends and overview pages show."""
    into.mkdir()
    trends = TrendTables(ground)
    (into / "trends.json").write_bytes(msgspec.json.encode(trends.answer))
    (into / "overview.json").write_bytes(msgspec.json.encode(OverviewTables(ground, {}).answer(None)))
    for chart in trends.answer.charts:
        (into / f"{chart.id}.csv").write_text(trends.csv(chart.id), encoding="utf-8")
